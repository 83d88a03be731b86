//! Which object stands behind each trait of the contract: the service itself, or its client over the network.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use futures::FutureExt;
use signet_auth::Verifier;
use signet_catalog::{Catalog, CatalogConfig};
use signet_contract as contract;
use signet_contract::PolicyDistribution;
use signet_distribution::{DistributionConfig, FollowedPolicies};
use signet_evaluation::{Evaluation, EvaluationConfig, EvaluationDependencies};
use signet_extraction::{DecisionLogSink, Extraction, ExtractionConfig, ExtractionDependencies};
use signet_gateway::{CorsOrigins, FaultRule, Gateway, GatewayConfig, GatewayServices, ThrottleConfig};
use signet_rpc::ClusterToken;
use signet_rpc::client::{self, ClientOptions, Connection};
use signet_rpc::server::{GrpcServer, ServerOptions, ServerTls};
use signet_store::{BatchingDecisionLog, DecisionLog};

use crate::config::{Service, SignetConfig};
use crate::environment::{RandomIds, SystemClock};
use crate::listeners::{Readiness, Tasks};
use crate::store::Store;

/// Calls that may wait for the decision log.
const DECISION_QUEUE: usize = 10_000;

/// The burst where only a rate is configured, in seconds of that rate.
const TWICE: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

/// How often readiness is looked at for the gateway's own ports.
const READINESS_INTERVAL: Duration = Duration::from_millis(250);

/// What a process is put together from besides its configuration.
pub(crate) struct Parts {
    /// The store, when a service of this process needs one.
    pub(crate) store: Option<Arc<dyn Store>>,
    /// Who is calling.
    pub(crate) verifier: Arc<Verifier>,
    /// What services of one installation trust each other by.
    pub(crate) cluster_token: Option<ClusterToken>,
    /// Certificate of gRPC; absent: without TLS.
    pub(crate) grpc_tls: Option<ServerTls>,
    /// Signs page tokens.
    pub(crate) page_token_key: [u8; 32],
    /// Where clients get tokens.
    pub(crate) authorization_endpoint: String,
    /// Application id tokens are for.
    pub(crate) resource_app_id: String,
    /// Pages of this machine may call.
    pub(crate) loopback_pages: bool,
    /// Faults callers may ask for; only `signet dev` has any.
    pub(crate) faults: Option<Vec<FaultRule>>,
}

/// A process, ready to listen.
pub(crate) struct Assembled {
    /// The REST surface, when the gateway is of this process.
    pub(crate) rest: Option<Router>,
    /// The gRPC services of this process.
    pub(crate) grpc: GrpcServer,
    /// Whether the process can answer.
    pub(crate) readiness: Readiness,
    /// Ends when every decision queued is written.
    pub(crate) decisions_written: Option<tokio::task::JoinHandle<()>>,
}

/// Puts a process together.
///
/// # Errors
/// When an endpoint or a file is wrong.
pub(crate) fn assemble(config: &SignetConfig, parts: Parts, tasks: &Tasks) -> anyhow::Result<Assembled> {
    let clients = Clients {
        config,
        cluster_token: parts.cluster_token.clone(),
    };
    let catalog = local_catalog(config, &parts, tasks)?;
    let followed = clients.followed_policies(&catalog, tasks)?;
    let policies: Option<Arc<dyn PolicyDistribution>> = match (&catalog, &followed) {
        (Some(catalog), _) => Some(catalog.clone()),
        (None, Some(followed)) => Some(followed.clone()),
        (None, None) => None,
    };
    let (decisions, decisions_written) = decision_log(config, &parts);
    let evaluation = match (&policies, &decisions) {
        (Some(policies), Some(decisions)) if config.runs(Service::Evaluation) => {
            Some(Arc::new(local_evaluation(policies.clone(), decisions.clone())))
        }
        _ => None,
    };
    let extraction = match (&policies, &decisions, &parts.store) {
        (Some(policies), Some(decisions), Some(store)) if config.runs(Service::Extraction) => Some(Arc::new(
            local_extraction(config, policies.clone(), decisions.clone(), store.clone()),
        )),
        _ => None,
    };
    let readiness = readiness(parts.store.clone(), followed);
    let options = ServerOptions {
        max_deadline: config.grpc.max_deadline.0,
        cluster_token: parts.cluster_token.clone(),
        tls: parts.grpc_tls.clone(),
        ..ServerOptions::default()
    };
    let mut grpc = GrpcServer::new(parts.verifier.clone(), Arc::new(RandomIds), options);
    if let Some(catalog) = &catalog {
        grpc = grpc
            .catalog(catalog.clone())
            .administration(catalog.clone())
            .distribution(catalog.clone());
    }
    if let Some(evaluation) = &evaluation {
        grpc = grpc.evaluation(evaluation.clone()).decision_log(evaluation.clone());
    }
    if let Some(extraction) = &extraction {
        grpc = grpc.extraction(extraction.clone());
    }
    let rest = if config.runs(Service::Gateway) {
        let services = clients.gateway_services(catalog, evaluation, extraction, &parts, readiness.clone(), tasks)?;
        Some(Gateway::new(services, gateway_config(config, &parts)?).router())
    } else {
        None
    };
    Ok(Assembled {
        rest,
        grpc,
        readiness,
        decisions_written,
    })
}

