//! Several processes over one store.

use super::*;
use crate::Distribution;
use crate::feed::read_changes;

async fn changed_elsewhere(store: &MemoryStore, name: &str) {
    let mut document = document();
    document["displayName"] = json!(name);
    let change = NewRevision {
        tenant: tenant(),
        expected: Expected::Any,
        document: Arc::new(serde_json::from_value(document).unwrap()),
        author: "elsewhere".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        note: None,
    };
    store.commit(change).await.unwrap();
}

async fn asked(policies: &dyn PolicyDistribution) -> Revision {
    let deadline = Instant::now() + Duration::from_secs(30);
    let lease = policies.get_snapshot(tenant(), None, deadline).await.unwrap();
    lease.unwrap().snapshot.revision()
}

/// Who follows from the present end on either sees a change in what he asks for, or is told of it.
#[tokio::test]
async fn a_change_not_noticed_yet_is_told_to_who_begins_to_follow() {
    let (store, catalog) = loaded().await;
    let position = read_changes(&catalog, None).await.unwrap();
    assert_eq!(asked(&catalog).await, Revision(1));
    changed_elsewhere(&store, "B").await;
    let mut changes = catalog.watch_changes(None).await.unwrap();
    assert_eq!(asked(&catalog).await, Revision(1), "this process has not looked yet");
    assert_eq!(changes.next().await.unwrap().unwrap().revision, Revision(2));
    read_changes(&catalog, Some(position)).await.unwrap();
    assert_eq!(asked(&catalog).await, Revision(2));
    // What everybody has seen is not told again.
    let mut changes = catalog.watch_changes(None).await.unwrap();
    changed_elsewhere(&store, "C").await;
    assert_eq!(changes.next().await.unwrap().unwrap().revision, Revision(3));
}

#[tokio::test]
async fn what_was_loaded_before_the_store_is_followed_is_not_trusted() {
    for begins_with_a_follower in [true, false] {
        let (store, catalog) = loaded().await;
        assert_eq!(asked(&catalog).await, Revision(1));
        changed_elsewhere(&store, "B").await;
        if begins_with_a_follower {
            read_changes(&catalog, None).await.unwrap();
        } else {
            drop(catalog.watch_changes(None).await.unwrap());
        }
        assert_eq!(asked(&catalog).await, Revision(2), "{begins_with_a_follower}");
    }
}

/// A service may follow one replica and ask another that is behind.
#[tokio::test]
async fn a_replica_that_is_behind_gives_other_processes_nothing_older_than_the_store() {
    let (store, ahead) = loaded().await;
    let behind = Catalog::new(store.clone(), Arc::new(FixedClock::default()), CatalogConfig::default());
    let behind = Arc::new(behind);
    read_changes(&behind, None).await.unwrap();
    let distribution = Distribution(behind.clone());
    assert_eq!(asked(&distribution).await, Revision(1));
    let mut changed = document();
    changed["displayName"] = json!("B");
    apply(&ahead, changed, ExpectedRevision::Any).await.unwrap();
    let _followed = ahead.watch_changes(None).await.unwrap();
    assert_eq!(asked(behind.as_ref()).await, Revision(1));
    assert_eq!(asked(&distribution).await, Revision(2));
    let nobody = TenantId::parse("bbbbbbbb-0000-4000-8000-000000000001").unwrap();
    let answer = distribution.get_snapshot(nobody, None, Instant::now()).await;
    assert!(answer.unwrap().is_none());
}
