//! The order of changes of all tenants, and those who follow it.

use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, BoxStream, StreamExt};
use signet_contract::ContractError;
use signet_contract::catalog::ChangeEvent;
use signet_domain::ids::TenantId;
use signet_store::CatalogStore;
use tokio::sync::{broadcast, watch};

use crate::{Catalog, CatalogError};

/// Changes read from the store at once.
const BATCH: u32 = 256;

/// Changed tenants a follower of one tenant may lag behind; when it does it looks for itself.
const HINTS: usize = 256;

/// Tells followers that there is something new; what it is they read from the store, so nothing is skipped.
pub(crate) struct ChangeFeed {
    store: Arc<dyn CatalogStore>,
    newest: watch::Sender<u64>,
    /// Up to here no snapshot given out is older than what happened; absent: nobody follows the store yet.
    applied: Mutex<Option<u64>>,
    /// Which tenant changed; absent: any may have.
    hints: broadcast::Sender<Option<TenantId>>,
}

impl ChangeFeed {
    pub(crate) fn new(store: Arc<dyn CatalogStore>) -> Self {
        Self {
            store,
            newest: watch::Sender::new(0),
            applied: Mutex::default(),
            hints: broadcast::Sender::new(HINTS),
        }
    }

    /// Wakes followers and those who wait for a revision.
    pub(crate) fn announce(&self, position: u64) {
        self.newest.send_if_modified(|known| {
            let newer = position > *known;
            *known = (*known).max(position);
            newer
        });
    }

    /// Wakes followers of a tenant; absent: of every tenant.
    pub(crate) fn hint(&self, tenant: Option<TenantId>) {
        // Nobody follows a single tenant when this fails.
        let _followers = self.hints.send(tenant);
    }

    /// Tenants as they change.
    pub(crate) fn hints(&self) -> broadcast::Receiver<Option<TenantId>> {
        self.hints.subscribe()
    }

    /// Wakes on every announced change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Up to here no snapshot given out is older than what happened; absent: nobody follows the store yet.
    pub(crate) fn applied(&self) -> Option<u64> {
        *self.applied.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_applied(&self, position: u64) {
        *self.applied.lock().unwrap_or_else(PoisonError::into_inner) = Some(position);
    }

    /// Every change after a position, then those to come.
    pub(crate) fn watch(&self, after: u64) -> BoxStream<'static, Result<ChangeEvent, ContractError>> {
        let follower = Follower {
            store: self.store.clone(),
            newest: self.newest.subscribe(),
            position: after,
        };
        stream::try_unfold(follower, |mut follower| async move {
            let batch = follower.next_batch().await?;
            Ok::<_, ContractError>(batch.map(|events| (stream::iter(events.into_iter().map(Ok)), follower)))
        })
        .try_flatten_batches()
    }
}

/// Flattens a stream of batches; a failed batch ends the stream with its error.
trait FlattenBatches {
    fn try_flatten_batches(self) -> BoxStream<'static, Result<ChangeEvent, ContractError>>;
}

impl<S, B> FlattenBatches for S
where
    S: futures::Stream<Item = Result<B, ContractError>> + Send + 'static,
    B: futures::Stream<Item = Result<ChangeEvent, ContractError>> + Send + Unpin + 'static,
{
    fn try_flatten_batches(self) -> BoxStream<'static, Result<ChangeEvent, ContractError>> {
        use futures::stream::TryStreamExt;
        self.try_flatten().boxed()
    }
}

struct Follower {
    store: Arc<dyn CatalogStore>,
    newest: watch::Receiver<u64>,
    position: u64,
}

impl Follower {
    /// The next changes, waiting for one; absent when the catalogue has gone.
    async fn next_batch(&mut self) -> Result<Option<Vec<ChangeEvent>>, ContractError> {
        loop {
            self.newest.mark_unchanged();
            let changes = self
                .store
                .changes_after(self.position, BATCH)
                .await
                .map_err(CatalogError::from)?;
            if let Some(last) = changes.last() {
                self.position = last.position;
                let events = changes.iter().map(|change| ChangeEvent {
                    position: change.position,
                    tenant: change.tenant,
                    revision: change.revision,
                });
                return Ok(Some(events.collect()));
            }
            if self.newest.changed().await.is_err() {
                return Ok(None);
            }
        }
    }
}

/// Where to begin for who wants only what happens from now on: what he asks for afterwards is not older.
pub(crate) async fn present_end(catalog: &Catalog) -> Result<u64, CatalogError> {
    let newest = catalog.store.latest_position().await?;
    // What happened after it is told again rather than kept from him: snapshots may not show it yet.
    if let Some(applied) = catalog.feed.applied() {
        return Ok(applied.min(newest));
    }
    catalog.snapshots.forget_all();
    Ok(newest)
}

/// Reads changes made by other processes, forgets outdated snapshots and wakes followers: as soon as the store tells of a
/// change, and once an interval whether it tells or not.
pub(crate) async fn follow_store(catalog: &Catalog) {
    let interval = catalog.config.poll_interval;
    let mut position = None;
    loop {
        catalog.snapshots.tidy().await;
        match read_changes(catalog, position).await {
            Ok(newest) => {
                position = Some(newest);
                catalog.store.wait_for_change(newest, interval).await;
            }
            Err(error) => {
                tracing::warn!(%error, "cannot read changes of the catalogue; trying again");
                tokio::time::sleep(interval).await;
            }
        }
    }
}

/// One look at the store; the position up to which it is known now.
pub(crate) async fn read_changes(catalog: &Catalog, position: Option<u64>) -> Result<u64, CatalogError> {
    let Some(mut position) = position else {
        let newest = catalog.store.latest_position().await?;
        // What was loaded before may be older, and no change up to here is looked at.
        catalog.snapshots.forget_all();
        catalog.feed.set_applied(newest);
        catalog.feed.announce(newest);
        catalog.feed.hint(None);
        return Ok(newest);
    };
    loop {
        let changes = catalog.store.changes_after(position, BATCH).await?;
        for change in &changes {
            catalog.snapshots.forget_older(change.tenant, change.revision).await;
            catalog.feed.hint(Some(change.tenant));
        }
        let Some(last) = changes.last() else {
            return Ok(position);
        };
        position = last.position;
        catalog.feed.set_applied(position);
        catalog.feed.announce(position);
    }
}
