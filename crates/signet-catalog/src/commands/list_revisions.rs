//! The history of a tenant.

use signet_contract::catalog::RevisionInfo;
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::Revision;
use signet_store::RevisionSummary;

use crate::{Catalog, CatalogError};

/// Most revisions of one page.
const MAX_PAGE: u32 = 1_000;

/// Revisions, newest first.
#[tracing::instrument(name = "catalog.list_revisions", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn list_revisions(
    catalog: &Catalog,
    context: &CallContext,
    before: Option<Revision>,
    limit: u32,
) -> Result<Vec<RevisionInfo>, ContractError> {
    Operation::ReadCatalog.authorize(&context.caller)?;
    let limit = limit.clamp(1, MAX_PAGE);
    let revisions = catalog.store.list_revisions(context.caller.tenant, before, limit).await;
    let revisions = revisions.map_err(CatalogError::from)?.into_iter();
    Ok(revisions.map(info).collect())
}

/// A revision as the contract tells it.
pub(super) fn info(summary: RevisionSummary) -> RevisionInfo {
    RevisionInfo {
        revision: summary.revision,
        at: summary.at,
        author: summary.author,
        note: summary.note,
    }
}
