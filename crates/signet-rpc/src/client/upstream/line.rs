//! A connection to a replica: made, asked for life, and made again when it is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use futures::future::BoxFuture;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::body::Body;
use tonic::codegen::Service;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::Pool;
use super::exchange::{Exchange, Opened};
use super::replica::Replica;
use super::target::Target;

/// Shortest and longest pause between attempts to connect.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How long an answer to a health check may take before the connection is given up with the calls on it, in intervals
/// between checks. With the pause before the check, a process that hangs is given up after four intervals at most; one
/// that is only slow keeps its connections as long as it answers within three.
const SILENT: u32 = 3;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An open connection.
pub(super) struct Line {
    sender: SendRequest<Body>,
    welcoming: AtomicBool,
    /// A stream for short calls.
    exchange: ArcSwapOption<Exchange>,
    /// The other side offers no such stream.
    calls_go_alone: AtomicBool,
}

impl Line {
    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// The last health check was answered in time, and not by `NOT_SERVING`.
    pub(super) fn is_welcoming(&self) -> bool {
        self.welcoming.load(Ordering::Relaxed)
    }

    pub(super) fn sender(&self) -> SendRequest<Body> {
        self.sender.clone()
    }

    /// The stream for short calls, where there is one.
    pub(super) fn exchange(&self) -> Option<Arc<Exchange>> {
        self.exchange.load_full()
    }

    /// Opens the stream for short calls, unless it is open or not offered. Without it calls go alone.
    async fn open_exchange(&self, pool: &Pool, target: &Target) {
        let open = self.exchange.load().as_ref().is_some_and(|exchange| exchange.is_open());
        if open || self.calls_go_alone.load(Ordering::Relaxed) {
            return;
        }
        let direct = Direct(self.sender.clone(), target.clone());
        match Exchange::open(direct, pool.cluster_token.as_ref()).await {
            Opened::Stream(exchange) => self.exchange.store(Some(Arc::new(exchange))),
            Opened::Refused => self.calls_go_alone.store(true, Ordering::Relaxed),
            Opened::Lost => {}
        }
    }

    fn note_health(&self, pool: &Pool, replica: &Replica, welcoming: bool) {
        if self.welcoming.swap(welcoming, Ordering::Relaxed) != welcoming {
            tracing::debug!(upstream = pool.name, replica = %replica.address, welcoming, "health changed");
            pool.changed.notify_waiters();
        }
    }
}

/// Keeps one connection to a replica, until dropped. A connection is used once it has answered a health check: a
/// process that hangs still has its connections accepted.
pub(super) async fn keep(pool: Arc<Pool>, replica: Arc<Replica>) {
    let mut pause = RECONNECT.0;
    loop {
        let opened = timeout(pool.options.connect_timeout, open(&pool, &replica)).await;
        match opened.unwrap_or_else(|_elapsed| Err("it took too long".into())) {
            Ok((line, connection)) => {
                let line = Arc::new(line);
                replica.add(&line);
                tracing::debug!(upstream = pool.name, replica = %replica.address, "connected");
                pool.note_change();
                let _out = Published {
                    pool: &pool,
                    replica: &replica,
                    line: &line,
                };
                watch(&pool, &replica, &line, connection).await;
                pause = RECONNECT.0;
            }
            Err(error) => tracing::debug!(upstream = pool.name, replica = %replica.address, error, "cannot connect"),
        }
        pool.look_again.notify_one();
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(RECONNECT.1);
    }
}

/// A connection others may use; taken away when it is lost or nobody keeps it any more.
struct Published<'a> {
    pool: &'a Pool,
    replica: &'a Replica,
    line: &'a Arc<Line>,
}

impl Drop for Published<'_> {
    fn drop(&mut self) {
        self.replica.remove(self.line);
        self.pool.note_change();
    }
}

