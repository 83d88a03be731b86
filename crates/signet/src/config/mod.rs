//! What the program is told: defaults, then a file, then `SIGNET_…` variables, then flags.

mod extraction;
pub(crate) mod load;
mod problems;
mod reading;
pub(crate) mod store;
pub(crate) mod units;

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use signet_domain::evaluation::QuestionLimits;

pub(crate) use extraction::ExtractionSection;
use reading::count;
pub(crate) use store::StoreSection;
use units::{ByteSize, Count, HumanDuration};

/// Everything the program can be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SignetConfig {
    /// Services of this process.
    pub(crate) services: Vec<Service>,
    /// The REST surface.
    pub(crate) gateway: GatewaySection,
    /// The gRPC surface of this process's services.
    pub(crate) grpc: GrpcSection,
    /// Metrics and health for operators.
    pub(crate) admin: AdminSection,
    /// Certificate of HTTPS and of gRPC.
    pub(crate) tls: TlsSection,
    /// Whose tokens are trusted.
    pub(crate) auth: AuthSection,
    /// Where things are kept.
    pub(crate) store: StoreSection,
    /// The catalogue.
    pub(crate) catalog: CatalogSection,
    /// Evaluation.
    pub(crate) evaluation: EvaluationSection,
    /// Extraction.
    pub(crate) extraction: ExtractionSection,
    /// How services of one installation reach and trust each other.
    pub(crate) cluster: ClusterSection,
    /// How the process ends.
    pub(crate) shutdown: ShutdownSection,
    /// Logs, traces and metrics.
    pub(crate) telemetry: TelemetrySection,
}

/// A service of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Service {
    /// REST.
    Gateway,
    /// Tenants, labels, policies.
    Catalog,
    /// Decisions.
    Evaluation,
    /// Drives and files.
    Extraction,
}

impl Service {
    /// Every service.
    pub(crate) const ALL: [Self; 4] = [Self::Gateway, Self::Catalog, Self::Evaluation, Self::Extraction];
}

/// The REST surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GatewaySection {
    /// Address of plain HTTP; absent: not served. A public address needs HTTPS instead.
    pub(crate) http: Option<SocketAddr>,
    /// Address of HTTPS; absent: not served.
    pub(crate) https: Option<SocketAddr>,
    /// Origin clients see, e.g. `https://labels.example.com`; absent: taken from the request.
    pub(crate) public_url: Option<String>,
    /// Proxies whose `Forwarded` headers count: addresses or ranges such as `10.0.0.0/8`.
    pub(crate) trusted_proxies: Vec<String>,
    /// Origins browsers may call from; empty: none.
    pub(crate) cors_origins: Vec<String>,
    /// Largest JSON body.
    pub(crate) max_body: ByteSize,
    /// Longest `$filter` after decoding; 32KiB at most.
    pub(crate) max_filter: ByteSize,
    /// Clauses of one `$filter`; 1,000 at most.
    pub(crate) max_filter_clauses: Count,
    /// Requests in one `$batch`; 1,000 at most.
    pub(crate) max_batch_requests: Count,
    /// Longest time one request may take.
    pub(crate) request_deadline: HumanDuration,
    /// Serve the legacy spellings of label collections.
    pub(crate) legacy_routes: bool,
    /// Refuse delegated tokens on label routes whose documented permissions name applications only.
    pub(crate) strict_delegated_labels: bool,
    /// Requests per second of one application for one tenant; absent: not limited.
    pub(crate) requests_per_second: Option<Count>,
    /// Requests of one application for one tenant let through at once after a pause; absent: twice
    /// `requests_per_second`.
    pub(crate) burst: Option<Count>,
    /// Requests answered at once by this process; further ones are refused with 503.
    pub(crate) max_concurrent_requests: Count,
    /// File with the key that signs page tokens, the same on every replica; absent: random at start.
    pub(crate) page_token_key_file: Option<PathBuf>,
}

impl Default for GatewaySection {
    fn default() -> Self {
        Self {
            http: None,
            https: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            max_body: ByteSize(1 << 20),
            max_filter: ByteSize(8 << 10),
            max_filter_clauses: count(200),
            max_batch_requests: count(20),
            request_deadline: HumanDuration(Duration::from_secs(10)),
            legacy_routes: true,
            strict_delegated_labels: false,
            requests_per_second: None,
            burst: None,
            max_concurrent_requests: Count(NonZeroU32::MIN.saturating_add(1023)),
            page_token_key_file: None,
        }
    }
}

