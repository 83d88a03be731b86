//! A connection's bytes, with request targets made acceptable and limits on dawdling.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::target::Targets;

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Over the head of an HTTP/1.1 request, from its first byte.
    pub(super) head: Duration,
    /// Without any progress, in either direction.
    pub(super) stall: Duration,
}

/// A stream that fails when a client takes too long, and whose HTTP/1.1 request targets are normalised.
pub(super) struct Guarded<S> {
    inner: S,
    targets: Targets,
    /// Rewritten bytes that did not fit the reader's buffer.
    pending: Vec<u8>,
    patience: Patience,
    moved: Instant,
    /// When the head being read began.
    head_began: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Guarded<S> {
    /// Guards a stream. HTTP/2 is passed through as it is.
    pub(super) fn new(inner: S, patience: Patience, is_h2: bool) -> Self {
        let now = Instant::now();
        Self {
            inner,
            targets: if is_h2 { Targets::untouched() } else { Targets::new() },
            pending: Vec::new(),
            patience,
            moved: now,
            head_began: None,
            alarm: Box::pin(tokio::time::sleep_until(now + patience.stall)),
        }
    }

    /// When it becomes too long, unless something happens.
    fn due(&self) -> Instant {
        let stalled = self.moved + self.patience.stall;
        self.head_began
            .map_or(stalled, |began| stalled.min(began + self.patience.head))
    }

    /// Waits on; fails once it is too long.
    fn standing_still<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let due = self.due();
        if self.alarm.deadline() > due {
            self.alarm.as_mut().reset(due);
        }
        while self.alarm.as_mut().poll(cx).is_ready() {
            if Instant::now() >= due {
                return Poll::Ready(Err(too_slow()));
            }
            self.alarm.as_mut().reset(due);
        }
        Poll::Pending
    }

    /// Something arrived. A head that arrives byte by byte must still end in time.
    fn arrived(&mut self) -> io::Result<()> {
        self.moved = Instant::now();
        if !self.targets.in_head() {
            self.head_began = None;
            return Ok(());
        }
        let began = *self.head_began.get_or_insert(self.moved);
        if self.moved >= began + self.patience.head {
            Err(too_slow())
        } else {
            Ok(())
        }
    }

    fn drain_pending(&mut self, buf: &mut ReadBuf<'_>) {
        let fits = self.pending.len().min(buf.remaining());
        let rest = self.pending.split_off(fits);
        buf.put_slice(&self.pending);
        self.pending = rest;
    }
}

fn too_slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the client takes too long")
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.pending.is_empty() {
            this.drain_pending(buf);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        match Pin::new(&mut this.inner).poll_read(cx, buf) {
            Poll::Pending => return this.standing_still(cx),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {}
        }
        let rewritten = buf.filled().get(before..).and_then(|read| this.targets.feed(read));
        this.arrived()?;
        if let Some(rewritten) = rewritten {
            buf.set_filled(before);
            this.pending = rewritten;
            this.drain_pending(buf);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.inner).poll_write(cx, bytes);
        this.after_write(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.inner).poll_write_vectored(cx, slices);
        this.after_write(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_flush(cx) {
            Poll::Pending => this.standing_still(cx),
            ready => ready,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_shutdown(cx) {
            Poll::Pending => this.standing_still(cx),
            ready => ready,
        }
    }
}

impl<S> Guarded<S> {
    fn after_write(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Pending => self.standing_still(cx),
            ready => {
                self.moved = Instant::now();
                ready
            }
        }
    }
}
