//! Jobs in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::{MemoryStore, lock};
use crate::error::StoreError;
use crate::jobs::{Enqueued, JobEnd, JobKey, JobRow, JobState, JobStore, NewJob};

#[derive(Debug, Default)]
pub(super) struct State {
    jobs: BTreeMap<JobKey, JobRow>,
}

impl State {
    fn enqueue(&mut self, job: NewJob, capacity: u64) -> Enqueued {
        if self.jobs.contains_key(&job.key) {
            return Enqueued::AlreadyThere;
        }
        let is_beside = |other: &&JobRow| {
            other.key.tenant == job.key.tenant && other.key.queue == job.key.queue && !is_finished(other)
        };
        let beside = self.jobs.values().filter(is_beside).count();
        if u64::try_from(beside).unwrap_or(u64::MAX) >= capacity {
            return Enqueued::NoRoom;
        }
        let row = JobRow {
            key: job.key.clone(),
            payload: job.payload,
            created_at: job.at,
            attempts: 0,
            lost: 0,
            state: JobState::Waiting { from: job.at },
        };
        self.jobs.insert(job.key, row);
        Enqueued::Queued
    }

    fn lease(&mut self, queue: &str, lease: Uuid, now: Timestamp, until: Timestamp) -> Option<JobRow> {
        let of_queue = self.jobs.values_mut().filter(|row| row.key.queue == queue);
        let available = of_queue.filter_map(|row| {
            let at = available_at(&row.state)?;
            (at <= now).then_some((at, row))
        });
        let (_, row) = available.min_by_key(|(at, _)| *at)?;
        row.attempts = row.attempts.saturating_add(1);
        let is_lost = matches!(row.state, JobState::Leased { .. });
        row.lost = row.lost.saturating_add(u32::from(is_lost));
        row.state = JobState::Leased { lease, until };
        Some(row.clone())
    }

    /// The job, if it is leased under this lease.
    fn leased(&mut self, key: &JobKey, lease: Uuid) -> Option<&mut JobRow> {
        let row = self.jobs.get_mut(key)?;
        matches!(row.state, JobState::Leased { lease: held, .. } if held == lease).then_some(row)
    }

    fn set(&mut self, key: &JobKey, lease: Uuid, state: JobState) -> bool {
        let Some(row) = self.leased(key, lease) else {
            return false;
        };
        row.state = state;
        true
    }
}

fn is_finished(row: &JobRow) -> bool {
    matches!(row.state, JobState::Finished { .. })
}

fn available_at(state: &JobState) -> Option<Timestamp> {
    match state {
        JobState::Waiting { from } => Some(*from),
        JobState::Leased { until, .. } => Some(*until),
        JobState::Finished { .. } => None,
    }
}

#[async_trait]
impl JobStore for MemoryStore {
    async fn enqueue_job(&self, job: NewJob, capacity: u64) -> Result<Enqueued, StoreError> {
        Ok(lock(&self.jobs).enqueue(job, capacity))
    }

    async fn lease_job(
        &self,
        queue: &str,
        lease: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JobRow>, StoreError> {
        Ok(lock(&self.jobs).lease(queue, lease, now, until))
    }

    async fn extend_job(&self, key: &JobKey, lease: Uuid, until: Timestamp) -> Result<bool, StoreError> {
        Ok(lock(&self.jobs).set(key, lease, JobState::Leased { lease, until }))
    }

    async fn retry_job(&self, key: &JobKey, lease: Uuid, from: Timestamp) -> Result<bool, StoreError> {
        Ok(lock(&self.jobs).set(key, lease, JobState::Waiting { from }))
    }

    async fn finish_job(&self, key: &JobKey, lease: Uuid, end: JobEnd) -> Result<bool, StoreError> {
        let mut state = lock(&self.jobs);
        match end {
            JobEnd::Keep { result, until } => {
                let finished = JobState::Finished {
                    result,
                    keep_until: until,
                };
                Ok(state.set(key, lease, finished))
            }
            JobEnd::Forget => {
                let is_leased = state.leased(key, lease).is_some();
                if is_leased {
                    state.jobs.remove(key);
                }
                Ok(is_leased)
            }
        }
    }

    async fn find_job(&self, key: &JobKey) -> Result<Option<JobRow>, StoreError> {
        Ok(lock(&self.jobs).jobs.get(key).cloned())
    }

    async fn count_jobs(&self, queue: &str) -> Result<u64, StoreError> {
        let state = lock(&self.jobs);
        let of_queue = state
            .jobs
            .iter()
            .filter(|(key, row)| key.queue == queue && !is_finished(row));
        Ok(of_queue.count() as u64)
    }

    async fn purge_jobs(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut state = lock(&self.jobs);
        let before = state.jobs.len();
        let is_kept = |row: &JobRow| !matches!(row.state, JobState::Finished { keep_until, .. } if keep_until < now);
        state.jobs.retain(|_, row| is_kept(row));
        Ok(u64::try_from(before - state.jobs.len()).unwrap_or(u64::MAX))
    }
}
