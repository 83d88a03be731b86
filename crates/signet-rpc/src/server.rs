//! The server: services of the contract behind gRPC, with health and reflection.
//!
//! A caller of the builder never meets a type of the transport.

mod administration;
mod bulk;
mod catalog;
mod content;
mod decision_log;
mod distribution;
mod evaluation;
mod exchange;
mod extraction;
mod gate;
mod health;
mod identity;
mod incoming;
mod span;
mod timing;

use std::sync::Arc;
use std::time::Duration;

use signet_auth::Verifier;
use signet_contract::{
    Catalog, CatalogAdministration, DecisionLogReader, DriveContent, Evaluation, Extraction, PolicyDistribution,
};
use signet_domain::environment::IdSource;
use signet_telemetry::{RequestMetrics, TenantMetrics};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::server::NamedService;
use tonic::service::RoutesBuilder;
use tonic::transport::Server;
use tracing::warn;

use self::administration::AdministrationAdapter;
use self::catalog::CatalogAdapter;
use self::content::ContentAdapter;
use self::decision_log::DecisionLogAdapter;
use self::distribution::DistributionAdapter;
use self::evaluation::EvaluationAdapter;
use self::exchange::ExchangeAdapter;
use self::extraction::ExtractionAdapter;
use self::gate::Gate;
pub use self::health::Health;
use self::identity::Trust;
use self::incoming::connections;
use crate::cluster::ClusterToken;
use crate::limits::{DOCUMENT_BYTES, EXCHANGE_BYTES, MESSAGE_BYTES};
use crate::proto::FILE_DESCRIPTOR_SET;
use crate::proto::catalog::catalog_administration_service_server::CatalogAdministrationServiceServer;
use crate::proto::catalog::catalog_service_server::CatalogServiceServer;
use crate::proto::catalog::policy_distribution_service_server::PolicyDistributionServiceServer;
use crate::proto::evaluation::decision_log_service_server::DecisionLogServiceServer;
use crate::proto::evaluation::evaluation_service_server::EvaluationServiceServer;
use crate::proto::extraction::drive_content_service_server::DriveContentServiceServer;
use crate::proto::extraction::extraction_service_server::ExtractionServiceServer;
use crate::proto::transport::exchange_service_server::ExchangeServiceServer;
use crate::tls::ServerTls;

/// Longest block of headers of a request, in bytes: a token may have 16 KiB.
const HEADER_BYTES: u32 = 64 * 1024;

/// Most calls on one connection at a time.
const CALLS_PER_CONNECTION: u32 = 1024;

/// How often a silent connection is asked for life, and how long it may take to answer.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));

/// How a server behaves.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Longest time one call may take; callers may ask for less. Streams may last an hour.
    pub max_deadline: Duration,
    /// Connections open at a time; more wait.
    pub max_connections: usize,
    /// Calls answered at a time; more are turned away with `Overloaded`.
    pub max_calls: usize,
    /// Streams open at a time; more are turned away with `Overloaded`.
    pub max_streams: usize,
    /// How long calls under way may go on after the signal to stop.
    pub drain: Duration,
    /// The token services of this installation know each other by. Without it and `service_names` there is no
    /// distribution of policies, and nobody's word is taken for a client's address or user agent.
    pub cluster_token: Option<ClusterToken>,
    /// Names (DNS or URI) in client certificates that make their bearer a service of this installation. Only of use
    /// with `tls` that verifies clients.
    pub service_names: Vec<String>,
    /// Absent: without TLS.
    pub tls: Option<ServerTls>,
}

impl Default for ServerOptions {
    /// 10 s, 4,096 connections, 4,096 calls, 1,024 streams, 10 s to drain, no cluster token, no TLS.
    fn default() -> Self {
        Self {
            max_deadline: Duration::from_secs(10),
            max_connections: 4096,
            max_calls: 4096,
            max_streams: 1024,
            drain: Duration::from_secs(10),
            cluster_token: None,
            service_names: Vec::new(),
            tls: None,
        }
    }
}

/// The server could not be started or failed.
#[derive(Debug, thiserror::Error)]
#[error("the gRPC server failed: {message}")]
pub struct ServeError {
    message: String,
}

impl ServeError {
    fn new(error: impl std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self { message }
    }
}

/// Services of the contract, ready to be served.
pub struct GrpcServer {
    gate: Gate,
    max_connections: usize,
    drain: Duration,
    tls: Option<ServerTls>,
    routes: RoutesBuilder,
    health: Health,
}

impl GrpcServer {
    /// A server without services: health and reflection only. `ids` gives the ids of requests that bring none.
    pub fn new(verifier: Arc<Verifier>, ids: Arc<dyn IdSource>, options: ServerOptions) -> Self {
        let gate = Gate {
            verifier,
            ids,
            trust: Arc::new(Trust {
                token: options.cluster_token,
                names: options.service_names,
            }),
            max_deadline: options.max_deadline,
            metrics: RequestMetrics::new(),
            tenants: TenantMetrics::of_calls(),
            calls: Arc::new(Semaphore::new(options.max_calls)),
            streams: Arc::new(Semaphore::new(options.max_streams)),
            stopping: CancellationToken::new(),
            stopped: CancellationToken::new(),
        };
        Self {
            gate,
            max_connections: options.max_connections,
            drain: options.drain,
            tls: options.tls,
            routes: RoutesBuilder::default(),
            health: Health::new(),
        }
    }

