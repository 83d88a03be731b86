//! The document of a revision.

use signet_contract::catalog::TenantAt;
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::Revision;

use crate::{Catalog, CatalogError};

/// The document as it was put in force.
#[tracing::instrument(name = "catalog.export_tenant", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn export_tenant(
    catalog: &Catalog,
    context: &CallContext,
    revision: Option<Revision>,
) -> Result<TenantAt, ContractError> {
    Operation::ReadCatalog.authorize(&context.caller)?;
    let tenant = context.caller.tenant;
    let stored = catalog
        .store
        .get_revision(tenant, revision)
        .await
        .map_err(CatalogError::from)?;
    match (stored, revision) {
        (Some(stored), _) => Ok(TenantAt {
            document: stored.document,
            revision: stored.revision,
        }),
        (None, Some(revision)) => Err(CatalogError::RevisionNotFound { revision }.into()),
        (None, None) => Err(CatalogError::TenantUnknown { tenant }.into()),
    }
}
