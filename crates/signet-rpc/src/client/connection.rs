//! A connection to another process, and how calls cross it.

use std::time::Instant;

use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use signet_contract::{CallContext, ContractError};
use signet_telemetry::{CallSide, RequestMetrics, trace_context};
use tokio::time::timeout_at;
use tonic::metadata::MetadataMap;
use tonic::{IntoRequest, Request, Response, Status, Streaming};
use tracing::{Instrument, Span, error, warn};

use super::upstream::{Balanced, Deadline, Target, Unary, Upstream, UpstreamOptions};
use crate::cluster::ClusterToken;
use crate::convert::ConversionError;
use crate::error::{deadline_exceeded, from_status, internal, is_lost};
use crate::metadata::{
    AUTHORIZATION, CLIENT_IP, CLIENT_REQUEST_ID, CLUSTER_TOKEN, FORWARDED_USER_AGENT, REQUEST_ID, set_text,
};
use crate::tls::ClientTls;

/// How connections are made.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// The token services of this installation know each other by, where they do not by certificates. One of the two
    /// is needed for the distribution of policies, and for the client's address and user agent to be believed.
    pub cluster_token: Option<ClusterToken>,
    /// Authorities trusted and the identity shown; needed for `https` endpoints.
    pub tls: Option<ClientTls>,
    /// How replicas are found, watched and used.
    pub upstream: UpstreamOptions,
}

/// An endpoint no connection can be made to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// No endpoint at all.
    #[error("an endpoint is needed; write it like `http://catalog:8081`")]
    Missing,
    /// Not an address.
    #[error("`{0}` is no endpoint; write it like `http://catalog:8081`")]
    Address(String),
    /// `https` without certificates to trust.
    #[error("`{0}` needs certificates to trust; name the file of the certificate authority")]
    NoCertificates(String),
}

/// The way to a service in other processes: all replicas behind its endpoints. Cheap to clone; clients of several
/// services of one process share it.
#[derive(Debug, Clone)]
pub struct Connection {
    upstream: Upstream,
    cluster_token: Option<ClusterToken>,
    metrics: RequestMetrics,
}

/// Whether a call whose connection was lost is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Once: making it twice is making it once.
    Once,
    /// Never: it leaves a trace of its own.
    Never,
}

impl Connection {
    /// Prepares connections to all replicas behind `http://host:port` or `https://host:port` endpoints. Must be called
    /// inside the runtime.
    /// - `name`: what logs and metrics call it.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] when no connection will ever succeed.
    pub fn open<E: AsRef<str>>(
        name: &'static str,
        endpoints: &[E],
        options: &ClientOptions,
    ) -> Result<Self, InvalidEndpoint> {
        if endpoints.is_empty() {
            return Err(InvalidEndpoint::Missing);
        }
        let target = |endpoint: &E| {
            let endpoint = endpoint.as_ref();
            let target = Target::parse(endpoint).ok_or_else(|| InvalidEndpoint::Address(endpoint.to_owned()))?;
            if target.is_encrypted() && options.tls.is_none() {
                return Err(InvalidEndpoint::NoCertificates(endpoint.to_owned()));
            }
            Ok(target)
        };
        let targets = endpoints.iter().map(target).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            upstream: Upstream::open(
                name,
                targets,
                options.tls.clone(),
                options.cluster_token.clone(),
                options.upstream.clone(),
            ),
            cluster_token: options.cluster_token.clone(),
            metrics: RequestMetrics::new(),
        })
    }

    /// The replicas, for whoever asks whether there are any.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    pub(super) fn channel(&self) -> Balanced {
        Balanced(self.upstream.clone())
    }

    /// Makes a call for a user or application and gives its answer.
    pub(super) async fn call<Q, R, F>(
        &self,
        span: Span,
        context: &CallContext,
        message: Q,
        repeat: Repeat,
        send: impl Fn(Request<Q>) -> F + Send,
    ) -> Result<R, ContractError>
    where
        Q: Clone + Send,
        F: Future<Output = Result<Response<R>, Status>> + Send,
    {
        span.record("request.id", &*context.request_id);
        let prepare = |message: Q| self.unary(message, Some(context), context.deadline);
        self.within(span, context.deadline, repeat, message, prepare, send)
            .await
    }

    /// Makes a call as a service of this installation.
    pub(super) async fn service_call<Q, R, F>(
        &self,
        span: Span,
        deadline: Instant,
        message: Q,
        send: impl Fn(Request<Q>) -> F + Send,
    ) -> Result<R, ContractError>
    where
        Q: Clone + Send,
        F: Future<Output = Result<Response<R>, Status>> + Send,
    {
        let prepare = |message: Q| self.unary(message, None, deadline);
        self.within(span, deadline, Repeat::Once, message, prepare, send).await
    }

    fn unary<Q>(&self, message: Q, context: Option<&CallContext>, deadline: Instant) -> Request<Q> {
        let mut request = self.request(Request::new(message), context, deadline);
        request.extensions_mut().insert(Unary);
        request
    }

    /// Makes a call inside its span, again when it was lost and may be repeated, and counts it under the span's name.
    async fn within<Q, R, F>(
        &self,
        span: Span,
        deadline: Instant,
        repeat: Repeat,
        message: Q,
        prepare: impl Fn(Q) -> Request<Q>,
        send: impl Fn(Request<Q>) -> F,
    ) -> Result<R, ContractError>
    where
        Q: Clone,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let method = span.metadata().map_or("rpc", |metadata| metadata.name());
        let began = Instant::now();
        let calls = async {
            self.upstream.budget().earn();
            let again = (repeat == Repeat::Once).then(|| message.clone());
            match (attempt(deadline, send(prepare(message))).await?, again) {
                (Ok(answer), _) => Ok(answer),
                (Err(status), Some(message)) if is_lost(&status) && self.upstream.budget().spend() => {
                    let repeated = attempt(deadline, send(prepare(message))).await?;
                    repeated.map_err(|status| failed(&status))
                }
                (Err(status), _) => Err(failed(&status)),
            }
        };
        let result = calls.instrument(span).await;
        let status = result.as_ref().map_or_else(|error| error.reason.name(), |_| "OK");
        self.metrics.rpc(CallSide::Client, method, status, began.elapsed());
        result
    }

    /// A request with everything that travels beside its message.
    pub(super) fn request<Q>(
        &self,
        message: impl IntoRequest<Q>,
        context: Option<&CallContext>,
        deadline: Instant,
    ) -> Request<Q> {
        let mut request = message.into_request();
        request.extensions_mut().insert(Deadline(deadline));
        let metadata = request.metadata_mut();
        if let Some(token) = &self.cluster_token {
            set_text(metadata, CLUSTER_TOKEN, token.expose());
        }
        if let Some(context) = context {
            describe(metadata, context);
        }
        trace_context::inject(|name, value| set_text(metadata, name, &value));
        request
    }
}

