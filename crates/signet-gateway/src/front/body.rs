//! Bodies of requests: bounded in size, also after decompression, and in time.

use std::io::Read;
use std::time::Instant;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;

use crate::graph::error::GraphError;

/// Reads a JSON body. No body at all is an empty one.
///
/// # Errors
/// 415 for another media type or coding, 413 when it is too large, 408 when it does not arrive in time, 400 when it
/// breaks off.
pub(crate) async fn read_json(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    deadline: Instant,
) -> Result<Bytes, GraphError> {
    let is_json = is_json(headers);
    if !is_json && body.size_hint().lower() > 0 {
        return Err(unsupported_type(headers));
    }
    let gzip = is_gzip(headers)?;
    let bytes = read(headers, body, limit, deadline).await?;
    if !is_json && !bytes.is_empty() {
        return Err(unsupported_type(headers));
    }
    if gzip { inflate(&bytes, limit) } else { Ok(bytes) }
}

/// Reads and drops a body nobody asked for.
///
/// # Errors
/// As [`read_json`], but any media type will do.
pub(crate) async fn ignore(headers: &HeaderMap, body: Body, limit: usize, deadline: Instant) -> Result<(), GraphError> {
    if body.is_end_stream() {
        return Ok(());
    }
    read(headers, body, limit, deadline).await.map(drop)
}

async fn read(headers: &HeaderMap, body: Body, limit: usize, deadline: Instant) -> Result<Bytes, GraphError> {
    if declared_length(headers).is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let collected = tokio::time::timeout_at(deadline.into(), Limited::new(body, limit).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(GraphError::invalid("the body broke off before its end; send it again")),
        Err(_) => Err(GraphError::new(
            StatusCode::REQUEST_TIMEOUT,
            "invalidRequest",
            "the body did not arrive within the deadline; send it again",
        )),
    }
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `application/json` with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, GraphError> {
    match headers
        .get(header::CONTENT_ENCODING)
        .map(|value| value.to_str().unwrap_or("?").trim())
    {
        None | Some("" | "identity") => Ok(false),
        Some(coding) if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") => Ok(true),
        Some(_) => Err(GraphError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupportedMediaType",
            "the body's `Content-Encoding` is not supported; send it plain or as gzip",
        )),
    }
}

/// Inflates up to the limit and not a byte further.
fn inflate(bytes: &[u8], limit: usize) -> Result<Bytes, GraphError> {
    let mut plain = Vec::new();
    let room = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::MultiGzDecoder::new(bytes)
        .take(room)
        .read_to_end(&mut plain)
        .map_err(|_| GraphError::invalid("the body is not valid gzip; send it again"))?;
    if plain.len() > limit {
        return Err(too_large(limit));
    }
    Ok(plain.into())
}

fn unsupported_type(headers: &HeaderMap) -> GraphError {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map_or_else(
            || "no `Content-Type`".to_owned(),
            |text| format!("the `Content-Type` `{}`", clip(text)),
        );
    GraphError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupportedMediaType",
        format!("the body has {given}; send it as application/json"),
    )
}

fn too_large(limit: usize) -> GraphError {
    GraphError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "requestEntityTooLarge",
        format!("the body is larger than {limit} bytes; send less at once"),
    )
}

fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}