fn local_catalog(config: &SignetConfig, parts: &Parts, tasks: &Tasks) -> anyhow::Result<Option<Arc<Catalog>>> {
    if !config.runs(Service::Catalog) {
        return Ok(None);
    }
    let Some(store) = &parts.store else {
        bail!("the catalogue needs a store; set `store.path` or `store.url`")
    };
    let settings = CatalogConfig {
        poll_interval: config.catalog.poll_interval.0,
        ..CatalogConfig::default()
    };
    let catalog = Arc::new(Catalog::new(store.clone(), Arc::new(SystemClock), settings));
    let following = catalog.clone();
    tasks.background(async move { following.follow_store().await });
    Ok(Some(catalog))
}

/// The log with a queue in front; the handle ends once nobody writes any more and everything is written.
fn decision_log(
    config: &SignetConfig,
    parts: &Parts,
) -> (Option<Arc<dyn DecisionLog>>, Option<tokio::task::JoinHandle<()>>) {
    let needed = config.runs(Service::Evaluation) || config.runs(Service::Extraction);
    let Some(store) = parts.store.clone().filter(|_| needed) else {
        return (None, None);
    };
    let (log, written) = BatchingDecisionLog::start(store, DECISION_QUEUE);
    (Some(Arc::new(log)), Some(written))
}

