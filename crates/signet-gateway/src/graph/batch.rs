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
            .filter_map(|(name, value)| Some((published_name(name.as_str()), value.to_str().ok()?.to_owned())));
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

/// A header's name as Graph spells it inside a batch, where clients look it up with case: `Content-Type`,
/// `OData-Version`, but `request-id`. Source: json-batching, sample response.
fn published_name(name: &str) -> String {
    match name {
        "request-id" | "client-request-id" => name.to_owned(),
        "odata-version" => "OData-Version".to_owned(),
        "etag" => "ETag".to_owned(),
        "www-authenticate" => "WWW-Authenticate".to_owned(),
        _ => name.split('-').map(capitalised).collect::<Vec<_>>().join("-"),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::published_name;

    #[test]
    fn names_are_spelled_as_clients_look_them_up() {
        for (name, expected) in [
            ("content-type", "Content-Type"),
            ("cache-control", "Cache-Control"),
            ("odata-version", "OData-Version"),
            ("retry-after", "Retry-After"),
            ("location", "Location"),
            ("allow", "Allow"),
            ("etag", "ETag"),
            ("www-authenticate", "WWW-Authenticate"),
            ("signet-revision", "Signet-Revision"),
            ("request-id", "request-id"),
            ("client-request-id", "client-request-id"),
        ] {
            assert_eq!(published_name(name), expected);
        }
    }
}
