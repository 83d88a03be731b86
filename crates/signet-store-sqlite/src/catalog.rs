//! Tenants and their revisions in SQLite.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use signet_domain::ids::{Revision, TenantId};
use signet_domain::tenant::TenantDocument;
use signet_store::{
    CatalogStore, Change, CommitOutcome, NewRevision, RevisionSummary, StoreError, StoredRevision, TenantSummary,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use tracing::instrument;

use crate::SqliteStore;
use crate::error::store_error;
use crate::transaction::WriteTransaction;
use crate::values::{from_column, instant, revision, tenant_id, to_column};

const CURRENT_REVISION: &str = "SELECT revision FROM tenants WHERE tenant_id = $1";

#[async_trait]
impl CatalogStore for SqliteStore {
    #[instrument(name = "store.tenant.current_revision", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn current_revision(&self, tenant: TenantId) -> Result<Option<Revision>, StoreError> {
        let mut connection = self.readers.acquire().await.map_err(store_error)?;
        current_revision(&mut connection, tenant).await
    }

    #[instrument(name = "store.revision.get", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn get_revision(
        &self,
        tenant: TenantId,
        revision: Option<Revision>,
    ) -> Result<Option<StoredRevision>, StoreError> {
        let query = match revision {
            None => sqlx::query(include_str!("sql/get_current_revision.sql")).bind(tenant.to_string()),
            Some(revision) => sqlx::query(include_str!("sql/get_revision.sql"))
                .bind(tenant.to_string())
                .bind(to_column(revision.0)),
        };
        let row = query.fetch_optional(&self.readers).await.map_err(store_error)?;
        row.map(|row| read_revision(tenant, &row)).transpose()
    }

    #[instrument(name = "store.revision.commit", level = "debug", skip_all, fields(tenant.id = %change.tenant))]
    async fn commit(&self, change: NewRevision) -> Result<CommitOutcome, StoreError> {
        change.check()?;
        // Written out before the lock is taken: a large document takes milliseconds.
        let document = write_document(&change.document)?;
        let mut transaction = self.begin_write().await?;
        let current = current_revision(&mut transaction, change.tenant).await?;
        if !change.expected.is_met_by(current) {
            transaction.rollback().await?;
            return Ok(CommitOutcome::Conflict { current });
        }
        if let Some(revision) = current
            && is_current_document(&mut transaction, &change, &document).await?
        {
            transaction.rollback().await?;
            return Ok(CommitOutcome::Unchanged(revision));
        }
        let next = Revision(current.unwrap_or_default().0 + 1);
        let position = write_revision(&mut transaction, next, &change, &document).await?;
        transaction.commit().await?;
        self.changes.heard(position);
        Ok(CommitOutcome::Committed(next))
    }

    #[instrument(name = "store.tenant.list", level = "debug", skip_all)]
    async fn list_tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<TenantSummary>, StoreError> {
        let rows = sqlx::query(include_str!("sql/list_tenants.sql"))
            .bind(after.map(|tenant| tenant.to_string()).unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        rows.iter().map(read_tenant_summary).collect()
    }

    #[instrument(name = "store.revision.list", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn list_revisions(
        &self,
        tenant: TenantId,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RevisionSummary>, StoreError> {
        let rows = sqlx::query(include_str!("sql/list_revisions.sql"))
            .bind(tenant.to_string())
            .bind(before.map_or(i64::MAX, |revision| to_column(revision.0)))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        rows.iter().map(read_revision_summary).collect()
    }

    #[instrument(name = "store.change.list", level = "debug", skip_all)]
    async fn changes_after(&self, position: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let rows = sqlx::query(include_str!("sql/changes_after.sql"))
            .bind(to_column(position))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        rows.iter().map(read_change).collect()
    }

    #[instrument(name = "store.change.latest", level = "debug", skip_all)]
    async fn latest_position(&self) -> Result<u64, StoreError> {
        let position: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(position), 0) FROM changes")
            .fetch_one(&self.readers)
            .await
            .map_err(store_error)?;
        from_column(position, "change position")
    }

    /// SQLite does not tell of changes that other processes make.
    async fn wait_for_change(&self, position: u64, limit: Duration) {
        self.changes.wait(position, limit).await;
    }
}

