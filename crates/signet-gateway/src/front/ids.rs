//! Ids of a request: ours, and the caller's own. Source: rest-api 3.1, 6.4.

use std::sync::Arc;

use http::HeaderMap;
use signet_domain::environment::IdSource;

/// Longest id of a caller that is echoed, in bytes.
const MAX_CLIENT_ID: usize = 128;

/// The ids of one request.
#[derive(Debug, Clone)]
pub(crate) struct RequestIds {
    /// Ours: a GUID.
    pub(crate) request: Arc<str>,
    /// The caller's, when it sent a usable one.
    pub(crate) client: Option<Arc<str>>,
}

impl RequestIds {
    /// Ids for a request with these headers.
    pub(crate) fn new(headers: &HeaderMap, ids: &dyn IdSource) -> Self {
        let mut buffer = uuid::Uuid::encode_buffer();
        let request: &str = ids.next_id().hyphenated().encode_lower(&mut buffer);
        Self {
            request: Arc::from(request),
            client: client_id(headers),
        }
    }

    /// The caller's id, else ours.
    pub(crate) fn client_or_own(&self) -> &str {
        self.client.as_deref().unwrap_or(&self.request)
    }
}

/// The caller's id: printable ASCII of at most 128 characters; anything else counts as absent.
fn client_id(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get("client-request-id")?.to_str().ok()?.trim();
    let usable =
        !text.is_empty() && text.len() <= MAX_CLIENT_ID && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
    usable.then(|| Arc::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echoed(value: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(
            "Client-Request-Id",
            http::HeaderValue::from_bytes(value).expect("a header value"),
        );
        client_id(&headers).map(|id| id.to_string())
    }

    #[test]
    fn printable_ids_are_echoed_and_others_are_not() {
        assert_eq!(
            echoed(b"a0b9c8d7-e6f5-a4b3-c2d1-e0f9a8b7c6d5").as_deref(),
            Some("a0b9c8d7-e6f5-a4b3-c2d1-e0f9a8b7c6d5")
        );
        assert_eq!(echoed(b"batch 7/3").as_deref(), Some("batch 7/3"));
        assert_eq!(echoed("x".repeat(128).as_bytes()).map(|id| id.len()), Some(128));
        for refused in [&b""[..], b"   ", "\u{e9}".as_bytes(), "x".repeat(129).as_bytes()] {
            assert_eq!(echoed(refused), None);
        }
    }
}
