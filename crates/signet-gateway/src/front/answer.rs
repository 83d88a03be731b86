//! Answers on their way out: the standard headers, conditional answers, compression. Source: rest-api 6.4.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use signet_contract::evaluation::DecidedBy;
use signet_domain::ids::Revision;

use super::ids::RequestIds;
use crate::graph::error::GraphError;
use crate::graph::time::Seconds;

const ODATA_JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const SIGNET_REVISION: HeaderName = HeaderName::from_static("signet-revision");
const SIGNET_SNAPSHOT_AGE: HeaderName = HeaderName::from_static("signet-snapshot-age");
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");

/// Smallest body worth compressing, in bytes: below it an answer fits a few packets anyway.
const COMPRESSED_FROM: usize = 4 * 1024;

/// Since when the old paths are deprecated (2023-01-01), as RFC 9745 writes it.
const DEPRECATED_SINCE: &str = "@1672531200";

/// What an answer holds.
#[derive(Debug)]
pub(crate) enum Content {
    /// Nothing.
    Empty,
    /// OData JSON.
    Json(Vec<u8>),
    /// Text.
    Text(String),
    /// The interface description.
    Xml(&'static str),
    /// JSON values, one on each line, as they come.
    Lines(Body),
    /// Bytes of a file.
    Download(Box<Download>),
}

/// Bytes of a file, as they come.
#[derive(Debug)]
pub(crate) struct Download {
    /// Media type.
    pub(crate) content_type: String,
    /// Name the file is to have.
    pub(crate) name: String,
    /// Bytes of the answer.
    pub(crate) length: u64,
    /// Where a part begins, and the size of the file; absent: it is whole.
    pub(crate) range: Option<(u64, u64)>,
    /// The bytes.
    pub(crate) body: Body,
}

/// A body that is not in memory. It travels beside the answer, because everything else about an answer, batches
/// included, works on whole bodies.
#[derive(Clone)]
pub(crate) struct Streamed(Arc<Mutex<Option<Body>>>);

impl Streamed {
    fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Some(body))))
    }

    /// The body, once.
    pub(crate) fn take(self) -> Option<Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A successful answer before its standard headers.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Status, below 400.
    pub(crate) status: StatusCode,
    /// Body.
    pub(crate) content: Content,
    /// `Signet-Revision`.
    pub(crate) revision: Option<Revision>,
    /// `Signet-Snapshot-Age`.
    pub(crate) snapshot_age: Option<Duration>,
    /// `ETag`, with quotes.
    pub(crate) etag: Option<String>,
    /// `Content-Language`.
    pub(crate) language: Option<String>,
    /// The answer depends on `Accept-Language`.
    pub(crate) localised: bool,
    /// The answer must not be stored at all.
    pub(crate) no_store: bool,
    /// The request used an old path.
    pub(crate) deprecated: bool,
    /// `Location`.
    pub(crate) location: Option<String>,
    /// `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u32>,
}

impl Answer {
    /// An answer by status and content.
    pub(crate) fn new(status: StatusCode, content: Content) -> Self {
        Self {
            status,
            content,
            revision: None,
            snapshot_age: None,
            etag: None,
            language: None,
            localised: false,
            no_store: false,
            deprecated: false,
            location: None,
            retry_after: None,
        }
    }

    /// Says where to go on.
    #[must_use]
    pub(crate) fn located(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// 200 with OData JSON.
    ///
    /// # Errors
    /// A value that cannot be written: a fault of ours.
    pub(crate) fn json<T: Serialize>(value: &T) -> Result<Self, GraphError> {
        let mut bytes = Vec::with_capacity(2048);
        serde_json::to_writer(&mut bytes, value).map_err(|_| GraphError::internal())?;
        Ok(Self::new(StatusCode::OK, Content::Json(bytes)))
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, Content::Empty)
    }

    /// Says which revision answered.
    #[must_use]
    pub(crate) fn of_revision(mut self, revision: Revision) -> Self {
        self.revision = Some(revision);
        self
    }

    /// Says which policy decided.
    #[must_use]
    pub(crate) fn decided_by(mut self, decided_by: DecidedBy) -> Self {
        self.revision = Some(decided_by.revision);
        self.snapshot_age = decided_by.snapshot_age;
        self
    }

    /// Forbids storing.
    #[must_use]
    pub(crate) fn no_store(mut self) -> Self {
        self.no_store = true;
        self
    }

    /// Says that the caller's language mattered, and which one was used.
    #[must_use]
    pub(crate) fn localised(mut self, language: Option<String>) -> Self {
        self.localised = true;
        self.language = language;
        self
    }

    /// Sets the entity tag, and answers 304 when the client already has it.
    #[must_use]
    pub(crate) fn with_etag(mut self, etag: String, request: &HeaderMap) -> Self {
        if none_match(request, &[&etag]) {
            self.status = StatusCode::NOT_MODIFIED;
            self.content = Content::Empty;
        }
        self.etag = Some(etag);
        self
    }

