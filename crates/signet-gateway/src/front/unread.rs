//! Bodies that nobody read to their end.
//!
//! An HTTP/1.1 connection can carry the next request only once the body of this one has been read. A refusal mostly
//! comes before that, so the rest is read and dropped before the answer, or the answer says that the connection ends.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{HeaderMap, HeaderValue, Version, header};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Longest time spent on a body that is not wanted.
const PATIENCE: Duration = Duration::from_secs(2);

/// A body that comes back when whoever reads it drops it.
struct Lent {
    body: Option<Body>,
    returned: Arc<Mutex<Option<Body>>>,
}

/// Where a lent body comes back to.
pub(crate) struct Return(Arc<Mutex<Option<Body>>>);

/// Lends a body. Bodies of HTTP/2 are given away: its streams do not wait for each other.
pub(crate) fn lend(body: Body, version: Version) -> (Body, Return) {
    let returned = Arc::new(Mutex::new(None));
    if version >= Version::HTTP_2 || body.is_end_stream() {
        return (body, Return(returned));
    }
    let lent = Lent {
        body: Some(body),
        returned: Arc::clone(&returned),
    };
    (Body::new(lent), Return(returned))
}

impl Return {
    /// Reads what is left, at most `limit` bytes; says in the answer's headers when it is more.
    pub(crate) async fn finish(self, limit: usize, answer: &mut HeaderMap) {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(body) = left else { return };
        let drained = tokio::time::timeout(PATIENCE, drain(body, limit)).await;
        if !matches!(drained, Ok(true)) {
            answer.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// True when the body ended within the limit.
async fn drain(mut body: Body, limit: usize) -> bool {
    let mut left = limit;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        let length = frame.data_ref().map_or(0, Bytes::len);
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return false,
        }
    }
    true
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match &mut self.get_mut().body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let body = self.body.take().filter(|body| !body.is_end_stream());
        *self.returned.lock().unwrap_or_else(PoisonError::into_inner) = body;
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use futures::stream;
    use http::{HeaderMap, Version, header};
    use http_body_util::BodyExt;

    use super::lend;

    fn body(parts: usize) -> Body {
        let parts = (0..parts).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"0123456789")));
        Body::from_stream(stream::iter(parts))
    }

    async fn closes(parts: usize, read: bool, version: Version) -> bool {
        let (lent, returned) = lend(body(parts), version);
        if read {
            lent.collect().await.unwrap();
        } else {
            drop(lent);
        }
        let mut headers = HeaderMap::new();
        returned.finish(100, &mut headers).await;
        headers.contains_key(header::CONNECTION)
    }

    #[tokio::test]
    async fn a_connection_ends_only_when_too_much_is_left() {
        for (parts, read, version, expected) in [
            (3, false, Version::HTTP_11, false),
            (10, false, Version::HTTP_11, false),
            (11, false, Version::HTTP_11, true),
            (11, true, Version::HTTP_11, false),
            (11, false, Version::HTTP_2, false),
            (0, false, Version::HTTP_11, false),
        ] {
            assert_eq!(
                closes(parts, read, version).await,
                expected,
                "{parts} {read} {version:?}"
            );
        }
    }
}
