//! A decision log that writes the records of concurrent callers together.

use std::sync::Arc;

use async_trait::async_trait;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{Instrument, Span, debug_span, instrument};

use crate::{DecisionFilter, DecisionLog, StoreError};

/// Most calls written in one transaction.
const CALLS_AT_ONCE: usize = 512;

/// Collects the records of calls that wait at the same time into one write of the log behind it.
///
/// A call returns when its records are as durable as the log behind makes them, never before. Calls wait in a bounded
/// queue: when the log is slower than its callers they are slowed down, and no record is dropped.
pub struct BatchingDecisionLog {
    queue: mpsc::Sender<Call>,
    inner: Arc<dyn DecisionLog>,
}

struct Call {
    records: Vec<DecisionRecord>,
    /// What waits for the write.
    span: Span,
    answer: oneshot::Sender<Result<Vec<u64>, StoreError>>,
}

impl BatchingDecisionLog {
    /// A queue of at most `capacity` waiting calls in front of a log. The handle ends when the log has been dropped
    /// and everything queued is written. Must be called inside a runtime.
    pub fn start(inner: Arc<dyn DecisionLog>, capacity: usize) -> (Self, JoinHandle<()>) {
        let (queue, calls) = mpsc::channel(capacity.max(1));
        let writer = tokio::spawn(write_calls(calls, inner.clone()));
        (Self { queue, inner }, writer)
    }

    /// The queue, for whoever watches its length.
    pub fn queue(&self) -> DecisionQueue {
        DecisionQueue(self.queue.downgrade())
    }
}

/// Looks at the queue of a log without keeping it open.
#[derive(Clone)]
pub struct DecisionQueue(mpsc::WeakSender<Call>);

impl DecisionQueue {
    /// Calls that wait to be written; zero once the log is gone.
    pub fn waiting(&self) -> usize {
        self.0
            .upgrade()
            .map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }
}

async fn write_calls(mut calls: mpsc::Receiver<Call>, log: Arc<dyn DecisionLog>) {
    let mut waiting = Vec::new();
    while calls.recv_many(&mut waiting, CALLS_AT_ONCE).await > 0 {
        gather(&mut calls, &mut waiting).await;
        write_together(std::mem::take(&mut waiting), &*log).await;
    }
}

/// Lets others run for as long as each turn brings further calls: a write costs about the same for one record as for
/// many, and who is about to call need not wait for the write after the next. Where nobody else has work, this takes
/// one turn.
async fn gather(calls: &mut mpsc::Receiver<Call>, waiting: &mut Vec<Call>) {
    loop {
        let before = waiting.len();
        tokio::task::yield_now().await;
        while waiting.len() < CALLS_AT_ONCE
            && let Ok(call) = calls.try_recv()
        {
            waiting.push(call);
        }
        if waiting.len() == before {
            return;
        }
    }
}

async fn write_together(calls: Vec<Call>, log: &dyn DecisionLog) {
    let mut records = Vec::with_capacity(calls.len());
    let mut answers = Vec::with_capacity(calls.len());
    let span = write_span(&calls);
    for call in calls {
        answers.push((call.records.len(), call.answer));
        records.extend(call.records);
    }
    match log.append(records).instrument(span).await {
        Ok(sequences) => {
            let mut sequences = sequences.into_iter();
            for (count, answer) in answers {
                // A caller who went away does not need his numbers; his records are written all the same.
                let _ = answer.send(Ok(sequences.by_ref().take(count).collect()));
            }
        }
        Err(error) => {
            let shared = Arc::new(error);
            for (_, answer) in answers {
                let _ = answer.send(Err(repeated(&shared)));
            }
        }
    }
}

/// One write belongs to many traces: it is part of the first, and the others are named by it.
fn write_span(calls: &[Call]) -> Span {
    let mut waiting = calls.iter().map(|call| &call.span);
    let first = waiting.next().and_then(Span::id);
    let span = debug_span!(parent: first, "store.decision.write", calls = calls.len());
    waiting.for_each(|other| {
        span.follows_from(other);
    });
    span
}

/// The same failure for every caller of a batch.
fn repeated(error: &Arc<StoreError>) -> StoreError {
    match &**error {
        StoreError::Full => StoreError::Full,
        StoreError::Unavailable(_) => StoreError::unavailable(error.clone()),
        StoreError::Corrupt { what } => StoreError::Corrupt { what: what.clone() },
        StoreError::Conflict { what } => StoreError::Conflict { what: what.clone() },
        StoreError::Invalid { what } => StoreError::Invalid { what: what.clone() },
    }
}

