//! Changes one label, or the order of all.

use std::sync::Arc;

use signet_contract::catalog::{ExpectedRevision, TenantApplied};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::Revision;
use signet_domain::tenant::LabelChange;

use super::commit::{Proposal, commit, note_of};
use super::{off_thread, own_revision};
use crate::{Catalog, CatalogError};

/// The change as one new revision of the whole tenant, or every reason against it.
#[tracing::instrument(name = "catalog.change_label", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn change_label(
    catalog: &Catalog,
    context: &CallContext,
    change: LabelChange,
    expected: Revision,
    note: Option<String>,
) -> Result<TenantApplied, ContractError> {
    Operation::ManageCatalog.authorize(&context.caller)?;
    let note = note_of(note)?;
    let stored = own_revision(catalog, context, None).await?;
    if stored.revision != expected {
        let current = Some(stored.revision);
        return Err(CatalogError::RevisionConflict { current }.into());
    }
    let before = stored.document.clone();
    let (note, changed) = off_thread(move || {
        let note = note.unwrap_or_else(|| change.describe(&before));
        (note, change.apply(&before))
    })
    .await?;
    let (document, warnings) = changed.map_err(CatalogError::from)?;
    let proposal = Proposal {
        before: Some(stored.document),
        document: Arc::new(document),
        warnings,
        expected: ExpectedRevision::Exactly(expected),
        note: Some(note),
    };
    Ok(commit(catalog, context, proposal).await?)
}
