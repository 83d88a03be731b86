//! What must happen before the process ends.

use std::time::Duration;

use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

/// Longest an exporter may take to hand over what it holds.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps the exporters running. When it goes, they hand over what they hold and stop; logging goes on.
#[must_use = "traces and metrics end when the guard is dropped"]
pub struct TelemetryGuard(Option<Exporters>);

struct Exporters {
    traces: Option<SdkTracerProvider>,
    metrics: SdkMeterProvider,
}

impl TelemetryGuard {
    pub(crate) fn new(traces: Option<SdkTracerProvider>, metrics: SdkMeterProvider) -> Self {
        Self(Some(Exporters { traces, metrics }))
    }

    /// Hands over what is held, at most five seconds for traces and five for metrics, without blocking the runtime.
    /// Dropping does the same but blocks its thread, which must not be the runtime's only one.
    pub async fn shutdown(mut self) {
        if let Some(exporters) = self.0.take() {
            let handed_over = tokio::task::spawn_blocking(move || exporters.shutdown()).await;
            if let Err(error) = handed_over {
                tracing::warn!(%error, "traces and metrics could not be handed over");
            }
        }
    }
}

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        if let Some(exporters) = self.0.take() {
            exporters.shutdown();
        }
    }
}

impl Exporters {
    fn shutdown(self) {
        let traces = self.traces.map(|traces| traces.shutdown_with_timeout(SHUTDOWN_TIMEOUT));
        let metrics = self.metrics.shutdown_with_timeout(SHUTDOWN_TIMEOUT);
        for error in traces.into_iter().chain([metrics]).filter_map(Result::err) {
            tracing::warn!(%error, "the last traces or metrics could not be handed over");
        }
    }
}
