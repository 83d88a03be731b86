//! Spans of calls.

/// A span of the server side of a call, with the request's id to be filled in.
macro_rules! rpc_span {
    ($name:literal) => {
        tracing::info_span!($name, otel.kind = "server", request.id = tracing::field::Empty)
    };
}
pub(super) use rpc_span;
