//! The life of a process: start, listen, say so, drain, end.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use axum::Router;
use serde_json::{Value, json};
use signet_gateway::listener::{self, ListenerConfig};
use signet_telemetry::{TelemetryConfig, TelemetryGuard};

use crate::config::{LogFormat, SignetConfig, TelemetrySection};
use crate::environment::RandomIds;
use crate::listeners::{Tasks, admin_router, asked_to_end, bind};
use crate::output::write_whole;
use crate::wiring::{Parts, assemble};

/// How often readiness is asked for before the ready file is written.
const READY_POLL: Duration = Duration::from_millis(5);

/// How long a process may take to become ready before it gives up on the ready file.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// Where a process listens.
pub(super) struct Listen<'a> {
    pub(super) config: &'a SignetConfig,
    pub(super) tls: Option<Arc<rustls::ServerConfig>>,
    pub(super) ready_file: Option<PathBuf>,
    /// More members of the ready file.
    pub(super) facts: Value,
}

/// Origins a process is reached at.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins {
    pub(super) https: Option<String>,
    pub(super) http: Option<String>,
    pub(super) grpc: Option<String>,
    pub(super) admin: String,
}

/// A started process.
pub(super) struct Process {
    tasks: Tasks,
    telemetry: TelemetryGuard,
}

impl Process {
    /// Starts logging and telemetry.
    ///
    /// # Errors
    /// When a filter or endpoint is wrong.
    pub(super) fn start(section: &TelemetrySection, service: &str) -> anyhow::Result<Self> {
        use signet_domain::environment::IdSource;
        let format = match section.format {
            LogFormat::Text => signet_telemetry::LogFormat::Text,
            LogFormat::Json => signet_telemetry::LogFormat::Json,
        };
        let telemetry = signet_telemetry::init(&TelemetryConfig {
            filter: section.filter.clone(),
            format,
            otlp_endpoint: section.otlp_endpoint.clone(),
            service_name: service.to_owned(),
            service_instance: RandomIds.next_id().to_string(),
        })?;
        Ok(Self {
            tasks: Tasks::default(),
            telemetry,
        })
    }

    /// Serves until asked to end, then drains. `extend` may add routes once the origins are known; what `banner` says
    /// is printed once everything answers.
    ///
    /// # Errors
    /// When an address cannot be listened on, or something did not end in time.
    pub(super) async fn run(
        self,
        listen: Listen<'_>,
        parts: Parts,
        extend: impl FnOnce(Router, &Origins) -> Router,
        banner: impl FnOnce(&Origins) -> String,
    ) -> anyhow::Result<ExitCode> {
        let Self { tasks, telemetry } = self;
        let end = asked_to_end()?;
        let config = listen.config;
        let encrypted = parts.grpc_tls.is_some();
        let assembled = assemble(config, parts, &tasks)?;
        let mut origins = Origins::default();

        let (admin, address) = bind(config.admin.listen).await?;
        origins.admin = format!("http://{address}");
        serve_http(
            &tasks,
            admin,
            None,
            admin_router(assembled.readiness.clone(), Arc::new(signet_telemetry::render_metrics)),
        );
        if let Some(address) = config.grpc.listen {
            let (socket, address) = bind(address).await?;
            origins.grpc = Some(origin(encrypted, address));
            let stop = tasks.stop_token();
            tasks.serve(async move {
                if let Err(error) = assembled.grpc.serve(socket, stop.cancelled_owned()).await {
                    tracing::error!(%error, "the gRPC server ended");
                }
            });
        }
        if let Some(rest) = assembled.rest {
            let http = match config.gateway.http {
                Some(address) => Some(bind(address).await?),
                None => None,
            };
            let https = match config.gateway.https {
                Some(address) => Some(bind(address).await?),
                None => None,
            };
            origins.http = http.as_ref().map(|(_, address)| origin(false, *address));
            origins.https = https.as_ref().map(|(_, address)| origin(true, *address));
            let rest = extend(rest, &origins);
            if let Some((socket, _)) = http {
                serve_http(&tasks, socket, None, rest.clone());
            }
            if let Some((socket, _)) = https {
                serve_http(&tasks, socket, listen.tls.clone(), rest);
            }
        }

        let ready = announce(&assembled.readiness, &listen, &origins, banner);
        tokio::select! {
            announced = ready => announced?,
            () = tokio::time::sleep(READY_LIMIT) => tracing::warn!("not ready yet; the ready file is not written"),
        }
        end.await;
        tracing::info!("told to end; finishing what was begun");
        if let Some(file) = &listen.ready_file {
            let _ = std::fs::remove_file(file);
        }
        let drained = tasks.drain().await;
        if let Some(written) = assembled.decisions_written {
            let _ = tokio::time::timeout(crate::listeners::DRAIN, written).await;
        }
        telemetry.shutdown().await;
        if drained {
            Ok(ExitCode::SUCCESS)
        } else {
            Err(anyhow!("some requests did not finish in time"))
        }
    }
}

fn origin(tls: bool, address: std::net::SocketAddr) -> String {
    format!("{}://{address}", if tls { "https" } else { "http" })
}

fn serve_http(tasks: &Tasks, socket: tokio::net::TcpListener, tls: Option<Arc<rustls::ServerConfig>>, router: Router) {
    let stop = tasks.stop_token();
    tasks.serve(async move {
        if let Err(error) = listener::serve(socket, tls, router, ListenerConfig::default(), stop).await {
            tracing::error!(%error, "a listener ended");
        }
    });
}

/// Waits until the process can answer, then says so.
async fn announce(
    readiness: &crate::listeners::Readiness,
    listen: &Listen<'_>,
    origins: &Origins,
    banner: impl FnOnce(&Origins) -> String,
) -> anyhow::Result<()> {
    while readiness().await.is_err() {
        tokio::time::sleep(READY_POLL).await;
    }
    let text = banner(origins);
    if !text.is_empty() {
        println!("{text}");
    }
    let Some(file) = &listen.ready_file else { return Ok(()) };
    let mut facts = json!({
        "https": origins.https,
        "http": origins.http,
        "grpc": origins.grpc,
        "admin": origins.admin,
        "pid": std::process::id(),
    });
    if let (Value::Object(members), Value::Object(more)) = (&mut facts, &listen.facts) {
        members.extend(more.clone());
    }
    write_ready_file(file, &facts)
}

fn write_ready_file(file: &Path, facts: &Value) -> anyhow::Result<()> {
    write_whole(file, (facts.to_string() + "\n").as_bytes()).context("the ready file")
}
