//! Tenants and their revisions in PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use signet_domain::ids::{Revision, TenantId};
use signet_domain::tenant::TenantDocument;
use signet_store::{
    CatalogStore, Change, CommitOutcome, NewRevision, RevisionSummary, StoreError, StoredRevision, TenantSummary,
};
use sqlx::Row;
use sqlx::postgres::PgRow;
use tracing::instrument;

use crate::PostgresStore;
use crate::error::{is_broken, store_error};
use crate::session::{Repeat, Statement, bounded, fetch, try_fetch};
use crate::values::{from_column, from_text, instant, revision, tenant_id, to_column, to_text};

#[async_trait]
impl CatalogStore for PostgresStore {
    #[instrument(name = "store.tenant.current_revision", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn current_revision(&self, tenant: TenantId) -> Result<Option<Revision>, StoreError> {
        let statement =
            || sqlx::query("SELECT revision FROM tenants WHERE tenant_id = $1::uuid").bind(tenant.to_string());
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        let row = rows.first();
        row.map(|row| revision(row.try_get("revision").map_err(store_error)?))
            .transpose()
    }

    #[instrument(name = "store.revision.get", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn get_revision(
        &self,
        tenant: TenantId,
        revision: Option<Revision>,
    ) -> Result<Option<StoredRevision>, StoreError> {
        let rows = fetch(&self.pool, Repeat::Safe, || get_revision(tenant, revision)).await?;
        rows.first().map(|row| read_revision(tenant, row)).transpose()
    }

    #[instrument(name = "store.revision.commit", level = "debug", skip_all, fields(tenant.id = %change.tenant))]
    async fn commit(&self, change: NewRevision) -> Result<CommitOutcome, StoreError> {
        change.check()?;
        let document = write_document(&change.document)?;
        bounded(self.commit_document(&change, &document)).await
    }

    #[instrument(name = "store.tenant.list", level = "debug", skip_all)]
    async fn list_tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<TenantSummary>, StoreError> {
        let statement = || {
            sqlx::query(include_str!("sql/list_tenants.sql"))
                .bind(after.map(|tenant| tenant.to_string()))
                .bind(i64::from(limit))
        };
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        rows.iter().map(read_tenant_summary).collect()
    }

    #[instrument(name = "store.revision.list", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn list_revisions(
        &self,
        tenant: TenantId,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RevisionSummary>, StoreError> {
        let statement = || {
            sqlx::query(include_str!("sql/list_revisions.sql"))
                .bind(tenant.to_string())
                .bind(before.map_or(i64::MAX, |revision| to_column(revision.0)))
                .bind(i64::from(limit))
        };
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        rows.iter().map(read_revision_summary).collect()
    }

    #[instrument(name = "store.change.list", level = "debug", skip_all)]
    async fn changes_after(&self, position: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let statement = || {
            sqlx::query(include_str!("sql/changes_after.sql"))
                .bind(to_column(position))
                .bind(i64::from(limit))
        };
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        rows.iter().map(read_change).collect()
    }

    #[instrument(name = "store.change.latest", level = "debug", skip_all)]
    async fn latest_position(&self) -> Result<u64, StoreError> {
        let statement = || sqlx::query("SELECT COALESCE(MAX(position), 0) AS position FROM changes");
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        position(rows.first().ok_or_else(|| StoreError::corrupt("change position"))?)
    }

    async fn wait_for_change(&self, position: u64, limit: Duration) {
        self.changes.wait(position, limit).await;
    }
}

impl PostgresStore {
    /// Compares with what is there, then writes in one statement if it is still there; otherwise compares again. No
    /// lock is held while this process has the word, so one that stops here holds up nobody.
    async fn commit_document(&self, change: &NewRevision, document: &str) -> Result<CommitOutcome, StoreError> {
        // A revision that was sent off without an answer: if it turns up and is ours, the change was made.
        let mut unanswered = None;
        loop {
            if let Some(revision) = unanswered
                && self.is_ours(revision, change, document).await?
            {
                return Ok(CommitOutcome::Committed(revision));
            }
            let rows = try_fetch(&self.pool, Repeat::Safe, &|| get_revision(change.tenant, None)).await;
            let rows = rows.map_err(store_error)?;
            let current = rows.first().map(read_revision_summary).transpose()?;
            let current = current.map(|summary| summary.revision);
            if !change.expected.is_met_by(current) {
                return Ok(CommitOutcome::Conflict { current });
            }
            if let (Some(revision), Some(row)) = (current, rows.first())
                && is_same_document(row, change, document)?
            {
                return Ok(CommitOutcome::Unchanged(revision));
            }
            let next = Revision(current.unwrap_or_default().0 + 1);
            let write = || commit_revision(change, current.unwrap_or_default(), document);
            match try_fetch(&self.pool, Repeat::Undone, &write).await {
                Ok(rows) => {
                    if let Some(row) = rows.first() {
                        self.changes.heard(position(row)?);
                        return Ok(CommitOutcome::Committed(next));
                    }
                    // Without a row somebody else was faster.
                }
                Err(error) if is_broken(&error) => unanswered = Some(next),
                Err(error) => return Err(store_error(error)),
            }
        }
    }

