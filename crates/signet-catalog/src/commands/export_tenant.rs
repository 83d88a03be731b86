//! The document of a revision.

use signet_contract::catalog::TenantAt;
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::Revision;

use super::own_revision;
use crate::Catalog;

/// The document as it was put in force.
#[tracing::instrument(name = "catalog.export_tenant", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn export_tenant(
    catalog: &Catalog,
    context: &CallContext,
    revision: Option<Revision>,
) -> Result<TenantAt, ContractError> {
    Operation::ReadCatalog.authorize(&context.caller)?;
    let stored = own_revision(catalog, context, revision).await?;
    Ok(TenantAt {
        document: stored.document,
        revision: stored.revision,
    })
}
