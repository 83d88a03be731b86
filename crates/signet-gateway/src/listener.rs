//! Accepting connections: HTTP/1.1 and HTTP/2, plain or TLS, slow clients cut off, a drain at the end.

mod lanes;
mod stream;
mod target;

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

pub use self::lanes::Lanes;
use self::lanes::Shared;
use self::stream::{Guarded, Patience};
use crate::front::origin::Connection;

/// Bounds of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerConfig {
    /// Longest a client may take over a TLS handshake, or over the head of an HTTP/1.1 request once it has begun.
    pub header_timeout: Duration,
    /// Longest a connection may make no progress at all in either direction; an idle one is closed after as long.
    pub stall_timeout: Duration,
    /// Longest requests under way may take once the listener is told to stop.
    pub drain_timeout: Duration,
    /// Most connections at once; further ones wait to be accepted.
    pub max_connections: usize,
}

impl Default for ListenerConfig {
    /// 10 s for a head, 120 s without progress, 25 s to drain, 8,192 connections.
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(120),
            drain_timeout: Duration::from_secs(25),
            max_connections: 8_192,
        }
    }
}

/// Largest request head, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Most streams of one HTTP/2 connection at once.
const MAX_STREAMS: u32 = 256;
/// How often an HTTP/2 client is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// Pause after a failed accept, which mostly means no free file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Answers the requests of a listener.
pub trait Answers: Send + Sync + 'static {
    /// Answers one request, whatever it asks.
    fn answer(&self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send;
}

impl Answers for Router {
    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        match self.clone().oneshot(request).await {
            Ok(response) => response,
        }
    }
}

/// Serves a listener until `shutdown` is cancelled, then lets requests under way end.
///
/// With `tls` every connection is encrypted and may negotiate `h2` or `http/1.1`, whatever the configuration offers;
/// without, HTTP/2 needs prior knowledge. Each request carries its [`Connection`] as an extension.
/// - `lanes`: where connections are answered.
///
/// # Errors
/// Never for a single connection; only when the listener's own address cannot be read.
pub async fn serve<A: Answers>(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    answers: A,
    config: ListenerConfig,
    lanes: Arc<Lanes>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let connections = TaskTracker::new();
    let room = Arc::new(Semaphore::new(config.max_connections));
    let server = Arc::new(Server {
        answers: Arc::new(answers),
        tls: tls.map(TlsAcceptor::from),
        config,
        shared: lanes.shared(),
        stop: shutdown.clone(),
    });
    tracing::info!(listener.address = %address, listener.tls = server.tls.is_some(), "listening on `{address}`");
    while let Some((stream, peer, permit)) = accept(&listener, &room, &shutdown).await {
        let (server, counted) = (Arc::clone(&server), connections.token());
        lanes.run(stream, peer, move |stream, peer, place| async move {
            server.connection(stream, peer).await;
            drop((place, permit, counted));
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(config.drain_timeout, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!(listener.address = %address, "{} connections did not end in time", connections.len());
    }
    Ok(())
}

/// The next connection; absent when it is time to stop.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    loop {
        let next = async {
            let permit = Arc::clone(room).acquire_owned().await.ok()?;
            match listener.accept().await {
                Ok((stream, peer)) => Some(Some((stream, peer, permit))),
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    Some(None)
                }
            }
        };
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return None,
            accepted = next => {
                if let Some(accepted) = accepted? {
                    return Some(accepted);
                }
            }
        }
    }
}

struct Server<A> {
    answers: Arc<A>,
    tls: Option<TlsAcceptor>,
    config: ListenerConfig,
    shared: Shared,
    stop: CancellationToken,
}

impl<A: Answers> Server<A> {
    async fn connection(&self, stream: TcpStream, peer: SocketAddr) {
        let _without_delay = stream.set_nodelay(true);
        let Some(acceptor) = &self.tls else {
            self.http(Guarded::new(stream, self.patience(), false), peer).await;
            return;
        };
        let handshake = tokio::time::timeout(self.config.header_timeout, acceptor.accept(stream));
        let accepted = tokio::select! {
            () = self.stop.cancelled() => return,
            accepted = handshake => accepted,
        };
        match accepted {
            Ok(Ok(stream)) => {
                let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                self.http(Guarded::new(stream, self.patience(), is_h2), peer).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(&self, stream: Guarded<S>, peer: SocketAddr) {
        let connection = Connection::new(peer, self.tls.is_some());
        let answers = Arc::clone(&self.answers);
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(connection.clone());
            let answers = Arc::clone(&answers);
            async move { Ok::<_, Infallible>(answers.answer(request).await) }
        });
        let builder = self.builder();
        let serving = builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(serving);
        let ended = tokio::select! {
            ended = serving.as_mut() => ended,
            () = self.stop.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    fn patience(&self) -> Patience {
        Patience {
            head: self.config.header_timeout,
            stall: self.config.stall_timeout,
        }
    }

    fn builder(&self) -> Builder<Shared> {
        let mut builder = Builder::new(self.shared.clone());
        // The stream itself holds clients to their time; hyper would set up a timer for each request.
        builder.http1().header_read_timeout(None).max_buf_size(MAX_HEAD_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(self.config.header_timeout)
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX));
        builder
    }
}
