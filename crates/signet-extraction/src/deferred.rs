//! Files that take longer than a caller waits: queued in the store, and finished by whichever worker is free.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use signet_store::{Enqueued, JobKey, JobStore, NewJob};
use tokio::sync::Notify;

use crate::answers::AnswerKey;
use crate::error::ExtractionError;

/// Queue of files to be read.
pub(crate) const EXTRACT: &str = "extract";

/// What a worker is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExtractPayload {
    pub(crate) drive_id: String,
    pub(crate) item_id: String,
}

/// The queue of files to be read.
pub(crate) struct Deferred {
    jobs: Arc<dyn JobStore>,
    wake: Arc<Notify>,
    capacity: u64,
}

impl Deferred {
    pub(crate) fn new(jobs: Arc<dyn JobStore>, wake: Arc<Notify>, capacity: usize) -> Self {
        Self {
            jobs,
            wake,
            capacity: u64::try_from(capacity).unwrap_or(u64::MAX),
        }
    }

    /// Work on this version waits or is under way. A store that does not answer counts as no: the file is read then.
    pub(crate) async fn contains(&self, key: &AnswerKey) -> bool {
        match self.jobs.find_job(&job_key(key)).await {
            Ok(job) => job.is_some(),
            Err(error) => {
                tracing::warn!(%error, "the queue of files cannot be read");
                false
            }
        }
    }

    /// Queues a version, to be worked on from `at` on. Once this returned, the work will be done.
    ///
    /// # Errors
    /// `Overloaded` when the tenant's queue is full; `Store`.
    pub(crate) async fn submit(
        &self,
        key: &AnswerKey,
        at: Timestamp,
        delay: SignedDuration,
    ) -> Result<(), ExtractionError> {
        let payload = ExtractPayload {
            drive_id: key.drive.drive_id.clone(),
            item_id: key.item_id.clone(),
        };
        let job = NewJob {
            key: job_key(key),
            payload: serde_json::to_string(&payload).map_err(|_| ExtractionError::Internal)?,
            at: at.saturating_add(delay).unwrap_or(at),
        };
        match self.jobs.enqueue_job(job, self.capacity).await? {
            Enqueued::NoRoom => Err(ExtractionError::Overloaded),
            Enqueued::Queued | Enqueued::AlreadyThere => {
                self.wake.notify_one();
                Ok(())
            }
        }
    }
}

fn job_key(key: &AnswerKey) -> JobKey {
    let version = &key.version;
    JobKey {
        tenant: key.drive.tenant,
        queue: EXTRACT.to_owned(),
        name: format!(
            "{}/{}/{}/{}/{}",
            key.drive.drive_id, key.item_id, version.content_tag, version.extension, version.extractor_version
        ),
    }
}
