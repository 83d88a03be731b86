//! A following cache of policy snapshots over a catalogue that may be far away.
//!
//! It fetches a tenant's snapshot on first use, follows the catalogue's stream of changes and fetches again when a
//! newer revision is announced. While the catalogue does not answer it goes on from what it has, says for how long,
//! and refuses once that is longer than allowed. A caller who demands a revision never gets an older one.
//!
//! It is itself a [`PolicyDistribution`], so a service cannot tell it from the catalogue.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use moka::future::Cache;
use signet_contract::catalog::{ChangeEvent, SnapshotLease};
use signet_contract::{ContractError, PolicyDistribution};
use signet_domain::error::{ErrorKind, ErrorReason};
use signet_domain::ids::{Revision, TenantId};
use signet_domain::snapshot::PolicySnapshot;
use tokio::time::Instant;

/// Shortest and longest pause between attempts to follow the catalogue again.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// How often what is no longer used is let go.
const TIDY: Duration = Duration::from_secs(10);

/// How often a fetch that was overtaken by a change is made again for one question.
const OVERTAKEN: u32 = 4;

/// Announcements remembered without looking whether their tenants are still kept.
const FEW: u64 = 8;

/// Settings of the cache.
#[derive(Debug, Clone)]
pub struct DistributionConfig {
    /// How long answers may go on without the catalogue.
    pub max_unconfirmed: Duration,
    /// Weight of snapshots kept, in labels, users, groups and policies.
    pub capacity: u64,
    /// How long a snapshot is kept that nobody asks for.
    pub idle: Duration,
    /// Longest wait for one snapshot that nobody demanded.
    pub fetch_timeout: Duration,
}

impl Default for DistributionConfig {
    fn default() -> Self {
        Self {
            max_unconfirmed: Duration::from_secs(15 * 60),
            capacity: 2_000_000,
            idle: Duration::from_secs(60 * 60),
            fetch_timeout: Duration::from_secs(2),
        }
    }
}

/// Policies of the tenants in use, kept new by following the catalogue.
pub struct FollowedPolicies {
    source: Arc<dyn PolicyDistribution>,
    cache: Cache<TenantId, Arc<PolicySnapshot>>,
    contact: Mutex<Contact>,
    config: DistributionConfig,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// A fetch under way, until dropped: what is announced for its tenant meanwhile is remembered.
struct Fetching<'c> {
    contact: &'c Mutex<Contact>,
    tenant: TenantId,
}

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        let mut contact = self.contact.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = contact.fetching.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                contact.fetching.remove(&self.tenant);
            }
        }
    }
}

/// What the cache has done and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Questions answered from what is kept.
    pub hits: u64,
    /// Questions the catalogue had to be asked for.
    pub misses: u64,
    /// Tenants kept, about.
    pub tenants: u64,
    /// Time since the catalogue last answered; zero while it is followed.
    pub unconfirmed_for: Duration,
}

/// What is known of the catalogue.
#[derive(Debug, Default)]
struct Contact {
    /// Newest revision announced per tenant in use.
    announced: HashMap<TenantId, Revision>,
    /// Fetches under way per tenant.
    fetching: HashMap<TenantId, usize>,
    /// How often the catalogue was followed from an unknown position: what was asked for before may be older than what
    /// is announced from there on.
    beginnings: u64,
    /// The stream is up.
    following: bool,
    /// When the catalogue last answered; absent: never.
    last: Option<Instant>,
}

impl Contact {
    /// Forgets what was announced for tenants that are neither kept nor being fetched.
    fn forget(&mut self, is_kept: impl Fn(&TenantId) -> bool) {
        let fetching = &self.fetching;
        self.announced
            .retain(|tenant, _| is_kept(tenant) || fetching.contains_key(tenant));
    }
}

