//! Services that run elsewhere, behind the traits of the contract.

use std::sync::{Arc, OnceLock};

use anyhow::Context;
use signet_contract as contract;
use signet_distribution::{DistributionConfig, FollowedPolicies};
use signet_rpc::client::{self, ClientOptions, Connection, Upstream, UpstreamOptions};
use signet_rpc::{ClientTls, ClusterToken};

use crate::config::{Service, SignetConfig};
use crate::listeners::Tasks;

/// Clients of services that run elsewhere. Clients of one service share its connections, which are made when the first
/// of them is asked for.
pub(crate) struct Clients<'a> {
    config: &'a SignetConfig,
    options: ClientOptions,
    catalog: OnceLock<Connection>,
    evaluation: OnceLock<Connection>,
    extraction: OnceLock<Connection>,
}

impl<'a> Clients<'a> {
    pub(crate) fn new(config: &'a SignetConfig, cluster_token: Option<ClusterToken>, tls: Option<ClientTls>) -> Self {
        let cluster = &config.cluster;
        let upstream = UpstreamOptions {
            resolve_interval: cluster.resolve_interval.0,
            connections: cluster.connections_per_replica,
            max_calls: cluster.max_calls_per_replica,
            ..UpstreamOptions::default()
        };
        Self {
            config,
            options: ClientOptions {
                cluster_token,
                tls,
                upstream,
            },
            catalog: OnceLock::new(),
            evaluation: OnceLock::new(),
            extraction: OnceLock::new(),
        }
    }

    fn connection(&self, service: Service) -> anyhow::Result<Connection> {
        let (kept, name, key) = match service {
            Service::Catalog => (&self.catalog, "catalog", "catalog.endpoint"),
            Service::Evaluation => (&self.evaluation, "evaluation", "evaluation.endpoint"),
            Service::Extraction => (&self.extraction, "extraction", "extraction.endpoint"),
            Service::Gateway => anyhow::bail!("nobody calls a gateway"),
        };
        if let Some(connection) = kept.get() {
            return Ok(connection.clone());
        }
        let endpoints = self.config.endpoints_of(service);
        let opened = Connection::open(name, &endpoints, &self.options).with_context(|| format!("`{key}`"))?;
        Ok(kept.get_or_init(|| opened).clone())
    }

    /// The services elsewhere that are in use, with their replicas.
    pub(crate) fn upstreams(&self) -> Vec<(Service, Upstream)> {
        let all = [
            (Service::Catalog, &self.catalog),
            (Service::Evaluation, &self.evaluation),
            (Service::Extraction, &self.extraction),
        ];
        let in_use = all.into_iter().filter_map(|(service, kept)| {
            let connection = kept.get()?;
            Some((service, connection.upstream().clone()))
        });
        in_use.collect()
    }

    /// Policies of a catalogue that runs elsewhere, for services of this process that decide by them.
    ///
    /// # Errors
    /// When the catalogue's endpoint is wrong.
    pub(crate) fn followed_policies(&self, tasks: &Tasks) -> anyhow::Result<Option<Arc<FollowedPolicies>>> {
        let config = self.config;
        let needed = config.runs(Service::Evaluation) || config.runs(Service::Extraction);
        if config.runs(Service::Catalog) || !needed {
            return Ok(None);
        }
        let source = Arc::new(client::PolicyDistributionClient::new(
            self.connection(Service::Catalog)?,
        ));
        let settings = DistributionConfig {
            max_unconfirmed: config.catalog.max_snapshot_age.0,
            ..DistributionConfig::default()
        };
        let followed = Arc::new(FollowedPolicies::new(source, settings));
        let following = followed.clone();
        tasks.background(async move { following.follow().await });
        Ok(Some(followed))
    }

    /// The catalogue.
    ///
    /// # Errors
    /// When its endpoint is wrong.
    pub(crate) fn catalog(&self) -> anyhow::Result<Arc<dyn contract::Catalog>> {
        Ok(Arc::new(client::CatalogClient::new(self.connection(Service::Catalog)?)))
    }

    /// Evaluation.
    ///
    /// # Errors
    /// When its endpoint is wrong.
    pub(crate) fn evaluation(&self) -> anyhow::Result<Arc<dyn contract::Evaluation>> {
        Ok(Arc::new(client::EvaluationClient::new(
            self.connection(Service::Evaluation)?,
        )))
    }

    /// The decision log, which evaluation keeps.
    ///
    /// # Errors
    /// When its endpoint is wrong.
    pub(crate) fn decision_log(&self) -> anyhow::Result<Arc<dyn contract::DecisionLogReader>> {
        Ok(Arc::new(client::DecisionLogClient::new(
            self.connection(Service::Evaluation)?,
        )))
    }

    /// Content of files.
    ///
    /// # Errors
    /// When its endpoint is wrong.
    pub(crate) fn drive_content(&self) -> anyhow::Result<Arc<dyn contract::DriveContent>> {
        Ok(Arc::new(client::DriveContentClient::new(
            self.connection(Service::Extraction)?,
        )))
    }

    /// Extraction.
    ///
    /// # Errors
    /// When its endpoint is wrong.
    pub(crate) fn extraction(&self) -> anyhow::Result<Arc<dyn contract::Extraction>> {
        Ok(Arc::new(client::ExtractionClient::new(
            self.connection(Service::Extraction)?,
        )))
    }
}
