//! Spans of calls.

/// A span of the client side of a call.
macro_rules! rpc_span {
    ($name:literal) => {
        tracing::info_span!($name, otel.kind = "client", request.id = tracing::field::Empty)
    };
}
pub(super) use rpc_span;
