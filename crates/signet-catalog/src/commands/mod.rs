//! One file per operation.

pub(crate) mod apply_tenant;
pub(crate) mod change_label;
mod commit;
pub(crate) mod diff_revisions;
pub(crate) mod export_tenant;
pub(crate) mod follow_revisions;
pub(crate) mod get_label;
pub(crate) mod get_policy_settings;
pub(crate) mod get_revision;
pub(crate) mod get_snapshot;
pub(crate) mod list_labels;
pub(crate) mod list_revisions;
pub(crate) mod plan_tenant;
pub(crate) mod resolve_subject;
pub(crate) mod rollback_tenant;

use std::sync::Arc;

use signet_contract::{CallContext, ContractError};
use signet_domain::ids::Revision;
use signet_domain::snapshot::PolicySnapshot;
use signet_store::StoredRevision;

use crate::{Catalog, CatalogError};

/// The caller's own tenant, at least as new as the call demands.
async fn own_tenant(catalog: &Catalog, context: &CallContext) -> Result<Arc<PolicySnapshot>, ContractError> {
    let tenant = context.caller.tenant;
    let snapshot = get_snapshot::get_snapshot(catalog, tenant, context.at_least_revision, context.deadline).await?;
    Ok(snapshot.ok_or(CatalogError::TenantUnknown { tenant })?)
}

/// A stored revision of the caller's own tenant; absent: the current one.
///
/// # Errors
/// `TenantUnknown`, `RevisionNotFound`, `Store`.
async fn own_revision(
    catalog: &Catalog,
    context: &CallContext,
    revision: Option<Revision>,
) -> Result<StoredRevision, CatalogError> {
    let tenant = context.caller.tenant;
    if let Some(stored) = catalog.store.get_revision(tenant, revision).await? {
        return Ok(stored);
    }
    match revision {
        Some(revision) if catalog.store.current_revision(tenant).await?.is_some() => {
            Err(CatalogError::RevisionNotFound { revision })
        }
        _ => Err(CatalogError::TenantUnknown { tenant }),
    }
}

/// Work in proportion to a whole document, away from the threads that answer calls.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, CatalogError> {
    tokio::task::spawn_blocking(work).await.map_err(|failure| {
        tracing::error!(error = %failure, "work on a tenant document failed");
        CatalogError::Internal
    })
}
