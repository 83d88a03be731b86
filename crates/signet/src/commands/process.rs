//! The life of a process: start, listen, say so, drain, end.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use axum::Router;
use serde_json::{Value, json};
use signet_gateway::Front;
use signet_gateway::listener::{self, Answers, Lanes, ListenerConfig};
use signet_telemetry::{TelemetryConfig, TelemetryGuard};

use crate::config::{LogFormat, SignetConfig, TelemetrySection};
use crate::environment::RandomIds;
use crate::listeners::{Tasks, admin_router, asked_to_end, bind};
use crate::output::{outln, write_whole};
use crate::wiring::{Assembled, Parts, assemble};

/// How often readiness is asked for before the ready file is written.
const READY_POLL: Duration = Duration::from_millis(5);

/// How long a process takes to become ready before it says what it waits for.
const LONG: Duration = Duration::from_secs(10);

/// What is allowed beyond the limit for requests, for listeners to see that it is over.
const SETTLING: Duration = Duration::from_secs(2);

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

    /// Runs something beside the listeners until the process is asked to end.
    pub(super) fn follow(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.background(task);
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
        let limit = config.shutdown.limit.0;

        let (admin, address) = bind(config.admin.listen).await?;
        origins.admin = format!("http://{address}");
        serve_http(
            &tasks,
            admin,
            None,
            limit,
            Arc::new(Lanes::none()),
            admin_router(while_running(&assembled), Arc::new(signet_telemetry::render_metrics)),
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
        if let Some(gateway) = assembled.rest {
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
            let pages = extend(gateway.router(), &origins);
            let rest = Front::new(gateway, pages);
            let lanes = Arc::new(Lanes::start().context("the threads of REST")?);
            if let Some((socket, _)) = http {
                serve_http(&tasks, socket, None, limit, Arc::clone(&lanes), rest.clone());
            }
            if let Some((socket, _)) = https {
                serve_http(&tasks, socket, listen.tls.clone(), limit, Arc::clone(&lanes), rest);
            }
        }

        tokio::pin!(end);
        tokio::select! {
            announced = announce(&assembled.readiness, &assembled.announced, &listen, &origins, banner) => {
                announced?;
                end.await;
            }
            () = &mut end => {}
        }
        assembled.announced.end();
        tracing::info!("told to end; finishing what was begun");
        tokio::time::sleep(config.shutdown.delay.0).await;
        if let Some(file) = &listen.ready_file {
            let _ = std::fs::remove_file(file);
        }
        let drained = tasks.drain(limit + SETTLING).await;
        if let Some(written) = assembled.decisions_written {
            let _ = tokio::time::timeout(limit, written).await;
        }
        telemetry.shutdown().await;
        if drained {
            Ok(ExitCode::SUCCESS)
        } else {
            Err(anyhow!("some requests did not finish in time"))
        }
    }
}

/// Ready, and not told to end.
fn while_running(assembled: &Assembled) -> crate::listeners::Readiness {
    let (readiness, announced) = (assembled.readiness.clone(), assembled.announced.clone());
    Arc::new(move || {
        let (readiness, announced) = (readiness.clone(), announced.clone());
        Box::pin(async move {
            match announced.is_ending() {
                true => Err("told to end".to_owned()),
                false => readiness().await,
            }
        })
    })
}

fn origin(tls: bool, address: std::net::SocketAddr) -> String {
    format!("{}://{address}", if tls { "https" } else { "http" })
}

fn serve_http(
    tasks: &Tasks,
    socket: tokio::net::TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    drain_timeout: Duration,
    lanes: Arc<Lanes>,
    answers: impl Answers,
) {
    let settings = ListenerConfig {
        drain_timeout,
        ..ListenerConfig::default()
    };
    let stop = tasks.stop_token();
    tasks.serve(async move {
        if let Err(error) = listener::serve(socket, tls, answers, settings, lanes, stop).await {
            tracing::error!(%error, "a listener ended");
        }
    });
}

/// Waits until the process can answer, then says so.
async fn announce(
    readiness: &crate::listeners::Readiness,
    announced: &crate::ready::Announced,
    listen: &Listen<'_>,
    origins: &Origins,
    banner: impl FnOnce(&Origins) -> String,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut warned = false;
    while let Err(missing) = readiness().await {
        if began.elapsed() > LONG && !warned {
            tracing::warn!(missing, "not ready yet; waiting on");
            warned = true;
        }
        tokio::time::sleep(READY_POLL).await;
    }
    announced.learn(true);
    let text = banner(origins);
    if !text.is_empty() {
        // Services go on when nobody reads what they print.
        let _ = outln!("{text}");
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
