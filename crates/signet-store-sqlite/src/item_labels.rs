//! Item labels in SQLite.

use async_trait::async_trait;
use signet_domain::error::ErrorReason;
use signet_domain::ids::TenantId;
use signet_store::{ContentVersion, ItemLabelRow, ItemLabelStore, ItemOutcome, PutOutcome, StoreError};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use tracing::instrument;

use crate::SqliteStore;
use crate::error::store_error;
use crate::transaction::WriteTransaction;
use crate::values::{from_nanoseconds, nanoseconds};

#[async_trait]
impl ItemLabelStore for SqliteStore {
    #[instrument(name = "store.item_labels.get", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn get_item_labels(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        version: &ContentVersion,
    ) -> Result<Option<ItemLabelRow>, StoreError> {
        let row = sqlx::query(include_str!("sql/get_item_labels.sql"))
            .bind(tenant.to_string())
            .bind(drive_id)
            .bind(item_id)
            .bind(&version.content_tag)
            .bind(&version.extension)
            .bind(i64::from(version.extractor_version))
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        let Some(row) = row else {
            return Ok(None);
        };
        let Some(outcome) = read_outcome(&row)? else {
            return Ok(None);
        };
        Ok(Some(ItemLabelRow {
            tenant,
            drive_id: drive_id.to_owned(),
            item_id: item_id.to_owned(),
            version: version.clone(),
            outcome,
            kind: row.try_get("kind").map_err(store_error)?,
            protection: row.try_get("protection").map_err(store_error)?,
            at: from_nanoseconds(row.try_get("observed_ns").map_err(store_error)?)?,
        }))
    }

    #[instrument(name = "store.item_labels.put", level = "debug", skip_all, fields(tenant.id = %row.tenant))]
    async fn put_item_labels(&self, row: ItemLabelRow) -> Result<PutOutcome, StoreError> {
        let mut transaction = self.begin_write().await?;
        if !write_row(&mut transaction, &row).await? {
            transaction.rollback().await?;
            return Ok(PutOutcome::Kept);
        }
        delete_superseded(&mut transaction, &row).await?;
        transaction.commit().await?;
        Ok(PutOutcome::Stored)
    }

    #[instrument(name = "store.item_labels.delete", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn delete_item_labels(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        let deleted = sqlx::query("DELETE FROM item_labels WHERE tenant_id = $1 AND drive_id = $2 AND item_id = $3")
            .bind(tenant.to_string())
            .bind(drive_id)
            .bind(item_id)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await?;
        Ok(deleted.rows_affected() > 0)
    }
}

/// False: labels of the same version are there and the row is a refusal. Rules 1 and 2 of `put_item_labels`.
async fn write_row(transaction: &mut WriteTransaction, row: &ItemLabelRow) -> Result<bool, StoreError> {
    let (labels, reason, message) = match &row.outcome {
        ItemOutcome::Labels(json) => (Some(json), None, None),
        ItemOutcome::Refused { reason, message } => (None, Some(reason.name()), Some(message)),
    };
    let written = sqlx::query(include_str!("sql/put_item_labels.sql"))
        .bind(row.tenant.to_string())
        .bind(&row.drive_id)
        .bind(&row.item_id)
        .bind(&row.version.content_tag)
        .bind(&row.version.extension)
        .bind(i64::from(row.version.extractor_version))
        .bind(nanoseconds(row.at))
        .bind(&row.kind)
        .bind(&row.protection)
        .bind(labels)
        .bind(reason)
        .bind(message)
        .execute(&mut **transaction)
        .await
        .map_err(store_error)?;
    Ok(written.rows_affected() > 0)
}

/// Rule 3 of `put_item_labels`; the same condition as `ItemLabelRow::is_superseded_by`.
async fn delete_superseded(transaction: &mut WriteTransaction, row: &ItemLabelRow) -> Result<(), StoreError> {
    sqlx::query(include_str!("sql/delete_superseded_item_labels.sql"))
        .bind(row.tenant.to_string())
        .bind(&row.drive_id)
        .bind(&row.item_id)
        .bind(&row.version.content_tag)
        .bind(&row.version.extension)
        .bind(i64::from(row.version.extractor_version))
        .bind(nanoseconds(row.at))
        .bind(row.outcome.is_good())
        .execute(&mut **transaction)
        .await
        .map_err(store_error)?;
    Ok(())
}

/// Absent: a reason this program does not know, written by a newer one; the item is extracted again.
fn read_outcome(row: &SqliteRow) -> Result<Option<ItemOutcome>, StoreError> {
    if let Some(json) = row.try_get("labels").map_err(store_error)? {
        return Ok(Some(ItemOutcome::Labels(json)));
    }
    let reason: &str = row.try_get("refusal_reason").map_err(store_error)?;
    let message = row.try_get("refusal_message").map_err(store_error)?;
    Ok(ErrorReason::from_name(reason).map(|reason| ItemOutcome::Refused { reason, message }))
}
