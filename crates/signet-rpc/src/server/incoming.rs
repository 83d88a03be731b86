//! Connections as they come in, no more than there is room for, and who is at their other end.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::{Connected, TcpIncoming};

use crate::tls::{ServerTls, names_of};

/// Longest TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// TLS handshakes under way at a time.
const HANDSHAKES: usize = 256;

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// Where it comes from.
    pub(super) address: SocketAddr,
    /// The names in its certificate, when it showed one that was verified.
    pub(super) names: Arc<[String]>,
}

/// Accepts connections while fewer than `most` are open; others wait in the system's queue.
pub(super) fn connections(
    listener: TcpListener,
    most: usize,
    tls: Option<ServerTls>,
) -> impl Stream<Item = io::Result<Connection>> {
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let places = Arc::new(Semaphore::new(most));
    let accepted = stream::unfold((incoming, places), |(mut incoming, places)| async move {
        let place = Arc::clone(&places).acquire_owned().await.ok()?;
        let accepted = incoming.next().await?;
        Some((accepted.map(|stream| (stream, place)), (incoming, places)))
    });
    let opened = accepted.map(move |accepted| open(accepted, tls.clone()));
    opened.buffer_unordered(HANDSHAKES).filter_map(std::future::ready)
}

/// Makes a connection of a socket. `None`: the handshake failed, which is the other side's affair.
async fn open(
    accepted: io::Result<(TcpStream, OwnedSemaphorePermit)>,
    tls: Option<ServerTls>,
) -> Option<io::Result<Connection>> {
    let (stream, place) = match accepted {
        Ok(accepted) => accepted,
        Err(error) => return Some(Err(error)),
    };
    let address = stream.peer_addr().ok()?;
    let Some(tls) = tls else {
        let peer = Peer {
            address,
            names: Arc::default(),
        };
        let stream = Socket::Plain(stream);
        return Some(Ok(Connection {
            stream,
            peer,
            _place: place,
        }));
    };
    // On a task of its own: the loop that accepts is not to be held up.
    let handshake = tokio::spawn(timeout(HANDSHAKE, TlsAcceptor::from(tls.current()).accept(stream)));
    let stream = match handshake.await.ok()? {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%error, client.ip = %address.ip(), "a TLS handshake failed");
            return None;
        }
        Err(_elapsed) => return None,
    };
    let chain = stream.get_ref().1.peer_certificates();
    let names = chain.and_then(|chain| chain.first()).map(names_of);
    let peer = Peer {
        address,
        names: names.unwrap_or_default().into(),
    };
    let stream = Socket::Encrypted(Box::new(stream));
    Some(Ok(Connection {
        stream,
        peer,
        _place: place,
    }))
}

/// A connection that gives its place back when it is closed.
pub(super) struct Connection {
    stream: Socket,
    peer: Peer,
    _place: OwnedSemaphorePermit,
}

enum Socket {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.peer.clone()
    }
}

/// The same method of whichever stream it is.
macro_rules! either {
    ($connection:expr, $stream:ident => $call:expr) => {
        match &mut $connection.stream {
            Socket::Plain($stream) => $call,
            Socket::Encrypted($stream) => $call,
        }
    };
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_shutdown(context))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write_vectored(context, parts))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Socket::Plain(stream) => stream.is_write_vectored(),
            Socket::Encrypted(stream) => stream.is_write_vectored(),
        }
    }
}
