//! A connection to another process, and how calls cross it.

use std::time::{Duration, Instant};

use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use signet_contract::{CallContext, ContractError};
use signet_telemetry::trace_context;
use tokio::time::timeout_at;
use tonic::metadata::MetadataMap;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{IntoRequest, Request, Response, Status, Streaming};
use tracing::{Instrument, Span, error, warn};

use crate::cluster::ClusterToken;
use crate::convert::ConversionError;
use crate::error::{deadline_exceeded, from_status, internal, is_lost};
use crate::metadata::{
    AUTHORIZATION, CLIENT_IP, CLIENT_REQUEST_ID, CLUSTER_TOKEN, FORWARDED_USER_AGENT, REQUEST_ID, set_text,
};

/// How often a silent connection is asked for life, and how long it may take to answer.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));

/// What we call ourselves.
const USER_AGENT: &str = concat!("signet/", env!("CARGO_PKG_VERSION"));

/// How connections are made.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// The token services of this installation know each other by. Needed for the distribution of policies, and for
    /// the client's address and user agent to be believed.
    pub cluster_token: Option<ClusterToken>,
    /// PEM with the certificates trusted; needed for `https` endpoints.
    pub ca_pem: Option<Vec<u8>>,
    /// Longest time making a connection may take.
    pub connect_timeout: Duration,
}

impl Default for ClientOptions {
    /// No cluster token, no certificates, 5 s.
    fn default() -> Self {
        Self {
            cluster_token: None,
            ca_pem: None,
            connect_timeout: Duration::from_secs(5),
        }
    }
}

/// An endpoint no connection can be made to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// Not an address.
    #[error("`{0}` is no endpoint; write it like `http://catalog:8081`")]
    Address(String),
    /// `https` without certificates to trust.
    #[error("`{0}` needs certificates to trust; name the file of the certificate authority")]
    NoCertificates(String),
    /// The certificates cannot be used.
    #[error("the certificates to trust for `{0}` cannot be used; check that the file is PEM")]
    Certificates(String),
}

/// A connection to another process, made when it is first needed and again when it was lost. Cheap to clone; clients
/// of several services of one process share it.
#[derive(Debug, Clone)]
pub struct Connection {
    channel: Channel,
    cluster_token: Option<ClusterToken>,
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
    /// Prepares a connection to `http://host:port` or `https://host:port`. Must be called inside the runtime; nothing
    /// is sent yet.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] when no connection to it will ever succeed.
    pub fn open(endpoint: &str, options: &ClientOptions) -> Result<Self, InvalidEndpoint> {
        let invalid = || InvalidEndpoint::Address(endpoint.to_owned());
        let prepared = Endpoint::from_shared(endpoint.to_owned()).map_err(|_| invalid())?;
        let (scheme, _) = endpoint.split_once("://").ok_or_else(invalid)?;
        let mut prepared = prepared
            .user_agent(USER_AGENT)
            .map_err(|_| invalid())?
            .connect_timeout(options.connect_timeout)
            .http2_keep_alive_interval(KEEP_ALIVE.0)
            .keep_alive_timeout(KEEP_ALIVE.1)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        match (scheme, &options.ca_pem) {
            ("http", _) => {}
            ("https", None) => return Err(InvalidEndpoint::NoCertificates(endpoint.to_owned())),
            ("https", Some(pem)) => {
                let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
                prepared = prepared
                    .tls_config(tls)
                    .map_err(|_| InvalidEndpoint::Certificates(endpoint.to_owned()))?;
            }
            _ => return Err(invalid()),
        }
        Ok(Self {
            channel: prepared.connect_lazy(),
            cluster_token: options.cluster_token.clone(),
        })
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
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
        let prepare = |message: Q| self.request(message, Some(context), context.deadline);
        within(context.deadline, repeat, message, prepare, send)
            .instrument(span)
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
        let prepare = |message: Q| self.request(message, None, deadline);
        within(deadline, Repeat::Once, message, prepare, send)
            .instrument(span)
            .await
    }

    /// A request with everything that travels beside its message.
    pub(super) fn request<Q>(
        &self,
        message: impl IntoRequest<Q>,
        context: Option<&CallContext>,
        deadline: Instant,
    ) -> Request<Q> {
        let mut request = message.into_request();
        request.set_timeout(deadline.saturating_duration_since(Instant::now()));
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

async fn within<Q, R, F>(
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
    let again = (repeat == Repeat::Once).then(|| message.clone());
    match attempt(deadline, send(prepare(message))).await? {
        Ok(answer) => Ok(answer),
        Err(status) => match again.filter(|_| is_lost(&status)) {
            None => Err(failed(&status)),
            Some(message) => attempt(deadline, send(prepare(message)))
                .await?
                .map_err(|status| failed(&status)),
        },
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
