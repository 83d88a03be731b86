//! One process of an upstream.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use super::line::Line;
use super::target::Target;

/// A replica, and its connections that answer.
pub(super) struct Replica {
    pub(super) target: Arc<Target>,
    pub(super) address: SocketAddr,
    lines: ArcSwap<Vec<Arc<Line>>>,
    turn: AtomicUsize,
    in_flight: AtomicUsize,
    left: CancellationToken,
}

impl Replica {
    pub(super) fn new(target: Arc<Target>, address: SocketAddr, left: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            target,
            address,
            lines: ArcSwap::default(),
            turn: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            left,
        })
    }

    pub(super) fn is(&self, target: &Arc<Target>, address: SocketAddr) -> bool {
        Arc::ptr_eq(&self.target, target) && self.address == address
    }

    /// A connection that answers, in turn; `None`: there is none.
    pub(super) fn line(&self) -> Option<Arc<Line>> {
        let lines = self.lines.load();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % lines.len().max(1);
        let mut open = lines
            .iter()
            .cycle()
            .skip(turn)
            .take(lines.len())
            .filter(|line| line.is_open());
        let first = open.next()?;
        let welcoming = |line: &&Arc<Line>| line.is_welcoming();
        Some(Arc::clone(
            [first].into_iter().chain(open).find(welcoming).unwrap_or(first),
        ))
    }

    /// It answers and says that it welcomes calls.
    pub(super) fn is_welcoming(&self) -> bool {
        self.lines
            .load()
            .iter()
            .any(|line| line.is_open() && line.is_welcoming())
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Adds a connection that answers.
    pub(super) fn add(&self, line: &Arc<Line>) {
        self.lines.rcu(|lines| {
            let mut lines = Vec::clone(lines);
            lines.push(Arc::clone(line));
            lines
        });
    }

    /// Takes a connection away; calls on it go on.
    pub(super) fn remove(&self, line: &Arc<Line>) {
        self.lines.rcu(|lines| {
            let others = lines.iter().filter(|known| !Arc::ptr_eq(known, line));
            others.cloned().collect::<Vec<_>>()
        });
    }

    /// It is no longer one of the replicas: no new calls, and its connections close after their last call.
    pub(super) fn leave(&self) {
        self.left.cancel();
        self.lines.store(Arc::default());
    }

    /// Set when it is no longer one of the replicas.
    pub(super) fn left(&self) -> CancellationToken {
        self.left.clone()
    }
}

/// A call under way at a replica.
pub(super) struct InFlight(pub(super) Arc<Replica>);

impl InFlight {
    /// Begins one, unless as many as may be are under way.
    pub(super) fn begin(replica: &Arc<Replica>, most: usize) -> Option<Self> {
        let call = Self(Arc::clone(replica));
        (replica.in_flight.fetch_add(1, Ordering::Relaxed) < most).then_some(call)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
