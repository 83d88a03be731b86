//! The gateway: what it stands on, and the way of a request through it.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures::FutureExt as _;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use signet_contract::{Catalog, DecisionLogReader, DriveContent, Evaluation, Extraction};
use signet_domain::environment::{Clock, IdSource};
use signet_telemetry::trace_context;

use crate::admission::{self, Admission};
use crate::config::GatewayConfig;
use crate::dispatch;
use crate::front::answer::{self, Streamed};
use crate::front::ids::RequestIds;
use crate::front::telemetry::{self, Metrics};
use crate::front::{accept, cors, origin, unread};
use crate::graph::error::GraphError;
use crate::listener::Answers;
use crate::odata::page_token::PageTokens;
use crate::openapi;
use crate::routes::Routes;

/// How much longer than its deadline a request may live, so that the services' own refusal comes first.
const GRACE: Duration = Duration::from_millis(250);

/// How much longer a request may take whose body is the content of a file.
const TRANSFER_TIME: Duration = Duration::from_secs(15 * 60);

/// Says whether everything behind the gateway is able to answer.
pub type Readiness = Arc<dyn Fn() -> bool + Send + Sync>;

/// What stands behind the gateway: the services themselves, or clients of them.
pub struct GatewayServices {
    /// Labels and who sees them.
    pub catalog: Arc<dyn Catalog>,
    /// Decisions.
    pub evaluation: Arc<dyn Evaluation>,
    /// The log of decisions.
    pub decision_log: Arc<dyn DecisionLogReader>,
    /// Drives and the labels in files.
    pub extraction: Arc<dyn Extraction>,
    /// Content of files.
    pub content: Arc<dyn DriveContent>,
    /// Who is calling.
    pub verifier: Arc<signet_auth::Verifier>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives request ids.
    pub ids: Arc<dyn IdSource>,
    /// Answers `/readyz`.
    pub ready: Readiness,
}

/// The Graph-shaped REST surface over some services. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) inner: Arc<Inner>,
}

/// What all requests share.
pub(crate) struct Inner {
    pub(crate) services: GatewayServices,
    pub(crate) config: GatewayConfig,
    pub(crate) routes: Routes,
    pub(crate) page_tokens: PageTokens,
    pub(crate) admission: Admission,
    metrics: Metrics,
    challenge: HeaderValue,
}

impl Gateway {
    /// A gateway over some services.
    pub fn new(services: GatewayServices, config: GatewayConfig) -> Self {
        let challenge = format!(
            "Bearer realm=\"\", authorization_uri=\"{}\", client_id=\"{}\"",
            config.authorize_endpoint, config.resource_app_id
        );
        let challenge = HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Bearer realm=\"\""));
        let routes = Routes::new(config.legacy_routes);
        let page_tokens = PageTokens::new(&config.page_token_key);
        let admission = Admission::new(&config);
        let inner = Inner {
            services,
            config,
            routes,
            page_tokens,
            admission,
            metrics: Metrics::new(),
            challenge,
        };
        Self { inner: Arc::new(inner) }
    }

    /// All routes, with `/healthz` and `/readyz`. Everything not routed otherwise is answered as Graph would, so a
    /// router merged with this one must have no fallback of its own. A listener is given a [`Front`].
    pub fn router(&self) -> Router {
        let ready = Arc::clone(&self.inner.services.ready);
        let gateway = self.clone();
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(move || std::future::ready(readiness(&ready))))
            .route(openapi::PATH, get(openapi::serve))
            .fallback_service(tower::service_fn(move |request| {
                let gateway = gateway.clone();
                async move { Ok::<_, Infallible>(gateway.handle(request).await) }
            }))
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request<Body>) -> Response<Body> {
        let inner = &self.inner;
        let (parts, body) = request.into_parts();
        if cors::is_preflight(&parts.method, &parts.headers) {
            return cors::preflight(&inner.config.cors, &parts.headers);
        }
        let ids = RequestIds::new(&parts.headers, inner.services.ids.as_ref());
        let deadline = Instant::now() + inner.config.request_deadline;
        let (body, unread) = unread::lend(body, parts.version);
        let mut response = match (origin::check_host(&parts), inner.admission.enter()) {
            (Err(fault), _) => inner.turn_away(&parts, body, &ids, &fault),
            (Ok(()), Some(_place)) => inner.answer(&parts, body, &ids, deadline).await,
            (Ok(()), None) => inner.turn_away(&parts, body, &ids, &admission::no_room()),
        };
        unread.finish(inner.config.max_body_bytes, response.headers_mut()).await;
        let gzip = accept::gzip(&parts.headers);
        let streamed = response.extensions_mut().remove::<Streamed>();
        let mut response = answer::compressed(response, gzip).map(Body::from);
        if let Some(body) = streamed.and_then(Streamed::take) {
            *response.body_mut() = body;
        }
        cors::expose(&inner.config.cors, &parts.headers, response.headers_mut());
        response
    }
}

