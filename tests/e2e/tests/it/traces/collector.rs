//! A collector of traces, as OTLP over gRPC wants one, that keeps the spans it is sent.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A span as far as the tests look at it; ids in hexadecimal digits.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) name: String,
}

/// A collector on a free port of this machine. Ends when dropped.
pub(super) struct Collector {
    endpoint: String,
    spans: Arc<Mutex<Vec<Span>>>,
    _runtime: Runtime,
}

impl Collector {
    pub(super) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let spans = Arc::<Mutex<Vec<Span>>>::default();
        let keep = spans.clone();
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let keep = keep.clone();
                let service = hyper::service::service_fn(move |request| answer(request, keep.clone()));
                let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(socket), service);
                tokio::spawn(connection);
            }
        });
        Self {
            endpoint,
            spans,
            _runtime: runtime,
        }
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// All spans so far.
    pub(super) fn spans(&self) -> Vec<Span> {
        self.spans.lock().expect("nobody panics with them").clone()
    }
}

/// Keeps the spans of a request; answers an empty message and status 0.
async fn answer(
    request: Request<Incoming>,
    keep: Arc<Mutex<Vec<Span>>>,
) -> Result<Response<impl Body<Data = Bytes, Error = Infallible>>, hyper::Error> {
    let is_traces = request.uri().path().ends_with("TraceService/Export");
    let body = request.into_body().collect().await?.to_bytes();
    if is_traces {
        // Five bytes say how long the message is.
        let received = spans(body.get(5..).unwrap_or_default());
        keep.lock().expect("nobody panics with them").extend(received);
    }
    let status = ("grpc-status".parse().expect("a name"), HeaderValue::from_static("0"));
    let trailers = HeaderMap::from_iter([status]);
    let body = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async move { Some(Ok(trailers)) });
    Ok(Response::builder()
        .header("content-type", "application/grpc")
        .body(body)
        .expect("an answer"))
}

/// The spans of an export. Source: opentelemetry-proto, collector/trace/v1 and trace/v1; numbers of the fields.
fn spans(message: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    for resource_spans in fields(message, 1) {
        for scope_spans in fields(resource_spans, 2) {
            for span in fields(scope_spans, 2) {
                let first = |number| fields(span, number).into_iter().next().unwrap_or_default();
                found.push(Span {
                    trace: digits(first(1)),
                    id: digits(first(2)),
                    parent: digits(first(4)),
                    name: String::from_utf8_lossy(first(5)).into_owned(),
                });
            }
        }
    }
    found
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The values of a field of a message that have a length.
fn fields(mut message: &[u8], wanted: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = number(&mut message);
        let length = match key & 7 {
            0 => {
                number(&mut message);
                continue;
            }
            1 => 8,
            2 => usize::try_from(number(&mut message)).expect("a length"),
            5 => 4,
            kind => panic!("no kind of field: {kind}"),
        };
        let (value, rest) = message.split_at(length);
        if key >> 3 == wanted && key & 7 == 2 {
            found.push(value);
        }
        message = rest;
    }
    found
}

/// Takes a number in parts of seven bits.
fn number(message: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = message.split_first() {
        *message = rest;
        number |= u64::from(byte & 127) << shift;
        shift += 7;
        if byte & 128 == 0 {
            break;
        }
    }
    number
}