#[async_trait]
impl DecisionLog for BatchingDecisionLog {
    #[instrument(name = "store.decision.record", level = "debug", skip_all, fields(decision.count = records.len()))]
    async fn append(&self, records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError> {
        let (answer, written) = oneshot::channel();
        let gone = || StoreError::unavailable("the writer of the decision log has ended");
        let span = Span::current();
        let call = Call { records, span, answer };
        self.queue.send(call).await.map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &DecisionFilter,
        after_sequence: u64,
        limit: u32,
        descending: bool,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        self.inner.list(tenant, filter, after_sequence, limit, descending).await
    }

    async fn latest_sequence(&self, tenant: TenantId) -> Result<u64, StoreError> {
        self.inner.latest_sequence(tenant).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use signet_domain::ids::TenantId;
    use signet_domain::record::DecisionRecord;
    use tokio::sync::Semaphore;

    use super::BatchingDecisionLog;
    use crate::conformance::{self, samples};
    use crate::{DecisionFilter, DecisionLog, MemoryStore, StoreError};

    #[tokio::test]
    async fn it_is_a_decision_log() {
        conformance::decision_log::run(async || BatchingDecisionLog::start(Arc::new(MemoryStore::new()), 16).0).await;
    }

    /// A log that waits for a permit before each write and remembers how large the writes were.
    struct Slow {
        inner: MemoryStore,
        permits: Semaphore,
        sizes: Mutex<Vec<usize>>,
        full: AtomicUsize,
    }

    impl Slow {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                inner: MemoryStore::new(),
                permits: Semaphore::new(0),
                sizes: Mutex::default(),
                full: AtomicUsize::new(0),
            })
        }
    }

    #[async_trait]
    impl DecisionLog for Slow {
        async fn append(&self, records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError> {
            self.permits.acquire().await.unwrap().forget();
            self.sizes.lock().unwrap().push(records.len());
            if self.full.load(Ordering::Relaxed) > 0 {
                return Err(StoreError::Full);
            }
            self.inner.append(records).await
        }

        async fn list(
            &self,
            tenant: TenantId,
            filter: &DecisionFilter,
            after_sequence: u64,
            limit: u32,
            descending: bool,
        ) -> Result<Vec<DecisionRecord>, StoreError> {
            self.inner.list(tenant, filter, after_sequence, limit, descending).await
        }

        async fn latest_sequence(&self, tenant: TenantId) -> Result<u64, StoreError> {
            self.inner.latest_sequence(tenant).await
        }
    }

    fn call(log: &Arc<BatchingDecisionLog>, number: u32) -> tokio::task::JoinHandle<Result<Vec<u64>, StoreError>> {
        let log = log.clone();
        tokio::spawn(async move { log.append(vec![samples::record(samples::tenant(1), number)]).await })
    }

    async fn settle() {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn calls_that_wait_together_are_written_together_and_none_returns_early() {
        let slow = Slow::new();
        let (log, _) = BatchingDecisionLog::start(slow.clone(), 64);
        let log = Arc::new(log);
        let calls: Vec<_> = (1..=20).map(|number| call(&log, number)).collect();
        settle().await;
        assert!(calls.iter().all(|call| !call.is_finished()), "nothing is written yet");
        slow.permits.add_permits(2);
        let mut numbers = Vec::new();
        for call in calls {
            numbers.extend(call.await.unwrap().unwrap());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=20).collect::<Vec<u64>>());
        assert!(slow.sizes.lock().unwrap().len() <= 2, "{:?}", slow.sizes);
    }

    #[tokio::test]
    async fn a_full_queue_slows_callers_down_and_drops_nothing() {
        let slow = Slow::new();
        let (log, _) = BatchingDecisionLog::start(slow.clone(), 2);
        let log = Arc::new(log);
        let calls: Vec<_> = (1..=50).map(|number| call(&log, number)).collect();
        settle().await;
        slow.permits.add_permits(100);
        for call in calls {
            call.await.unwrap().unwrap();
        }
        assert_eq!(slow.latest_sequence(samples::tenant(1)).await.unwrap(), 50);
    }

    #[tokio::test]
    async fn a_failed_write_fails_every_call_of_it_and_the_next_ones_go_on() {
        let slow = Slow::new();
        let (log, _) = BatchingDecisionLog::start(slow.clone(), 64);
        let log = Arc::new(log);
        slow.full.store(1, Ordering::Relaxed);
        let calls: Vec<_> = (1..=5).map(|number| call(&log, number)).collect();
        slow.permits.add_permits(10);
        for call in calls {
            assert!(matches!(call.await.unwrap(), Err(StoreError::Full)));
        }
        slow.full.store(0, Ordering::Relaxed);
        assert_eq!(call(&log, 6).await.unwrap().unwrap(), [1]);
    }

    #[tokio::test]
    async fn what_is_queued_is_written_before_the_writer_ends() {
        let slow = Slow::new();
        let (log, writer) = BatchingDecisionLog::start(slow.clone(), 64);
        let log = Arc::new(log);
        let calls: Vec<_> = (1..=5).map(|number| call(&log, number)).collect();
        settle().await;
        calls.iter().for_each(tokio::task::JoinHandle::abort);
        drop(log);
        slow.permits.add_permits(10);
        writer.await.unwrap();
        assert_eq!(slow.latest_sequence(samples::tenant(1)).await.unwrap(), 5);
    }
}