    /// The answer with all its headers.
    pub(crate) fn into_response(self, ids: &RequestIds) -> Response<Bytes> {
        let mut streamed = None;
        let mut file = None;
        let (content_type, bytes, odata) = match self.content {
            Content::Lines(body) => {
                streamed = Some(body);
                (Some("application/x-ndjson"), Bytes::new(), false)
            }
            Content::Download(download) => {
                let download = *download;
                file = Some((download.content_type, download.name, download.length, download.range));
                streamed = Some(download.body);
                (None, Bytes::new(), false)
            }
            Content::Empty => (None, Bytes::new(), false),
            Content::Json(bytes) => (Some(ODATA_JSON), bytes.into(), true),
            Content::Text(text) => (Some("text/plain"), text.into(), true),
            Content::Xml(text) => (Some("application/xml"), Bytes::from_static(text.as_bytes()), true),
        };
        let mut response = respond(self.status, content_type, bytes, ids);
        let headers = response.headers_mut();
        if let Some((content_type, name, length, range)) = file {
            describe_file(headers, &content_type, &name, length, range);
        }
        insert(headers, header::LOCATION, self.location.as_deref());
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        if odata {
            headers.insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
        }
        let cache = if self.no_store { "no-store" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        let vary = if self.localised {
            "Accept-Encoding, Authorization, Accept-Language"
        } else {
            "Accept-Encoding, Authorization"
        };
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        insert(headers, header::CONTENT_LANGUAGE, self.language.as_deref());
        insert(headers, header::ETAG, self.etag.as_deref());
        if let Some(revision) = self.revision {
            headers.insert(SIGNET_REVISION, HeaderValue::from(revision.0));
        }
        if let Some(age) = self.snapshot_age {
            headers.insert(SIGNET_SNAPSHOT_AGE, HeaderValue::from(age.as_secs()));
        }
        if self.deprecated {
            headers.insert(DEPRECATION, HeaderValue::from_static(DEPRECATED_SINCE));
        }
        if let Some(body) = streamed {
            response.extensions_mut().insert(Streamed::new(body));
        }
        response
    }
}

/// Headers of a file's bytes. Browsers save it and guess nothing about it.
fn describe_file(headers: &mut HeaderMap, content_type: &str, name: &str, length: u64, range: Option<(u64, u64)>) {
    insert(headers, header::CONTENT_TYPE, Some(content_type));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    insert(
        headers,
        header::CONTENT_DISPOSITION,
        Some(&format!("attachment; filename*=UTF-8''{name}")),
    );
    if let Some((offset, size)) = range {
        let last = (offset + length).saturating_sub(1);
        insert(
            headers,
            header::CONTENT_RANGE,
            Some(&format!("bytes {offset}-{last}/{size}")),
        );
    }
}

/// Entity tags a conditional header lists.
pub(crate) fn tags_in(request: &HeaderMap, name: HeaderName) -> Vec<String> {
    let values = request
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let tags = values.flat_map(|value| listed_tags(value).map(str::to_owned).collect::<Vec<_>>());
    tags.collect()
}

/// A refusal with all its headers.
pub(crate) fn refuse(
    error: &GraphError,
    now: jiff::Timestamp,
    challenge: &HeaderValue,
    ids: &RequestIds,
) -> Response<Bytes> {
    let body = error.to_json(&Seconds::of(now).without_zone(), &ids.request, ids.client_or_own());
    let mut response = respond(error.status, Some("application/json"), body.into(), ids);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding, Authorization"));
    if error.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, challenge.clone());
    }
    if let Some((name, value)) = error.header.as_deref() {
        insert(headers, name.clone(), Some(value));
    }
    if let Some(revision) = error.revision {
        headers.insert(SIGNET_REVISION, HeaderValue::from(revision.get()));
    }
    if let Some(wait) = error.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

fn respond(status: StatusCode, content_type: Option<&'static str>, bytes: Bytes, ids: &RequestIds) -> Response<Bytes> {
    let mut response = Response::new(bytes);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(12);
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    insert(headers, REQUEST_ID, Some(&ids.request));
    insert(headers, CLIENT_REQUEST_ID, Some(ids.client_or_own()));
    response
}

/// Compresses an answer when the client reads gzip and it is worth it.
pub(crate) fn compressed(mut response: Response<Bytes>, gzip: bool) -> Response<Bytes> {
    if gzip
        && response.body().len() >= COMPRESSED_FROM
        && let Some(bytes) = compress(response.body())
    {
        *response.body_mut() = bytes;
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn compress(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(bytes.len() / 4), flate2::Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(name, value);
    }
}

/// `If-None-Match` names one of these tags, or any with `*`. Tags compare whole and strongly.
pub(crate) fn none_match(request: &HeaderMap, tags: &[&str]) -> bool {
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| listed_tags(value).any(|listed| listed == "*" || tags.contains(&listed)))
}

/// The tags of a list; commas inside quotes do not separate.
fn listed_tags(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    value
        .split(move |c: char| {
            quoted ^= c == '"';
            c == ',' && !quoted
        })
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_compare_whole() {
        let cases = [
            ("\"{A},1\"", true),
            ("\"x\", \"{A},1\"", true),
            ("*", true),
            ("\"{A}\"", false),
            ("W/\"{A},1\"", false),
            ("{A},1", false),
        ];
        for (value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, value.parse().expect(value));
            assert_eq!(none_match(&headers, &["\"{A},1\""]), expected, "{value}");
        }
    }
}
