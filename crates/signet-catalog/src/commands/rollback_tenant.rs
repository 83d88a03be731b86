//! Puts a past revision in force again.

use signet_contract::catalog::{ExpectedRevision, TenantApplied};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::Revision;
use signet_domain::tenant::validate;

use super::commit::{Proposal, commit, note_of};
use super::{off_thread, own_revision};
use crate::{Catalog, CatalogError};

/// A new revision with the old document. It is judged by the rules of today, which may be stricter.
#[tracing::instrument(name = "catalog.rollback_tenant", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn rollback_tenant(
    catalog: &Catalog,
    context: &CallContext,
    to: Revision,
    expected: ExpectedRevision,
    note: Option<String>,
) -> Result<TenantApplied, ContractError> {
    Operation::ManageCatalog.authorize(&context.caller)?;
    let note = match note_of(note)? {
        Some(note) => format!("rollback to revision {to}: {note}"),
        None => format!("rollback to revision {to}"),
    };
    let wanted = own_revision(catalog, context, Some(to)).await?.document;
    let before = own_revision(catalog, context, None).await?.document;
    let judged = wanted.clone();
    let (faults, warnings) = off_thread(move || validate(&judged)).await?;
    if !faults.is_empty() {
        return Err(CatalogError::DocumentInvalid { faults }.into());
    }
    let proposal = Proposal {
        before: Some(before),
        document: wanted,
        warnings,
        expected,
        note: Some(note),
    };
    Ok(commit(catalog, context, proposal).await?)
}
