//! Builds the subscriber and the exporters.

use std::io::IsTerminal as _;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, SpanExporter, WithExportConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanLimits};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterFn, ParseError};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::{TelemetryGuard, metrics, trace_context};

/// Shape of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One line for people, coloured on a terminal.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and where traces and metrics go.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// Which events are logged: `info`, or `info,signet_gateway=debug`. Exported traces do not depend on it.
    pub filter: String,
    /// Shape of log lines; they go to standard error.
    pub format: LogFormat,
    /// An OTLP collector speaking gRPC, `http://…` or `https://…` (with the machine's trusted certificates). Absent:
    /// nothing is exported, and spans cost next to nothing.
    pub otlp_endpoint: Option<String>,
    /// `service.name` of what is exported.
    pub service_name: String,
    /// `service.instance.id`: tells replicas apart.
    pub service_instance: String,
}

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter has a syntax error.
    #[error("the log filter `{filter}` is not understood, write for example `info,signet_gateway=debug`")]
    Filter {
        /// The filter as configured.
        filter: String,
        /// Where it goes wrong.
        source: ParseError,
    },
    /// The collector's address is not usable.
    #[error("the OTLP endpoint `{endpoint}` cannot be used, write for example `http://collector:4317`")]
    Endpoint {
        /// The address as configured.
        endpoint: String,
        /// What is wrong with it.
        source: ExporterBuildError,
    },
    /// The metrics registry refused the exporter.
    #[error("the metrics exporter could not be registered")]
    Metrics(#[from] OTelSdkError),
    /// A process has one subscriber, and this one has it already.
    #[error("logging is set up already")]
    AlreadyInitialized(#[from] TryInitError),
}

/// Sets up logging, traces and metrics for the whole process, once.
///
/// With an OTLP endpoint it must be called inside a Tokio runtime; the collector need not be there yet.
///
/// # Errors
/// [`TelemetryError`]; nothing is set up then.
pub fn init(config: &TelemetryConfig) -> Result<TelemetryGuard, TelemetryError> {
    let filter = EnvFilter::try_new(&config.filter).map_err(|source| TelemetryError::Filter {
        filter: config.filter.clone(),
        source,
    })?;
    let resource = resource(config);
    let tracer_provider = tracer_provider(config, &resource)?;
    let (meter_provider, registry) = meter_provider(config, resource)?;

    let traces = tracer_provider.as_ref().map(|provider| {
        let tracer = provider.tracer("signet");
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_filter(FilterFn::new(is_exported))
    });
    let logs = log_layer(config.format).with_filter(filter);
    tracing_subscriber::registry().with(logs).with(traces).try_init()?;

    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_meter_provider(meter_provider.clone());
    metrics::install(registry);
    if let Some(provider) = &tracer_provider {
        global::set_tracer_provider(provider.clone());
        trace_context::spans_are_exported();
    }
    Ok(TelemetryGuard::new(tracer_provider, meter_provider))
}

fn log_layer<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(true)
            .boxed(),
    }
}

/// Our own spans only: those of the exporter's transport would be exported by the next export, without end. Spans below
/// the one of a request are of level debug, so that they cost nothing where nothing is exported.
fn is_exported(metadata: &Metadata<'_>) -> bool {
    let most = if metadata.is_span() { Level::DEBUG } else { Level::INFO };
    metadata.target().starts_with("signet") && *metadata.level() <= most
}

fn resource(config: &TelemetryConfig) -> Resource {
    Resource::builder_empty()
        .with_service_name(config.service_name.clone())
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", config.service_instance.clone()),
        ])
        .build()
}

fn tracer_provider(config: &TelemetryConfig, resource: &Resource) -> Result<Option<SdkTracerProvider>, TelemetryError> {
    let Some(endpoint) = &config.otlp_endpoint else {
        return Ok(None);
    };
    let mut builder = SpanExporter::builder().with_tonic().with_endpoint(endpoint);
    if is_https(endpoint) {
        builder = builder.with_tls_config(ClientTlsConfig::new().with_enabled_roots());
    }
    let exporter = builder.build().map_err(|source| TelemetryError::Endpoint {
        endpoint: endpoint.clone(),
        source,
    })?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_span_limits(SpanLimits::default())
        .with_resource(resource.clone())
        .build();
    Ok(Some(provider))
}

fn meter_provider(
    config: &TelemetryConfig,
    resource: Resource,
) -> Result<(SdkMeterProvider, prometheus::Registry), TelemetryError> {
    let registry = prometheus::Registry::new();
    let mut provider = SdkMeterProvider::builder()
        .with_reader(metrics::prometheus_reader(&registry)?)
        .with_resource(resource);
    if let Some(endpoint) = &config.otlp_endpoint {
        let mut builder = MetricExporter::builder().with_tonic().with_endpoint(endpoint);
        if is_https(endpoint) {
            builder = builder.with_tls_config(ClientTlsConfig::new().with_enabled_roots());
        }
        let exporter = builder.build().map_err(|source| TelemetryError::Endpoint {
            endpoint: endpoint.clone(),
            source,
        })?;
        provider = provider.with_periodic_exporter(exporter);
    }
    Ok((provider.build(), registry))
}

fn is_https(endpoint: &str) -> bool {
    endpoint
        .get(..8)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}