/// A gateway with the pages beside it, for a listener. Requests to Graph's roots go straight to the gateway; what a
/// router does for a request costs as much as reading its body.
#[derive(Clone)]
pub struct Front {
    gateway: Gateway,
    pages: Router,
}

impl Front {
    /// - `pages`: the gateway's [`Gateway::router`], with whatever was merged into it.
    pub fn new(gateway: Gateway, pages: Router) -> Self {
        Self { gateway, pages }
    }
}

impl Answers for Front {
    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        if is_graphs(&request) {
            return self.gateway.handle(request).await;
        }
        let (parts, body) = request.into_parts();
        let is_for_a_host = origin::check_host(&parts).is_ok();
        let request = Request::from_parts(parts, body);
        if is_for_a_host {
            Box::pin(self.pages.answer(request)).await
        } else {
            self.gateway.handle(request).await
        }
    }
}

/// The gateway's beyond doubt: nothing else is routed there. An answer to HEAD loses its body in a router.
fn is_graphs(request: &Request<Body>) -> bool {
    let path = request.uri().path();
    let below_a_root = path.starts_with("/v1.0/") || path.starts_with("/beta/");
    below_a_root && !matches!(*request.method(), Method::HEAD | Method::CONNECT)
}

fn readiness(ready: &Readiness) -> (StatusCode, &'static str) {
    if ready() {
        return (StatusCode::OK, "ready\n");
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "not ready: a service behind the gateway does not answer yet\n",
    )
}

impl Inner {
    /// Answers a request, or one of a batch, within its deadline, whatever happens on the way.
    pub(crate) async fn answer(
        &self,
        parts: &Parts,
        body: Body,
        ids: &RequestIds,
        deadline: Instant,
    ) -> Response<Bytes> {
        let began = Instant::now();
        let _active = self.metrics.begin();
        let found = self.routes.find(parts.uri.path(), &parts.method);
        let deadline = match &found {
            Ok(found) if found.leaf.endpoint.carries_content() => deadline + TRANSFER_TIME,
            _ => deadline,
        };
        let operation = found.as_ref().map_or("unmatched", |found| found.leaf.endpoint.name());
        let trace = telemetry::trace(&parts.headers, ids);
        let span = telemetry::span(operation, &trace, ids);
        let tenant = OnceLock::new();
        // In a box: what is built around it below moves it, and it is some kilobytes.
        let work = Box::pin(dispatch::dispatch(self, parts, body, found, ids, deadline, &tenant));
        let guarded = AssertUnwindSafe(trace_context::within(trace, span.clone(), work)).catch_unwind();
        let outcome = match tokio::time::timeout_at((deadline + GRACE).into(), guarded).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => {
                tracing::error!(parent: &span, "a request handler panicked");
                Err(GraphError::internal())
            }
            Err(_) => Err(GraphError::deadline_exceeded()),
        };
        let response = match outcome {
            Ok(answer) => answer.into_response(ids),
            Err(error) => answer::refuse(&error, self.services.clock.now(), &self.challenge, ids),
        };
        let status = response.status().as_u16();
        span.record("http.status", status);
        self.metrics.record(operation, &parts.method, status, began.elapsed());
        if let Some(tenant) = tenant.get() {
            self.metrics.record_tenant(*tenant, status, began.elapsed());
        }
        response
    }

    /// Refuses a request before anything about it but its head is looked at.
    fn turn_away(&self, parts: &Parts, body: Body, ids: &RequestIds, error: &GraphError) -> Response<Bytes> {
        drop(body);
        self.metrics
            .record("turnedAway", &parts.method, error.status.as_u16(), Duration::ZERO);
        answer::refuse(error, self.services.clock.now(), &self.challenge, ids)
    }
}
