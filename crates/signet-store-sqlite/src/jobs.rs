//! Jobs in SQLite.

use async_trait::async_trait;
use jiff::Timestamp;
use signet_store::{Enqueued, JobEnd, JobKey, JobRow, JobState, JobStore, NewJob, StoreError};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use tracing::instrument;
use uuid::Uuid;

use crate::SqliteStore;
use crate::error::store_error;
use crate::transaction::WriteTransaction;
use crate::values::{bytes, from_column, from_nanoseconds, nanoseconds, tenant_id, to_column};

pub(crate) const COUNT: &str = "SELECT COUNT(*) FROM jobs WHERE queue = $1 AND available_ns IS NOT NULL";

#[async_trait]
impl JobStore for SqliteStore {
    #[instrument(name = "store.job.enqueue", level = "debug", skip_all, fields(tenant.id = %job.key.tenant))]
    async fn enqueue_job(&self, job: NewJob, capacity: u64) -> Result<Enqueued, StoreError> {
        let mut transaction = self.begin_write().await?;
        let refused = refusal(&mut transaction, &job.key, capacity).await?;
        if let Some(refused) = refused {
            transaction.rollback().await?;
            return Ok(refused);
        }
        sqlx::query(include_str!("sql/enqueue_job.sql"))
            .bind(job.key.tenant.to_string())
            .bind(&job.key.queue)
            .bind(&job.key.name)
            .bind(&job.payload)
            .bind(nanoseconds(job.at))
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await?;
        Ok(Enqueued::Queued)
    }

    #[instrument(name = "store.job.lease", level = "debug", skip_all)]
    async fn lease_job(
        &self,
        queue: &str,
        lease: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JobRow>, StoreError> {
        if !self.is_any_available(queue, now).await? {
            return Ok(None);
        }
        let mut transaction = self.begin_write().await?;
        let row = sqlx::query(include_str!("sql/lease_job.sql"))
            .bind(queue)
            .bind(bytes(lease))
            .bind(nanoseconds(now))
            .bind(nanoseconds(until))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await?;
        row.as_ref().map(read_job).transpose()
    }

    #[instrument(name = "store.job.extend", level = "debug", skip_all, fields(tenant.id = %key.tenant))]
    async fn extend_job(&self, key: &JobKey, lease: Uuid, until: Timestamp) -> Result<bool, StoreError> {
        self.set_leased(key, lease, JobState::Leased { lease, until }).await
    }

    #[instrument(name = "store.job.retry", level = "debug", skip_all, fields(tenant.id = %key.tenant))]
    async fn retry_job(&self, key: &JobKey, lease: Uuid, from: Timestamp) -> Result<bool, StoreError> {
        self.set_leased(key, lease, JobState::Waiting { from }).await
    }

    #[instrument(name = "store.job.finish", level = "debug", skip_all, fields(tenant.id = %key.tenant))]
    async fn finish_job(&self, key: &JobKey, lease: Uuid, end: JobEnd) -> Result<bool, StoreError> {
        if let JobEnd::Keep { result, until } = end {
            let keep_until = until;
            return self
                .set_leased(key, lease, JobState::Finished { result, keep_until })
                .await;
        }
        let mut transaction = self.begin_write().await?;
        let deleted = sqlx::query("DELETE FROM jobs WHERE tenant_id = $1 AND queue = $2 AND name = $3 AND lease = $4")
            .bind(key.tenant.to_string())
            .bind(&key.queue)
            .bind(&key.name)
            .bind(bytes(lease))
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await?;
        Ok(deleted.rows_affected() > 0)
    }

    #[instrument(name = "store.job.find", level = "debug", skip_all, fields(tenant.id = %key.tenant))]
    async fn find_job(&self, key: &JobKey) -> Result<Option<JobRow>, StoreError> {
        let row = sqlx::query(include_str!("sql/find_job.sql"))
            .bind(key.tenant.to_string())
            .bind(&key.queue)
            .bind(&key.name)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        row.as_ref().map(read_job).transpose()
    }

    #[instrument(name = "store.job.count", level = "debug", skip_all)]
    async fn count_jobs(&self, queue: &str) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(COUNT)
            .bind(queue)
            .fetch_one(&self.readers)
            .await
            .map_err(store_error)?;
        from_column(count, "count of jobs")
    }

