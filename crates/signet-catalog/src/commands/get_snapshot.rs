//! The compiled policies of a tenant.

use std::sync::Arc;
use std::time::Instant;

use signet_domain::ids::{Revision, TenantId};
use signet_domain::snapshot::PolicySnapshot;

use crate::{Catalog, CatalogError};

/// The newest snapshot, waiting until it is at least `at_least`. Absent: no such tenant, and none was waited for.
///
/// # Errors
/// `RevisionNotReached` at the deadline; `Store`.
pub(crate) async fn get_snapshot(
    catalog: &Catalog,
    tenant: TenantId,
    at_least: Option<Revision>,
    deadline: Instant,
) -> Result<Option<Arc<PolicySnapshot>>, CatalogError> {
    let newest = catalog.snapshots.newest(tenant).await?;
    let Some(wanted) = at_least else { return Ok(newest) };
    let mut known = newest;
    let mut changed = catalog.feed.subscribe();
    loop {
        if known.as_ref().is_some_and(|snapshot| snapshot.revision() >= wanted) {
            return Ok(known);
        }
        changed.mark_unchanged();
        known = catalog.snapshots.refresh(tenant).await?;
        let newest = known
            .as_ref()
            .map_or(Revision::default(), |snapshot| snapshot.revision());
        if newest >= wanted {
            return Ok(known);
        }
        let wait = tokio::time::timeout_at(deadline.into(), changed.changed());
        if known.is_none() || wait.await.is_err() {
            return if known.is_none() {
                Ok(None)
            } else {
                Err(CatalogError::RevisionNotReached { wanted, newest })
            };
        }
    }
}