/// The gRPC surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GrpcSection {
    /// Address; absent: not served.
    pub(crate) listen: Option<SocketAddr>,
    /// Encrypt on a loopback address too; elsewhere it is always encrypted.
    pub(crate) tls: bool,
    /// Longest time one call may take.
    pub(crate) max_deadline: HumanDuration,
    /// Most calls answered at a time; more are turned away at once and told when to come back.
    pub(crate) max_calls: usize,
}

impl Default for GrpcSection {
    fn default() -> Self {
        Self {
            listen: None,
            tls: false,
            max_calls: 4096,
            max_deadline: HumanDuration(Duration::from_secs(10)),
        }
    }
}

/// Metrics and health for operators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AdminSection {
    /// Address of `/metrics`, `/healthz` and `/readyz`.
    pub(crate) listen: SocketAddr,
}

impl Default for AdminSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)),
        }
    }
}

/// Certificate of HTTPS and of gRPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TlsSection {
    /// PEM file with the certificate chain.
    pub(crate) certificate_file: Option<PathBuf>,
    /// PEM file with the private key.
    pub(crate) key_file: Option<PathBuf>,
    /// How often certificates, keys and authorities are looked at for changes; SIGHUP makes it look at once.
    pub(crate) reload_interval: HumanDuration,
}

impl Default for TlsSection {
    fn default() -> Self {
        Self {
            certificate_file: None,
            key_file: None,
            reload_interval: HumanDuration(Duration::from_secs(30)),
        }
    }
}

/// Whose tokens are trusted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuthSection {
    /// Trusted issuers. At least one.
    pub(crate) issuers: Vec<IssuerSection>,
    /// Accepted audiences. At least one, unless `application_id` is set.
    pub(crate) audiences: Vec<String>,
    /// Application id of this service; makes `{id}`, `api://{id}` and the Graph audiences acceptable.
    pub(crate) application_id: Option<String>,
    /// PEM file with certificates trusted besides the public ones when keys are fetched.
    pub(crate) ca_file: Option<PathBuf>,
    /// Where clients get tokens, named in `WWW-Authenticate`.
    pub(crate) authorization_endpoint: Option<String>,
}

/// A trusted issuer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerSection {
    /// The `iss` claim; may contain `{tid}` for the token's tenant.
    pub(crate) issuer: String,
    /// OpenID discovery document the keys are found through.
    #[serde(default)]
    pub(crate) discovery_url: Option<String>,
    /// JSON file with the issuer's key set, instead of `discovery_url`.
    #[serde(default)]
    pub(crate) keys_file: Option<PathBuf>,
}

/// Decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EvaluationSection {
    /// Where the service runs, e.g. `http://evaluation:8081`; all addresses behind the name are its replicas. Absent, as
    /// `endpoints`: in this process.
    pub(crate) endpoint: Option<String>,
    /// More places where replicas of the service run.
    pub(crate) endpoints: Vec<String>,
    /// Metadata pairs of an item, and further attributes to write, in one question; 10,000 at most.
    pub(crate) max_metadata: Count,
    /// Results of a detector in one question; 10,000 at most.
    pub(crate) max_classification_results: Count,
}

impl Default for EvaluationSection {
    fn default() -> Self {
        let limits = QuestionLimits::default();
        Self {
            endpoint: None,
            endpoints: Vec::new(),
            max_metadata: count(limits.metadata as u64),
            max_classification_results: count(limits.results as u64),
        }
    }
}

impl EvaluationSection {
    /// Bounds on the questions.
    pub(crate) fn limits(&self) -> QuestionLimits {
        QuestionLimits {
            metadata: self.max_metadata.to_usize(),
            results: self.max_classification_results.to_usize(),
        }
    }
}

/// The catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CatalogSection {
    /// Where the service runs, e.g. `http://catalog:8081`; all addresses behind the name are its replicas. Absent, as
    /// `endpoints`: in this process.
    pub(crate) endpoint: Option<String>,
    /// More places where replicas of the service run.
    pub(crate) endpoints: Vec<String>,
    /// How often at least the store is asked for changes made by other processes.
    pub(crate) poll_interval: HumanDuration,
    /// How long decisions go on without the catalogue.
    pub(crate) max_snapshot_age: HumanDuration,
}

