//! Spans, trace context and request metrics.

use std::time::Duration;

use http::HeaderMap;
use opentelemetry::metrics::{Counter, Histogram, UpDownCounter};
use opentelemetry::{KeyValue, global};
use signet_telemetry::trace_context::{self, TraceContext};
use tracing::Span;
use uuid::Uuid;

use super::ids::RequestIds;

/// The instruments. Labels are of closed sets: operation names, methods, status classes.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    requests: Counter<u64>,
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
}

impl Metrics {
    /// Instruments of the process-wide meter.
    pub(crate) fn new() -> Self {
        let meter = global::meter("signet.gateway");
        Self {
            requests: meter
                .u64_counter("signet.gateway.requests")
                .with_description("requests answered")
                .build(),
            duration: meter
                .f64_histogram("signet.gateway.request.duration")
                .with_unit("s")
                .with_description("time from a request's head to its answer")
                .with_boundaries(vec![
                    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
                ])
                .build(),
            active: meter
                .i64_up_down_counter("signet.gateway.requests.active")
                .with_description("requests being answered")
                .build(),
        }
    }

    /// A request began; the guard ends it.
    pub(crate) fn begin(&self) -> Active<'_> {
        self.active.add(1, &[]);
        Active(&self.active)
    }

    /// A request was answered.
    pub(crate) fn record(&self, operation: &'static str, status: u16, took: Duration) {
        let labels = [
            KeyValue::new("operation", operation),
            KeyValue::new("status", i64::from(status)),
        ];
        self.requests.add(1, &labels);
        self.duration.record(took.as_secs_f64(), &labels);
    }
}

/// A request being answered, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Active<'m>(&'m UpDownCounter<i64>);

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.add(-1, &[]);
    }
}

/// The trace a request belongs to: the caller's where it sent one.
pub(crate) fn trace(headers: &HeaderMap, ids: &RequestIds) -> TraceContext {
    let request = Uuid::try_parse(&ids.request).unwrap_or_default();
    trace_context::extract(|name| headers.get(name)?.to_str().ok(), request)
}

/// The span of a request.
pub(crate) fn span(operation: &'static str, trace: &TraceContext, ids: &RequestIds) -> Span {
    let span = tracing::info_span!(
        "graph",
        otel.name = tracing::field::Empty,
        otel.kind = "server",
        request.id = %ids.request,
        client_request.id = ids.client.as_deref(),
        trace.id = tracing::field::Empty,
        http.status = tracing::field::Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", tracing::field::display(format_args!("graph.{operation}")));
        span.record("trace.id", trace.trace_id());
    }
    span
}
