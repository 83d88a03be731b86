//! The one way a tenant changes: a document that was judged becomes the next revision.

use std::sync::Arc;

use signet_contract::catalog::{ExpectedRevision, MAX_NOTE, TenantApplied};
use signet_contract::{CallContext, Caller};
use signet_domain::tenant::{Finding, TenantDocument, diff};
use signet_store::{CommitOutcome, Expected, NewRevision};

use super::off_thread;
use crate::{Catalog, CatalogError};

/// A document free of faults, to be put in force.
pub(super) struct Proposal {
    /// What it is compared with in the answer; absent: there was nothing.
    pub(super) before: Option<Arc<TenantDocument>>,
    /// The whole tenant after the change.
    pub(super) document: Arc<TenantDocument>,
    pub(super) warnings: Vec<Finding>,
    pub(super) expected: ExpectedRevision,
    pub(super) note: Option<String>,
}

/// Makes the revision, with its author and time, in one transaction, and tells followers.
///
/// # Errors
/// `RevisionConflict`, `Store`.
pub(super) async fn commit(
    catalog: &Catalog,
    context: &CallContext,
    proposal: Proposal,
) -> Result<TenantApplied, CatalogError> {
    let (before, document) = (proposal.before, proposal.document.clone());
    let tenant = document.id;
    let changes = off_thread(move || diff(before.as_deref(), &document)).await?;
    let change = NewRevision {
        tenant,
        expected: match proposal.expected {
            ExpectedRevision::Any => Expected::Any,
            ExpectedRevision::Absent => Expected::Absent,
            ExpectedRevision::Exactly(revision) => Expected::Exactly(revision),
        },
        document: proposal.document,
        author: author(&context.caller),
        at: catalog.clock.now(),
        note: proposal.note,
    };
    let (revision, changed) = match catalog.store.commit(change).await? {
        CommitOutcome::Committed(revision) => (revision, true),
        CommitOutcome::Unchanged(revision) => (revision, false),
        CommitOutcome::Conflict { current } => return Err(CatalogError::RevisionConflict { current }),
    };
    if changed {
        catalog.snapshots.forget_older(tenant, revision).await;
        catalog.feed.hint(Some(tenant));
        let position = catalog.store.latest_position().await?;
        catalog.feed.announce(position);
        tracing::info!(tenant.id = %tenant, revision = revision.0, changes = changes.len(), "tenant has a new revision");
    }
    Ok(TenantApplied {
        revision,
        changed,
        changes,
        warnings: proposal.warnings,
    })
}

/// A note as it may be kept.
///
/// # Errors
/// `NoteTooLong`.
pub(super) fn note_of(note: Option<String>) -> Result<Option<String>, CatalogError> {
    match note {
        Some(note) if note.chars().nth(MAX_NOTE).is_some() => Err(CatalogError::NoteTooLong),
        note => Ok(note.filter(|note| !note.trim().is_empty())),
    }
}

fn author(caller: &Caller) -> String {
    let person = caller.user_principal_name.as_deref();
    person
        .or(caller.application_id.as_deref())
        .unwrap_or("operator")
        .to_owned()
}
