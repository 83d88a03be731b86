//! Several requests in one. Source: rest-api 7.1.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures::future::join_all;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::call::Call;
use crate::front::answer::{self, Answer};
use crate::front::ids::RequestIds;
use crate::graph::batch::{BatchAnswer, ItemAnswer};
use crate::graph::error::GraphError;
use crate::json::BodyText;
use crate::json::batch::{self, Item};
use crate::odata::options;
use crate::routes::Endpoint;

/// Headers a request of a batch takes from the batch unless it has its own.
const INHERITED: [HeaderName; 4] = [
    header::HOST,
    header::USER_AGENT,
    HeaderName::from_static("client-request-id"),
    HeaderName::from_static("signet-at-least-revision"),
];

/// Headers a request of a batch has from the batch only: who calls, and what proxies in front say of him. A proxy sees
/// the batch and not the requests inside, so that anybody could write these there.
const OF_THE_BATCH: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
];

/// Headers that say how a body travels, which bodies inside a batch do not.
const OF_A_CONNECTION: [HeaderName; 3] = [
    header::ACCEPT_ENCODING,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
];

/// Answers a batch: each request as if it had come alone, in waves as they wait for each other.
pub(crate) async fn run(call: &Call<'_>, body: Body) -> Result<Answer, GraphError> {
    let bytes = call.read_json(body).await?;
    options::parse_without_options(call.query())?;
    let items = batch::requests(&BodyText::new(&bytes)?, call.gateway.config.max_batch_requests)?;
    let mut answers: Vec<Option<ItemAnswer>> = items.iter().map(|_| None).collect();
    while answers.iter().any(Option::is_none) {
        let wave: Vec<usize> = ready(&items, &answers);
        let running = wave
            .iter()
            .filter_map(|at| items.get(*at))
            .map(|item| answer_one(call, item, &answers));
        let answered = join_all(running).await;
        for (at, answer) in wave.into_iter().zip(answered) {
            if let Some(place) = answers.get_mut(at) {
                *place = Some(answer);
            }
        }
    }
    Ok(Answer::json(&BatchAnswer {
        responses: answers.into_iter().flatten().collect(),
    })?
    .no_store())
}

/// Requests that are not answered yet and wait for nothing. There always is one: circles were refused.
fn ready(items: &[Item], answers: &[Option<ItemAnswer>]) -> Vec<usize> {
    let answered = |at: &usize| answers.get(*at).is_some_and(Option::is_some);
    items
        .iter()
        .enumerate()
        .filter(|(at, item)| !answered(at) && item.depends_on.iter().all(answered))
        .map(|(at, _)| at)
        .collect()
}

async fn answer_one(call: &Call<'_>, item: &Item, answers: &[Option<ItemAnswer>]) -> ItemAnswer {
    let succeeded = |at: &usize| {
        answers
            .get(*at)
            .and_then(Option::as_ref)
            .is_some_and(ItemAnswer::is_success)
    };
    let prepared = if item.depends_on.iter().all(succeeded) {
        prepare(call, item)
    } else {
        Err(failed_dependency())
    };
    let response = match prepared {
        Ok((parts, body)) => {
            let ids = RequestIds::new(&parts.headers, call.gateway.services.ids.as_ref());
            Box::pin(call.gateway.answer(&parts, body, &ids, call.context.deadline)).await
        }
        Err(error) => refused(call, &error),
    };
    ItemAnswer::new(item.id.clone(), response)
}

fn failed_dependency() -> GraphError {
    GraphError::new(
        StatusCode::FAILED_DEPENDENCY,
        "failedDependency",
        "a request this one depends on did not succeed; see its answer",
    )
}

fn refused(call: &Call<'_>, error: &GraphError) -> Response<Bytes> {
    let ids = RequestIds::new(call.headers(), call.gateway.services.ids.as_ref());
    answer::refuse(
        error,
        call.gateway.services.clock.now(),
        &HeaderValue::from_static("Bearer"),
        &ids,
    )
}

