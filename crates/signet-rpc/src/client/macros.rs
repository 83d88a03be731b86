//! What every method of every client says.

/// A span of the client side of a call.
macro_rules! rpc_span {
    ($name:literal) => {
        tracing::info_span!($name, otel.kind = "client", request.id = tracing::field::Empty)
    };
}
pub(super) use rpc_span;

/// A method of a generated client as a function of its request.
macro_rules! method {
    ($client:expr, $method:ident) => {
        |request| {
            let mut client = $client.clone();
            async move { client.$method(request).await }
        }
    };
}
pub(super) use method;

/// As [`method!`], of a method whose questions and answers are small: its calls may share a stream with others.
macro_rules! short_method {
    ($client:expr, $method:ident) => {
        |mut request: tonic::Request<_>| {
            request.extensions_mut().insert($crate::client::upstream::Short);
            let mut client = $client.clone();
            async move { client.$method(request).await }
        }
    };
}
pub(super) use short_method;
