//! Tenants in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use async_trait::async_trait;
use signet_domain::ids::{Revision, TenantId};

use super::{MemoryStore, at_most, lock};
use crate::catalog::{
    CatalogStore, Change, CommitOutcome, NewRevision, RevisionSummary, StoredRevision, TenantSummary,
};
use crate::error::StoreError;

#[derive(Debug, Default)]
pub(super) struct State {
    /// Revisions of each tenant, oldest first; revision `n` is entry `n - 1`. Never empty.
    tenants: BTreeMap<TenantId, Vec<StoredRevision>>,
    /// Position `n` is entry `n - 1`.
    changes: Vec<Change>,
}

impl State {
    fn current(&self, tenant: TenantId) -> Option<&StoredRevision> {
        self.tenants.get(&tenant)?.last()
    }

    fn find(&self, tenant: TenantId, revision: Revision) -> Option<&StoredRevision> {
        let revisions = self.tenants.get(&tenant)?;
        revisions.iter().rev().find(|stored| stored.revision == revision)
    }

    fn commit(&mut self, change: NewRevision) -> CommitOutcome {
        let current = self.current(change.tenant);
        let current_revision = current.map(|stored| stored.revision);
        if !change.expected.is_met_by(current_revision) {
            return CommitOutcome::Conflict {
                current: current_revision,
            };
        }
        if let Some(stored) = current
            && stored.document == change.document
        {
            return CommitOutcome::Unchanged(stored.revision);
        }
        let revision = Revision(current_revision.unwrap_or_default().0 + 1);
        self.changes.push(Change {
            position: self.changes.len() as u64 + 1,
            tenant: change.tenant,
            revision,
            at: change.at,
        });
        self.tenants.entry(change.tenant).or_default().push(StoredRevision {
            tenant: change.tenant,
            revision,
            document: change.document,
            author: change.author,
            at: change.at,
            note: change.note,
        });
        CommitOutcome::Committed(revision)
    }
}

#[async_trait]
impl CatalogStore for MemoryStore {
    async fn current_revision(&self, tenant: TenantId) -> Result<Option<Revision>, StoreError> {
        Ok(lock(&self.catalog).current(tenant).map(|stored| stored.revision))
    }

    async fn get_revision(
        &self,
        tenant: TenantId,
        revision: Option<Revision>,
    ) -> Result<Option<StoredRevision>, StoreError> {
        let state = lock(&self.catalog);
        let found = match revision {
            Some(revision) => state.find(tenant, revision),
            None => state.current(tenant),
        };
        Ok(found.cloned())
    }

    async fn commit(&self, change: NewRevision) -> Result<CommitOutcome, StoreError> {
        change.check()?;
        let mut state = lock(&self.catalog);
        let outcome = state.commit(change);
        self.changes.heard(state.changes.len() as u64);
        Ok(outcome)
    }

    async fn list_tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<TenantSummary>, StoreError> {
        let state = lock(&self.catalog);
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let newest = state
            .tenants
            .range((start, Bound::Unbounded))
            .filter_map(|(_, revisions)| revisions.last());
        Ok(newest.take(at_most(limit)).map(summary).collect())
    }

    async fn list_revisions(
        &self,
        tenant: TenantId,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RevisionSummary>, StoreError> {
        let state = lock(&self.catalog);
        let revisions = state.tenants.get(&tenant).into_iter().flatten().rev();
        let wanted = revisions.filter(|stored| before.is_none_or(|before| stored.revision < before));
        Ok(wanted.take(at_most(limit)).map(revision_summary).collect())
    }

    async fn changes_after(&self, position: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let state = lock(&self.catalog);
        let skipped = usize::try_from(position).unwrap_or(usize::MAX);
        Ok(state
            .changes
            .iter()
            .skip(skipped)
            .take(at_most(limit))
            .copied()
            .collect())
    }

    async fn latest_position(&self) -> Result<u64, StoreError> {
        Ok(lock(&self.catalog).changes.len() as u64)
    }

    async fn wait_for_change(&self, position: u64, limit: Duration) {
        self.changes.wait(position, limit).await;
    }
}

fn summary(stored: &StoredRevision) -> TenantSummary {
    TenantSummary {
        id: stored.tenant,
        key: stored.document.key.clone(),
        display_name: stored.document.display_name.clone(),
        revision: stored.revision,
    }
}

fn revision_summary(stored: &StoredRevision) -> RevisionSummary {
    RevisionSummary {
        revision: stored.revision,
        at: stored.at,
        author: stored.author.clone(),
        note: stored.note.clone(),
    }
}
