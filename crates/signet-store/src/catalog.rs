//! Tenants, revision by revision, and the order in which they changed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use signet_domain::ids::{Revision, TenantId};
use signet_domain::tenant::TenantDocument;

use crate::error::StoreError;

/// Which revision a change was made against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whatever is there.
    Any,
    /// The tenant must not exist yet.
    Absent,
    /// The tenant must be at exactly this revision.
    Exactly(Revision),
}

impl Expected {
    /// A tenant at `current` (absent: no such tenant) is what was expected.
    pub fn is_met_by(self, current: Option<Revision>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => current.is_none(),
            Self::Exactly(revision) => current == Some(revision),
        }
    }
}

/// A document to be put in force.
#[derive(Debug, Clone)]
pub struct NewRevision {
    /// Whose. Equal to the document's id.
    pub tenant: TenantId,
    /// What the change was made against.
    pub expected: Expected,
    /// The whole tenant after the change.
    pub document: Arc<TenantDocument>,
    /// Who made it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Why, in the author's words.
    pub note: Option<String>,
}

/// What became of a [`NewRevision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitOutcome {
    /// It is in force as this revision.
    Committed(Revision),
    /// The document equals the current one; nothing was written and the current revision stays.
    Unchanged(Revision),
    /// The tenant is not where the change expected it; nothing was written.
    Conflict {
        /// Where it is; absent: no such tenant.
        current: Option<Revision>,
    },
}

/// A revision as it was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRevision {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub revision: Revision,
    /// The whole tenant.
    pub document: Arc<TenantDocument>,
    /// Who made it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Why, in the author's words.
    pub note: Option<String>,
}

/// A tenant in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSummary {
    /// Id.
    pub id: TenantId,
    /// Short name of the current document.
    pub key: Option<String>,
    /// Display name of the current document.
    pub display_name: String,
    /// Current revision.
    pub revision: Revision,
}

/// A revision in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionSummary {
    /// Which.
    pub revision: Revision,
    /// When.
    pub at: Timestamp,
    /// Who made it.
    pub author: String,
    /// Why, in the author's words.
    pub note: Option<String>,
}

/// One step in the order of all changes of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Position: 1 or more, strictly increasing in the order changes became visible.
    pub position: u64,
    /// Whose.
    pub tenant: TenantId,
    /// Which revision came into force.
    pub revision: Revision,
    /// When.
    pub at: Timestamp,
}

/// Keeps every revision of every tenant.
///
/// Revisions of a tenant are 1, 2, 3, … without gaps; none is ever changed or removed.
#[async_trait]
pub trait CatalogStore: Send + Sync {
    /// The tenant's current revision. `None`: no such tenant.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn current_revision(&self, tenant: TenantId) -> Result<Option<Revision>, StoreError>;

    /// A revision as it was stored; `revision` absent: the current one. `None`: no such tenant or revision.
    ///
    /// # Errors
    /// `Unavailable`; `Corrupt` when the stored document cannot be read.
    async fn get_revision(
        &self,
        tenant: TenantId,
        revision: Option<Revision>,
    ) -> Result<Option<StoredRevision>, StoreError>;

    /// Puts a document in force in one transaction: the revision, its place in the order of changes and the tenant's
    /// row become visible together or not at all. Concurrent commits to one tenant are ordered; a commit whose
    /// expectation no longer holds is a `Conflict`, which is looked at before `Unchanged`.
    ///
    /// # Errors
    /// `Invalid` when the document is of another tenant; `Full`, `Unavailable`, `Corrupt`.
    async fn commit(&self, change: NewRevision) -> Result<CommitOutcome, StoreError>;

    /// Tenants by id ascending, after `after`, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn list_tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<TenantSummary>, StoreError>;

    /// Revisions of a tenant, newest first, before `before`, at most `limit`. Empty: no such tenant.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn list_revisions(
        &self,
        tenant: TenantId,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RevisionSummary>, StoreError>;

    /// Changes of all tenants after a position, in order, at most `limit`. A reader that goes on from the last
    /// position it saw misses none and sees none twice: a position never becomes visible after a higher one has.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn changes_after(&self, position: u64, limit: u32) -> Result<Vec<Change>, StoreError>;

    /// Position of the newest change; 0 before the first.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn latest_position(&self) -> Result<u64, StoreError>;

    /// Returns when a change after `position` is there, whichever process made it, or after `limit`. A hint, never a
    /// promise: what there is says [`CatalogStore::changes_after`]. A change made through this handle is noticed at
    /// once, one made by another process as soon as the store tells, and some stores do not tell.
    async fn wait_for_change(&self, position: u64, limit: Duration);
}

impl NewRevision {
    /// The document is of the tenant the change names. For stores, before anything else.
    ///
    /// # Errors
    /// `Invalid` otherwise.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.document.id == self.tenant {
            return Ok(());
        }
        Err(StoreError::Invalid {
            what: format!(
                "the document of tenant `{}` cannot be a revision of tenant `{}`",
                self.document.id, self.tenant
            ),
        })
    }
}
