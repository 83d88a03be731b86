//! Several handles on one file, as several processes have them.

use std::time::Duration;

use signet_domain::ids::Revision;
use signet_store::conformance::samples::{change, record, tenant};
use signet_store::{CatalogStore, CommitOutcome, DecisionFilter, DecisionLog, Expected};
use tokio::task::JoinSet;

use super::Place;

#[tokio::test]
async fn one_handle_sees_what_another_wrote() {
    let place = Place::new();
    let writer = place.create().await;
    let reader = place.reopen().await;
    for n in 1..=5_u64 {
        writer
            .commit(change(tenant(1), Expected::Any, &n.to_string()))
            .await
            .unwrap();
        assert_eq!(reader.current_revision(tenant(1)).await.unwrap(), Some(Revision(n)));
        writer.append(vec![record(tenant(1), n as u32)]).await.unwrap();
        assert_eq!(reader.latest_sequence(tenant(1)).await.unwrap(), n);
    }
}

#[tokio::test]
async fn reads_go_on_while_another_handle_writes() {
    let place = Place::new();
    let writer = place.create().await;
    writer.append(vec![record(tenant(1), 1)]).await.unwrap();
    let reader = place.reopen().await;
    let transaction = writer.begin_write().await.unwrap();
    let read = async {
        reader
            .list(tenant(1), &DecisionFilter::default(), 0, 10, false)
            .await
            .unwrap()
    };
    let records = tokio::time::timeout(Duration::from_secs(2), read).await;
    assert_eq!(records.expect("a reader waited for the writer").len(), 1);
    transaction.rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_several_handles_take_turns() {
    let place = Place::new();
    let first = place.create().await;
    let mut tasks = JoinSet::new();
    for handle in 0..4_u32 {
        let store = place.reopen().await;
        tasks.spawn(async move {
            let mut given = Vec::new();
            for n in 0..10 {
                given.extend(store.append(vec![record(tenant(1), handle * 100 + n)]).await.unwrap());
            }
            given
        });
    }
    let mut given: Vec<u64> = tasks.join_all().await.into_iter().flatten().collect();
    given.sort_unstable();
    assert_eq!(given, (1..=40).collect::<Vec<u64>>());
    assert_eq!(first.latest_sequence(tenant(1)).await.unwrap(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_of_several_handles_have_one_winner() {
    let place = Place::new();
    place
        .create()
        .await
        .commit(change(tenant(1), Expected::Absent, "base"))
        .await
        .unwrap();
    let mut tasks = JoinSet::new();
    for handle in 0..4 {
        let store = place.reopen().await;
        let new = change(tenant(1), Expected::Exactly(Revision(1)), &format!("handle {handle}"));
        tasks.spawn(async move { store.commit(new).await.unwrap() });
    }
    let outcomes = tasks.join_all().await;
    let winners = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, CommitOutcome::Committed(Revision(2))));
    assert_eq!(winners.count(), 1, "{outcomes:?}");
    let losers = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, CommitOutcome::Conflict { .. }));
    assert_eq!(losers.count(), 3, "{outcomes:?}");
}
