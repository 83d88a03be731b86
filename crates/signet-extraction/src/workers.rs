//! Workers: they lease jobs from the store and carry them out. Any number of processes may have some.

use std::future::Future;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use signet_store::{JobEnd, JobRow, StoreError};
use tracing::Instrument;
use uuid::Uuid;

use crate::Extraction;
use crate::commands::{assign_job, extract_job};
use crate::deferred::EXTRACT;
use crate::source::ContentSource;

/// Queue of labels to be written.
pub(crate) const ASSIGN: &str = "assign";
/// How long a worker waits for policies.
const POLICY_WAIT: Duration = Duration::from_secs(10);
/// How often the lengths of the queues are looked at.
const QUEUES_WATCHED_EVERY: Duration = Duration::from_secs(15);
/// Pause before a job is tried again, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// A file is not written for so long; one that nobody has touched for this time is nobody's.
const LONGEST_WRITE: SignedDuration = SignedDuration::from_hours(1);
/// Drives are searched for such files when they are first used, and then once in so many rounds of tidying.
const ROUNDS_BETWEEN_SWEEPS: u32 = 60;
/// Uploads that expired and are removed in one round.
const EXPIRED_AT_ONCE: u32 = 100;

/// What became of a job this time.
pub(crate) enum Outcome {
    /// It is over.
    End(JobEnd),
    /// It is to be tried again, after a pause that grows.
    Retry,
    /// It is to be tried again after this pause.
    RetryAfter(Duration),
}

impl Extraction {
    /// Works until dropped: finishes deferred files, writes labels, and removes what is over. What is under way when it
    /// is dropped is taken up again by whoever works next.
    pub async fn work(&self) {
        let readers = self.config.background_concurrency.max(1);
        let writers = self.config.assign_concurrency.max(1);
        let reading = (0..readers).map(|_| self.work_on(EXTRACT));
        let writing = (0..writers).map(|_| self.work_on(ASSIGN));
        let (_, _, (), ()) = tokio::join!(
            futures::future::join_all(reading),
            futures::future::join_all(writing),
            self.tidy(),
            self.watch_queues()
        );
    }

    /// Unfinished jobs by queue, of all tenants and processes, as they were counted last; nothing before the first count.
    pub fn unfinished_jobs(&self) -> Vec<(&'static str, u64)> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn watch_queues(&self) {
        loop {
            if let Err(error) = self.count_queues().await {
                tracing::warn!(%error, "the queues cannot be counted");
            }
            tokio::time::sleep(QUEUES_WATCHED_EVERY).await;
        }
    }

    pub(crate) async fn count_queues(&self) -> Result<(), StoreError> {
        let mut counts = Vec::new();
        for queue in [EXTRACT, ASSIGN] {
            counts.push((queue, self.jobs.count_jobs(queue).await?));
        }
        *self.unfinished.lock().unwrap_or_else(PoisonError::into_inner) = counts;
        Ok(())
    }

    async fn work_on(&self, queue: &'static str) {
        loop {
            match self.run_job(queue).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, queue, "a worker cannot reach its queue"),
            }
            // Woken by a job of this process; those of others are found by looking.
            let wake = if queue == EXTRACT {
                &self.wake_readers
            } else {
                &self.wake_writers
            };
            let _woken = tokio::time::timeout(self.config.job_poll, wake.notified()).await;
        }
    }

    /// Leases one job and carries it out. False: none was available.
    pub(crate) async fn run_job(&self, queue: &'static str) -> Result<bool, StoreError> {
        let lease = self.ids.next_id();
        let now = self.clock.now();
        let until = now.saturating_add(length(self.config.job_lease)).unwrap_or(now);
        let Some(job) = self.jobs.lease_job(queue, lease, now, until).await? else {
            return Ok(false);
        };
        let span = tracing::info_span!("extraction.job", queue, tenant.id = %job.key.tenant, attempt = job.attempts);
        self.carry_out(queue, &job, lease).instrument(span).await?;
        Ok(true)
    }

    async fn carry_out(&self, queue: &'static str, job: &JobRow, lease: Uuid) -> Result<(), StoreError> {
        let work = async {
            match queue {
                EXTRACT => extract_job::run(self, job).await,
                _ => assign_job::run(self, job).await,
            }
        };
        let Some(outcome) = self.while_leased(job, lease, work).await? else {
            tracing::info!("a job was taken over by another worker");
            return Ok(());
        };
        let now = self.clock.now();
        let pause = match outcome {
            Outcome::End(end) => {
                self.jobs.finish_job(&job.key, lease, end).await?;
                return Ok(());
            }
            Outcome::Retry => pause(job.attempts),
            Outcome::RetryAfter(pause) => pause,
        };
        let from = now.saturating_add(length(pause)).unwrap_or(now);
        self.jobs.retry_job(&job.key, lease, from).await.map(drop)
    }

    /// Does work while the lease is kept. `None`: it was lost, and the work was dropped.
    async fn while_leased<T>(
        &self,
        job: &JobRow,
        lease: Uuid,
        work: impl Future<Output = T>,
    ) -> Result<Option<T>, StoreError> {
        tokio::pin!(work);
        loop {
            let pulse = tokio::time::sleep(self.config.job_lease / 3);
            tokio::select! {
                done = &mut work => return Ok(Some(done)),
                () = pulse => {}
            }
            let now = self.clock.now();
            let until = now.saturating_add(length(self.config.job_lease)).unwrap_or(now);
            if !self.jobs.extend_job(&job.key, lease, until).await? {
                return Ok(None);
            }
        }
    }

    async fn tidy(&self) {
        let mut rounds = 0_u32;
        loop {
            if let Err(error) = self.remove_expired().await {
                tracing::warn!(%error, "what is over cannot be removed");
            }
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(ROUNDS_BETWEEN_SWEEPS) {
                let open: Vec<_> = self.sources.iter().map(|(_, source)| source).collect();
                for source in open {
                    self.sweep(source.as_ref()).await;
                }
            }
            tokio::time::sleep(self.config.tidy_interval).await;
        }
    }

    /// Removes files from a drive that a process which died was writing.
    pub(crate) async fn sweep(&self, source: &dyn ContentSource) {
        let now = self.clock.now();
        let before = now.saturating_sub(LONGEST_WRITE).unwrap_or(now);
        match source.sweep(before).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "files that were never finished are removed"),
            Err(error) => tracing::debug!(%error, "a drive cannot be searched for what was never finished"),
        }
    }

    /// Removes results nobody may ask for any more, and uploads that expired.
    pub(crate) async fn remove_expired(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.jobs.purge_jobs(now).await?;
        for upload in self.uploads.expired_uploads(now, EXPIRED_AT_ONCE).await? {
            crate::commands::uploads::discard(self, &upload).await?;
        }
        Ok(())
    }

    /// When a worker gives up waiting for another service.
    pub(crate) fn worker_deadline() -> Instant {
        Instant::now() + POLICY_WAIT
    }
}

fn pause(attempts: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled.min(LONGEST_PAUSE)
}

pub(crate) fn length(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
