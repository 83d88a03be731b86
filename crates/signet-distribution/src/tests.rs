//! A catalogue that can be cut off, and what the cache makes of it. Time is the runtime's and stands still.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use signet_contract::catalog::{ChangeEvent, SnapshotLease};
use signet_contract::{ContractError, PolicyDistribution};
use signet_domain::error::ErrorReason;
use signet_domain::ids::{Revision, TenantId};
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::TenantDocument;
use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::{DistributionConfig, FollowedPolicies};

const TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000001";

fn tenant() -> TenantId {
    TenantId::parse(TENANT).unwrap()
}

/// A catalogue that counts what it is asked and can be switched off.
struct Source {
    state: Mutex<State>,
    events: broadcast::Sender<Option<ChangeEvent>>,
}

struct State {
    reachable: bool,
    revisions: HashMap<TenantId, u64>,
    log: Vec<ChangeEvent>,
    fetched: usize,
    /// How long an answer is on its way.
    delay: Duration,
}

impl Source {
    fn new() -> Arc<Self> {
        let state = State {
            reachable: true,
            revisions: HashMap::from([(tenant(), 1)]),
            log: Vec::new(),
            fetched: 0,
            delay: Duration::ZERO,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            events: broadcast::channel(64).0,
        })
    }

    fn publish(&self) -> Revision {
        self.publish_for(tenant())
    }

    fn publish_for(&self, tenant: TenantId) -> Revision {
        let mut state = self.state.lock().unwrap();
        let revision = state.revisions.entry(tenant).or_default();
        *revision += 1;
        let revision = Revision(*revision);
        let event = ChangeEvent {
            position: state.log.len() as u64 + 1,
            tenant,
            revision,
        };
        state.log.push(event);
        let _ = self.events.send(Some(event));
        revision
    }

    fn cut(&self) {
        self.state.lock().unwrap().reachable = false;
        let _ = self.events.send(None);
    }

    fn mend(&self) {
        self.state.lock().unwrap().reachable = true;
    }

    fn fetched(&self) -> usize {
        self.state.lock().unwrap().fetched
    }
}

fn unreachable_error() -> ContractError {
    ContractError::new(ErrorReason::ServiceUnavailable, "the catalogue is away")
}

#[async_trait]
impl PolicyDistribution for Source {
    async fn get_snapshot(
        &self,
        asked: TenantId,
        at_least: Option<Revision>,
        _deadline: std::time::Instant,
    ) -> Result<Option<SnapshotLease>, ContractError> {
        let (delay, revision) = {
            let mut state = self.state.lock().unwrap();
            if !state.reachable {
                return Err(unreachable_error());
            }
            state.fetched += 1;
            (state.delay, state.revisions.get(&asked).copied().map(Revision))
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let Some(revision) = revision else {
            return Ok(None);
        };
        if at_least.is_some_and(|wanted| wanted > revision) {
            return Err(ContractError::new(ErrorReason::RevisionNotReached, "not yet"));
        }
        let document: TenantDocument = serde_json::from_value(serde_json::json!({"id": asked})).unwrap();
        let snapshot = Arc::new(PolicySnapshot::compile(Arc::new(document), revision));
        Ok(Some(SnapshotLease {
            snapshot,
            unconfirmed_for: None,
        }))
    }

    async fn watch_changes(
        &self,
        after: Option<u64>,
    ) -> Result<BoxStream<'static, Result<ChangeEvent, ContractError>>, ContractError> {
        let state = self.state.lock().unwrap();
        if !state.reachable {
            return Err(unreachable_error());
        }
        let missed: Vec<_> = state
            .log
            .iter()
            .filter(|event| after.is_some_and(|after| event.position > after))
            .copied()
            .map(Ok)
            .collect();
        let live = stream::unfold(self.events.subscribe(), |mut events| async move {
            match events.recv().await {
                Ok(Some(event)) => Some((Ok(event), events)),
                Ok(None) | Err(_) => None,
            }
        });
        Ok(stream::iter(missed).chain(live).boxed())
    }
}

struct Bed {
    source: Arc<Source>,
    policies: Arc<FollowedPolicies>,
}

