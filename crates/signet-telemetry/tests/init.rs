//! Telemetry as the binary sets it up: once per process, hence a test binary of its own with one test.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of a test, which the lint does not recognise as such"
)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use signet_telemetry::{LogFormat, RequestMetrics, TelemetryConfig, TelemetryError, init, render_metrics};
use tokio::net::TcpListener;

type Received = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A collector that keeps what it is sent.
async fn collector() -> (String, Received) {
    let received = Received::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let keep = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let keep = Arc::clone(&keep);
            let service = hyper::service::service_fn(move |request| answer(request, Arc::clone(&keep)));
            let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(socket), service);
            tokio::spawn(connection);
        }
    });
    (endpoint, received)
}

/// An empty message and status 0, as gRPC has them.
async fn answer(
    request: Request<Incoming>,
    received: Received,
) -> Result<Response<impl hyper::body::Body<Data = Bytes, Error = std::convert::Infallible>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await?.to_bytes().to_vec();
    received.lock().unwrap().push((path, body));
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static("0"))]);
    let body = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async move { Some(Ok(trailers)) });
    Ok(Response::builder()
        .header("content-type", "application/grpc")
        .body(body)
        .unwrap())
}

fn contains(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

fn config(filter: &str, otlp_endpoint: Option<String>) -> TelemetryConfig {
    TelemetryConfig {
        filter: filter.to_owned(),
        format: LogFormat::Json,
        otlp_endpoint,
        service_name: "signet-under-test".to_owned(),
        service_instance: "replica-7".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_and_metrics_reach_collector_and_scrape() {
    assert!(matches!(
        init(&config("info,=x=", None)),
        Err(TelemetryError::Filter { .. })
    ));
    let unusable = init(&config("info", Some("not an address".to_owned())));
    assert!(matches!(unusable, Err(TelemetryError::Endpoint { .. })));
    assert_eq!(render_metrics(), "");

    let (endpoint, received) = collector().await;
    // The filter keeps logs quiet; traces are exported all the same.
    let guard = init(&config("error", Some(endpoint))).unwrap();
    assert!(matches!(
        init(&config("info", None)),
        Err(TelemetryError::AlreadyInitialized(_))
    ));

    let metrics = RequestMetrics::new();
    metrics.http(Some("/healthz"), "GET", 200, Duration::from_millis(2));
    tracing::info_span!(target: "signet_gateway", "graph.list_labels", tenant.id = "t-1").in_scope(|| {});
    tracing::info_span!(target: "h2", "frame").in_scope(|| {});
    tracing::debug_span!(target: "signet_gateway", "detail").in_scope(|| {});
    tracing::debug_span!(target: "signet_store_sqlite", "store.tenant.list").in_scope(|| {});

    let text = render_metrics();
    assert!(text.contains("http_server_request_duration_seconds_count{"), "{text}");
    assert!(
        text.contains(r#"service_name="signet-under-test""#) && text.contains("replica-7"),
        "{text}"
    );

    let before = Instant::now();
    guard.shutdown().await;
    assert!(
        before.elapsed() < Duration::from_secs(5),
        "the collector answers, so nothing waits"
    );
    let received = received.lock().unwrap();
    let body = |path: &str| {
        received
            .iter()
            .find(|(sent, _)| sent == path)
            .map(|(_, body)| body.clone())
            .unwrap()
    };
    let traces = body("/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    assert!(
        contains(&traces, "graph.list_labels")
            && contains(&traces, "store.tenant.list")
            && contains(&traces, "tenant.id")
            && contains(&traces, "signet-under-test")
    );
    assert!(contains(&traces, "detail") && !contains(&traces, "frame"));
    assert!(contains(
        &body("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"),
        "http.server.request.duration"
    ));
}