impl Default for CatalogSection {
    fn default() -> Self {
        Self {
            endpoint: None,
            endpoints: Vec::new(),
            poll_interval: HumanDuration(Duration::from_millis(200)),
            max_snapshot_age: HumanDuration(Duration::from_secs(15 * 60)),
        }
    }
}

/// How services of one installation reach and trust each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ClusterSection {
    /// File with the shared token of calls that act for no user.
    pub(crate) token_file: Option<PathBuf>,
    /// PEM file with certificates trusted when services call each other over TLS, in both directions.
    pub(crate) ca_file: Option<PathBuf>,
    /// PEM file with the certificate shown to other services; absent: `tls.certificate_file`.
    pub(crate) certificate_file: Option<PathBuf>,
    /// PEM file with its private key; absent: `tls.key_file`.
    pub(crate) key_file: Option<PathBuf>,
    /// DNS names or URIs in client certificates that make the caller a service of this installation, instead of
    /// `token_file`.
    pub(crate) service_names: Vec<String>,
    /// Refuse gRPC connections without a certificate of `ca_file`.
    pub(crate) require_client_certificate: bool,
    /// How often names of other services are looked up again.
    pub(crate) resolve_interval: HumanDuration,
    /// Connections to each replica of another service.
    pub(crate) connections_per_replica: usize,
    /// Most calls under way at one replica of another service; more are turned away at once.
    pub(crate) max_calls_per_replica: usize,
}

impl Default for ClusterSection {
    fn default() -> Self {
        Self {
            token_file: None,
            ca_file: None,
            certificate_file: None,
            key_file: None,
            service_names: Vec::new(),
            require_client_certificate: false,
            resolve_interval: HumanDuration(Duration::from_secs(2)),
            connections_per_replica: 2,
            max_calls_per_replica: 1024,
        }
    }
}

/// How the process ends when it is told to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ShutdownSection {
    /// How long it goes on taking requests after health and readiness have turned, so that balancers notice first.
    pub(crate) delay: HumanDuration,
    /// How long requests under way may take after that.
    pub(crate) limit: HumanDuration,
}

impl Default for ShutdownSection {
    fn default() -> Self {
        Self {
            delay: HumanDuration(Duration::ZERO),
            limit: HumanDuration(Duration::from_secs(25)),
        }
    }
}

/// Logs, traces and metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TelemetrySection {
    /// Which events are logged, e.g. `info,signet_gateway=debug`.
    pub(crate) filter: String,
    /// `text` or `json`.
    pub(crate) format: LogFormat,
    /// OTLP collector, e.g. `http://collector:4317`; absent: nothing is exported.
    pub(crate) otlp_endpoint: Option<String>,
}

impl Default for TelemetrySection {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Text,
            otlp_endpoint: None,
        }
    }
}

/// Shape of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl SignetConfig {
    /// The process runs this service.
    pub(crate) fn runs(&self, service: Service) -> bool {
        self.services.contains(&service)
    }

    /// Where replicas of a service run, as configured.
    pub(crate) fn endpoints_of(&self, service: Service) -> Vec<&str> {
        let (one, more) = match service {
            Service::Gateway => return Vec::new(),
            Service::Catalog => (&self.catalog.endpoint, &self.catalog.endpoints),
            Service::Evaluation => (&self.evaluation.endpoint, &self.evaluation.endpoints),
            Service::Extraction => (&self.extraction.endpoint, &self.extraction.endpoints),
        };
        one.iter().chain(more).map(String::as_str).collect()
    }

    /// gRPC is served encrypted: everywhere but on a loopback address, and there when wanted.
    pub(crate) fn encrypts_grpc(&self) -> bool {
        let elsewhere = self.grpc.listen.is_some_and(|address| !address.ip().is_loopback());
        let wanted = self.grpc.tls || self.cluster.require_client_certificate || !self.cluster.service_names.is_empty();
        self.grpc.listen.is_some() && (elsewhere || wanted) && self.tls.certificate_file.is_some()
    }
}
