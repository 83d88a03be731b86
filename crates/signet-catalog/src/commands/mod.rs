//! One file per operation.

pub(crate) mod apply_tenant;
pub(crate) mod export_tenant;
pub(crate) mod get_label;
pub(crate) mod get_policy_settings;
pub(crate) mod get_snapshot;
pub(crate) mod list_labels;
pub(crate) mod list_revisions;
pub(crate) mod plan_tenant;
pub(crate) mod resolve_subject;

use std::sync::Arc;

use signet_contract::{CallContext, ContractError};
use signet_domain::snapshot::PolicySnapshot;

use crate::{Catalog, CatalogError};

/// The caller's own tenant, at least as new as the call demands.
async fn own_tenant(catalog: &Catalog, context: &CallContext) -> Result<Arc<PolicySnapshot>, ContractError> {
    let tenant = context.caller.tenant;
    let snapshot = get_snapshot::get_snapshot(catalog, tenant, context.at_least_revision, context.deadline).await?;
    Ok(snapshot.ok_or(CatalogError::TenantUnknown { tenant })?)
}
