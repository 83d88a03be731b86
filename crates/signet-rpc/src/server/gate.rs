//! The way into every service: identity, deadline, limits, trace, and the way out for errors and panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt};
use signet_auth::Verifier;
use signet_contract::{CallContext, ContractError, Credential};
use signet_domain::environment::IdSource;
use signet_domain::error::{ErrorKind, ErrorReason};
use signet_domain::ids::{Revision, parse_guid};
use signet_telemetry::trace_context::{self, TraceContext};
use signet_telemetry::{CallSide, RequestMetrics, TenantMetrics};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};
use tracing::{Span, error};

use super::identity::{Trust, caller, require_service, token_refused};
use super::incoming::Peer;
use super::timing::Timing;
use crate::convert::Revisioned;
use crate::error::{deadline_exceeded, internal, to_status};
use crate::metadata::{
    AUTHORIZATION, CLIENT_IP, CLIENT_REQUEST_ID, FORWARDED_USER_AGENT, REQUEST_ID, USER_AGENT, set_text, text,
};

/// Longest id a caller may give a request, in characters. Source: rest-api 3.1.
const MAX_CLIENT_REQUEST_ID: usize = 128;

/// Longest time a stream is open.
const LONGEST_STREAM: Duration = Duration::from_secs(60 * 60);

/// When a caller that was turned away may come back.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What every service adapter shares.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) verifier: Arc<Verifier>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) trust: Arc<Trust>,
    pub(super) max_deadline: Duration,
    pub(super) metrics: RequestMetrics,
    pub(super) tenants: TenantMetrics,
    /// Room for calls that answer once.
    pub(super) calls: Arc<Semaphore>,
    /// Room for streams, which stay.
    pub(super) streams: Arc<Semaphore>,
    /// Set when no more may be followed.
    pub(super) stopping: CancellationToken,
    /// Set when nothing may go on.
    pub(super) stopped: CancellationToken,
}

/// The answers of a stream.
pub(super) type Answers<T> = BoxStream<'static, Result<T, Status>>;

/// What is known of a call before it is made.
struct Arrival {
    metadata: MetadataMap,
    peer: Option<Arc<str>>,
    request_id: Arc<str>,
    trusted: bool,
    trace: TraceContext,
}

impl Gate {
    /// Answers a call of a user or application once.
    pub(super) async fn call<Q, R, F>(
        &self,
        span: Span,
        request: Request<Q>,
        answer: impl FnOnce(CallContext, Q) -> F + Send,
    ) -> Result<Response<R>, Status>
    where
        Q: Revisioned + Send,
        F: Future<Output = Result<R, ContractError>> + Send,
    {
        let (arrival, message) = self.arrive(request, &span)?;
        let timing = Timing::new(&arrival.metadata, self.max_deadline);
        let answer = async {
            let _room = room(&self.calls)?;
            let context = self.context(&arrival, timing, message.least_revision()).await?;
            let (tenant, began) = (context.caller.tenant, Instant::now());
            let result = answer(context, message).await;
            self.tenants.record(tenant.as_uuid(), outcome(&result), began.elapsed());
            result
        };
        let result = self.measured(&arrival, span, guarded(answer, timing)).await;
        leave(result, &arrival.request_id)
    }

    /// Answers a call of another service once.
    pub(super) async fn service_call<Q, R, F>(
        &self,
        span: Span,
        request: Request<Q>,
        answer: impl FnOnce(Timing, Q) -> F + Send,
    ) -> Result<Response<R>, Status>
    where
        Q: Send,
        F: Future<Output = Result<R, ContractError>> + Send,
    {
        let (arrival, message) = self.arrive(request, &span)?;
        let timing = Timing::new(&arrival.metadata, self.max_deadline);
        let answer = async {
            let _room = room(&self.calls)?;
            require_service(arrival.trusted)?;
            answer(timing, message).await
        };
        let result = self.measured(&arrival, span, guarded(answer, timing)).await;
        leave(result, &arrival.request_id)
    }

