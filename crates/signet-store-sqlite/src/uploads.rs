//! Uploads in SQLite.

use async_trait::async_trait;
use jiff::Timestamp;
use signet_domain::ids::TenantId;
use signet_store::{StoreError, UploadRow, UploadStore};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use tracing::instrument;
use uuid::Uuid;

use crate::SqliteStore;
use crate::error::store_error;
use crate::transaction::WriteTransaction;
use crate::values::{bytes, from_column, from_nanoseconds, nanoseconds, tenant_id, to_column};

#[async_trait]
impl UploadStore for SqliteStore {
    #[instrument(name = "store.upload.create", level = "debug", skip_all, fields(tenant.id = %row.tenant))]
    async fn create_upload(&self, row: UploadRow, capacity: u64) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        let (taken, beside) = count_uploads(&mut transaction, &row).await?;
        if taken || beside >= to_column(capacity) {
            transaction.rollback().await?;
            return match taken {
                true => Err(StoreError::Conflict {
                    what: format!("upload id `{}`", row.id),
                }),
                false => Ok(false),
            };
        }
        sqlx::query(
            "INSERT INTO uploads (tenant_id, upload_id, version, expires_ns, state) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(row.tenant.to_string())
        .bind(bytes(row.id))
        .bind(to_column(row.version))
        .bind(nanoseconds(row.expires_at))
        .bind(&row.state)
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await?;
        Ok(true)
    }

    #[instrument(name = "store.upload.find", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn find_upload(&self, tenant: TenantId, id: Uuid) -> Result<Option<UploadRow>, StoreError> {
        let row = sqlx::query(
            "SELECT tenant_id, upload_id, version, expires_ns, state FROM uploads \
             WHERE tenant_id = $1 AND upload_id = $2",
        )
        .bind(tenant.to_string())
        .bind(bytes(id))
        .fetch_optional(&self.readers)
        .await
        .map_err(store_error)?;
        row.as_ref().map(read_upload).transpose()
    }

    #[instrument(name = "store.upload.update", level = "debug", skip_all, fields(tenant.id = %row.tenant))]
    async fn update_upload(&self, row: UploadRow) -> Result<bool, StoreError> {
        let Some(before) = row.version.checked_sub(1) else {
            return Ok(false);
        };
        let mut transaction = self.begin_write().await?;
        let changed = sqlx::query(
            "UPDATE uploads SET version = $4, expires_ns = $5, state = $6 \
             WHERE tenant_id = $1 AND upload_id = $2 AND version = $3",
        )
        .bind(row.tenant.to_string())
        .bind(bytes(row.id))
        .bind(to_column(before))
        .bind(to_column(row.version))
        .bind(nanoseconds(row.expires_at))
        .bind(&row.state)
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await?;
        Ok(changed.rows_affected() > 0)
    }

    #[instrument(name = "store.upload.delete", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn delete_upload(&self, tenant: TenantId, id: Uuid) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        let deleted = sqlx::query("DELETE FROM uploads WHERE tenant_id = $1 AND upload_id = $2")
            .bind(tenant.to_string())
            .bind(bytes(id))
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await?;
        Ok(deleted.rows_affected() > 0)
    }

    #[instrument(name = "store.upload.expired", level = "debug", skip_all)]
    async fn expired_uploads(&self, now: Timestamp, limit: u32) -> Result<Vec<UploadRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT tenant_id, upload_id, version, expires_ns, state FROM uploads \
             WHERE expires_ns < $1 ORDER BY expires_ns LIMIT $2",
        )
        .bind(nanoseconds(now))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(store_error)?;
        rows.iter().map(read_upload).collect()
    }
}

/// Whether the id is taken, and how many uploads the tenant has.
async fn count_uploads(transaction: &mut WriteTransaction, row: &UploadRow) -> Result<(bool, i64), StoreError> {
    let counted = sqlx::query(
        "SELECT COUNT(*) AS beside, COALESCE(MAX(upload_id = $2), 0) AS taken FROM uploads WHERE tenant_id = $1",
    )
    .bind(row.tenant.to_string())
    .bind(bytes(row.id))
    .fetch_one(&mut **transaction)
    .await
    .map_err(store_error)?;
    let taken: i64 = counted.try_get("taken").map_err(store_error)?;
    Ok((taken != 0, counted.try_get("beside").map_err(store_error)?))
}

fn read_upload(row: &SqliteRow) -> Result<UploadRow, StoreError> {
    let id: &[u8] = row.try_get("upload_id").map_err(store_error)?;
    Ok(UploadRow {
        tenant: tenant_id(row.try_get("tenant_id").map_err(store_error)?)?,
        id: Uuid::from_slice(id).map_err(|_| StoreError::corrupt("upload id"))?,
        version: from_column(row.try_get("version").map_err(store_error)?, "upload version")?,
        state: row.try_get("state").map_err(store_error)?,
        expires_at: from_nanoseconds(row.try_get("expires_ns").map_err(store_error)?)?,
    })
}
