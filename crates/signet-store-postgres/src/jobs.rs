//! Jobs in PostgreSQL.

use async_trait::async_trait;
use jiff::Timestamp;
use signet_store::{Enqueued, JobEnd, JobKey, JobRow, JobState, JobStore, NewJob, StoreError};
use sqlx::Row;
use sqlx::postgres::PgRow;
use tracing::instrument;
use uuid::Uuid;

use crate::PostgresStore;
use crate::error::store_error;
use crate::session::{Attempts, Repeat, Session, Statement, bounded, fetch};
use crate::values::{from_column, from_nanoseconds, from_text, nanoseconds, tenant_id, to_column, to_text};

#[async_trait]
impl JobStore for PostgresStore {
    #[instrument(name = "store.job.enqueue", level = "debug", skip_all, fields(tenant.id = %job.key.tenant))]
    async fn enqueue_job(&self, job: NewJob, capacity: u64) -> Result<Enqueued, StoreError> {
        bounded(async {
            let mut attempts = Attempts::new(Repeat::Undone);
            loop {
                match self.enqueue_once(&job, to_column(capacity)).await {
                    Err(error) if attempts.again(&error).await => {}
                    answer => return answer.map_err(store_error),
                }
            }
        })
        .await
    }

    #[instrument(name = "store.job.lease", level = "debug", skip_all)]
    async fn lease_job(
        &self,
        queue: &str,
        lease: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JobRow>, StoreError> {
        let statement = || {
            sqlx::query(include_str!("sql/lease_job.sql"))
                .bind(to_text(queue))
                .bind(lease.to_string())
                .bind(nanoseconds(now))
                .bind(nanoseconds(until))
        };
        let rows = fetch(&self.pool, Repeat::Undone, statement).await?;
        rows.first().map(read_job).transpose()
    }

    #[instrument(name = "store.job.extend", level = "debug", skip_all, fields(tenant.id = %key.tenant))]
    async fn extend_job(&self, key: &JobKey, lease: Uuid, until: Timestamp) -> Result<bool, StoreError> {
        self.set_leased(key, lease, &JobState::Leased { lease, until }).await
    }

    #[instrument(name = "store.job.retry", level = "debug", skip_all, fields(tenant.id = %key.tenant))]
    async fn retry_job(&self, key: &JobKey, lease: Uuid, from: Timestamp) -> Result<bool, StoreError> {
        self.set_leased(key, lease, &JobState::Waiting { from }).await
    }

    #[instrument(name = "store.job.finish", level = "debug", skip_all, fields(tenant.id = %key.tenant))]
    async fn finish_job(&self, key: &JobKey, lease: Uuid, end: JobEnd) -> Result<bool, StoreError> {
        match end {
            JobEnd::Keep { result, until } => {
                let keep_until = until;
                self.set_leased(key, lease, &JobState::Finished { result, keep_until })
                    .await
            }
            JobEnd::Forget => {
                let statement =
                    || bind_key(sqlx::query(include_str!("sql/forget_leased_job.sql")), key).bind(lease.to_string());
                let forgotten = fetch(&self.pool, Repeat::Undone, statement).await?;
                Ok(!forgotten.is_empty())
            }
        }
    }

    #[instrument(name = "store.job.find", level = "debug", skip_all, fields(tenant.id = %key.tenant))]
    async fn find_job(&self, key: &JobKey) -> Result<Option<JobRow>, StoreError> {
        let statement = || bind_key(sqlx::query(include_str!("sql/find_job.sql")), key);
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        rows.first().map(read_job).transpose()
    }

    #[instrument(name = "store.job.count", level = "debug", skip_all)]
    async fn count_jobs(&self, queue: &str) -> Result<u64, StoreError> {
        let statement = || sqlx::query(include_str!("sql/count_unfinished_jobs.sql")).bind(to_text(queue));
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        let count = rows.first().map(|row| row.try_get("jobs").map_err(store_error));
        from_column(count.transpose()?.unwrap_or(0), "count of jobs")
    }

    #[instrument(name = "store.job.purge", level = "debug", skip_all)]
    async fn purge_jobs(&self, now: Timestamp) -> Result<u64, StoreError> {
        let statement = || sqlx::query(include_str!("sql/purge_jobs.sql")).bind(nanoseconds(now));
        let rows = fetch(&self.pool, Repeat::Undone, statement).await?;
        let purged = rows.first().map(|row| row.try_get("purged").map_err(store_error));
        from_column(purged.transpose()?.unwrap_or(0), "count of jobs")
    }
}

impl PostgresStore {
    /// Callers of one tenant and queue take turns, so that what is counted stays true.
    async fn enqueue_once(&self, job: &NewJob, capacity: i64) -> Result<Enqueued, sqlx::Error> {
        let mut session = Session::open(&self.pool).await?;
        session.begin().await?;
        sqlx::query(include_str!("sql/lock.sql"))
            .bind(job.key.tenant.to_string())
            .bind("jobs")
            .bind(to_text(&job.key.queue))
            .execute(&mut *session)
            .await?;
        let counted = bind_key(sqlx::query(include_str!("sql/count_jobs.sql")), &job.key)
            .fetch_one(&mut *session)
            .await?;
        let same: bool = counted.try_get("same")?;
        let beside: i64 = counted.try_get("beside")?;
        if same || beside >= capacity {
            session.rollback().await?;
            return Ok(if same { Enqueued::AlreadyThere } else { Enqueued::NoRoom });
        }
        bind_key(sqlx::query(include_str!("sql/enqueue_job.sql")), &job.key)
            .bind(to_text(&job.payload))
            .bind(nanoseconds(job.at))
            .execute(&mut *session)
            .await?;
        session.commit().await?;
        Ok(Enqueued::Queued)
    }

