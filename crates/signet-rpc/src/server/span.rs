//! Spans of calls.

/// A span of the server side of a call, with the ids of the request and its trace to be filled in.
macro_rules! rpc_span {
    ($name:literal) => {
        tracing::info_span!(
            $name,
            otel.kind = "server",
            request.id = tracing::field::Empty,
            trace.id = tracing::field::Empty
        )
    };
}
pub(super) use rpc_span;