async fn current_revision(connection: &mut SqliteConnection, tenant: TenantId) -> Result<Option<Revision>, StoreError> {
    let number: Option<i64> = sqlx::query_scalar(CURRENT_REVISION)
        .bind(tenant.to_string())
        .fetch_optional(connection)
        .await
        .map_err(store_error)?;
    number.map(revision).transpose()
}

/// The current document equals the changed one. Texts that differ may still be equal documents, when the stored one
/// was written by another version of the program. One that cannot be read differs, so that it can be replaced.
async fn is_current_document(
    transaction: &mut WriteTransaction,
    change: &NewRevision,
    document: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(include_str!("sql/get_current_revision.sql"))
        .bind(change.tenant.to_string())
        .fetch_one(&mut **transaction)
        .await
        .map_err(store_error)?;
    let stored: &str = row.try_get("document").map_err(store_error)?;
    if stored == document {
        return Ok(true);
    }
    let parsed: Result<TenantDocument, _> = serde_json::from_str(stored);
    Ok(parsed.is_ok_and(|parsed| parsed == *change.document))
}

/// Gives the position of the change.
async fn write_revision(
    transaction: &mut WriteTransaction,
    revision: Revision,
    change: &NewRevision,
    document: &str,
) -> Result<u64, StoreError> {
    let tenant = change.tenant.to_string();
    let number = to_column(revision.0);
    let at = change.at.to_string();
    let put_tenant = sqlx::query(include_str!("sql/put_tenant.sql"))
        .bind(&tenant)
        .bind(number)
        .bind(&change.document.key)
        .bind(&change.document.display_name);
    let insert_revision = sqlx::query(include_str!("sql/insert_revision.sql"))
        .bind(&tenant)
        .bind(number)
        .bind(&at)
        .bind(&change.author)
        .bind(&change.note)
        .bind(document);
    let insert_change = sqlx::query(include_str!("sql/insert_change.sql"))
        .bind(&tenant)
        .bind(number)
        .bind(&at);
    for statement in [put_tenant, insert_revision] {
        statement.execute(&mut **transaction).await.map_err(store_error)?;
    }
    let inserted = insert_change.execute(&mut **transaction).await.map_err(store_error)?;
    from_column(inserted.last_insert_rowid(), "change position")
}

fn write_document(document: &TenantDocument) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|error| StoreError::Invalid {
        what: format!("the document cannot be written as JSON: {error}"),
    })
}

fn read_revision(tenant: TenantId, row: &SqliteRow) -> Result<StoredRevision, StoreError> {
    let summary = read_revision_summary(row)?;
    let text: &str = row.try_get("document").map_err(store_error)?;
    let document = serde_json::from_str(text)
        .map_err(|_| StoreError::corrupt(format!("revision {} of tenant `{tenant}`", summary.revision)))?;
    Ok(StoredRevision {
        tenant,
        revision: summary.revision,
        document: Arc::new(document),
        author: summary.author,
        at: summary.at,
        note: summary.note,
    })
}

fn read_revision_summary(row: &SqliteRow) -> Result<RevisionSummary, StoreError> {
    Ok(RevisionSummary {
        revision: revision(row.try_get("revision").map_err(store_error)?)?,
        at: instant(row.try_get("created_at").map_err(store_error)?)?,
        author: row.try_get("author").map_err(store_error)?,
        note: row.try_get("note").map_err(store_error)?,
    })
}

fn read_tenant_summary(row: &SqliteRow) -> Result<TenantSummary, StoreError> {
    Ok(TenantSummary {
        id: tenant_id(row.try_get("tenant_id").map_err(store_error)?)?,
        key: row.try_get("short_name").map_err(store_error)?,
        display_name: row.try_get("display_name").map_err(store_error)?,
        revision: revision(row.try_get("revision").map_err(store_error)?)?,
    })
}

fn read_change(row: &SqliteRow) -> Result<Change, StoreError> {
    Ok(Change {
        position: from_column(row.try_get("position").map_err(store_error)?, "change position")?,
        tenant: tenant_id(row.try_get("tenant_id").map_err(store_error)?)?,
        revision: revision(row.try_get("revision").map_err(store_error)?)?,
        at: instant(row.try_get("created_at").map_err(store_error)?)?,
    })
}