    #[instrument(name = "store.job.purge", level = "debug", skip_all)]
    async fn purge_jobs(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.begin_write().await?;
        let purged = sqlx::query("DELETE FROM jobs WHERE keep_until_ns < $1")
            .bind(nanoseconds(now))
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await?;
        Ok(purged.rows_affected())
    }
}

impl SqliteStore {
    /// Asked before writing, because workers ask often and mostly for nothing.
    async fn is_any_available(&self, queue: &str, now: Timestamp) -> Result<bool, StoreError> {
        let any: Option<i64> = sqlx::query_scalar("SELECT 1 FROM jobs WHERE queue = $1 AND available_ns <= $2 LIMIT 1")
            .bind(queue)
            .bind(nanoseconds(now))
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        Ok(any.is_some())
    }

    async fn set_leased(&self, key: &JobKey, lease: Uuid, state: JobState) -> Result<bool, StoreError> {
        let (available, held, result, keep_until) = match state {
            JobState::Waiting { from } => (Some(from), None, None, None),
            JobState::Leased { lease, until } => (Some(until), Some(lease), None, None),
            JobState::Finished { result, keep_until } => (None, None, Some(result), Some(keep_until)),
        };
        let mut transaction = self.begin_write().await?;
        let changed = sqlx::query(include_str!("sql/set_leased_job.sql"))
            .bind(key.tenant.to_string())
            .bind(&key.queue)
            .bind(&key.name)
            .bind(bytes(lease))
            .bind(available.map(nanoseconds))
            .bind(held.map(bytes))
            .bind(result)
            .bind(keep_until.map(nanoseconds))
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await?;
        Ok(changed.rows_affected() > 0)
    }
}

/// Why a job is not added; absent: it may be.
async fn refusal(
    transaction: &mut WriteTransaction,
    key: &JobKey,
    capacity: u64,
) -> Result<Option<Enqueued>, StoreError> {
    let same: Option<i64> = sqlx::query_scalar("SELECT 1 FROM jobs WHERE tenant_id = $1 AND queue = $2 AND name = $3")
        .bind(key.tenant.to_string())
        .bind(&key.queue)
        .bind(&key.name)
        .fetch_optional(&mut **transaction)
        .await
        .map_err(store_error)?;
    if same.is_some() {
        return Ok(Some(Enqueued::AlreadyThere));
    }
    let beside: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM jobs WHERE tenant_id = $1 AND queue = $2 AND available_ns IS NOT NULL",
    )
    .bind(key.tenant.to_string())
    .bind(&key.queue)
    .fetch_one(&mut **transaction)
    .await
    .map_err(store_error)?;
    Ok((beside >= to_column(capacity)).then_some(Enqueued::NoRoom))
}

fn read_job(row: &SqliteRow) -> Result<JobRow, StoreError> {
    let count = |column: &str| {
        let number: i64 = row.try_get(column).map_err(store_error)?;
        u32::try_from(number).map_err(|_| StoreError::corrupt(format!("job {column}")))
    };
    Ok(JobRow {
        key: JobKey {
            tenant: tenant_id(row.try_get("tenant_id").map_err(store_error)?)?,
            queue: row.try_get("queue").map_err(store_error)?,
            name: row.try_get("name").map_err(store_error)?,
        },
        payload: row.try_get("payload").map_err(store_error)?,
        created_at: from_nanoseconds(row.try_get("created_ns").map_err(store_error)?)?,
        attempts: count("attempts")?,
        lost: count("lost")?,
        state: read_state(row)?,
    })
}

fn read_state(row: &SqliteRow) -> Result<JobState, StoreError> {
    let available: Option<i64> = row.try_get("available_ns").map_err(store_error)?;
    let lease: Option<&[u8]> = row.try_get("lease").map_err(store_error)?;
    match (available, lease) {
        (Some(until), Some(lease)) => Ok(JobState::Leased {
            lease: Uuid::from_slice(lease).map_err(|_| StoreError::corrupt("job lease"))?,
            until: from_nanoseconds(until)?,
        }),
        (Some(from), None) => Ok(JobState::Waiting {
            from: from_nanoseconds(from)?,
        }),
        (None, _) => Ok(JobState::Finished {
            result: row.try_get("result").map_err(store_error)?,
            keep_until: from_nanoseconds(row.try_get("keep_until_ns").map_err(store_error)?)?,
        }),
    }
}
