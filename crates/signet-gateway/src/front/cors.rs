//! Calls from pages of other origins: closed unless configured. Source: rest-api 6.4.

use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

use axum::body::Body;

use crate::config::CorsOrigins;

const EXPOSED: &str =
    "request-id, client-request-id, Location, Retry-After, Signet-Revision, Signet-Snapshot-Age, ETag";
const METHODS: &str = "GET, POST, PUT, DELETE, OPTIONS";
const DEFAULT_HEADERS: &str = "authorization, content-type, client-request-id, prefer, accept-language";

/// The request is a browser's question whether it may call.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight. A page that may not call gets no permission; the browser does the rest.
pub(crate) fn preflight(origins: &CorsOrigins, headers: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let out = response.headers_mut();
    if allow_origin(origins, headers, out) {
        out.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        out.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            wanted.unwrap_or(HeaderValue::from_static(DEFAULT_HEADERS)),
        );
        out.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    }
    response
}

/// Lets the page read the answer.
pub(crate) fn expose(origins: &CorsOrigins, request: &HeaderMap, answer: &mut HeaderMap) {
    if request.contains_key(header::ORIGIN) && allow_origin(origins, request, answer) {
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
}

fn allow_origin(origins: &CorsOrigins, request: &HeaderMap, answer: &mut HeaderMap) -> bool {
    answer.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = request.get(header::ORIGIN) else {
        return false;
    };
    if !origin.to_str().is_ok_and(|origin| origins.allows(origin)) {
        return false;
    }
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    true
}
