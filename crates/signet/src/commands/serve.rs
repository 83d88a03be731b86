//! `signet serve`: the configured services, and nothing else.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::Value;
use signet_auth::{
    HttpKeySource, HttpKeySourceConfig, IssuerConfig, KeySet, KeySource, StaticKeys, Verifier, VerifierConfig,
    default_audiences,
};
use signet_domain::environment::IdSource;
use signet_rpc::ClusterToken;

use super::process::{Listen, Process};
use crate::certificates::Certificates;
use crate::cli::ServeArgs;
use crate::config::load::{Loaded, refuse_unsafe};
use crate::config::{AuthSection, IssuerSection, Service, SignetConfig};
use crate::environment::{RandomIds, token_clock};
use crate::store::{Place, Schema};
use crate::tls::ReplaceableIdentity;
use crate::wiring::Parts;

/// Application id named in `WWW-Authenticate` when none is configured: Graph's own.
const GRAPH_APPLICATION: &str = "00000003-0000-0000-c000-000000000000";

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let mut flags = Vec::new();
    if !args.services.is_empty() {
        flags.push(("services".to_owned(), serde_json::to_value(&args.services)?));
    }
    let loaded = super::config::read(&args.config, flags)?;
    refuse_unsafe(&loaded.config)?;
    let process = Process::start(&loaded.config.telemetry, "signet")?;
    log_configuration(&loaded);
    let config = loaded.config;
    let certificates = Certificates::load(&config)?;
    let parts = parts(&config, &certificates).await?;
    let listen = Listen {
        config: &config,
        tls: certificates.https.as_ref().map(ReplaceableIdentity::server_config),
        ready_file: args.ready_file,
        facts: Value::Null,
    };
    process.follow(certificates.follow(config.tls.reload_interval.0));
    process.run(listen, parts, |router, _| router, |_| String::new()).await
}

/// Every key once, with its origin.
fn log_configuration(loaded: &Loaded) {
    for (key, (value, origin)) in &loaded.keys {
        tracing::info!(config.key = %key, config.value = %value, config.origin = %origin, "configuration");
    }
}

async fn parts(config: &SignetConfig, certificates: &Certificates) -> anyhow::Result<Parts> {
    let stateful = config.services.iter().any(|service| *service != Service::Gateway);
    let store = match Place::configured(&config.store)?.filter(|_| stateful) {
        None => None,
        Some(place) => {
            // The catalogue's process brings the schema up to date; the others wait for a database until it has.
            let schema = match config.runs(Service::Catalog) {
                true => Schema::UpToDate,
                false => Schema::AsIs,
            };
            Some(place.open_when_ready(schema).await?)
        }
    };
    if config.runs(Service::Extraction) && config.extraction.ticket_key_file.is_none() {
        tracing::warn!(
            "`extraction.ticket_key_file` is not set: URLs of downloads, uploads and monitors are good at this process only, \
             and until it ends"
        );
    }
    let auth = &config.auth;
    let authorization_endpoint = auth.authorization_endpoint.clone();
    Ok(Parts {
        store,
        verifier: Arc::new(verifier(auth)?),
        cluster_token: config.cluster.token_file.as_deref().map(cluster_token).transpose()?,
        grpc_tls: certificates.grpc.clone(),
        client_tls: certificates.clients.clone(),
        page_token_key: page_token_key(config.gateway.page_token_key_file.as_deref())?,
        ticket_key: page_token_key(config.extraction.ticket_key_file.as_deref())?,
        authorization_endpoint: authorization_endpoint.unwrap_or_else(|| issuer_origin(auth)),
        resource_app_id: auth
            .application_id
            .clone()
            .unwrap_or_else(|| GRAPH_APPLICATION.to_owned()),
        loopback_pages: false,
        faults: None,
    })
}

fn verifier(auth: &AuthSection) -> anyhow::Result<Verifier> {
    let issuers = auth.issuers.iter().map(|issuer| {
        let keys = keys(auth, issuer).with_context(|| format!("issuer `{}`", issuer.issuer))?;
        Ok(IssuerConfig {
            issuer: issuer.issuer.clone(),
            keys,
        })
    });
    let issuers = issuers.collect::<anyhow::Result<Vec<_>>>()?;
    let mut audiences = auth.audiences.clone();
    if let Some(id) = &auth.application_id {
        audiences.extend(default_audiences([id]));
    }
    Ok(Verifier::new(VerifierConfig::new(issuers, audiences), token_clock()))
}

fn keys(auth: &AuthSection, issuer: &IssuerSection) -> anyhow::Result<Arc<dyn KeySource>> {
    if let Some(file) = &issuer.keys_file {
        let document = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        return Ok(Arc::new(StaticKeys::new(KeySet::from_jwks(&document)?)));
    }
    let Some(url) = &issuer.discovery_url else {
        bail!("needs `discovery_url` or `keys_file`")
    };
    let mut source = HttpKeySourceConfig::new(url.as_str(), issuer.issuer.as_str());
    source.additional_authorities = auth
        .ca_file
        .as_deref()
        .map(fs::read)
        .transpose()
        .context("`auth.ca_file`")?;
    Ok(Arc::new(HttpKeySource::new(source, token_clock())?))
}

/// Where clients are sent for tokens when nothing is configured: the first issuer.
fn issuer_origin(auth: &AuthSection) -> String {
    auth.issuers
        .first()
        .map(|issuer| issuer.issuer.replace("{tid}", "common"))
        .unwrap_or_default()
}

/// The token services of one installation know each other by, without the line end.
fn cluster_token(path: &Path) -> anyhow::Result<ClusterToken> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    ClusterToken::new(text.trim()).with_context(|| format!("{}", path.display()))
}

/// The key of page tokens: 32 bytes from a file, or random for this process.
fn page_token_key(file: Option<&Path>) -> anyhow::Result<[u8; 32]> {
    let Some(path) = file else { return Ok(random_key()) };
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let key = bytes.get(..32).and_then(|key| key.try_into().ok());
    key.with_context(|| format!("{} holds fewer than 32 bytes", path.display()))
}

/// 32 random bytes.
pub(super) fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    for half in key.chunks_mut(16) {
        half.copy_from_slice(RandomIds.next_id().as_bytes());
    }
    key
}