    /// Offers the catalogue.
    #[must_use]
    pub fn catalog(mut self, catalog: Arc<dyn Catalog>) -> Self {
        let gate = self.gate.clone();
        let server = CatalogServiceServer::new(CatalogAdapter { gate, catalog });
        self.offers(&server);
        self.routes.add_service(server.max_decoding_message_size(MESSAGE_BYTES));
        self
    }

    /// Offers the administration of the catalogue.
    #[must_use]
    pub fn administration(mut self, administration: Arc<dyn CatalogAdministration>) -> Self {
        let gate = self.gate.clone();
        let server = CatalogAdministrationServiceServer::new(AdministrationAdapter { gate, administration });
        self.offers(&server);
        self.routes
            .add_service(server.max_decoding_message_size(DOCUMENT_BYTES));
        self
    }

    /// Offers the distribution of policies, to services of this installation.
    #[must_use]
    pub fn distribution(mut self, distribution: Arc<dyn PolicyDistribution>) -> Self {
        let gate = self.gate.clone();
        let server = PolicyDistributionServiceServer::new(DistributionAdapter { gate, distribution });
        self.offers(&server);
        self.routes.add_service(server.max_decoding_message_size(MESSAGE_BYTES));
        self
    }

    /// Offers evaluations.
    #[must_use]
    pub fn evaluation(mut self, evaluation: Arc<dyn Evaluation>) -> Self {
        let gate = self.gate.clone();
        let server = EvaluationServiceServer::new(EvaluationAdapter { gate, evaluation });
        self.offers(&server);
        self.routes.add_service(server.max_decoding_message_size(MESSAGE_BYTES));
        self
    }

    /// Offers the decision log.
    #[must_use]
    pub fn decision_log(mut self, log: Arc<dyn DecisionLogReader>) -> Self {
        let gate = self.gate.clone();
        let server = DecisionLogServiceServer::new(DecisionLogAdapter { gate, log });
        self.offers(&server);
        self.routes.add_service(server.max_decoding_message_size(MESSAGE_BYTES));
        self
    }

    /// Offers extractions.
    #[must_use]
    pub fn extraction(mut self, extraction: Arc<dyn Extraction>) -> Self {
        let gate = self.gate.clone();
        let server = ExtractionServiceServer::new(ExtractionAdapter { gate, extraction });
        self.offers(&server);
        self.routes.add_service(server.max_decoding_message_size(MESSAGE_BYTES));
        self
    }

    /// Offers the content of drive items.
    #[must_use]
    pub fn content(mut self, content: Arc<dyn DriveContent>) -> Self {
        let gate = self.gate.clone();
        let server = DriveContentServiceServer::new(ContentAdapter { gate, content });
        self.offers(&server);
        self.routes.add_service(server.max_decoding_message_size(MESSAGE_BYTES));
        self
    }

    fn offers<S: NamedService>(&mut self, _server: &S) {
        self.health.offer(S::NAME);
    }

    /// What `grpc.health.v1` says of every service offered.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Serves until `shutdown` completes: then health turns to not serving, streams that follow something end, calls
    /// under way and bulk evaluations may finish within the drain time, and what is left is cut off.
    ///
    /// # Errors
    /// [`ServeError`] when the listener fails.
    pub async fn serve(
        mut self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let mut server = Server::builder()
            .http2_keepalive_interval(Some(KEEP_ALIVE.0))
            .http2_keepalive_timeout(Some(KEEP_ALIVE.1))
            .http2_max_header_list_size(HEADER_BYTES)
            .max_concurrent_streams(CALLS_PER_CONNECTION);
        let gate = Gate {
            // One for each connection; places among the streams are for those who follow something.
            streams: Arc::new(Semaphore::new(self.max_connections)),
            ..self.gate.clone()
        };
        let exchange = ExchangeAdapter::new(gate, self.routes.clone().routes());
        let exchange = ExchangeServiceServer::new(exchange).max_decoding_message_size(EXCHANGE_BYTES);
        self.offers(&exchange);
        self.routes.add_service(exchange);
        let (reporter, health_server) = tonic_health::server::health_reporter();
        self.routes.add_service(health_server);
        self.add_reflection()?;
        let (stopping, stopped) = (self.gate.stopping.clone(), self.gate.stopped.clone());
        let health = self.health.clone();
        let signal = async {
            shutdown.await;
            health.stop();
            stopping.cancel();
        };
        let incoming = connections(listener, self.max_connections, self.tls.clone());
        let serving = server
            .add_routes(self.routes.routes())
            .serve_with_incoming_shutdown(incoming, signal);
        tokio::select! {
            result = serving => result.map_err(ServeError::new),
            () = self.health.report(&reporter) => Ok(()),
            () = drained(&self.gate.stopping, self.drain) => {
                warn!("calls were still under way when the drain time ended; they are cut off");
                stopped.cancel();
                Ok(())
            }
        }
    }

    fn add_reflection(&mut self) -> Result<(), ServeError> {
        let names = self.health.names();
        let configure = || {
            let builder = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
                .with_service_name("grpc.health.v1.Health");
            names
                .iter()
                .fold(builder, |builder, name| builder.with_service_name(*name))
        };
        self.routes
            .add_service(configure().build_v1().map_err(ServeError::new)?);
        self.routes
            .add_service(configure().build_v1alpha().map_err(ServeError::new)?);
        Ok(())
    }
}

/// Completes when the drain time after the signal to stop is over.
async fn drained(stopping: &CancellationToken, drain: Duration) {
    stopping.cancelled().await;
    tokio::time::sleep(drain).await;
}
