//! Metrics: one instrumentation, read by Prometheus and sent over OTLP.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use opentelemetry::metrics::{Histogram, Meter};
use opentelemetry::{KeyValue, global};
use opentelemetry_prometheus::PrometheusExporter;
use opentelemetry_sdk::error::OTelSdkError;
use prometheus::{Registry, TextEncoder};
use uuid::Uuid;

/// Upper bounds of the duration buckets, in seconds.
///
/// Source: OpenTelemetry semantic conventions, `http.server.request.duration`; three finer ones in front, since most
/// answers take less than 5 ms.
const DURATION_BOUNDS: [f64; 17] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

static REGISTRY: OnceLock<Registry> = OnceLock::new();

pub(crate) fn prometheus_reader(registry: &Registry) -> Result<PrometheusExporter, OTelSdkError> {
    opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .scope_info_enabled(false)
        .build()
}

pub(crate) fn install(registry: Registry) {
    // `init` succeeds once per process, so there is none yet.
    let _ = REGISTRY.set(registry);
}

/// All metrics in Prometheus' text format, version 0.0.4, for `/metrics`. Empty before [`crate::init`].
pub fn render_metrics() -> String {
    REGISTRY.get().map(render).unwrap_or_default()
}

fn render(registry: &Registry) -> String {
    TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap_or_else(|error| {
            tracing::warn!(%error, "metrics could not be rendered");
            String::new()
        })
}

/// Makes counters and gauges of a service's own. Instruments made before [`crate::init`] count nothing.
///
/// Attribute values come from small closed sets: never ids, names or paths of callers.
pub fn meter() -> Meter {
    global::meter("signet")
}

/// Which end of a call between services is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallSide {
    /// The one that asks.
    Client,
    /// The one that answers.
    Server,
}

/// How long requests took and how they ended. Cheap to clone; made after [`crate::init`].
#[derive(Debug, Clone)]
pub struct RequestMetrics {
    http_server: Histogram<f64>,
    rpc_server: Histogram<f64>,
    rpc_client: Histogram<f64>,
}

impl RequestMetrics {
    /// The instruments `http.server.request.duration`, `rpc.server.call.duration` and `rpc.client.call.duration` of
    /// [`meter`].
    pub fn new() -> Self {
        Self::of(&meter())
    }

    fn of(meter: &Meter) -> Self {
        let seconds = |name: &'static str, description: &'static str| {
            let bounds = DURATION_BOUNDS.to_vec();
            meter
                .f64_histogram(name)
                .with_description(description)
                .with_unit("s")
                .with_boundaries(bounds)
                .build()
        };
        Self {
            http_server: seconds("http.server.request.duration", "Time to answer HTTP requests"),
            rpc_server: seconds("rpc.server.call.duration", "Time to answer calls from other services"),
            rpc_client: seconds("rpc.client.call.duration", "Time other services took to answer"),
        }
    }

    /// Records an answered HTTP request.
    /// - `route`: the template that matched, `None` when none did; never the path.
    /// - `method`: as sent; a method HTTP does not define counts as `_OTHER`.
    pub fn http(&self, route: Option<&'static str>, method: &str, status: u16, duration: Duration) {
        let attributes = [
            KeyValue::new("http.route", route.unwrap_or("unmatched")),
            KeyValue::new("http.request.method", known_method(method)),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        self.http_server.record(duration.as_secs_f64(), &attributes);
    }

    /// Records an answered call between services.
    /// - `method`: `signet.catalog.v1.CatalogService/GetLabel`.
    /// - `status`: name of the gRPC status, `OK` or `NOT_FOUND`.
    pub fn rpc(&self, side: CallSide, method: &'static str, status: &'static str, duration: Duration) {
        let attributes = [
            KeyValue::new("rpc.method", method),
            KeyValue::new("rpc.response.status_code", status),
        ];
        let histogram = match side {
            CallSide::Client => &self.rpc_client,
            CallSide::Server => &self.rpc_server,
        };
        histogram.record(duration.as_secs_f64(), &attributes);
    }
}

impl Default for RequestMetrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Most tenants told apart by one process; further ones count as `other`.
const TENANTS: usize = 500;

/// Bounds of the durations per tenant, in seconds: few, since there is a series for each and every tenant.
const TENANT_BOUNDS: [f64; 5] = [0.005, 0.025, 0.1, 0.5, 2.5];

/// How long calls or requests for each tenant took and how they ended. Clones count together.
#[derive(Debug, Clone)]
pub struct TenantMetrics {
    durations: Histogram<f64>,
    /// Each with its name.
    known: Arc<RwLock<HashMap<Uuid, Arc<str>>>>,
}

impl TenantMetrics {
    /// Of calls over gRPC: the instrument `signet.tenant.call.duration` of [`meter`].
    pub fn of_calls() -> Self {
        Self::of(
            &meter(),
            "signet.tenant.call.duration",
            "Time to answer calls, by tenant",
        )
    }

    /// Of REST requests: the instrument `signet.tenant.request.duration` of [`meter`].
    pub fn of_requests() -> Self {
        Self::of(
            &meter(),
            "signet.tenant.request.duration",
            "Time to answer REST requests, by tenant",
        )
    }

    fn of(meter: &Meter, name: &'static str, description: &'static str) -> Self {
        let durations = meter
            .f64_histogram(name)
            .with_description(description)
            .with_unit("s")
            .with_boundaries(TENANT_BOUNDS.to_vec())
            .build();
        Self {
            durations,
            known: Arc::default(),
        }
    }

    /// Records an answered call or request.
    /// - `outcome`: of a small closed set, such as `ok`, `refused`, `failed`.
    pub fn record(&self, tenant: Uuid, outcome: &'static str, duration: Duration) {
        let name = match self.name(tenant) {
            Some(name) => KeyValue::new("tenant.id", name),
            None => KeyValue::new("tenant.id", "other"),
        };
        self.durations
            .record(duration.as_secs_f64(), &[name, KeyValue::new("outcome", outcome)]);
    }

    /// The name of a tenant that is told apart from others: one of the first there was room for.
    fn name(&self, tenant: Uuid) -> Option<Arc<str>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains_key(&tenant) || known.len() >= TENANTS {
            return known.get(&tenant).cloned();
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < TENANTS {
            known.entry(tenant).or_insert_with(|| tenant.to_string().into());
        }
        known.get(&tenant).cloned()
    }
}

/// Callers can invent methods; each would be a time series of its own.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("_OTHER")
}