    /// Opens a stream for a user or application. It ends with `SERVICE_UNAVAILABLE` when `until` is set.
    pub(super) async fn stream<Q, R, F, S>(
        &self,
        span: Span,
        request: Request<Q>,
        until: &CancellationToken,
        answers: impl FnOnce(CallContext, Q) -> F + Send,
    ) -> Result<Response<Answers<R>>, Status>
    where
        Q: Send,
        R: Send + 'static,
        F: Future<Output = Result<S, ContractError>> + Send,
        S: Stream<Item = Result<R, ContractError>> + Send + 'static,
    {
        let (arrival, message) = self.arrive(request, &span)?;
        let timing = Timing::new(&arrival.metadata, LONGEST_STREAM);
        let opened = async {
            let room = room(&self.streams)?;
            let context = self.context(&arrival, timing, None).await?;
            Ok(finite(answers(context, message).await?, until.clone(), room))
        };
        let result = self.measured(&arrival, span, guarded(opened, self.opening())).await;
        leave(result, &arrival.request_id)
    }

    /// Opens a stream for another service. It ends with `SERVICE_UNAVAILABLE` when `until` is set.
    pub(super) async fn service_stream<Q, R, F, S>(
        &self,
        span: Span,
        request: Request<Q>,
        until: &CancellationToken,
        answers: impl FnOnce(Q) -> F + Send,
    ) -> Result<Response<Answers<R>>, Status>
    where
        Q: Send,
        R: Send + 'static,
        F: Future<Output = Result<S, ContractError>> + Send,
        S: Stream<Item = Result<R, ContractError>> + Send + 'static,
    {
        let (arrival, message) = self.arrive(request, &span)?;
        let opened = async {
            let room = room(&self.streams)?;
            require_service(arrival.trusted)?;
            Ok(finite(answers(message).await?, until.clone(), room))
        };
        let result = self.measured(&arrival, span, guarded(opened, self.opening())).await;
        leave(result, &arrival.request_id)
    }

    /// Makes a call inside its span and trace, and counts it under the span's name; a stream is counted once it is
    /// open.
    async fn measured<R>(
        &self,
        arrival: &Arrival,
        span: Span,
        call: impl Future<Output = Result<R, ContractError>>,
    ) -> Result<R, ContractError> {
        let method = span.metadata().map_or("rpc", |metadata| metadata.name());
        let began = Instant::now();
        let result = trace_context::within(arrival.trace.clone(), span, call).await;
        let status = result.as_ref().map_or_else(|error| error.reason.name(), |_| "OK");
        self.metrics.rpc(CallSide::Server, method, status, began.elapsed());
        result
    }

    /// The time for opening a stream.
    pub(super) fn opening(&self) -> Timing {
        Timing::new(&MetadataMap::new(), self.max_deadline)
    }

    fn arrive<Q>(&self, request: Request<Q>, span: &Span) -> Result<(Arrival, Q), Status> {
        let (metadata, extensions, message) = request.into_parts();
        let connected = extensions.get::<Peer>();
        let peer = connected.map(|peer| Arc::from(peer.address.ip().to_string()));
        let names = connected.map_or(&[][..], |peer| &peer.names);
        let trusted = self
            .trust
            .is_service(&metadata, names)
            .map_err(|error| to_status(&error))?;
        let request_id = text(&metadata, REQUEST_ID)
            .filter(|_| trusted)
            .and_then(|id| parse_guid(id).ok())
            .unwrap_or_else(|| self.ids.next_id());
        let trace = trace_context::extract(|name| text(&metadata, name), request_id);
        let request_id: Arc<str> = Arc::from(request_id.to_string());
        span.record("request.id", &*request_id);
        span.record("trace.id", trace.trace_id());
        let arrival = Arrival {
            metadata,
            peer,
            request_id,
            trusted,
            trace,
        };
        Ok((arrival, message))
    }