fn describe(metadata: &mut MetadataMap, context: &CallContext) {
    let authorization = context
        .credential
        .as_ref()
        .map(|credential| format!("Bearer {}", credential.expose()));
    let texts = [
        (AUTHORIZATION, authorization.as_deref()),
        (REQUEST_ID, Some(&*context.request_id)),
        (CLIENT_REQUEST_ID, context.client_request_id.as_deref()),
        (CLIENT_IP, context.client_ip.as_deref()),
        (FORWARDED_USER_AGENT, context.user_agent.as_deref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            set_text(metadata, name, text);
        }
    }
}

async fn attempt<R>(
    deadline: Instant,
    sent: impl Future<Output = Result<Response<R>, Status>>,
) -> Result<Result<R, Status>, ContractError> {
    let answer = timeout_at(deadline.into(), sent)
        .await
        .map_err(|_elapsed| deadline_exceeded())?;
    Ok(answer.map(Response::into_inner))
}

/// The error in a status. What the transport says goes to the log: it is for operators, not for callers.
pub(super) fn failed(status: &Status) -> ContractError {
    if status.details().is_empty() {
        warn!(code = ?status.code(), cause = %status.message(), "a call to another service failed");
    }
    from_status(status)
}

/// The value in an answer. One that cannot be read is a fault between two versions of ours.
pub(super) fn answer<P, D>(message: P) -> Result<D, ContractError>
where
    D: TryFrom<P, Error = ConversionError>,
{
    D::try_from(message).map_err(unreadable)
}

/// An answer that cannot be read.
pub(super) fn unreadable(cause: ConversionError) -> ContractError {
    error!(%cause, "another service sent an answer that cannot be read; check that all services are of one version");
    internal()
}

/// The values of a stream, up to its end or its first error.
pub(super) fn values<P, D>(
    messages: Streaming<P>,
    value: impl Fn(P) -> Result<D, ContractError> + Send + Sync + 'static,
) -> BoxStream<'static, Result<D, ContractError>>
where
    P: Send + 'static,
    D: Send + 'static,
{
    stream::unfold(Some((messages, value)), |open| async move {
        let (mut messages, value) = open?;
        let next = messages
            .message()
            .map(|message| message.map_err(|status| failed(&status)))
            .await;
        match next.and_then(|message| message.map(&value).transpose()) {
            Ok(None) => None,
            Ok(Some(next)) => Some((Ok(next), Some((messages, value)))),
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}
