//! The body of an answer, which counts as under way until it is dropped.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::replica::InFlight;

/// An answer on its way in, or all of it.
pub(crate) struct Counted {
    body: Arriving,
    _call: InFlight,
}

enum Arriving {
    Stream(Incoming),
    Whole(Option<Bytes>),
}

impl Counted {
    pub(super) fn new(incoming: Incoming, call: InFlight) -> Self {
        Self {
            body: Arriving::Stream(incoming),
            _call: call,
        }
    }

    pub(super) fn whole(body: Bytes, call: InFlight) -> Self {
        Self {
            body: Arriving::Whole(Some(body).filter(|body| !body.is_empty())),
            _call: call,
        }
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match &mut self.body {
            Arriving::Stream(incoming) => Pin::new(incoming).poll_frame(context),
            Arriving::Whole(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Arriving::Stream(incoming) => incoming.is_end_stream(),
            Arriving::Whole(body) => body.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Arriving::Stream(incoming) => incoming.size_hint(),
            Arriving::Whole(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
        }
    }
}
