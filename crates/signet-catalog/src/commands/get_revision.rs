//! One revision of a tenant.

use signet_contract::catalog::RevisionInfo;
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::Revision;

use super::own_revision;
use crate::Catalog;

/// When it was made, by whom and what for; absent: the current one.
#[tracing::instrument(name = "catalog.get_revision", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn get_revision(
    catalog: &Catalog,
    context: &CallContext,
    revision: Option<Revision>,
) -> Result<RevisionInfo, ContractError> {
    Operation::ReadCatalog.authorize(&context.caller)?;
    let stored = own_revision(catalog, context, revision).await?;
    Ok(RevisionInfo {
        revision: stored.revision,
        at: stored.at,
        author: stored.author,
        note: stored.note,
    })
}
