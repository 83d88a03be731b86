//! Puts a tenant document in force.

use signet_contract::catalog::{ExpectedRevision, TenantApplied, TenantJson};
use signet_contract::{CallContext, ContractError, Operation};

use super::commit::{Proposal, commit, note_of};
use super::plan_tenant::read_own;
use crate::{Catalog, CatalogError};

/// One transaction: the whole document or nothing of it.
#[tracing::instrument(name = "catalog.apply_tenant", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn apply_tenant(
    catalog: &Catalog,
    context: &CallContext,
    json: TenantJson,
    expected: ExpectedRevision,
    note: Option<String>,
) -> Result<TenantApplied, ContractError> {
    Operation::ManageCatalog.authorize(&context.caller)?;
    let note = note_of(note)?;
    let (document, warnings) = read_own(catalog, context, json).await?;
    let before = catalog.store.get_revision(document.id, None).await;
    let proposal = Proposal {
        before: before.map_err(CatalogError::from)?.map(|stored| stored.document),
        document,
        warnings,
        expected,
        note,
    };
    Ok(commit(catalog, context, proposal).await?)
}
