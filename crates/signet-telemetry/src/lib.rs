//! Logging, traces and metrics set-up, and the names of fields used in more than one crate.
//!
//! The binary calls [`init`] once and keeps the [`TelemetryGuard`]; every other crate uses `tracing`, [`fields`],
//! [`RequestMetrics`] and [`trace_context`]. No business words here.

pub mod fields;
mod guard;
mod metrics;
mod setup;
pub mod trace_context;

pub use guard::TelemetryGuard;
pub use metrics::{CallSide, RequestMetrics, TenantMetrics, meter, render_metrics};
pub use setup::{LogFormat, TelemetryConfig, TelemetryError, init};

/// The metrics API, for counters and gauges of a service's own; see [`meter`].
pub use opentelemetry::{KeyValue, metrics as instruments};
