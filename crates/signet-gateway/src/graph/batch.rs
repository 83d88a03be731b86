//! The answers of a batch. Source: rest-api 7.1.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Response, header};
use serde::Serialize;
use serde_json::value::RawValue;

/// All answers.
#[derive(Serialize)]
pub(crate) struct BatchAnswer {
    /// One for each request, in their order.
    pub(crate) responses: Vec<ItemAnswer>,
}

/// One answer.
#[derive(Serialize)]
pub(crate) struct ItemAnswer {
    id: String,
    status: u16,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Body>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body {
    Json(Box<RawValue>),
    Encoded(String),
}

impl ItemAnswer {
    /// The answer to the request of an id: JSON as it is, anything else as base64.
    pub(crate) fn new(id: String, response: Response<Bytes>) -> Self {
        let (parts, bytes) = response.into_parts();
        let is_json = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
        let json = if is_json {
            serde_json::from_slice(&bytes).ok().map(Body::Json)
        } else {
            None
        };
        let body = if bytes.is_empty() {
            None
        } else {
            json.or_else(|| Some(Body::Encoded(STANDARD.encode(&bytes))))
        };
        let headers = parts
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        Self {
            id,
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body,
        }
    }

    /// The request succeeded.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
