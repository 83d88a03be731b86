//! `signet.transport.v1.ExchangeService`: many short calls on one stream, each answered as if it had come alone.
//!
//! A call is handed to the same routes as any other, with the headers it brought and the peer of its connection, so
//! that nothing about identity, deadlines, limits or errors is decided here.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use http_body_util::{BodyExt, Full, Limited};
use prost::Message;
use prost_types::FileDescriptorSet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tonic::codegen::Service;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use super::CALLS_PER_CONNECTION;
use super::gate::{Answers, Gate};
use super::incoming::Peer;
use super::span::rpc_span;
use crate::limits::DOCUMENT_BYTES;
use crate::proto::FILE_DESCRIPTOR_SET;
use crate::proto::transport as pb;
use crate::proto::transport::exchange_service_server::ExchangeService;

/// Answers calls that share a stream.
pub(super) struct ExchangeAdapter {
    gate: Gate,
    counter: Arc<Counter>,
}

/// Where the calls of a stream are handed on.
struct Counter {
    routes: Routes,
    /// The methods that answer once, by path.
    methods: HashMap<String, Uri>,
    stopping: CancellationToken,
}

impl ExchangeAdapter {
    /// Hands calls to these routes.
    pub(super) fn new(gate: Gate, routes: Routes) -> Self {
        let counter = Counter {
            routes: routes.prepare(),
            methods: single_answer_methods(),
            stopping: gate.stopping.clone(),
        };
        Self {
            gate,
            counter: Arc::new(counter),
        }
    }
}

/// Paths of the methods that take one message and give one.
fn single_answer_methods() -> HashMap<String, Uri> {
    let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default().file;
    let mut methods = HashMap::new();
    for file in &files {
        for service in &file.service {
            for method in &service.method {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                if let (false, false, Ok(uri)) = (method.client_streaming(), method.server_streaming(), path.parse()) {
                    methods.insert(path, uri);
                }
            }
        }
    }
    methods
}

#[async_trait]
impl ExchangeService for ExchangeAdapter {
    type ExchangeStream = Answers<pb::ExchangeResponse>;

    async fn exchange(
        &self,
        request: Request<Streaming<pb::ExchangeRequest>>,
    ) -> Result<Response<Self::ExchangeStream>, Status> {
        let peer = request.extensions().get::<Peer>().cloned();
        let answers = |messages| {
            let (out, answers) = mpsc::channel(CALLS_PER_CONNECTION as usize);
            let desk = Arc::new(Desk {
                counter: Arc::clone(&self.counter),
                peer,
                calls: Mutex::default(),
                out,
            });
            tokio::spawn(read(desk, messages));
            let answers = stream::unfold(answers, |mut answers: mpsc::Receiver<_>| async move {
                answers.recv().await.map(|answer| (Ok(answer), answers))
            });
            std::future::ready(Ok(answers))
        };
        let span = rpc_span!("rpc.exchange.exchange");
        self.gate
            .service_stream(span, request, &self.gate.stopped, answers)
            .await
    }
}

/// One stream and its calls under way.
struct Desk {
    counter: Arc<Counter>,
    peer: Option<Peer>,
    calls: Mutex<HashMap<u64, AbortHandle>>,
    out: mpsc::Sender<pb::ExchangeResponse>,
}

/// Reads calls until the caller ends its side, or is gone: then nobody waits for what is under way.
async fn read(desk: Arc<Desk>, mut messages: Streaming<pb::ExchangeRequest>) {
    let places = Arc::new(Semaphore::new(CALLS_PER_CONNECTION as usize));
    let out = desk.out.clone();
    let mut told = false;
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((messages.next().await?.ok()?, place))
        };
        let next = tokio::select! {
            biased;
            () = out.closed() => break desk.abort_all(),
            () = desk.counter.stopping.cancelled(), if !told => {
                told = true;
                let leaving = pb::ExchangeResponse { leaving: true, ..Default::default() };
                if out.send(leaving).await.is_err() {
                    break desk.abort_all();
                }
                continue;
            }
            next = next => next,
        };
        match next {
            Some((request, _)) if request.method.is_empty() => desk.abort(request.call),
            Some((request, place)) => {
                if !desk.begin(request, place) {
                    break desk.abort_all();
                }
            }
            None => break,
        }
    }
}

impl Desk {
    /// Begins a call; false when its number is taken: the caller is confused, and so would its answers be.
    fn begin(self: &Arc<Self>, request: pb::ExchangeRequest, place: OwnedSemaphorePermit) -> bool {
        let number = request.call;
        let desk = Arc::clone(self);
        // Held until the call is entered, which is before it can leave.
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.contains_key(&number) {
            return false;
        }
        let call = tokio::spawn(async move {
            let answered = AssertUnwindSafe(desk.answer(request)).catch_unwind().await;
            let answer = answered.unwrap_or_else(|_panic| refusal(&Status::internal("the call panicked")));
            desk.calls
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&number);
            // Nobody waits any more when this fails.
            let _gone = desk.out.send(pb::ExchangeResponse { call: number, ..answer }).await;
            drop(place);
        });
        calls.insert(number, call.abort_handle());
        true
    }

    fn abort(&self, number: u64) {
        let call = self
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&number);
        if let Some(call) = call {
            call.abort();
        }
    }

    fn abort_all(&self) {
        for (_, call) in self.calls.lock().unwrap_or_else(PoisonError::into_inner).drain() {
            call.abort();
        }
    }

    async fn answer(&self, request: pb::ExchangeRequest) -> pb::ExchangeResponse {
        let Some(method) = self.counter.methods.get(&request.method) else {
            return refusal(&Status::unimplemented(
                "the method does not exist, or does not answer once",
            ));
        };
        let mut call = http::Request::new(Full::new(request.body));
        *call.method_mut() = http::Method::POST;
        *call.uri_mut() = method.clone();
        *call.version_mut() = http::Version::HTTP_2;
        for header in request.headers {
            let name = HeaderName::from_bytes(header.name.as_bytes());
            let value = HeaderValue::from_maybe_shared(header.value);
            if let (Ok(name), Ok(value)) = (name, value) {
                call.headers_mut().append(name, value);
            }
        }
        if let Some(peer) = &self.peer {
            call.extensions_mut().insert(peer.clone());
        }
        let Ok(answer) = self.counter.routes.clone().call(call).await;
        let (head, body) = answer.into_parts();
        match Limited::new(body, DOCUMENT_BYTES).collect().await {
            Ok(collected) => {
                let mut headers = written(&head.headers);
                headers.extend(collected.trailers().into_iter().flat_map(written));
                response(headers, collected.to_bytes())
            }
            Err(error) => refusal(&Status::from_error(error)),
        }
    }
}

fn refusal(status: &Status) -> pb::ExchangeResponse {
    let mut headers = HeaderMap::new();
    // What cannot be a header is left out, and the code always can be one.
    let _unwritable = status.add_header(&mut headers);
    response(written(&headers), Bytes::new())
}

fn response(headers: Vec<pb::Header>, body: Bytes) -> pb::ExchangeResponse {
    pb::ExchangeResponse {
        call: 0,
        headers,
        body,
        leaving: false,
    }
}

fn written(headers: &HeaderMap) -> Vec<pb::Header> {
    let header = |(name, value): (&HeaderName, &HeaderValue)| pb::Header {
        name: name.as_str().to_owned(),
        value: Bytes::copy_from_slice(value.as_bytes()),
    };
    headers.iter().map(header).collect()
}