fn bed() -> Bed {
    let source = Source::new();
    let config = DistributionConfig {
        max_unconfirmed: Duration::from_secs(60),
        ..DistributionConfig::default()
    };
    let policies = Arc::new(FollowedPolicies::new(source.clone(), config));
    tokio::spawn({
        let policies = policies.clone();
        async move { policies.follow().await }
    });
    Bed { source, policies }
}

impl Bed {
    async fn ask(&self, at_least: Option<u64>) -> Result<SnapshotLease, ErrorReason> {
        let deadline = (Instant::now() + Duration::from_secs(5)).into_std();
        let lease = self
            .policies
            .get_snapshot(tenant(), at_least.map(Revision), deadline)
            .await;
        lease.map(|lease| lease.unwrap()).map_err(|error| error.reason)
    }

    async fn revision(&self) -> u64 {
        self.ask(None).await.unwrap().snapshot.revision().0
    }

    /// Lets the follower do what there is to do.
    async fn settle(&self) {
        tokio::time::advance(Duration::from_millis(1)).await;
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_fetched_once_and_kept() {
    let bed = bed();
    bed.settle().await;
    for _ in 0..5 {
        assert_eq!(bed.revision().await, 1);
    }
    assert_eq!(bed.source.fetched(), 1);
    assert!(bed.ask(None).await.unwrap().unconfirmed_for.is_none());
    let statistics = bed.policies.statistics();
    assert_eq!((statistics.hits, statistics.misses), (5, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_remembered_of_announcements_is_bounded_by_what_is_kept() {
    let source = Source::new();
    let config = DistributionConfig {
        capacity: 10,
        ..DistributionConfig::default()
    };
    let policies = Arc::new(FollowedPolicies::new(source.clone(), config));
    tokio::spawn({
        let policies = policies.clone();
        async move { policies.follow().await }
    });
    let bed = Bed { source, policies };
    bed.settle().await;
    for number in 0..1000 {
        let tenant = TenantId::parse(&format!("aaaaaaaa-0000-4000-8000-{number:012}")).unwrap();
        bed.source.state.lock().unwrap().revisions.insert(tenant, 1);
        let deadline = (Instant::now() + Duration::from_secs(5)).into_std();
        bed.policies
            .get_snapshot(tenant, None, deadline)
            .await
            .unwrap()
            .unwrap();
        bed.source.publish_for(tenant);
        bed.settle().await;
    }
    bed.policies.cache.run_pending_tasks().await;
    assert!(
        bed.policies.statistics().tenants <= 10,
        "{:?}",
        bed.policies.statistics()
    );
    let remembered = bed.policies.contact().announced.len();
    assert!(remembered <= 100, "{remembered} announcements are remembered");
}

#[tokio::test(start_paused = true)]
async fn an_announced_revision_replaces_what_is_kept() {
    let bed = bed();
    bed.settle().await;
    assert_eq!(bed.revision().await, 1);
    bed.source.publish();
    bed.settle().await;
    assert_eq!(bed.revision().await, 2);
    assert_eq!(bed.source.fetched(), 2, "fetched ahead, once");
}

#[tokio::test(start_paused = true)]
async fn a_demanded_revision_is_never_answered_older() {
    let bed = bed();
    bed.settle().await;
    assert_eq!(bed.revision().await, 1);
    assert_eq!(bed.ask(Some(2)).await.unwrap_err(), ErrorReason::RevisionNotReached);
    bed.source.publish();
    assert_eq!(
        bed.ask(Some(2)).await.unwrap().snapshot.revision(),
        Revision(2),
        "before the announcement is handled"
    );
    bed.source.cut();
    bed.settle().await;
    assert_eq!(bed.ask(Some(3)).await.unwrap_err(), ErrorReason::ServiceUnavailable);
}

#[tokio::test(start_paused = true)]
async fn without_the_catalogue_it_says_for_how_long_and_then_refuses() {
    let bed = bed();
    bed.settle().await;
    assert_eq!(bed.revision().await, 1);
    bed.source.cut();
    bed.settle().await;
    tokio::time::advance(Duration::from_secs(30)).await;
    let lease = bed.ask(None).await.unwrap();
    let age = lease.unconfirmed_for.unwrap();
    assert!(
        age >= Duration::from_secs(30) && age < Duration::from_secs(35),
        "{age:?}"
    );
    assert!(bed.policies.is_usable());
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(bed.ask(None).await.unwrap_err(), ErrorReason::SnapshotTooOld);
    assert!(!bed.policies.is_usable());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_skipped_across_a_reconnect() {
    let bed = bed();
    bed.settle().await;
    assert_eq!(bed.revision().await, 1);
    for round in 0..20 {
        bed.source.publish();
        bed.settle().await;
        bed.source.cut();
        bed.settle().await;
        bed.source.publish();
        bed.source.mend();
        tokio::time::advance(Duration::from_secs(3)).await;
        bed.settle().await;
        assert_eq!(bed.revision().await, 3 + 2 * round, "round {round}");
        assert!(bed.ask(None).await.unwrap().unconfirmed_for.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_does_not_exist_is_absent() {
    let bed = bed();
    bed.settle().await;
    let deadline = (Instant::now() + Duration::from_secs(5)).into_std();
    let stranger = TenantId::parse("aaaaaaaa-0000-4000-8000-00000000ffff").unwrap();
    assert!(
        bed.policies
            .get_snapshot(stranger, None, deadline)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn no_more_tenants_are_kept_than_there_is_room_for_and_unused_ones_are_forgotten() {
    let source = Source::new();
    for number in 0..1_000_u128 {
        let id = TenantId::from_uuid(uuid::Uuid::from_u128(number + 1));
        source.state.lock().unwrap().revisions.insert(id, 1);
    }
    let config = DistributionConfig {
        capacity: 50,
        idle: Duration::from_millis(200),
        ..DistributionConfig::default()
    };
    let policies = FollowedPolicies::new(source.clone(), config);
    let mut used = Vec::new();
    for number in 0..1_000_u128 {
        let id = TenantId::from_uuid(uuid::Uuid::from_u128(number + 1));
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        let lease = policies.get_snapshot(id, None, deadline).await.unwrap().unwrap();
        used.push(Arc::downgrade(&lease.snapshot));
        policies.contact().announced.insert(id, Revision(1));
    }
    let alive = || used.iter().filter(|snapshot| snapshot.strong_count() > 0).count();
    policies.tidy().await;
    assert!(policies.cache.weighted_size() <= 50 && alive() < 150, "{}", alive());
    assert!(policies.contact().announced.len() <= 50);
    let limit = std::time::Instant::now() + Duration::from_secs(30);
    // The cache frees what it removed a little later.
    while alive() > 100 || policies.cache.entry_count() > 0 {
        assert!(std::time::Instant::now() < limit, "{} are still kept", alive());
        tokio::task::yield_now().await;
        policies.tidy().await;
    }
    policies.tidy().await;
    assert!(policies.contact().announced.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_change_during_the_first_fetch_of_a_tenant_is_not_missed() {
    for cut in [false, true] {
        let bed = bed();
        tokio::time::sleep(Duration::from_millis(10)).await;
        bed.source.state.lock().unwrap().delay = Duration::from_secs(1);
        let change = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert_eq!(bed.source.fetched(), 1, "the first answer is on its way");
            bed.source.publish();
            if cut {
                // What was announced cannot be had for this question.
                tokio::time::sleep(Duration::from_millis(100)).await;
                bed.source.state.lock().unwrap().reachable = false;
            }
        };
        let (lease, ()) = tokio::join!(bed.ask(None), change);
        assert_eq!(lease.unwrap().snapshot.revision(), Revision(if cut { 1 } else { 2 }));
        bed.source.mend();
        assert_eq!(bed.ask(None).await.unwrap().snapshot.revision(), Revision(2));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_before_the_catalogue_was_followed_is_asked_for_again() {
    let bed = bed();
    {
        let mut state = bed.source.state.lock().unwrap();
        state.delay = Duration::from_secs(1);
        state.reachable = true;
    }
    let ask = async {
        // Not followed yet: the runtime has run nothing but this.
        bed.ask(None).await.unwrap()
    };
    let change = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        bed.policies.connected(true).await;
        *bed.source.state.lock().unwrap().revisions.get_mut(&tenant()).unwrap() = 2;
    };
    let (lease, ()) = tokio::join!(ask, change);
    assert_eq!(lease.snapshot.revision(), Revision(2));
}
