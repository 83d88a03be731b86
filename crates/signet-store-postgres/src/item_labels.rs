//! Item labels in PostgreSQL.

use async_trait::async_trait;
use signet_domain::error::ErrorReason;
use signet_domain::ids::TenantId;
use signet_store::{ContentVersion, ItemLabelRow, ItemLabelStore, ItemOutcome, PutOutcome, StoreError};
use sqlx::Row;
use sqlx::postgres::PgRow;
use tracing::instrument;

use crate::PostgresStore;
use crate::error::store_error;
use crate::session::{Attempts, Repeat, Session, Statement, bounded, fetch};
use crate::values::{from_nanoseconds, from_text, nanoseconds, to_text};

#[async_trait]
impl ItemLabelStore for PostgresStore {
    #[instrument(name = "store.item_labels.get", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn get_item_labels(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        version: &ContentVersion,
    ) -> Result<Option<ItemLabelRow>, StoreError> {
        let statement = || {
            let query = sqlx::query(include_str!("sql/get_item_labels.sql"));
            bind_version(bind_item(query, tenant, drive_id, item_id), version)
        };
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let Some(outcome) = read_outcome(row)? else {
            return Ok(None);
        };
        Ok(Some(ItemLabelRow {
            tenant,
            drive_id: drive_id.to_owned(),
            item_id: item_id.to_owned(),
            version: version.clone(),
            outcome,
            kind: from_text(row.try_get("kind").map_err(store_error)?),
            protection: from_text(row.try_get("protection").map_err(store_error)?),
            at: from_nanoseconds(row.try_get("observed_ns").map_err(store_error)?)?,
        }))
    }

    #[instrument(name = "store.item_labels.put", level = "debug", skip_all, fields(tenant.id = %row.tenant))]
    async fn put_item_labels(&self, row: ItemLabelRow) -> Result<PutOutcome, StoreError> {
        bounded(async {
            let mut attempts = Attempts::new(Repeat::Safe);
            loop {
                match self.put_once(&row).await {
                    Err(error) if attempts.again(&error).await => {}
                    answer => return answer.map_err(store_error),
                }
            }
        })
        .await
    }

    #[instrument(name = "store.item_labels.delete", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn delete_item_labels(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        let statement = || {
            let query = sqlx::query(include_str!("sql/delete_item_labels.sql"));
            bind_item(query, tenant, drive_id, item_id)
        };
        // Repeated, it would say that there was nothing to delete.
        let deleted = fetch(&self.pool, Repeat::Undone, statement).await?;
        Ok(!deleted.is_empty())
    }
}

impl PostgresStore {
    /// Writers of one item take turns, so that each sees the rows its own supersedes.
    async fn put_once(&self, row: &ItemLabelRow) -> Result<PutOutcome, sqlx::Error> {
        let item = |query| bind_item(query, row.tenant, &row.drive_id, &row.item_id);
        let mut session = Session::open(&self.pool).await?;
        session.begin().await?;
        item(sqlx::query(include_str!("sql/lock.sql")))
            .execute(&mut *session)
            .await?;
        let put = bind_version(item(sqlx::query(include_str!("sql/put_item_labels.sql"))), &row.version);
        let written = bind_outcome(put, row).execute(&mut *session).await?;
        if written.rows_affected() == 0 {
            session.rollback().await?;
            return Ok(PutOutcome::Kept);
        }
        // Rule 3 of `put_item_labels`; the same condition as `ItemLabelRow::is_superseded_by`.
        let delete = item(sqlx::query(include_str!("sql/delete_superseded_item_labels.sql")));
        bind_version(delete, &row.version)
            .bind(nanoseconds(row.at))
            .bind(row.outcome.is_good())
            .execute(&mut *session)
            .await?;
        session.commit().await?;
        Ok(PutOutcome::Stored)
    }
}

fn bind_item<'q>(query: Statement<'q>, tenant: TenantId, drive_id: &'q str, item_id: &'q str) -> Statement<'q> {
    query
        .bind(tenant.to_string())
        .bind(to_text(drive_id))
        .bind(to_text(item_id))
}

fn bind_version<'q>(query: Statement<'q>, version: &'q ContentVersion) -> Statement<'q> {
    query
        .bind(to_text(&version.content_tag))
        .bind(to_text(&version.extension))
        .bind(i64::from(version.extractor_version))
}

fn bind_outcome<'q>(query: Statement<'q>, row: &'q ItemLabelRow) -> Statement<'q> {
    let (labels, reason, message) = match &row.outcome {
        ItemOutcome::Labels(json) => (Some(json.as_str()), None, None),
        ItemOutcome::Refused { reason, message } => (None, Some(reason.name()), Some(message.as_str())),
    };
    query
        .bind(nanoseconds(row.at))
        .bind(to_text(&row.kind))
        .bind(to_text(&row.protection))
        .bind(labels.map(to_text))
        .bind(reason)
        .bind(message.map(to_text))
}

/// Absent: a reason this program does not know, written by a newer one; the item is extracted again.
fn read_outcome(row: &PgRow) -> Result<Option<ItemOutcome>, StoreError> {
    let labels: Option<String> = row.try_get("labels").map_err(store_error)?;
    if let Some(json) = labels {
        return Ok(Some(ItemOutcome::Labels(from_text(json))));
    }
    let reason: &str = row.try_get("refusal_reason").map_err(store_error)?;
    let message = from_text(row.try_get("refusal_message").map_err(store_error)?);
    Ok(ErrorReason::from_name(reason).map(|reason| ItemOutcome::Refused { reason, message }))
}