impl FollowedPolicies {
    /// A cache over a catalogue. Nothing is followed until [`FollowedPolicies::follow`] runs.
    pub fn new(source: Arc<dyn PolicyDistribution>, config: DistributionConfig) -> Self {
        let cache = Cache::builder()
            .max_capacity(config.capacity)
            .time_to_idle(config.idle)
            .weigher(|_: &TenantId, snapshot: &Arc<PolicySnapshot>| weight(snapshot))
            .build();
        Self {
            source,
            cache,
            contact: Mutex::default(),
            config,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Follows the catalogue until the future is dropped, connecting again whenever the stream ends.
    pub async fn follow(&self) {
        tokio::join!(self.follow_changes(), self.forget_unused());
    }

    /// Lets go of tenants nobody asks for; the cache does it by itself only while it is used.
    async fn forget_unused(&self) {
        let mut tick = tokio::time::interval(TIDY);
        loop {
            tick.tick().await;
            self.tidy().await;
        }
    }

    async fn tidy(&self) {
        self.cache.run_pending_tasks().await;
        self.contact().forget(|tenant| self.cache.contains_key(tenant));
    }

    async fn follow_changes(&self) {
        let mut position = None;
        let mut pause = RECONNECT.0;
        loop {
            match self.source.watch_changes(position).await {
                Ok(stream) => {
                    self.connected(position.is_none()).await;
                    pause = RECONNECT.0;
                    self.drain(stream, &mut position).await;
                    self.disconnected();
                }
                Err(error) => tracing::warn!(%error, "cannot follow the catalogue; trying again"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RECONNECT.1);
        }
    }

    /// The catalogue is being followed, or was recently enough to go on without it.
    pub fn is_usable(&self) -> bool {
        self.unconfirmed_for()
            .is_none_or(|age| age <= self.config.max_unconfirmed)
            && self.contact().last.is_some()
    }

    /// What the cache has done so far and holds now.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            tenants: self.cache.entry_count(),
            unconfirmed_for: self.unconfirmed_for().unwrap_or_default(),
        }
    }

    /// Revisions kept, of the `most` tenants whose ids come first.
    pub fn revisions(&self, most: usize) -> Vec<(TenantId, Revision)> {
        let kept = self
            .cache
            .iter()
            .map(|(tenant, snapshot)| (*tenant, snapshot.revision()));
        let kept: BTreeMap<TenantId, Revision> = kept.collect();
        kept.into_iter().take(most).collect()
    }

    async fn drain(
        &self,
        mut stream: BoxStream<'static, Result<ChangeEvent, ContractError>>,
        position: &mut Option<u64>,
    ) {
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => {
                    *position = Some(event.position);
                    self.announce(event).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "the catalogue's stream of changes broke");
                    return;
                }
            }
        }
    }

    /// A stream without a known position may have skipped changes, so nothing kept before it is trusted.
    async fn connected(&self, from_unknown_position: bool) {
        if from_unknown_position {
            self.contact().beginnings += 1;
            self.cache.invalidate_all();
            self.cache.run_pending_tasks().await;
        }
        let mut contact = self.contact();
        contact.following = true;
        contact.last = Some(Instant::now());
    }

    fn disconnected(&self) {
        let mut contact = self.contact();
        contact.following = false;
        contact.last = Some(Instant::now());
    }

    async fn announce(&self, event: ChangeEvent) {
        {
            let mut contact = self.contact();
            contact.last = Some(Instant::now());
            let is_fetched = contact.fetching.contains_key(&event.tenant);
            let is_kept = self.cache.contains_key(&event.tenant);
            if !is_kept && !is_fetched {
                contact.announced.remove(&event.tenant);
                return;
            }
            contact.announced.insert(event.tenant, event.revision);
            // Tenants that are no longer kept are asked for anew anyway.
            if contact.announced.len() as u64 > 2 * self.cache.entry_count().max(FEW) {
                contact.forget(|tenant| self.cache.contains_key(tenant));
            }
            if !is_kept {
                // Whoever fetches it sees what was announced meanwhile.
                return;
            }
        }
        // Fetched ahead of the next question; a failure here is retried by that question.
        let deadline = Instant::now() + self.config.fetch_timeout;
        if let Err(error) = self.fetch(event.tenant, Some(event.revision), deadline).await {
            tracing::debug!(%error, tenant.id = %event.tenant, "cannot fetch an announced revision yet");
        }
    }

    /// Fetches a tenant's policies, again when a newer revision was announced while they were on their way.
    async fn fetch(
        &self,
        tenant: TenantId,
        at_least: Option<Revision>,
        deadline: Instant,
    ) -> Result<Option<Arc<PolicySnapshot>>, ContractError> {
        let (_fetching, mut beginnings) = self.begin_fetching(tenant);
        let mut fetched = self.fetch_once(tenant, at_least, deadline).await?;
        for _ in 0..OVERTAKEN {
            let Some(snapshot) = &fetched else { return Ok(None) };
            let newer = self
                .announced(tenant)
                .filter(|revision| *revision > snapshot.revision());
            let now = self.contact().beginnings;
            if newer.is_none() && now == beginnings {
                return Ok(fetched);
            }
            beginnings = now;
            match self.fetch_once(tenant, at_least.max(newer), deadline).await {
                Ok(again) => fetched = again,
                Err(error) => {
                    tracing::debug!(%error, tenant.id = %tenant, "cannot fetch what was announced meanwhile");
                    break;
                }
            }
        }
        // What is here answers this question, and the next one asks again.
        self.cache.invalidate(&tenant).await;
        Ok(fetched)
    }

    fn begin_fetching(&self, tenant: TenantId) -> (Fetching<'_>, u64) {
        let mut contact = self.contact();
        *contact.fetching.entry(tenant).or_default() += 1;
        let fetching = Fetching {
            contact: &self.contact,
            tenant,
        };
        (fetching, contact.beginnings)
    }

    async fn fetch_once(
        &self,
        tenant: TenantId,
        at_least: Option<Revision>,
        deadline: Instant,
    ) -> Result<Option<Arc<PolicySnapshot>>, ContractError> {
        let asked = self.source.get_snapshot(tenant, at_least, deadline.into_std());
        let lease = tokio::time::timeout_at(deadline, asked).await.map_err(|_| {
            ContractError::new(
                ErrorReason::ServiceUnavailable,
                "the catalogue did not answer in time; try again",
            )
            .retry_after(Duration::from_secs(1))
        })??;
        let Some(lease) = lease else { return Ok(None) };
        let kept = self.cache.get(&tenant).await;
        if kept.is_none_or(|kept| kept.revision() < lease.snapshot.revision()) {
            self.cache.insert(tenant, lease.snapshot.clone()).await;
        }
        let mut contact = self.contact();
        if !contact.following {
            contact.last = Some(Instant::now());
        }
        Ok(Some(lease.snapshot))
    }

    /// Time since the catalogue last answered, while it is not being followed.
    fn unconfirmed_for(&self) -> Option<Duration> {
        let contact = self.contact();
        if contact.following {
            None
        } else {
            Some(contact.last.map_or(Duration::ZERO, |last| last.elapsed()))
        }
    }

    fn announced(&self, tenant: TenantId) -> Option<Revision> {
        self.contact().announced.get(&tenant).copied()
    }

    fn contact(&self) -> std::sync::MutexGuard<'_, Contact> {
        self.contact.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept, as long as that is allowed without the catalogue.
    fn lease(&self, snapshot: Arc<PolicySnapshot>) -> Result<SnapshotLease, ContractError> {
        let unconfirmed_for = self.unconfirmed_for();
        if unconfirmed_for.is_some_and(|age| age > self.config.max_unconfirmed) {
            return Err(ContractError::new(
                ErrorReason::SnapshotTooOld,
                "policies are too old to decide by because the catalogue does not answer; try again",
            )
            .retry_after(Duration::from_secs(5)));
        }
        Ok(SnapshotLease {
            snapshot,
            unconfirmed_for,
        })
    }
}