    async fn context(
        &self,
        arrival: &Arrival,
        timing: Timing,
        at_least_revision: Option<Revision>,
    ) -> Result<CallContext, ContractError> {
        let authorization = text(&arrival.metadata, AUTHORIZATION);
        let principal = self
            .verifier
            .verify_header(authorization)
            .await
            .map_err(token_refused)?;
        let credential = authorization.and_then(|header| header.trim().split_once(' '));
        let forwarded = |name| text(&arrival.metadata, name).map(Arc::from);
        let (client_ip, user_agent) = if arrival.trusted {
            (forwarded(CLIENT_IP), forwarded(FORWARDED_USER_AGENT))
        } else {
            (arrival.peer.clone(), forwarded(USER_AGENT))
        };
        Ok(CallContext {
            caller: caller(&principal),
            credential: credential.map(|(_, token)| Credential::new(token.trim_start())),
            deadline: timing.deadline,
            request_id: Arc::clone(&arrival.request_id),
            client_request_id: client_request_id(&arrival.metadata),
            at_least_revision,
            client_ip,
            user_agent,
        })
    }
}

/// How a call ended, for its tenant's count.
fn outcome<R>(result: &Result<R, ContractError>) -> &'static str {
    match result.as_ref().map_err(ContractError::kind) {
        Ok(_) => "ok",
        Err(ErrorKind::Unavailable | ErrorKind::DeadlineExceeded | ErrorKind::Internal) => "failed",
        Err(_) => "refused",
    }
}

fn client_request_id(metadata: &MetadataMap) -> Option<Arc<str>> {
    let id = text(metadata, CLIENT_REQUEST_ID)?;
    let printable = id.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (printable && !id.is_empty() && id.len() <= MAX_CLIENT_REQUEST_ID).then(|| Arc::from(id))
}

fn room(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, ContractError> {
    Arc::clone(places).try_acquire_owned().map_err(|_| {
        let message = "too many calls at once; try again in a second";
        ContractError::new(ErrorReason::Overloaded, message).retry_after(RETRY_AFTER)
    })
}

/// The result within the time, with a panic as an internal error.
async fn guarded<R>(
    answer: impl Future<Output = Result<R, ContractError>>,
    timing: Timing,
) -> Result<R, ContractError> {
    match timeout_at(timing.give_up.into(), AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(panicked()),
        Err(_elapsed) => Err(deadline_exceeded()),
    }
}

fn leave<R>(result: Result<R, ContractError>, request_id: &str) -> Result<Response<R>, Status> {
    match result {
        Ok(answer) => {
            let mut response = Response::new(answer);
            set_text(response.metadata_mut(), REQUEST_ID, request_id);
            Ok(response)
        }
        Err(error) => {
            let mut status = to_status(&error);
            set_text(status.metadata_mut(), REQUEST_ID, request_id);
            Err(status)
        }
    }
}

/// A stream that ends at its first error, at a panic, and when the service stops; it gives its place back then.
fn finite<R: Send + 'static>(
    answers: impl Stream<Item = Result<R, ContractError>> + Send + 'static,
    stop: CancellationToken,
    room: OwnedSemaphorePermit,
) -> Answers<R> {
    let open = Some((AssertUnwindSafe(answers).catch_unwind().boxed(), stop, room));
    stream::unfold(open, |open| async move {
        let (mut answers, stop, room) = open?;
        let answer = tokio::select! {
            biased;
            () = stop.cancelled() => Err(stopping()),
            answer = answers.next() => answer?.unwrap_or_else(|_panic| Err(panicked())),
        };
        match answer {
            Ok(answer) => Some((Ok(answer), Some((answers, stop, room)))),
            Err(error) => Some((Err(to_status(&error)), None)),
        }
    })
    .boxed()
}

fn stopping() -> ContractError {
    let message = "the service is stopping; connect again and go on";
    ContractError::new(ErrorReason::ServiceUnavailable, message)
}

fn panicked() -> ContractError {
    error!("a call panicked; the caller was told of an internal error");
    internal()
}
