//! What measuring a request costs the request.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use signet_telemetry::{CallSide, LogFormat, RequestMetrics, TelemetryConfig, init, render_metrics, trace_context};
use uuid::Uuid;

fn record(criterion: &mut Criterion) {
    let config = TelemetryConfig {
        filter: "warn".to_owned(),
        format: LogFormat::Json,
        otlp_endpoint: None,
        service_name: "bench".to_owned(),
        service_instance: "bench".to_owned(),
    };
    let Ok(_guard) = init(&config) else { return };
    let metrics = RequestMetrics::new();
    let duration = Duration::from_micros(900);
    criterion.bench_function("http metric", |bencher| {
        bencher.iter(|| metrics.http(black_box(Some("/{version}/me/labels")), "GET", 200, duration));
    });
    criterion.bench_function("rpc metric", |bencher| {
        bencher.iter(|| metrics.rpc(CallSide::Server, black_box("a.B/C"), "OK", duration));
    });
    criterion.bench_function("trace context in and out", |bencher| {
        let incoming = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        bencher.iter(|| {
            let get = |name: &str| (name == trace_context::TRACEPARENT).then_some(incoming);
            black_box(trace_context::extract(get, Uuid::nil()))
        });
    });
    criterion.bench_function("span that nobody takes", |bencher| {
        bencher.iter(|| tracing::info_span!("graph.list_labels", request.id = "r").in_scope(|| black_box(1)));
    });
    criterion.bench_function("scrape", |bencher| bencher.iter(render_metrics));
}

criterion_group!(benches, record);
criterion_main!(benches);