/// Asks for life until the connection is lost or too long silent.
async fn watch(pool: &Pool, replica: &Replica, line: &Line, mut connection: Connection) {
    let mut silent = 0;
    while silent < SILENT {
        tokio::select! {
            _ended = &mut connection.task => return,
            () = tokio::time::sleep(pool.options.probe_interval) => {}
        }
        let asked = ask(&line.sender, &replica.target);
        tokio::pin!(asked);
        while silent < SILENT {
            let heard = tokio::select! {
                _ended = &mut connection.task => return,
                answer = &mut asked => Some(answer),
                () = tokio::time::sleep(pool.options.probe_interval) => None,
            };
            let welcoming = heard.flatten();
            silent = if welcoming.is_some() { 0 } else { silent + 1 };
            line.note_health(pool, replica, welcoming.unwrap_or(false));
            if heard.is_some() {
                break;
            }
        }
        if line.is_welcoming() {
            // Without an answer calls go alone until the next attempt.
            let _late = timeout(pool.options.probe_interval, line.open_exchange(pool, &replica.target)).await;
        }
    }
    tracing::warn!(upstream = pool.name, replica = %replica.address, "a replica does not answer; its calls are given up");
    connection.cut.cancel();
}

/// The work of a connection.
struct Connection {
    /// Ends with it.
    task: JoinHandle<()>,
    /// Ends it at once, with the calls on it.
    cut: CancellationToken,
}

/// Runs what a connection consists of until it is cut: dropped, it fails the calls on it. They would go on otherwise for
/// as long as the other side keeps its socket open, also when it hangs.
#[derive(Clone)]
struct UntilCut(CancellationToken);

impl<F> Executor<F> for UntilCut
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, work: F) {
        tokio::spawn(self.0.clone().run_until_cancelled_owned(work));
    }
}

async fn open(pool: &Pool, replica: &Replica) -> Result<(Line, Connection), Failure> {
    let stream = TcpStream::connect(replica.address).await?;
    stream.set_nodelay(true)?;
    // Given up before it is open, nothing of it goes on.
    let cut = CancellationToken::new();
    let guard = cut.clone().drop_guard();
    let (sender, task) = match (&replica.target.server_name, &pool.tls) {
        (Some(name), Some(tls)) => {
            let stream = TlsConnector::from(tls.current()).connect(name.clone(), stream).await?;
            if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
                return Err("it does not speak HTTP/2".into());
            }
            speak(stream, &cut).await?
        }
        (Some(_), None) => return Err("there are no certificates to trust".into()),
        (None, _) => speak(stream, &cut).await?,
    };
    let Some(welcoming) = ask(&sender, &replica.target).await else {
        return Err("it does not answer".into());
    };
    let line = Line {
        sender,
        welcoming: AtomicBool::new(welcoming),
        exchange: ArcSwapOption::empty(),
        calls_go_alone: AtomicBool::new(false),
    };
    line.open_exchange(pool, &replica.target).await;
    DropGuard::disarm(guard);
    Ok((line, Connection { task, cut }))
}

async fn speak<S>(stream: S, cut: &CancellationToken) -> Result<(SendRequest<Body>, JoinHandle<()>), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = Builder::new(UntilCut(cut.clone()))
        .handshake(TokioIo::new(stream))
        .await?;
    let connection = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to another service broke");
        }
    });
    Ok((sender, connection))
}

/// Asks `grpc.health.v1`. `None`: no answer. A server that does not offer it is well as long as it says so.
async fn ask(sender: &SendRequest<Body>, target: &Target) -> Option<bool> {
    let request = HealthCheckRequest { service: String::new() };
    let mut client = HealthClient::new(Direct(sender.clone(), target.clone()));
    match client.check(request).await {
        Ok(answer) => Some(answer.into_inner().status() == ServingStatus::Serving),
        Err(status) if std::error::Error::source(&status).is_some() => None,
        Err(status) => Some(status.code() == tonic::Code::Unimplemented),
    }
}

/// One connection as a service, for health checks.
#[derive(Clone)]
struct Direct(SendRequest<Body>, Target);

impl Service<Request<Body>> for Direct {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        address(request.uri_mut(), &self.1);
        Box::pin(self.0.send_request(request))
    }
}

/// Puts where it goes into the path of a method.
pub(super) fn address(uri: &mut Uri, target: &Target) {
    let mut parts = std::mem::take(uri).into_parts();
    parts.scheme = Some(target.scheme.clone());
    parts.authority = Some(target.authority.clone());
    // Scheme, authority and path together are always a URI.
    *uri = Uri::from_parts(parts).unwrap_or_default();
}
