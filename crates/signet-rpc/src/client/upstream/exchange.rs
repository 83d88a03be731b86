//! Short calls that share a stream of a connection, which costs less than a stream for each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use futures::StreamExt;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::Service;
use tonic::{Code, Request, Streaming};

use super::send::Refused;
use crate::cluster::ClusterToken;
use crate::limits::DOCUMENT_BYTES;
use crate::metadata::{CLUSTER_TOKEN, set_text};
use crate::proto::transport as pb;
use crate::proto::transport::exchange_service_client::ExchangeServiceClient;

/// Messages waiting to be written to one connection; with more, calls go alone.
const WAITING: usize = 2048;

/// A stream for calls. Ends with its connection, when the other side stops, and when it is dropped.
pub(super) struct Exchange(Arc<Mutex<Desk>>);

struct Desk {
    /// Absent once no call may begin.
    outgoing: Option<mpsc::Sender<pb::ExchangeRequest>>,
    /// Calls under way.
    calls: HashMap<u64, oneshot::Sender<pb::ExchangeResponse>>,
    last: u64,
}

/// What became of the attempt to open a stream.
pub(super) enum Opened {
    /// Here it is.
    Stream(Exchange),
    /// The other side does not want it, now or ever.
    Refused,
    /// No answer; it may be tried again.
    Lost,
}

impl Exchange {
    /// Opens a stream over a connection.
    pub(super) async fn open<S>(connection: S, token: Option<&ClusterToken>) -> Opened
    where
        S: Service<http::Request<tonic::body::Body>, Response = Response<hyper::body::Incoming>> + Clone + Send,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S::Future: Send,
    {
        let (outgoing, messages) = mpsc::channel(WAITING);
        let mut request = Request::new(ReceiverStream::new(messages));
        if let Some(token) = token {
            set_text(request.metadata_mut(), CLUSTER_TOKEN, token.expose());
        }
        let mut client = ExchangeServiceClient::new(connection).max_decoding_message_size(DOCUMENT_BYTES);
        let answers = match client.exchange(request).await {
            Ok(answers) => answers.into_inner(),
            Err(status) if status.code() == Code::Unimplemented || status.code() == Code::Unauthenticated => {
                return Opened::Refused;
            }
            Err(_) => return Opened::Lost,
        };
        let desk = Arc::new(Mutex::new(Desk {
            outgoing: Some(outgoing),
            calls: HashMap::new(),
            last: 0,
        }));
        tokio::spawn(deliver(Arc::downgrade(&desk), answers));
        Opened::Stream(Self(desk))
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls may begin.
    pub(super) fn is_open(&self) -> bool {
        self.desk().outgoing.is_some()
    }

    /// Makes a call. Dropped before its answer is there, it tells the other side that nobody waits.
    ///
    /// # Errors
    /// `NotBegun` when the stream takes no call, `Broken` when it ends before the answer.
    pub(super) async fn call(&self, head: &Parts, body: Bytes) -> Result<Response<Bytes>, Refused> {
        let headers = head.headers.iter().map(|(name, value)| pb::Header {
            name: name.as_str().to_owned(),
            value: Bytes::copy_from_slice(value.as_bytes()),
        });
        let mut request = pb::ExchangeRequest {
            call: 0,
            method: head.uri.path().to_owned(),
            headers: headers.collect(),
            body,
        };
        let (answer, answered) = oneshot::channel();
        let begun = {
            let mut desk = self.desk();
            request.call = desk.last + 1;
            let sent = desk.outgoing.as_ref().map(|outgoing| outgoing.try_send(request));
            let Some(Ok(())) = sent else {
                return Err(Refused::NotBegun);
            };
            desk.last += 1;
            let number = desk.last;
            desk.calls.insert(number, answer);
            UnderWay { exchange: self, number }
        };
        let answer = answered.await.map_err(|_ended| Refused::Broken)?;
        drop(begun);
        Ok(response(answer))
    }
}

/// A call that is told off when it is dropped without an answer.
struct UnderWay<'e> {
    exchange: &'e Exchange,
    number: u64,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut desk = self.exchange.desk();
        if desk.calls.remove(&self.number).is_none() {
            return;
        }
        if let Some(outgoing) = &desk.outgoing {
            // Without room the answer comes and finds nobody, which is no harm.
            let _full = outgoing.try_send(pb::ExchangeRequest {
                call: self.number,
                ..Default::default()
            });
        }
    }
}

/// Hands answers to those who wait, until the stream ends; then everybody who still waits is told. Does not keep the
/// stream open itself.
async fn deliver(desk: Weak<Mutex<Desk>>, mut answers: Streaming<pb::ExchangeResponse>) {
    while let Some(Ok(answer)) = answers.next().await {
        let Some(desk) = desk.upgrade() else { return };
        let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
        if answer.leaving {
            desk.outgoing = None;
        } else if let Some(waiting) = desk.calls.remove(&answer.call) {
            let _gone = waiting.send(answer);
        }
    }
    if let Some(desk) = desk.upgrade() {
        let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.outgoing = None;
        desk.calls.clear();
    }
}

/// The answer as a call of its own would have brought it.
fn response(answer: pb::ExchangeResponse) -> Response<Bytes> {
    let mut response = Response::new(answer.body);
    let headers = response.headers_mut();
    headers.reserve(answer.headers.len());
    for header in answer.headers {
        append(headers, header);
    }
    response
}

fn append(headers: &mut HeaderMap, header: pb::Header) {
    let name = HeaderName::from_bytes(header.name.as_bytes());
    let value = HeaderValue::from_maybe_shared(header.value);
    if let (Ok(name), Ok(value)) = (name, value) {
        headers.append(name, value);
    }
}
