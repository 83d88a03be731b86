//! A service in other processes: its replicas, and which of them answers a call.
//!
//! A call goes to the replica with the fewest calls under way among those that answer, begun at a rotating place, so
//! that load spreads evenly and a slow replica gets less. A replica counts as answering while one of its connections
//! has answered a health check lately; dead ones are not chosen, and new ones are found by asking the resolver again.

mod body;
mod budget;
mod exchange;
mod line;
mod replica;
mod resolve;
mod send;
mod target;

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::future::BoxFuture;
use http::{Request, Response};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::codegen::Service;

pub(crate) use self::body::Counted;
pub(crate) use self::budget::RetryBudget;
use self::line::Line;
use self::replica::{InFlight, Replica};
pub use self::resolve::{Resolver, SystemResolver};
use self::send::Refused;
pub(crate) use self::send::{Deadline, Short, Unary};
pub(crate) use self::target::Target;
use crate::cluster::ClusterToken;
use crate::tls::ClientTls;

/// Callers that may wait for a replica at a time; others are told at once that there is none.
const WAITING: usize = 1024;

/// How replicas are found, watched and used.
#[derive(Clone)]
pub struct UpstreamOptions {
    /// Tells the addresses behind a name.
    pub resolver: Arc<dyn Resolver>,
    /// How often the resolver is asked again.
    pub resolve_interval: Duration,
    /// Connections to each replica.
    pub connections: usize,
    /// Longest time making a connection may take, with the first answer over it.
    pub connect_timeout: Duration,
    /// How often a connection is asked for life, and how long the answer may take.
    pub probe_interval: Duration,
    /// Calls under way at one replica at a time; more go elsewhere or are turned away with `Overloaded`.
    pub max_calls: usize,
    /// How long callers wait for a replica after the last one went, or at first.
    pub patience: Duration,
}

impl Default for UpstreamOptions {
    /// The system's resolver every 2 s, 2 connections, 5 s to connect, a probe every second, 1,024 calls, 1 s patience.
    fn default() -> Self {
        Self {
            resolver: Arc::new(SystemResolver),
            resolve_interval: Duration::from_secs(2),
            connections: 2,
            connect_timeout: Duration::from_secs(5),
            probe_interval: Duration::from_secs(1),
            max_calls: 1024,
            patience: Duration::from_secs(1),
        }
    }
}

impl fmt::Debug for UpstreamOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamOptions")
            .field("resolve_interval", &self.resolve_interval)
            .field("connections", &self.connections)
            .field("connect_timeout", &self.connect_timeout)
            .field("probe_interval", &self.probe_interval)
            .field("max_calls", &self.max_calls)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// Replicas of a service. Cheap to clone; when the last clone goes, its connections close after their last call.
#[derive(Clone)]
pub struct Upstream {
    pool: Arc<Pool>,
    _stop: Arc<DropGuard>,
}

impl Upstream {
    /// Begins to look for replicas. Must be called inside the runtime.
    pub(crate) fn open(
        name: &'static str,
        targets: Vec<Target>,
        tls: Option<ClientTls>,
        cluster_token: Option<ClusterToken>,
        options: UpstreamOptions,
    ) -> Self {
        let stop = CancellationToken::new();
        let pool = Arc::new(Pool {
            name,
            replicas: ArcSwap::default(),
            turn: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            changed: Notify::new(),
            look_again: Notify::new(),
            down_since: Mutex::new(Some(Instant::now())),
            budget: RetryBudget::default(),
            turned_away: AtomicU64::new(0),
            shared: AtomicU64::new(0),
            tls,
            cluster_token,
            options,
        });
        let following = resolve::follow(Arc::clone(&pool), targets, stop.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(following));
        Self {
            pool,
            _stop: Arc::new(stop.drop_guard()),
        }
    }

    /// At least one replica answers and welcomes calls.
    pub fn is_usable(&self) -> bool {
        self.pool.replicas.load().iter().any(|replica| replica.is_welcoming())
    }

    /// Replicas known, and those of them that answer.
    pub fn replicas(&self) -> (usize, usize) {
        let replicas = self.pool.replicas.load();
        let answering = replicas.iter().filter(|replica| replica.line().is_some()).count();
        (replicas.len(), answering)
    }

    /// What logs and metrics call it.
    pub fn name(&self) -> &'static str {
        self.pool.name
    }

    /// Calls under way at all replicas.
    pub fn in_flight(&self) -> usize {
        self.pool
            .replicas
            .load()
            .iter()
            .map(|replica| replica.in_flight())
            .sum()
    }

    /// Calls made again so far.
    pub fn repeated(&self) -> u64 {
        self.pool.budget.spent()
    }

    /// Calls so far that shared a stream with others instead of having one each.
    pub fn shared(&self) -> u64 {
        self.pool.shared.load(Ordering::Relaxed)
    }

    /// Calls turned away so far: no replica answered, or all were busy.
    pub fn turned_away(&self) -> u64 {
        self.pool.turned_away.load(Ordering::Relaxed)
    }

    pub(crate) fn budget(&self) -> &RetryBudget {
        &self.pool.budget
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("name", &self.pool.name)
            .finish_non_exhaustive()
    }
}

