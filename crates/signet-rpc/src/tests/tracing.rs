//! One trace through both sides of a call.

use ::tracing::{Instrument, info_span};
use opentelemetry::trace::{TraceContextExt, TraceId, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

use super::harness::{context, start};
use super::services::METHODS;

#[tokio::test]
async fn every_method_carries_the_trace() {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let subscriber = tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer));
    let _guard = ::tracing::subscriber::set_default(subscriber);
    let server = start().await;
    let far = server.services();
    // Other tests run beside this one without a subscriber. Who meets a span first decides for all whether it is wanted,
    // so every span is met once and then asked about again.
    for method in METHODS {
        let _answer = far.exchange(method, &context(), 1).await;
    }
    ::tracing::callsite::rebuild_interest_cache();
    for method in METHODS {
        let span = info_span!("caller");
        let trace = span.context().span().span_context().trace_id();
        assert_ne!(trace, TraceId::INVALID);
        let _answer = far.exchange(method, &context(), 1).instrument(span).await;
        assert_eq!(server.fake.trace(), Some(trace), "{method}");
    }
}
