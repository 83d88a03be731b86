//! Lanes: threads with a runtime of their own, each of which answers its HTTP/1.1 connections from first to last.
//!
//! A request mostly waits: for its body, for its record. Where several threads share their work, whichever is free goes
//! on with it, and then what the request holds moves from one processor to the other and its memory is freed where it
//! was not made. That is a quarter of all the time an evaluation takes. What one HTTP/2 connection asks is spread over
//! the shared threads as before: it may be all the load there is.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::rt::Executor;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Where connections are answered. Lanes end when this is dropped, with whatever is still on them.
pub struct Lanes {
    lanes: Vec<Lane>,
    turn: AtomicUsize,
    shared: Handle,
    _stop: DropGuard,
}

struct Lane {
    handle: Handle,
    connections: Arc<AtomicUsize>,
}

/// A place on a lane, until dropped.
pub(super) struct Place(Option<Arc<AtomicUsize>>);

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(connections) = &self.0 {
            connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Lanes {
    /// No lanes: everything is answered by the runtime this is called in.
    pub fn none() -> Self {
        Self {
            lanes: Vec::new(),
            turn: AtomicUsize::new(0),
            shared: Handle::current(),
            _stop: CancellationToken::new().drop_guard(),
        }
    }

    /// A lane for each processor. Must be called inside the runtime that everything else runs in.
    ///
    /// # Errors
    /// When a thread cannot be made.
    pub fn start() -> io::Result<Self> {
        let stop = CancellationToken::new();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let lanes = (0..processors).map(|number| lane(number, stop.clone()));
        Ok(Self {
            lanes: lanes.collect::<io::Result<_>>()?,
            turn: AtomicUsize::new(0),
            shared: Handle::current(),
            _stop: stop.drop_guard(),
        })
    }

    /// Runs the work on an accepted connection: on the lane with the fewest, begun at a rotating one.
    pub(super) fn run<F: Future<Output = ()> + Send + 'static>(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        work: impl FnOnce(TcpStream, SocketAddr, Place) -> F + Send + 'static,
    ) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let waiting = self.lanes.iter().cycle().skip(turn % self.lanes.len().max(1));
        let fewest = waiting
            .take(self.lanes.len())
            .min_by_key(|lane| lane.connections.load(Ordering::Relaxed));
        let Some(lane) = fewest else {
            self.shared.spawn(work(stream, peer, Place(None)));
            return;
        };
        lane.connections.fetch_add(1, Ordering::Relaxed);
        let place = Place(Some(Arc::clone(&lane.connections)));
        // It leaves the runtime that accepted it and joins the lane's.
        let Ok(stream) = stream.into_std() else { return };
        lane.handle.spawn(async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => work(stream, peer, place).await,
                Err(error) => tracing::debug!(%error, "a connection could not be taken over"),
            }
        });
    }

    /// Runs the streams of HTTP/2 connections.
    pub(super) fn shared(&self) -> Shared {
        Shared(self.shared.clone())
    }
}

fn lane(number: usize, stop: CancellationToken) -> io::Result<Lane> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name(format!("signet-lane-{number}"))
        .spawn(move || {
            runtime.block_on(stop.cancelled());
            // Nobody waits for what is left.
            runtime.shutdown_background();
        })?;
    Ok(Lane {
        handle,
        connections: Arc::default(),
    })
}

/// The threads that are shared.
#[derive(Clone)]
pub(super) struct Shared(Handle);

impl<F> Executor<F> for Shared
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, work: F) {
        self.0.spawn(work);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tokio::net::TcpListener;
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    /// A connection, the thread it is on, and how to end it.
    async fn connection(lanes: &Lanes, listener: &TcpListener) -> (TcpStream, String, oneshot::Sender<()>) {
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        let (end, ended) = oneshot::channel::<()>();
        let (thread, mut told) = mpsc::unbounded_channel();
        lanes.run(stream, peer, move |stream, _, place| async move {
            thread
                .send(std::thread::current().name().unwrap_or_default().to_owned())
                .unwrap();
            let _gone = ended.await;
            drop((stream, place));
        });
        (client, told.recv().await.unwrap(), end)
    }

    /// Until a lane has this many connections.
    async fn settle(lanes: &Lanes, wanted: usize) {
        while lanes
            .lanes
            .iter()
            .map(|lane| lane.connections.load(Ordering::Relaxed))
            .sum::<usize>()
            != wanted
        {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn connections_are_spread_evenly_also_when_some_have_ended() {
        let lanes = Lanes::start().unwrap();
        let count = lanes.lanes.len();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut open = Vec::new();
        for _ in 0..3 * count {
            open.push(connection(&lanes, &listener).await);
        }
        let counted = |open: &[(TcpStream, String, oneshot::Sender<()>)]| {
            let mut threads = BTreeMap::new();
            for (_, thread, _) in open {
                *threads.entry(thread.clone()).or_insert(0) += 1;
            }
            threads
        };
        let threads = counted(&open);
        assert_eq!(threads.len(), count, "{threads:?}");
        assert!(
            threads
                .iter()
                .all(|(name, held)| name.starts_with("signet-lane-") && *held == 3),
            "{threads:?}"
        );
        let emptied = open[0].1.clone();
        open.retain(|(_, thread, _)| *thread != emptied);
        settle(&lanes, open.len()).await;
        for _ in 0..3 {
            open.push(connection(&lanes, &listener).await);
        }
        assert_eq!(counted(&open), threads);
    }

    #[tokio::test]
    async fn without_lanes_the_runtime_itself_answers() {
        let lanes = Lanes::none();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = std::thread::current().name().unwrap_or_default().to_owned();
        assert_eq!(connection(&lanes, &listener).await.1, here);
    }
}
