//! What distinguishes two revisions.

use signet_contract::catalog::RevisionDiff;
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::Revision;
use signet_domain::tenant::diff;

use super::{off_thread, own_revision};
use crate::Catalog;

/// Differences from one revision to another, which may be the older one.
#[tracing::instrument(name = "catalog.diff_revisions", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn diff_revisions(
    catalog: &Catalog,
    context: &CallContext,
    from: Revision,
    to: Option<Revision>,
) -> Result<RevisionDiff, ContractError> {
    Operation::ReadCatalog.authorize(&context.caller)?;
    let from = own_revision(catalog, context, Some(from)).await?;
    let to = own_revision(catalog, context, to).await?;
    let revisions = (from.revision, to.revision);
    let changes = off_thread(move || diff(Some(&from.document), &to.document)).await?;
    Ok(RevisionDiff {
        from: revisions.0,
        to: revisions.1,
        changes,
    })
}