    async fn set_leased(&self, key: &JobKey, lease: Uuid, state: &JobState) -> Result<bool, StoreError> {
        let (available, held, result, keep_until) = match state {
            JobState::Waiting { from } => (Some(*from), None, None, None),
            JobState::Leased { lease, until } => (Some(*until), Some(*lease), None, None),
            JobState::Finished { result, keep_until } => (None, None, Some(result), Some(*keep_until)),
        };
        let statement = || {
            bind_key(sqlx::query(include_str!("sql/set_leased_job.sql")), key)
                .bind(lease.to_string())
                .bind(available.map(nanoseconds))
                .bind(held.map(|held| held.to_string()))
                .bind(result.map(|result| to_text(result)))
                .bind(keep_until.map(nanoseconds))
        };
        let changed = fetch(&self.pool, Repeat::Undone, statement).await?;
        Ok(!changed.is_empty())
    }
}

fn bind_key<'q>(query: Statement<'q>, key: &'q JobKey) -> Statement<'q> {
    query
        .bind(key.tenant.to_string())
        .bind(to_text(&key.queue))
        .bind(to_text(&key.name))
}

fn read_job(row: &PgRow) -> Result<JobRow, StoreError> {
    let count = |column: &str| {
        let number: i64 = row.try_get(column).map_err(store_error)?;
        u32::try_from(number).map_err(|_| StoreError::corrupt(format!("job {column}")))
    };
    Ok(JobRow {
        key: JobKey {
            tenant: tenant_id(row.try_get("tenant_id").map_err(store_error)?)?,
            queue: from_text(row.try_get("queue").map_err(store_error)?),
            name: from_text(row.try_get("name").map_err(store_error)?),
        },
        payload: from_text(row.try_get("payload").map_err(store_error)?),
        created_at: from_nanoseconds(row.try_get("created_ns").map_err(store_error)?)?,
        attempts: count("attempts")?,
        lost: count("lost")?,
        state: read_state(row)?,
    })
}

fn read_state(row: &PgRow) -> Result<JobState, StoreError> {
    let available: Option<i64> = row.try_get("available_ns").map_err(store_error)?;
    let lease: Option<&str> = row.try_get("lease").map_err(store_error)?;
    match (available, lease) {
        (Some(until), Some(lease)) => Ok(JobState::Leased {
            lease: lease.parse().map_err(|_| StoreError::corrupt("job lease"))?,
            until: from_nanoseconds(until)?,
        }),
        (Some(from), None) => Ok(JobState::Waiting {
            from: from_nanoseconds(from)?,
        }),
        (None, _) => Ok(JobState::Finished {
            result: from_text(row.try_get("result").map_err(store_error)?),
            keep_until: from_nanoseconds(row.try_get("keep_until_ns").map_err(store_error)?)?,
        }),
    }
}
