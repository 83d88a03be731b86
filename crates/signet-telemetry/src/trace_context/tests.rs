//! Contexts in and out, with and without an exporter behind the spans.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing_subscriber::layer::SubscriberExt as _;
use uuid::uuid;

use super::*;

const REQUEST: Uuid = uuid!("0af76519-16cd-43dd-8448-eb211c80319c");
/// Keeps what it is given.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

const INCOMING: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn received(headers: &[(&str, &str)]) -> TraceContext {
    extract(
        |name| {
            headers
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| *value)
        },
        REQUEST,
    )
}

/// What a call made now would carry.
fn sent() -> HashMap<&'static str, String> {
    let mut headers = HashMap::new();
    inject(|name, value| {
        headers.insert(name, value);
    });
    headers
}

/// What a call made while handling a request with these headers would carry.
async fn passed_on(headers: &[(&str, &str)]) -> HashMap<&'static str, String> {
    within(received(headers), tracing::info_span!("request"), async {
        tokio::task::yield_now().await;
        sent()
    })
    .await
}

#[tokio::test]
async fn an_incoming_context_is_passed_on_unchanged() {
    let state = "vendor=opaque,other=1";
    let headers = passed_on(&[(TRACEPARENT, INCOMING), (TRACESTATE, state)]).await;
    assert_eq!(
        headers,
        HashMap::from([(TRACEPARENT, INCOMING.to_owned()), (TRACESTATE, state.to_owned())])
    );
    assert!(sent().is_empty(), "nothing is left behind");
}

#[tokio::test]
async fn a_request_without_context_begins_one() {
    let headers = passed_on(&[]).await;
    assert_eq!(
        headers[TRACEPARENT],
        "00-0af7651916cd43dd8448eb211c80319c-8448eb211c80319c-00"
    );
    assert_eq!(
        received(&[]).trace_id().as_deref(),
        Some("0af7651916cd43dd8448eb211c80319c")
    );
}

#[test]
fn headers_that_are_no_context_are_ignored() {
    for header in [
        "",
        "00",
        "00-1-1-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
        "\u{1f600}",
    ] {
        let trace_id = received(&[(TRACEPARENT, header)]).trace_id();
        assert_eq!(
            trace_id.as_deref(),
            Some("0af7651916cd43dd8448eb211c80319c"),
            "{header}"
        );
    }
}

#[tokio::test]
async fn a_later_version_is_read_as_far_as_known() {
    let header = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more";
    assert_eq!(passed_on(&[(TRACEPARENT, header)]).await[TRACEPARENT], INCOMING);
}

#[tokio::test]
async fn a_state_that_is_too_long_is_left_out() {
    let state = format!("vendor={}", "x".repeat(600));
    let headers = passed_on(&[(TRACEPARENT, INCOMING), (TRACESTATE, &state)]).await;
    assert_eq!(headers.len(), 1);
}

#[test]
fn an_empty_context_sends_nothing() {
    assert!(sent().is_empty());
    assert_eq!(TraceContext::default().trace_id(), None);
}

#[tokio::test]
async fn an_exported_span_continues_the_callers_trace_and_becomes_the_parent() {
    let exporter = Kept::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));

    let headers = passed_on(&[(TRACEPARENT, INCOMING)]).await;
    let spans = exporter.0.lock().unwrap().clone();
    let span = spans.iter().find(|span| span.name == "request").unwrap();
    assert_eq!(span.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert_eq!(
        span.span_context.trace_id().to_string(),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    let expected = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", span.span_context.span_id());
    assert_eq!(headers[TRACEPARENT], expected);
}
