//! Changes that other processes commit.

use std::time::Duration;

use signet_domain::ids::Revision;
use signet_store::conformance::samples::{change, tenant};
use signet_store::{CatalogStore, Change, Expected};

use super::{create, database, execute};
use crate::PostgresStore;

/// Longer than a test may take: whoever waits so long has not been woken.
const FOR_EVER: Duration = Duration::from_secs(600);

async fn is_woken(follower: &PostgresStore, position: u64) {
    let waiting = follower.wait_for_change(position, FOR_EVER);
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_another_replica_wakes_those_who_wait() {
    let database = database();
    let (writer, follower) = (create(&database).await, PostgresStore::open(&database).await.unwrap());
    for position in 0..20 {
        let commit = writer.commit(change(tenant(1), Expected::Any, &format!("round {position}")));
        tokio::join!(is_woken(&follower, position), async { commit.await.unwrap() });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_made_while_nobody_listened_is_noticed() {
    let database = database();
    let (writer, follower) = (create(&database).await, PostgresStore::open(&database).await.unwrap());
    for position in 0..5 {
        // The connection that listens is cut, or is just being made, and the notification goes to nobody.
        execute(
            &database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = 'signet listener' AND datname = current_database()",
        )
        .await;
        let round = change(tenant(1), Expected::Any, &format!("round {position}"));
        writer.commit(round).await.unwrap();
        is_woken(&follower, position).await;
    }
}

/// A reader who goes on from the last position he saw misses none, though many replicas commit at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_become_visible_in_their_order() {
    let database = database();
    let reader = create(&database).await;
    let writers: Vec<_> = (0..4_u8)
        .map(|writer| {
            let database = database.clone();
            tokio::spawn(async move {
                let store = PostgresStore::open(&database).await.unwrap();
                for round in 0..50 {
                    let name = format!("round {round}");
                    store
                        .commit(change(tenant(writer), Expected::Any, &name))
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    let mut seen: Vec<Change> = Vec::new();
    while seen.len() < 200 {
        let position = seen.last().map_or(0, |change| change.position);
        seen.extend(reader.changes_after(position, 1_000).await.unwrap());
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let positions: Vec<u64> = seen.iter().map(|change| change.position).collect();
    assert_eq!(positions, (1..=200).collect::<Vec<u64>>());
    for writer in 0..4 {
        let of_writer = seen.iter().filter(|change| change.tenant == tenant(writer));
        let revisions: Vec<Revision> = of_writer.map(|change| change.revision).collect();
        assert_eq!(revisions, (1..=50).map(Revision).collect::<Vec<_>>());
    }
}