#[async_trait]
impl PolicyDistribution for FollowedPolicies {
    async fn get_snapshot(
        &self,
        tenant: TenantId,
        at_least: Option<Revision>,
        deadline: std::time::Instant,
    ) -> Result<Option<SnapshotLease>, ContractError> {
        let Some(kept) = self.cache.get(&tenant).await else {
            self.misses.fetch_add(1, Ordering::Relaxed);
            return self
                .fetch(tenant, at_least, deadline.into())
                .await?
                .map(|fetched| self.lease(fetched))
                .transpose();
        };
        let wanted = at_least.max(self.announced(tenant));
        if wanted.is_none_or(|wanted| kept.revision() >= wanted) {
            self.hits.fetch_add(1, Ordering::Relaxed);
            return self.lease(kept).map(Some);
        }
        self.misses.fetch_add(1, Ordering::Relaxed);
        match self.fetch(tenant, wanted, deadline.into()).await {
            Ok(fetched) => fetched.map(|snapshot| self.lease(snapshot)).transpose(),
            // A newer revision is announced but cannot be had: what is kept still counts, unless it was demanded.
            Err(error) if error.kind() == ErrorKind::Unavailable && at_least.is_none_or(|at| kept.revision() >= at) => {
                self.lease(kept).map(Some)
            }
            Err(error) => Err(error),
        }
    }

    async fn watch_changes(
        &self,
        after: Option<u64>,
    ) -> Result<BoxStream<'static, Result<ChangeEvent, ContractError>>, ContractError> {
        self.source.watch_changes(after).await
    }
}

fn weight(snapshot: &PolicySnapshot) -> u32 {
    let document = snapshot.document();
    let entries = document.labels.len() + document.users.len() + document.groups.len() + document.policies.len();
    u32::try_from(entries).unwrap_or(u32::MAX).max(1)
}