/// The replicas of a service as one service of the transport.
#[derive(Debug, Clone)]
pub(crate) struct Balanced(pub(crate) Upstream);

impl Service<Request<tonic::body::Body>> for Balanced {
    type Response = Response<Counted>;
    type Error = tonic::Status;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    /// Always ready: a call is turned away rather than made to wait here.
    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<tonic::body::Body>) -> Self::Future {
        let pool = Arc::clone(&self.0.pool);
        Box::pin(async move {
            let sent = pool.send(request).await;
            if let Err(Refused::NoReplica | Refused::Full) = &sent {
                pool.turned_away.fetch_add(1, Ordering::Relaxed);
            }
            sent.map_err(Into::into)
        })
    }
}

/// What the clones of an upstream and its tasks share.
struct Pool {
    /// For logs and metrics.
    name: &'static str,
    replicas: ArcSwap<Vec<Arc<Replica>>>,
    /// Where the next choice begins.
    turn: AtomicUsize,
    /// Callers that wait for a replica.
    waiting: AtomicUsize,
    /// Told when a replica begins or ceases to answer.
    changed: Notify,
    /// Told when the resolver may know more than we do.
    look_again: Notify,
    /// Since when no replica answers.
    down_since: Mutex<Option<Instant>>,
    budget: RetryBudget,
    turned_away: AtomicU64,
    shared: AtomicU64,
    tls: Option<ClientTls>,
    /// What opens streams that calls share, where certificates do not.
    cluster_token: Option<ClusterToken>,
    options: UpstreamOptions,
}

/// The lowest is taken: failed just now, does not welcome calls, calls on the way.
type Rank = (bool, bool, usize);

/// A replica for one call, and the connection to it.
struct Picked {
    replica: InFlight,
    line: Arc<Line>,
}

impl Pool {
    /// The replica for the next call; `avoid` is one that just failed and is taken only when there is no other.
    fn pick(&self, avoid: Option<&Arc<Replica>>) -> Result<Picked, Refused> {
        let replicas = self.replicas.load();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % replicas.len().max(1);
        let mut best: Option<(Rank, &Arc<Replica>, Arc<Line>)> = None;
        for replica in replicas.iter().cycle().skip(turn).take(replicas.len()) {
            let Some(line) = replica.line() else { continue };
            let avoided = avoid.is_some_and(|avoid| Arc::ptr_eq(avoid, replica));
            let rank = (avoided, !replica.is_welcoming(), replica.in_flight());
            if best.as_ref().is_none_or(|(known, ..)| rank < *known) {
                best = Some((rank, replica, line));
            }
        }
        let (_, replica, line) = best.ok_or(Refused::NoReplica)?;
        let replica = InFlight::begin(replica, self.options.max_calls).ok_or(Refused::Full)?;
        Ok(Picked { replica, line })
    }

    /// As [`Pool::pick`]; when none answers, it waits a little while, if that did not last too long already.
    async fn pick_patiently(&self, avoid: Option<&Arc<Replica>>) -> Result<Picked, Refused> {
        match self.pick(avoid) {
            Err(Refused::NoReplica) => {}
            picked => return picked,
        }
        let _place = Waiting::begin(&self.waiting).ok_or(Refused::NoReplica)?;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.pick(avoid) {
                Err(Refused::NoReplica) => {}
                picked => return picked,
            }
            let until = self.down_since().map(|since| since + self.options.patience);
            match until {
                Some(until) if timeout_at(until, changed).await.is_err() => return Err(Refused::NoReplica),
                Some(_) => {}
                // It has just come back, and the next choice sees it.
                None => tokio::task::yield_now().await,
            }
        }
    }

    fn down_since(&self) -> Option<Instant> {
        *self.down_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note that a replica began or ceased to answer.
    fn note_change(&self) {
        let up = self.replicas.load().iter().any(|replica| replica.line().is_some());
        let mut down_since = self.down_since.lock().unwrap_or_else(PoisonError::into_inner);
        match (up, &*down_since) {
            (true, Some(_)) => *down_since = None,
            (false, None) => {
                *down_since = Some(Instant::now());
                tracing::warn!(upstream = self.name, "no replica answers any more");
            }
            _ => {}
        }
        drop(down_since);
        self.changed.notify_waiters();
    }
}

/// A place among those who wait.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Option<Self> {
        let waiting = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < WAITING).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
