//! Revisions of one tenant as they are made.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use signet_contract::catalog::RevisionInfo;
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::{Revision, TenantId};
use signet_store::CatalogStore;
use tokio::sync::broadcast::{self, error::RecvError};

use super::list_revisions::info;
use crate::{Catalog, CatalogError};

/// Revisions read from the store at once.
const BATCH: u32 = 256;

/// Every revision after one, in order, then those to come.
#[tracing::instrument(name = "catalog.follow_revisions", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn follow_revisions(
    catalog: &Catalog,
    context: &CallContext,
    after: Option<Revision>,
) -> Result<BoxStream<'static, Result<RevisionInfo, ContractError>>, ContractError> {
    Operation::ReadCatalog.authorize(&context.caller)?;
    let tenant = context.caller.tenant;
    // Subscribed before the store is read, so that nothing happens unnoticed in between.
    let hints = catalog.feed.hints();
    let current = catalog
        .store
        .current_revision(tenant)
        .await
        .map_err(CatalogError::from)?;
    let current = current.ok_or(CatalogError::TenantUnknown { tenant })?;
    let last = after.unwrap_or(current);
    if last > current {
        return Err(CatalogError::RevisionNotFound { revision: last }.into());
    }
    let follower = Follower {
        store: catalog.store.clone(),
        hints,
        tenant,
        last,
    };
    let batches = stream::try_unfold(follower, |mut follower| async move {
        let batch = follower.next_batch().await?;
        Ok::<_, ContractError>(batch.map(|batch| (stream::iter(batch.into_iter().map(Ok)), follower)))
    });
    Ok(batches.try_flatten().boxed())
}

struct Follower {
    store: Arc<dyn CatalogStore>,
    hints: broadcast::Receiver<Option<TenantId>>,
    tenant: TenantId,
    last: Revision,
}

impl Follower {
    /// The next revisions, waiting for one; absent when the catalogue has gone.
    async fn next_batch(&mut self) -> Result<Option<Vec<RevisionInfo>>, CatalogError> {
        loop {
            // INVARIANT (revisions of a tenant have no gaps): the next `BATCH` are those below this bound.
            let bound = Revision(self.last.0.saturating_add(u64::from(BATCH) + 1));
            let newest_first = self.store.list_revisions(self.tenant, Some(bound), BATCH).await?;
            let newer = newest_first.into_iter().filter(|summary| summary.revision > self.last);
            let mut batch: Vec<RevisionInfo> = newer.map(info).collect();
            batch.reverse();
            if let Some(last) = batch.last() {
                self.last = last.revision;
                return Ok(Some(batch));
            }
            if !self.woken().await {
                return Ok(None);
            }
        }
    }

    /// Waits until the tenant may have changed; false when the catalogue has gone.
    async fn woken(&mut self) -> bool {
        loop {
            match self.hints.recv().await {
                Ok(changed) if changed.is_none_or(|changed| changed == self.tenant) => return true,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }
}
