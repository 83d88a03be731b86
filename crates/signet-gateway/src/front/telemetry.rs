//! Spans, trace context and request metrics.

use std::time::Duration;

use http::{HeaderMap, Method};
use opentelemetry::metrics::UpDownCounter;
use signet_telemetry::trace_context::{self, TraceContext};
use signet_telemetry::{RequestMetrics, TenantMetrics, meter};
use tracing::Span;
use uuid::Uuid;

use super::ids::RequestIds;

/// The instruments. Labels are of closed sets: operation names, methods, statuses.
#[derive(Clone)]
pub(crate) struct Metrics {
    requests: RequestMetrics,
    tenants: TenantMetrics,
    active: UpDownCounter<i64>,
}

impl Metrics {
    /// Instruments of the process-wide meter.
    pub(crate) fn new() -> Self {
        let active = meter()
            .i64_up_down_counter("http.server.active_requests")
            .with_description("requests being answered")
            .build();
        Self {
            requests: RequestMetrics::new(),
            tenants: TenantMetrics::of_requests(),
            active,
        }
    }

    /// A request began; the guard ends it.
    pub(crate) fn begin(&self) -> Active<'_> {
        self.active.add(1, &[]);
        Active(&self.active)
    }

    /// A request was answered.
    pub(crate) fn record(&self, operation: &'static str, method: &Method, status: u16, took: Duration) {
        self.requests.http(Some(operation), method.as_str(), status, took);
    }

    /// A request for a tenant was answered. Tokens of a tenant that is not here are refused with 401 and do not count:
    /// there is no end to such tenants.
    pub(crate) fn record_tenant(&self, tenant: Uuid, status: u16, took: Duration) {
        let outcome = match status {
            401 => return,
            500.. => "failed",
            400.. => "refused",
            _ => "ok",
        };
        self.tenants.record(tenant, outcome, took);
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
    tracing::info_span!(
        "graph",
        otel.name = %format_args!("graph.{operation}"),
        otel.kind = "server",
        request.id = %ids.request,
        client_request.id = ids.client.as_deref(),
        trace.id = trace.trace_id(),
        http.status = tracing::field::Empty,
    )
}
