//! A connection's bytes, with request targets made acceptable and a limit on standing still.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::target::Targets;

/// A stream that fails when nothing moves for too long, and whose HTTP/1.1 request targets are normalised.
pub(super) struct Guarded<S> {
    inner: S,
    targets: Targets,
    /// Rewritten bytes that did not fit the reader's buffer.
    pending: Vec<u8>,
    stall: Duration,
    moved: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Guarded<S> {
    /// Guards a stream. HTTP/2 is passed through as it is.
    pub(super) fn new(inner: S, stall: Duration, is_h2: bool) -> Self {
        let now = Instant::now();
        Self {
            inner,
            targets: if is_h2 { Targets::untouched() } else { Targets::new() },
            pending: Vec::new(),
            stall,
            moved: now,
            alarm: Box::pin(tokio::time::sleep_until(now + stall)),
        }
    }

    /// Waits on; fails once nothing has moved for too long.
    fn standing_still<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        while self.alarm.as_mut().poll(cx).is_ready() {
            let due = self.moved + self.stall;
            if Instant::now() >= due {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the connection stands still",
                )));
            }
            self.alarm.as_mut().reset(due);
        }
        Poll::Pending
    }

    fn drain_pending(&mut self, buf: &mut ReadBuf<'_>) {
        let fits = self.pending.len().min(buf.remaining());
        let rest = self.pending.split_off(fits);
        buf.put_slice(&self.pending);
        self.pending = rest;
    }
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
        this.moved = Instant::now();
        let rewritten = buf.filled().get(before..).and_then(|read| this.targets.feed(read));
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
