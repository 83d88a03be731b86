//! A call on its way to a replica, and to another one when the first surely did not begin it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use http::header::USER_AGENT;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use tonic::Status;
use tonic::body::Body;

use super::body::Counted;
use super::line::address;
use super::replica::Replica;
use super::{Picked, Pool};
use crate::limits::SHORT_BYTES;
use crate::metadata::TIMEOUT;

/// What we call ourselves.
const OURSELVES: HeaderValue = HeaderValue::from_static(concat!("signet/", env!("CARGO_PKG_VERSION")));

/// How often one call is offered to replicas that surely do not begin it.
const OFFERS: usize = 3;

/// Marks a request with one message, which can be sent again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unary;

/// Marks a call that may share a stream with others: it and its answer are small.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Short;

/// When the caller stops waiting. Told to the replica as what is left when the call goes out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(pub(crate) Instant);

impl Deadline {
    /// What is left, in the notation of gRPC: at most eight digits and a unit.
    fn header(self) -> Option<HeaderValue> {
        let left = self.0.saturating_duration_since(Instant::now());
        let micros = left.as_micros();
        let text = if micros < 100_000_000 {
            format!("{micros}u")
        } else {
            format!("{}m", left.as_millis().min(99_999_999))
        };
        HeaderValue::try_from(text).ok()
    }
}

/// Why a call got no answer from a replica.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// No replica answers.
    #[error("no replica answers")]
    NoReplica,
    /// Every replica has as many calls as it may have.
    #[error("every replica is busy")]
    Full,
    /// The connection was closing; no replica has begun the call.
    #[error("the connection closed before the call began")]
    NotBegun,
    /// The message could not be written.
    #[error("the message could not be written")]
    Unwritten(#[source] Status),
    /// The connection broke; the call may have been answered.
    #[error("the connection broke")]
    Lost(#[source] hyper::Error),
    /// The stream the call shared with others broke; the call may have been answered.
    #[error("the stream of calls broke")]
    Broken,
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        let code = match &refused {
            Refused::Lost(_) | Refused::Broken | Refused::Unwritten(_) => return Status::from_error(Box::new(refused)),
            Refused::Full => tonic::Code::ResourceExhausted,
            Refused::NoReplica | Refused::NotBegun => tonic::Code::Unavailable,
        };
        let mut status = Status::new(code, refused.to_string());
        status.set_source(Arc::new(refused));
        status
    }
}

impl Pool {
    /// Sends a call to a replica.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Counted>, Refused> {
        if request.extensions().get::<Unary>().is_none() {
            let picked = self.pick_patiently(None).await?;
            return alone(picked, request).await.map_err(|(refused, _)| refused);
        }
        let (head, body) = request.into_parts();
        let message = body.collect().await.map_err(Refused::Unwritten)?.to_bytes();
        let mut failed: Option<Arc<Replica>> = None;
        for _ in 1..OFFERS {
            let picked = self.pick_patiently(failed.as_ref()).await?;
            match self.offer(picked, &head, &message).await {
                Err((Refused::NotBegun, replica)) if self.budget.spend() => failed = Some(replica),
                result => return result.map_err(|(refused, _)| refused),
            }
        }
        let picked = self.pick_patiently(failed.as_ref()).await?;
        self.offer(picked, &head, &message)
            .await
            .map_err(|(refused, _)| refused)
    }

    /// Sends a call once: among others where it is short and the connection has a stream for such, else alone. A
    /// failure names the replica it happened at.
    async fn offer(
        &self,
        picked: Picked,
        head: &Parts,
        message: &Bytes,
    ) -> Result<Response<Counted>, (Refused, Arc<Replica>)> {
        let short = message.len() <= SHORT_BYTES && head.extensions.get::<Short>().is_some();
        if let Some(exchange) = picked.line.exchange().filter(|_| short) {
            let mut head = head.clone();
            describe(&mut head);
            match exchange.call(&head, message.clone()).await {
                // The stream takes no more calls; the connection may.
                Err(Refused::NotBegun) => {}
                Err(refused) => return Err((refused, Arc::clone(&picked.replica.0))),
                Ok(answer) => {
                    self.shared.fetch_add(1, Ordering::Relaxed);
                    return Ok(answer.map(|body| Counted::whole(body, picked.replica)));
                }
            }
        }
        alone(picked, Request::from_parts(head.clone(), whole(message))).await
    }
}

/// Sends a call with a stream of its own.
async fn alone(picked: Picked, request: Request<Body>) -> Result<Response<Counted>, (Refused, Arc<Replica>)> {
    let Picked { replica, line } = picked;
    let (mut head, body) = request.into_parts();
    address(&mut head.uri, &replica.0.target);
    describe(&mut head);
    match line.sender().try_send_request(Request::from_parts(head, body)).await {
        Ok(answer) => Ok(answer.map(|body| Counted::new(body, replica))),
        Err(mut failure) => {
            let unsent = failure.take_message().is_some();
            let error = failure.into_error();
            let refused = match unsent || never_begun(&error) {
                true => Refused::NotBegun,
                false => Refused::Lost(error),
            };
            Err((refused, Arc::clone(&replica.0)))
        }
    }
}

/// Says who calls, and how long he waits from now on.
fn describe(head: &mut Parts) {
    head.headers.insert(USER_AGENT, OURSELVES);
    let deadline = head.extensions.get::<Deadline>().copied();
    if let Some(left) = deadline.and_then(Deadline::header) {
        head.headers.insert(TIMEOUT, left);
    }
}

fn whole(message: &Bytes) -> Body {
    Body::new(Full::new(message.clone()))
}

/// The other side said that it did not begin the call: it refused the stream, or it is going away and names an earlier
/// stream as the last it took. Source: RFC 9113, sections 6.8 and 8.7.
fn never_begun(error: &hyper::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<h2::Error>());
    cause.is_some_and(|cause| {
        let refused = cause.is_reset() && cause.reason() == Some(h2::Reason::REFUSED_STREAM);
        let leaving = cause.is_go_away() && cause.reason() == Some(h2::Reason::NO_ERROR);
        cause.is_remote() && (refused || leaving)
    })
}