/// The request as it would have come alone.
fn prepare(call: &Call<'_>, item: &Item) -> Result<(Parts, Body), GraphError> {
    let method = Method::from_bytes(item.method.as_bytes())
        .map_err(|_| GraphError::invalid("`method` is not an HTTP method").at("method"))?;
    let target = target(call, &item.url)?;
    let mut headers = headers(call, item)?;
    let body = body(item, &headers)?;
    if let Some(body) = &body {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let found = call.gateway.routes.find(target.path(), &method);
    match found.map(|found| found.leaf.endpoint) {
        Ok(Endpoint::Batch) => {
            let message = "a batch cannot contain a batch; list the requests themselves";
            return Err(GraphError::invalid(message));
        }
        Ok(Endpoint::Download | Endpoint::ScanDrive) => {
            let message = "the answer comes in pieces, which a batch cannot hold; send the request on its own";
            return Err(GraphError::invalid(message));
        }
        _ => {}
    }
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .body(body.map_or_else(Body::empty, Body::from))
        .map_err(|_| GraphError::invalid("the request cannot be read"))?;
    *request.headers_mut() = headers;
    *request.extensions_mut() = call.parts.extensions.clone();
    Ok(request.into_parts())
}

/// A `url` as a target: relative to the version, or absolute at this service.
fn target(call: &Call<'_>, url: &str) -> Result<Uri, GraphError> {
    let refused =
        || GraphError::invalid("`url` is neither relative to the version nor an address of this service").at("url");
    let target = match at_this_service(url, &call.base) {
        Some(rest) => rest.to_owned(),
        None if is_absolute(url) => return Err(refused()),
        None => format!("/{}/{}", call.matched.api.root(), url.trim_start_matches('/')),
    };
    encoded(&target).parse().map_err(|_| refused())
}

/// What follows the service's origin.
fn at_this_service<'u>(url: &'u str, base: &str) -> Option<&'u str> {
    let (start, rest) = url.split_at_checked(base.len())?;
    (start.eq_ignore_ascii_case(base) && rest.starts_with('/')).then_some(rest)
}

fn is_absolute(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// A target with everything encoded that no request line could hold: texts in JSON come as people write them.
fn encoded(target: &str) -> String {
    const REFUSED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'#');
    utf8_percent_encode(target, REFUSED).to_string()
}

/// The request's own headers and those of the batch. Who calls is always the batch's.
fn headers(call: &Call<'_>, item: &Item) -> Result<HeaderMap, GraphError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &item.headers {
        let parsed = HeaderName::from_bytes(name.as_bytes())
            .ok()
            .zip(HeaderValue::from_str(value).ok());
        let (name, value) = parsed
            .ok_or_else(|| GraphError::invalid("`headers` has a name or value no header can have").at("headers"))?;
        headers.insert(name, value);
    }
    for name in INHERITED {
        if let (None, Some(value)) = (headers.get(&name), call.headers().get(&name)) {
            headers.insert(name, value.clone());
        }
    }
    for name in OF_THE_BATCH {
        headers.remove(&name);
        for value in call.headers().get_all(&name) {
            headers.append(&name, value.clone());
        }
    }
    for name in OF_A_CONNECTION {
        headers.remove(name);
    }
    Ok(headers)
}

/// The request's body: JSON as it is, text in base64url when its type is another one.
fn body(item: &Item, headers: &HeaderMap) -> Result<Option<Bytes>, GraphError> {
    let Some(body) = &item.body else {
        return Ok(None);
    };
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else {
        return Err(GraphError::invalid("`headers` needs a Content-Type when there is a `body`").at("headers"));
    };
    if content_type
        .as_bytes()
        .to_ascii_lowercase()
        .starts_with(b"application/json")
    {
        return Ok(Some(Bytes::from(body.clone())));
    }
    let text: Result<String, _> = serde_json::from_str(body);
    let bytes = text
        .ok()
        .and_then(|text| URL_SAFE.decode(&text).or_else(|_| URL_SAFE_NO_PAD.decode(&text)).ok());
    let refused = || GraphError::invalid("`body` is not base64url text, which a type other than JSON needs").at("body");
    bytes.map(Bytes::from).map(Some).ok_or_else(refused)
}
