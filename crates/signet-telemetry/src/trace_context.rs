//! Passing the trace from caller to callee, in the W3C headers `traceparent` and `tracestate`.
//!
//! Works the same whether spans are exported or not: without an exporter the caller's context goes on unchanged, so that
//! what lies before and behind us still belongs together. A carrier is two closures over whatever holds the headers.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::{
    FutureExt as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use uuid::Uuid;

/// Header with trace id, calling span and sampling.
pub const TRACEPARENT: &str = "traceparent";
/// Header with what tracing systems add.
pub const TRACESTATE: &str = "tracestate";

/// `00-` 32 digits `-` 16 digits `-` 2 digits.
const TRACEPARENT_LENGTH: usize = 55;

/// Longest `tracestate` passed on, in bytes.
///
/// Source: W3C Trace Context, section 3.3.1.5: at least 512 characters should be propagated.
const MAX_TRACESTATE_BYTES: usize = 512;

static SPANS_ARE_EXPORTED: AtomicBool = AtomicBool::new(false);

pub(crate) fn spans_are_exported() {
    SPANS_ARE_EXPORTED.store(true, Ordering::Relaxed);
}

/// The place of a request in a trace. May be empty.
#[derive(Clone, Debug, Default)]
pub struct TraceContext(opentelemetry::Context);

impl TraceContext {
    /// The trace id, 32 hexadecimal digits; `None` when empty.
    pub fn trace_id(&self) -> Option<String> {
        self.is_valid()
            .then(|| self.0.span().span_context().trace_id().to_string())
    }

    fn is_valid(&self) -> bool {
        self.0.span().span_context().is_valid()
    }
}

/// The context a request came with.
///
/// Without a readable one the request begins a trace: the exporter's, or when nothing is exported one named after
/// `request_id`, so that callees can still be told apart.
/// - `get`: the value of a header, by its name in lower case.
pub fn extract<'a>(get: impl Fn(&str) -> Option<&'a str>, request_id: Uuid) -> TraceContext {
    if let Some(parent) = get(TRACEPARENT).filter(|header| is_well_formed(header)) {
        let state = get(TRACESTATE).filter(|header| header.len() <= MAX_TRACESTATE_BYTES);
        let empty = opentelemetry::Context::new();
        let headers = Received { parent, state };
        let context = TraceContext(TraceContextPropagator::new().extract_with_context(&empty, &headers));
        if context.is_valid() {
            return context;
        }
    }
    if SPANS_ARE_EXPORTED.load(Ordering::Relaxed) {
        TraceContext::default()
    } else {
        begin(request_id)
    }
}

struct Received<'a> {
    parent: &'a str,
    state: Option<&'a str>,
}

impl Extractor for Received<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            TRACEPARENT => Some(self.parent),
            TRACESTATE => self.state,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }
}

/// Stricter than the propagator, which takes shortened ids.
///
/// Source: W3C Trace Context, section 3.2: lower case, fixed lengths; later versions may append.
fn is_well_formed(header: &str) -> bool {
    let mut known = header.bytes().take(TRACEPARENT_LENGTH);
    let digits = known.all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let dashes = [2, 35, 52]
        .into_iter()
        .all(|position| header.as_bytes().get(position) == Some(&b'-'));
    let length = match header.get(..2) {
        Some("00") => header.len() == TRACEPARENT_LENGTH,
        Some(_) => header.len() == TRACEPARENT_LENGTH || header.as_bytes().get(TRACEPARENT_LENGTH) == Some(&b'-'),
        None => false,
    };
    digits && dashes && length
}

fn begin(request_id: Uuid) -> TraceContext {
    let (_, low) = request_id.as_u64_pair();
    let (trace_id, span_id) = (
        TraceId::from_bytes(request_id.into_bytes()),
        SpanId::from_bytes(low.to_be_bytes()),
    );
    let span = SpanContext::new(trace_id, span_id, TraceFlags::default(), true, TraceState::default());
    TraceContext(opentelemetry::Context::new().with_remote_span_context(span))
}

/// Runs the handling of a request inside `span`, which continues `context`; [`current`] and [`inject`] work inside.
///
/// A trace that begins here is written into the span's field `trace.id`, so that every log line of the request has it.
pub fn within<F: Future>(context: TraceContext, span: Span, future: F) -> impl Future<Output = F::Output> {
    if context.is_valid() {
        // Fails where nothing is exported or the span is filtered out: then there is no parent to be set.
        let _ = span.set_parent(context.0.clone());
    } else if let Some(begun) = TraceContext(span.context()).trace_id() {
        span.record("trace.id", begun);
    }
    future.instrument(span).with_context(context.0)
}

/// The context of what runs now: its span where spans are exported, else what [`within`] was given. May be empty.
pub fn current() -> TraceContext {
    let of_span = TraceContext(Span::current().context());
    if of_span.is_valid() {
        of_span
    } else {
        TraceContext(opentelemetry::Context::current())
    }
}

/// Writes the context of what runs now into the headers of an outgoing call; nothing when it is empty.
/// - `set`: sets a header, by its name in lower case.
pub fn inject(set: impl FnMut(&'static str, String)) {
    struct Headers<S>(S);
    impl<S: FnMut(&'static str, String)> Injector for Headers<S> {
        fn set(&mut self, name: &str, value: String) {
            match name {
                TRACEPARENT => (self.0)(TRACEPARENT, value),
                TRACESTATE if !value.is_empty() => (self.0)(TRACESTATE, value),
                _ => {}
            }
        }
    }
    TraceContextPropagator::new().inject_context(&current().0, &mut Headers(set));
}
