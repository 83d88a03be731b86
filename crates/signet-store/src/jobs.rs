//! Work that outlives the request and the process that asked for it.
//!
//! A job waits, is leased by one worker for a time, and ends: forgotten, or finished with a result that is kept for
//! whoever asks how it went. A worker that dies loses its lease when the time is over, and the job is leased again; so
//! every job is carried out at least once, and carrying it out must be safe to repeat.

use async_trait::async_trait;
use jiff::Timestamp;
use signet_domain::ids::TenantId;
use uuid::Uuid;

use crate::error::StoreError;

/// What makes a job the same job: asked for twice, it is there once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobKey {
    /// Whose.
    pub tenant: TenantId,
    /// Which workers carry it out, e.g. `extract`.
    pub queue: String,
    /// Its name within tenant and queue.
    pub name: String,
}

/// A job to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Which.
    pub key: JobKey,
    /// What to do, as JSON of the service that does it.
    pub payload: String,
    /// When it was asked for; it may be leased from then on.
    pub at: Timestamp,
}

/// What became of a job given to [`JobStore::enqueue_job`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It waits.
    Queued,
    /// A job of this key is there, in whatever state, and stays as it is.
    AlreadyThere,
    /// The tenant has as many unfinished jobs in this queue as it may have.
    NoRoom,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It may be leased from this instant on.
    Waiting {
        /// The instant.
        from: Timestamp,
    },
    /// A worker has it.
    Leased {
        /// Id of the lease.
        lease: Uuid,
        /// Until then; afterwards another worker may take it.
        until: Timestamp,
    },
    /// It is over.
    Finished {
        /// How it ended, as JSON of the service that did it.
        result: String,
        /// [`JobStore::purge_jobs`] forgets it after this instant.
        keep_until: Timestamp,
    },
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Which.
    pub key: JobKey,
    /// What to do.
    pub payload: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// How often it was leased.
    pub attempts: u32,
    /// How often a lease ended without the job being given back: its worker died or hung.
    pub lost: u32,
    /// Where it stands.
    pub state: JobState,
}

/// How a job ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// It is forgotten, and may be enqueued anew.
    Forget,
    /// Its result is kept.
    Keep {
        /// JSON of the service.
        result: String,
        /// Until when.
        until: Timestamp,
    },
}

/// Keeps jobs. Every method is one transaction.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Adds a job unless one of its key is there. `capacity`: unfinished jobs the tenant may have in this queue,
    /// counting this one.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn enqueue_job(&self, job: NewJob, capacity: u64) -> Result<Enqueued, StoreError>;

    /// Gives a worker the job of a queue that has been available for longest, of any tenant: one that waits since
    /// `from <= now`, or whose lease ended (`until <= now`). It counts as an attempt and is leased under `lease` until
    /// `until`. Two callers never get the same job. `None`: nothing is available.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn lease_job(
        &self,
        queue: &str,
        lease: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JobRow>, StoreError>;

    /// Keeps a lease for longer. False: the job is not leased under `lease` any more.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn extend_job(&self, key: &JobKey, lease: Uuid, until: Timestamp) -> Result<bool, StoreError>;

    /// Gives a leased job back, to be leased again from `from` on. False: it is not leased under `lease` any more.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn retry_job(&self, key: &JobKey, lease: Uuid, from: Timestamp) -> Result<bool, StoreError>;

    /// Ends a leased job. False: it is not leased under `lease` any more, and nothing changed.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn finish_job(&self, key: &JobKey, lease: Uuid, end: JobEnd) -> Result<bool, StoreError>;

    /// A job as it stands. `None`: there is none of this key.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn find_job(&self, key: &JobKey) -> Result<Option<JobRow>, StoreError>;

    /// Unfinished jobs of a queue, of all tenants: those that wait and those that are leased.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn count_jobs(&self, queue: &str) -> Result<u64, StoreError>;

    /// Forgets finished jobs of all tenants whose results were to be kept until before `now`, and says how many.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn purge_jobs(&self, now: Timestamp) -> Result<u64, StoreError>;
}