fn local_evaluation(policies: Arc<dyn PolicyDistribution>, decisions: Arc<dyn DecisionLog>) -> Evaluation {
    let dependencies = EvaluationDependencies {
        policies,
        decisions,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    Evaluation::new(dependencies, EvaluationConfig::default())
}

fn local_extraction(
    config: &SignetConfig,
    policies: Arc<dyn PolicyDistribution>,
    decisions: Arc<dyn DecisionLog>,
    store: Arc<dyn Store>,
) -> Extraction {
    let dependencies = ExtractionDependencies {
        policies,
        item_labels: store.clone(),
        item_ids: store,
        decisions: Some(Arc::new(DecisionLogSink(decisions))),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let settings = ExtractionConfig {
        allowed_roots: config.extraction.allowed_roots.clone(),
        extended_kinds: config.extraction.extended_kinds,
        ..ExtractionConfig::default()
    };
    Extraction::new(dependencies, settings)
}

/// Ready: the store answers, and policies may be decided by.
fn readiness(store: Option<Arc<dyn Store>>, followed: Option<Arc<FollowedPolicies>>) -> Readiness {
    Arc::new(move || {
        let store = store.clone();
        let followed = followed.clone();
        async move {
            if let Some(store) = store {
                store.ping().await.map_err(|_| "the store does not answer".to_owned())?;
            }
            if followed.is_some_and(|followed| !followed.is_usable()) {
                return Err("the catalogue has not answered yet".to_owned());
            }
            Ok(())
        }
        .boxed()
    })
}

/// The newest known readiness, without asking again at every request for it.
fn flag(readiness: Readiness, tasks: &Tasks) -> signet_gateway::Readiness {
    let ready = Arc::new(AtomicBool::new(false));
    let known = ready.clone();
    tasks.background(async move {
        let mut tick = tokio::time::interval(READINESS_INTERVAL);
        loop {
            tick.tick().await;
            ready.store(readiness().await.is_ok(), Ordering::Relaxed);
        }
    });
    Arc::new(move || known.load(Ordering::Relaxed))
}

fn gateway_config(config: &SignetConfig, parts: &Parts) -> anyhow::Result<GatewayConfig> {
    let section = &config.gateway;
    let mut settings = GatewayConfig::new(
        parts.authorization_endpoint.clone(),
        parts.resource_app_id.clone(),
        parts.page_token_key,
    );
    settings.public_base_url = section.public_url.clone();
    settings.trusted_proxies = section
        .trusted_proxies
        .iter()
        .map(|range| range.parse().with_context(|| "`gateway.trusted_proxies`"))
        .collect::<anyhow::Result<_>>()?;
    settings.max_body_bytes = usize::try_from(section.max_body.0).unwrap_or(usize::MAX);
    settings.request_deadline = section.request_deadline.0;
    settings.cors = CorsOrigins {
        allowed: section.cors_origins.clone(),
        loopback: parts.loopback_pages,
    };
    settings.legacy_routes = section.legacy_routes;
    settings.strict_delegated_labels = section.strict_delegated_labels;
    settings.throttle = section.requests_per_second.map(|rate| ThrottleConfig {
        requests_per_second: rate.0,
        burst: section.burst.map_or(rate.0.saturating_mul(TWICE), |burst| burst.0),
    });
    settings.max_concurrent_requests = usize::try_from(section.max_concurrent_requests.0.get()).unwrap_or(usize::MAX);
    settings.faults = parts.faults.clone();
    Ok(settings)
}

/// Clients of services that run elsewhere.
struct Clients<'a> {
    config: &'a SignetConfig,
    cluster_token: Option<ClusterToken>,
}

impl Clients<'_> {
    fn options(&self) -> anyhow::Result<ClientOptions> {
        let ca_pem = self.config.cluster.ca_file.as_deref().map(read).transpose()?;
        Ok(ClientOptions {
            cluster_token: self.cluster_token.clone(),
            ca_pem,
            ..ClientOptions::default()
        })
    }

    /// A connection that is made when it is first needed, and again whenever it breaks.
    fn connection(&self, endpoint: &str) -> anyhow::Result<Connection> {
        Connection::open(endpoint, &self.options()?).with_context(|| format!("endpoint `{endpoint}`"))
    }

    fn endpoint<'e>(&self, endpoint: &'e Option<String>, key: &str) -> anyhow::Result<&'e str> {
        endpoint
            .as_deref()
            .with_context(|| format!("a service runs elsewhere; set `{key}`"))
    }

    /// Policies of a catalogue that runs elsewhere, for services of this process that decide by them.
    fn followed_policies(
        &self,
        catalog: &Option<Arc<Catalog>>,
        tasks: &Tasks,
    ) -> anyhow::Result<Option<Arc<FollowedPolicies>>> {
        let config = self.config;
        let needed = config.runs(Service::Evaluation) || config.runs(Service::Extraction);
        if catalog.is_some() || !needed {
            return Ok(None);
        }
        let endpoint = self.endpoint(&config.catalog.endpoint, "catalog.endpoint")?;
        let source = Arc::new(client::PolicyDistributionClient::new(self.connection(endpoint)?));
        let settings = DistributionConfig {
            max_unconfirmed: config.catalog.max_snapshot_age.0,
            ..DistributionConfig::default()
        };
        let followed = Arc::new(FollowedPolicies::new(source, settings));
        let following = followed.clone();
        tasks.background(async move { following.follow().await });
        Ok(Some(followed))
    }

    fn gateway_services(
        &self,
        catalog: Option<Arc<Catalog>>,
        evaluation: Option<Arc<Evaluation>>,
        extraction: Option<Arc<Extraction>>,
        parts: &Parts,
        readiness: Readiness,
        tasks: &Tasks,
    ) -> anyhow::Result<GatewayServices> {
        let config = self.config;
        let catalog: Arc<dyn contract::Catalog> = match catalog {
            Some(catalog) => catalog,
            None => {
                let endpoint = self.endpoint(&config.catalog.endpoint, "catalog.endpoint")?;
                Arc::new(client::CatalogClient::new(self.connection(endpoint)?))
            }
        };
        let (evaluation, decision_log): (Arc<dyn contract::Evaluation>, Arc<dyn contract::DecisionLogReader>) =
            match evaluation {
                Some(evaluation) => (evaluation.clone(), evaluation),
                None => {
                    let endpoint = self.endpoint(&config.evaluation.endpoint, "evaluation.endpoint")?;
                    let decisions = client::DecisionLogClient::new(self.connection(endpoint)?);
                    (
                        Arc::new(client::EvaluationClient::new(self.connection(endpoint)?)),
                        Arc::new(decisions),
                    )
                }
            };
        let extraction: Arc<dyn contract::Extraction> = match extraction {
            Some(extraction) => extraction,
            None => {
                let endpoint = self.endpoint(&config.extraction.endpoint, "extraction.endpoint")?;
                Arc::new(client::ExtractionClient::new(self.connection(endpoint)?))
            }
        };
        Ok(GatewayServices {
            catalog,
            evaluation,
            decision_log,
            extraction,
            verifier: parts.verifier.clone(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            ready: flag(readiness, tasks),
        })
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