    async fn is_ours(&self, revision: Revision, change: &NewRevision, document: &str) -> Result<bool, StoreError> {
        let rows = try_fetch(&self.pool, Repeat::Safe, &|| {
            get_revision(change.tenant, Some(revision))
        })
        .await;
        let rows = rows.map_err(store_error)?;
        let Some(row) = rows.first() else { return Ok(false) };
        let stored: &str = row.try_get("document").map_err(store_error)?;
        let summary = read_revision_summary(row)?;
        Ok(stored == document
            && summary.author == change.author
            && summary.at == change.at
            && summary.note == change.note)
    }
}

fn get_revision(tenant: TenantId, revision: Option<Revision>) -> Statement<'static> {
    match revision {
        None => sqlx::query(include_str!("sql/get_current_revision.sql")).bind(tenant.to_string()),
        Some(revision) => sqlx::query(include_str!("sql/get_revision.sql"))
            .bind(tenant.to_string())
            .bind(to_column(revision.0)),
    }
}

fn commit_revision<'q>(change: &'q NewRevision, current: Revision, document: &'q str) -> Statement<'q> {
    sqlx::query(include_str!("sql/commit_revision.sql"))
        .bind(change.tenant.to_string())
        .bind(to_column(current.0))
        .bind(change.document.key.as_deref().map(to_text))
        .bind(to_text(&change.document.display_name))
        .bind(change.at.to_string())
        .bind(to_text(&change.author))
        .bind(change.note.as_deref().map(to_text))
        .bind(document)
}

/// The current document equals the changed one. Texts that differ may still be equal documents, when the stored one
/// was written by another version of the program. One that cannot be read differs, so that it can be replaced.
fn is_same_document(row: &PgRow, change: &NewRevision, document: &str) -> Result<bool, StoreError> {
    let stored: &str = row.try_get("document").map_err(store_error)?;
    if stored == document {
        return Ok(true);
    }
    let parsed: Result<TenantDocument, _> = serde_json::from_str(stored);
    Ok(parsed.is_ok_and(|parsed| parsed == *change.document))
}

fn write_document(document: &TenantDocument) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|error| StoreError::Invalid {
        what: format!("the document cannot be written as JSON: {error}"),
    })
}

fn read_revision(tenant: TenantId, row: &PgRow) -> Result<StoredRevision, StoreError> {
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

fn read_revision_summary(row: &PgRow) -> Result<RevisionSummary, StoreError> {
    let note: Option<String> = row.try_get("note").map_err(store_error)?;
    Ok(RevisionSummary {
        revision: revision(row.try_get("revision").map_err(store_error)?)?,
        at: instant(row.try_get("created_at").map_err(store_error)?)?,
        author: from_text(row.try_get("author").map_err(store_error)?),
        note: note.map(from_text),
    })
}

fn read_tenant_summary(row: &PgRow) -> Result<TenantSummary, StoreError> {
    let key: Option<String> = row.try_get("short_name").map_err(store_error)?;
    Ok(TenantSummary {
        id: tenant_id(row.try_get("tenant_id").map_err(store_error)?)?,
        key: key.map(from_text),
        display_name: from_text(row.try_get("display_name").map_err(store_error)?),
        revision: revision(row.try_get("revision").map_err(store_error)?)?,
    })
}

fn position(row: &PgRow) -> Result<u64, StoreError> {
    from_column(row.try_get("position").map_err(store_error)?, "change position")
}

fn read_change(row: &PgRow) -> Result<Change, StoreError> {
    Ok(Change {
        position: position(row)?,
        tenant: tenant_id(row.try_get("tenant_id").map_err(store_error)?)?,
        revision: revision(row.try_get("revision").map_err(store_error)?)?,
        at: instant(row.try_get("created_at").map_err(store_error)?)?,
    })
}
