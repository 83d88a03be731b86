//! What a scrape shows.

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::*;

fn metrics() -> (RequestMetrics, Registry, SdkMeterProvider) {
    let registry = Registry::new();
    let provider = SdkMeterProvider::builder()
        .with_reader(prometheus_reader(&registry).unwrap())
        .build();
    (RequestMetrics::of(&provider.meter("test")), registry, provider)
}

fn has_line(text: &str, name: &str, labels: &[&str], value: &str) -> bool {
    text.lines().any(|line| {
        line.starts_with(name)
            && labels.iter().all(|label| line.contains(label))
            && line.ends_with(&format!(" {value}"))
    })
}

#[test]
fn requests_are_counted_by_route_method_and_status() {
    let (metrics, registry, _provider) = metrics();
    let route = Some("/{version}/me/labels");
    metrics.http(route, "GET", 200, Duration::from_millis(3));
    metrics.http(route, "GET", 200, Duration::from_millis(300));
    metrics.http(None, "BREW", 404, Duration::from_secs(20));
    let text = render(&registry);
    let name = "http_server_request_duration_seconds";
    let labels = [
        r#"http_route="/{version}/me/labels""#,
        r#"http_request_method="GET""#,
        r#"http_response_status_code="200""#,
    ];
    assert!(has_line(&text, &format!("{name}_count"), &labels, "2"), "{text}");
    assert!(
        has_line(
            &text,
            &format!("{name}_bucket"),
            &[&labels[..], &[r#"le="0.005""#]].concat(),
            "1"
        ),
        "{text}"
    );
    let strange = [r#"http_route="unmatched""#, r#"http_request_method="_OTHER""#];
    assert!(has_line(&text, &format!("{name}_count"), &strange, "1"), "{text}");
    assert!(!text.contains("BREW"));
}

#[test]
fn calls_are_counted_on_the_side_that_was_measured() {
    let (metrics, registry, _provider) = metrics();
    metrics.rpc(CallSide::Client, "a.B/C", "OK", Duration::from_millis(1));
    metrics.rpc(CallSide::Server, "a.B/C", "NOT_FOUND", Duration::from_millis(1));
    let text = render(&registry);
    for (name, status) in [("rpc_client_call", "OK"), ("rpc_server_call", "NOT_FOUND")] {
        let labels = [
            r#"rpc_method="a.B/C""#,
            &format!(r#"rpc_response_status_code="{status}""#),
        ];
        assert!(
            has_line(&text, &format!("{name}_duration_seconds_count"), &labels, "1"),
            "{text}"
        );
    }
}

#[test]
fn label_values_cannot_break_the_format() {
    let (metrics, registry, _provider) = metrics();
    metrics.http(Some("/a\"b\\c\nd"), "GET", 200, Duration::ZERO);
    let text = render(&registry);
    assert!(text.contains(r#"http_route="/a\"b\\c\nd""#), "{text}");
}

#[test]
fn methods_are_a_closed_set() {
    assert_eq!(known_method("PATCH"), "PATCH");
    for method in ["get", "", "PROPFIND", "GET "] {
        assert_eq!(known_method(method), "_OTHER");
    }
}

#[test]
fn too_many_time_series_end_in_one_that_says_so() {
    let (metrics, registry, _provider) = metrics();
    for number in 0..3000 {
        metrics.http(Some(format!("/{number}").leak()), "GET", 200, Duration::ZERO);
    }
    let text = render(&registry);
    let series = text
        .lines()
        .filter(|line| line.starts_with("http_server_request_duration_seconds_count"))
        .count();
    assert!(series <= 2001, "{series}");
    assert!(text.contains("otel_metric_overflow"));
}

#[test]
fn tenants_are_told_apart_up_to_a_number() {
    let registry = Registry::new();
    let provider = SdkMeterProvider::builder()
        .with_reader(prometheus_reader(&registry).unwrap())
        .build();
    let metrics = TenantMetrics::of(&provider.meter("test"), "signet.tenant.call.duration", "of the test");
    for _ in 0..2 {
        for number in 0..2000 {
            metrics.record(Uuid::from_u128(number), "ok", Duration::from_millis(1));
        }
    }
    let text = render(&registry);
    let counts = |line: &&str| line.starts_with("signet_tenant_call_duration_seconds_count");
    assert_eq!(text.lines().filter(counts).count(), 501);
    let first = [r#"tenant_id="00000000-0000-0000-0000-000000000000""#];
    assert!(
        has_line(&text, "signet_tenant_call_duration_seconds_count", &first, "2"),
        "{text}"
    );
    let others = [r#"tenant_id="other""#];
    assert!(has_line(
        &text,
        "signet_tenant_call_duration_seconds_count",
        &others,
        "3000"
    ));
}
