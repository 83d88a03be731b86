//! Compiled tenants in use. Bounded by weight, and a tenant nobody asks for any more is forgotten: what exists beside
//! them takes no memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::future::Cache;
use signet_domain::ids::{Revision, TenantId};
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::TenantDocument;
use signet_store::CatalogStore;

use crate::error::CatalogError;

/// Compiled tenants by id.
pub(crate) struct Snapshots {
    store: Arc<dyn CatalogStore>,
    cache: Cache<TenantId, Kept>,
    /// The newest revision announced of a tenant: nothing older is given out, also when it was being loaded meanwhile.
    announced: Cache<TenantId, Revision>,
    /// How many announcements there were, of any tenant.
    announcements: AtomicU64,
    /// Only what was loaded after so many announcements is given out.
    trusted_from: AtomicU64,
}

/// A compiled tenant.
#[derive(Clone)]
struct Kept {
    snapshot: Arc<PolicySnapshot>,
    /// How many announcements there were when it was begun to be loaded.
    begun: u64,
    /// How many announcements there were when the snapshot was last found to be as new as announced; `u64::MAX` before.
    checked: Arc<AtomicU64>,
}

/// Tenants whose announced revision is remembered; each takes some dozens of bytes.
const MAX_ANNOUNCED: u64 = 100_000;

/// How often a tenant is loaded for one question. More than once only when it changed while it was being loaded.
const MAX_LOADS: usize = 3;

impl Snapshots {
    /// `capacity` in labels, users, groups and policies; `idle` is how long a tenant stays that nobody asks for.
    pub(crate) fn new(store: Arc<dyn CatalogStore>, capacity: u64, idle: Duration) -> Self {
        let cache = Cache::builder()
            .max_capacity(capacity)
            .time_to_idle(idle)
            .weigher(|_: &TenantId, kept: &Kept| weight(kept.snapshot.document()))
            .build();
        let announced = Cache::builder().max_capacity(MAX_ANNOUNCED).build();
        Self {
            store,
            cache,
            announced,
            announcements: AtomicU64::new(0),
            trusted_from: AtomicU64::new(0),
        }
    }

    /// The newest snapshot known here; loads and compiles it once however many ask. Absent: no such tenant.
    pub(crate) async fn newest(&self, tenant: TenantId) -> Result<Option<Arc<PolicySnapshot>>, CatalogError> {
        let mut found = self.kept_or_loaded(tenant).await?;
        for _ in 1..MAX_LOADS {
            let Some(kept) = &found else { break };
            if self.is_as_announced(tenant, kept).await {
                break;
            }
            self.cache.invalidate(&tenant).await;
            found = self.kept_or_loaded(tenant).await?;
        }
        Ok(found.map(|kept| kept.snapshot))
    }

    /// Nothing newer was announced. Looked up only when there were announcements since it was last looked up.
    async fn is_as_announced(&self, tenant: TenantId, kept: &Kept) -> bool {
        // Read before the announced revision, and counted up after it was written: what is announced meanwhile is
        // looked for again.
        let announcements = self.announcements.load(Ordering::Acquire);
        if kept.checked.load(Ordering::Relaxed) == announcements {
            return true;
        }
        if kept.begun < self.trusted_from.load(Ordering::Acquire) {
            return false;
        }
        let announced = self.announced.get(&tenant).await;
        let newest = announced.is_none_or(|announced| kept.snapshot.revision() >= announced);
        if newest {
            kept.checked.store(announcements, Ordering::Relaxed);
        }
        newest
    }

    async fn kept_or_loaded(&self, tenant: TenantId) -> Result<Option<Kept>, CatalogError> {
        if let Some(kept) = self.cache.get(&tenant).await {
            return Ok(Some(kept));
        }
        let loaded = self.cache.try_get_with(tenant, self.load(tenant)).await;
        match loaded {
            Ok(kept) => Ok(Some(kept)),
            Err(failure) => match &*failure {
                LoadFailure::Absent => Ok(None),
                LoadFailure::Store(cause) => Err(CatalogError::Store(cause.clone())),
            },
        }
    }

    /// Lets go of what is too much or too old; the cache does it by itself only while it is used.
    pub(crate) async fn tidy(&self) {
        self.cache.run_pending_tasks().await;
    }

    /// Revisions kept, of the `most` tenants whose ids come first.
    pub(crate) fn revisions(&self, most: usize) -> Vec<(TenantId, Revision)> {
        let kept = self
            .cache
            .iter()
            .map(|(tenant, kept)| (*tenant, kept.snapshot.revision()));
        let kept: BTreeMap<TenantId, Revision> = kept.collect();
        kept.into_iter().take(most).collect()
    }

    /// Tenants kept and their weight together.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> (u64, u64) {
        (self.cache.entry_count(), self.cache.weighted_size())
    }

    /// The snapshot that is in the store now; loads the tenant again when the one kept is another.
    pub(crate) async fn refresh(&self, tenant: TenantId) -> Result<Option<Arc<PolicySnapshot>>, CatalogError> {
        let current = self.store.current_revision(tenant).await?;
        let kept = self.cache.get(&tenant).await.map(|kept| kept.snapshot.revision());
        if current != kept {
            self.cache.invalidate(&tenant).await;
        }
        if let Some(current) = current {
            // Nor is an older one given out that is being loaded.
            self.forget_older(tenant, current).await;
        }
        self.newest(tenant).await
    }

    /// Forgets the tenant when what is kept, or being loaded, is older than a revision.
    pub(crate) async fn forget_older(&self, tenant: TenantId, revision: Revision) {
        let known = self.announced.get(&tenant).await;
        if known.is_none_or(|known| known < revision) {
            self.announced.insert(tenant, revision).await;
            self.announcements.fetch_add(1, Ordering::Release);
        }
        if self
            .cache
            .get(&tenant)
            .await
            .is_some_and(|kept| kept.snapshot.revision() < revision)
        {
            self.cache.invalidate(&tenant).await;
        }
    }

    /// Gives out nothing that was loaded, or begun to be loaded, before now.
    pub(crate) fn forget_all(&self) {
        let begun_before = self.announcements.load(Ordering::Acquire);
        // Written before the count goes up, so that whoever sees the new count sees it.
        self.trusted_from.fetch_max(begun_before + 1, Ordering::AcqRel);
        self.announcements.fetch_add(1, Ordering::AcqRel);
    }

    async fn load(&self, tenant: TenantId) -> Result<Kept, LoadFailure> {
        let begun = self.announcements.load(Ordering::Acquire);
        let stored = self
            .store
            .get_revision(tenant, None)
            .await
            .map_err(|cause| LoadFailure::Store(Arc::new(cause)))?;
        let stored = stored.ok_or(LoadFailure::Absent)?;
        let compiled =
            tokio::task::spawn_blocking(move || PolicySnapshot::compile(stored.document, stored.revision)).await;
        let kept = |snapshot| Kept {
            snapshot: Arc::new(snapshot),
            begun,
            checked: Arc::new(AtomicU64::new(u64::MAX)),
        };
        compiled
            .map(kept)
            .map_err(|_| LoadFailure::Store(Arc::new(signet_store::StoreError::corrupt("tenant document"))))
    }
}

enum LoadFailure {
    Absent,
    Store(Arc<signet_store::StoreError>),
}

fn weight(document: &TenantDocument) -> u32 {
    let entries = document.labels.len() + document.users.len() + document.groups.len() + document.policies.len();
    u32::try_from(entries).unwrap_or(u32::MAX).max(1)
}
