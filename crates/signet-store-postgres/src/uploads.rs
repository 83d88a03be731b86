//! Uploads in PostgreSQL.

use async_trait::async_trait;
use jiff::Timestamp;
use signet_domain::ids::TenantId;
use signet_store::{StoreError, UploadRow, UploadStore};
use sqlx::Row;
use sqlx::postgres::PgRow;
use tracing::instrument;
use uuid::Uuid;

use crate::PostgresStore;
use crate::error::store_error;
use crate::session::{Attempts, Repeat, Session, Statement, bounded, fetch};
use crate::values::{from_column, from_nanoseconds, from_text, nanoseconds, tenant_id, to_column, to_text};

/// What became of an attempt to add an upload.
enum Created {
    Added,
    NoRoom,
    Taken,
}

#[async_trait]
impl UploadStore for PostgresStore {
    #[instrument(name = "store.upload.create", level = "debug", skip_all, fields(tenant.id = %row.tenant))]
    async fn create_upload(&self, row: UploadRow, capacity: u64) -> Result<bool, StoreError> {
        bounded(async {
            let mut attempts = Attempts::new(Repeat::Undone);
            loop {
                match self.create_once(&row, to_column(capacity)).await {
                    Err(error) if attempts.again(&error).await => {}
                    Err(error) => return Err(store_error(error)),
                    Ok(Created::Added) => return Ok(true),
                    Ok(Created::NoRoom) => return Ok(false),
                    Ok(Created::Taken) => {
                        let what = format!("upload id `{}`", row.id);
                        return Err(StoreError::Conflict { what });
                    }
                }
            }
        })
        .await
    }

    #[instrument(name = "store.upload.find", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn find_upload(&self, tenant: TenantId, id: Uuid) -> Result<Option<UploadRow>, StoreError> {
        let statement = || bind_id(sqlx::query(include_str!("sql/find_upload.sql")), tenant, id);
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        rows.first().map(read_upload).transpose()
    }

    #[instrument(name = "store.upload.update", level = "debug", skip_all, fields(tenant.id = %row.tenant))]
    async fn update_upload(&self, row: UploadRow) -> Result<bool, StoreError> {
        let statement = || {
            bind_id(sqlx::query(include_str!("sql/update_upload.sql")), row.tenant, row.id)
                .bind(to_column(row.version))
                .bind(nanoseconds(row.expires_at))
                .bind(to_text(&row.state))
        };
        let changed = fetch(&self.pool, Repeat::Undone, statement).await?;
        Ok(!changed.is_empty())
    }

    #[instrument(name = "store.upload.delete", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn delete_upload(&self, tenant: TenantId, id: Uuid) -> Result<bool, StoreError> {
        let statement = || bind_id(sqlx::query(include_str!("sql/delete_upload.sql")), tenant, id);
        let deleted = fetch(&self.pool, Repeat::Undone, statement).await?;
        Ok(!deleted.is_empty())
    }

    #[instrument(name = "store.upload.expired", level = "debug", skip_all)]
    async fn expired_uploads(&self, now: Timestamp, limit: u32) -> Result<Vec<UploadRow>, StoreError> {
        let statement = || {
            sqlx::query(include_str!("sql/expired_uploads.sql"))
                .bind(nanoseconds(now))
                .bind(i64::from(limit))
        };
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        rows.iter().map(read_upload).collect()
    }
}

impl PostgresStore {
    /// Callers of one tenant take turns, so that what is counted stays true.
    async fn create_once(&self, row: &UploadRow, capacity: i64) -> Result<Created, sqlx::Error> {
        let mut session = Session::open(&self.pool).await?;
        session.begin().await?;
        sqlx::query(include_str!("sql/lock.sql"))
            .bind(row.tenant.to_string())
            .bind("uploads")
            .bind("")
            .execute(&mut *session)
            .await?;
        let counted = bind_id(sqlx::query(include_str!("sql/count_uploads.sql")), row.tenant, row.id);
        let counted = counted.fetch_one(&mut *session).await?;
        let taken = counted.try_get::<i64, _>("taken")? > 0;
        if taken || counted.try_get::<i64, _>("beside")? >= capacity {
            session.rollback().await?;
            return Ok(if taken { Created::Taken } else { Created::NoRoom });
        }
        bind_id(sqlx::query(include_str!("sql/create_upload.sql")), row.tenant, row.id)
            .bind(to_column(row.version))
            .bind(nanoseconds(row.expires_at))
            .bind(to_text(&row.state))
            .execute(&mut *session)
            .await?;
        session.commit().await?;
        Ok(Created::Added)
    }
}

fn bind_id(query: Statement<'_>, tenant: TenantId, id: Uuid) -> Statement<'_> {
    query.bind(tenant.to_string()).bind(id.to_string())
}

fn read_upload(row: &PgRow) -> Result<UploadRow, StoreError> {
    let id: &str = row.try_get("upload_id").map_err(store_error)?;
    Ok(UploadRow {
        tenant: tenant_id(row.try_get("tenant_id").map_err(store_error)?)?,
        id: id.parse().map_err(|_| StoreError::corrupt("upload id"))?,
        version: from_column(row.try_get("version").map_err(store_error)?, "upload version")?,
        state: from_text(row.try_get("state").map_err(store_error)?),
        expires_at: from_nanoseconds(row.try_get("expires_ns").map_err(store_error)?)?,
    })
}
