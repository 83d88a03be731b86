//! A server that ends, crashes or hangs while the store is in use.

use std::sync::Arc;
use std::time::{Duration, Instant};

use signet_domain::ids::Revision;
use signet_store::conformance::samples::{change, record, tenant};
use signet_store::{CatalogStore, CommitOutcome, DecisionFilter, DecisionLog, Expected, StoreError, StoreHealth};
use signet_testkit::postgres::Server;
use signet_testkit::proxy::Proxy;

use super::{create, of};
use crate::PostgresStore;

async fn with_server() -> (Server, PostgresStore) {
    let server = Server::start(&[]);
    let store = create(&of(&server.create_database())).await;
    (server, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_go_on_by_themselves_after_a_restart() {
    let (mut server, store) = with_server().await;
    store.commit(change(tenant(1), Expected::Any, "a")).await.unwrap();
    // Several idle connections, all of which the restart cuts.
    tokio::join!(store.ping(), store.ping(), store.ping()).0.unwrap();
    for crash in [false, true] {
        if crash {
            server.crash()
        } else {
            server.stop()
        }
        server.run();
        assert_eq!(store.current_revision(tenant(1)).await.unwrap(), Some(Revision(1)));
        store.append(vec![record(tenant(1), 1)]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_unavailable_in_bounded_time() {
    let (mut server, store) = with_server().await;
    server.stop();
    let began = Instant::now();
    let answers = tokio::join!(
        store.current_revision(tenant(1)),
        store.append(vec![record(tenant(1), 1)]),
        store.commit(change(tenant(1), Expected::Any, "a")),
        store.ping(),
    );
    assert!(matches!(answers.0, Err(StoreError::Unavailable(_))), "{:?}", answers.0);
    assert!(matches!(answers.1, Err(StoreError::Unavailable(_))), "{:?}", answers.1);
    assert!(matches!(answers.2, Err(StoreError::Unavailable(_))), "{:?}", answers.2);
    assert!(matches!(answers.3, Err(StoreError::Unavailable(_))), "{:?}", answers.3);
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    server.run();
    store.ping().await.unwrap();
    assert_eq!(store.latest_sequence(tenant(1)).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_unavailable_in_bounded_time() {
    let (server, store) = with_server().await;
    store.ping().await.unwrap();
    server.freeze();
    let began = Instant::now();
    let answer = store.latest_sequence(tenant(1)).await;
    let took = began.elapsed();
    server.thaw();
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert!(took < Duration::from_secs(12), "{took:?}");
    store.ping().await.unwrap();
}

/// Nothing acknowledged is lost, nothing is there twice, and numbers have no gaps, though the server is restarted again
/// and again under writers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_written_once_across_restarts() {
    let (mut server, store) = with_server().await;
    let store = Arc::new(store);
    let writers: Vec<_> = (0..4_u32)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..150 {
                    let n = writer * 1_000 + number * 2;
                    let records = vec![record(tenant(1), n), record(tenant(2), n), record(tenant(1), n + 1)];
                    let numbers = store.append(records).await.unwrap();
                    assert_eq!(numbers[2], numbers[0] + 1, "records of one call are numbered in a row");
                }
            })
        })
        .collect();
    for round in 0..4 {
        if round % 2 == 0 {
            server.crash()
        } else {
            server.stop()
        }
        server.run();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    for (owner, expected) in [(tenant(1), 1_200), (tenant(2), 600)] {
        let all = store
            .list(owner, &DecisionFilter::default(), 0, 10_000, false)
            .await
            .unwrap();
        let numbers: Vec<u64> = all.iter().map(|record| record.sequence).collect();
        assert_eq!(numbers, (1..=expected).collect::<Vec<u64>>());
        let ids: std::collections::HashSet<_> = all.iter().map(|record| record.id).collect();
        assert_eq!(ids.len() as u64, expected, "a record is there twice");
    }
}

/// A commit is answered as what it became, though the server is restarted under it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_are_made_once_across_restarts() {
    let (mut server, store) = with_server().await;
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 0..200_u64 {
                let expected = match number {
                    0 => Expected::Absent,
                    number => Expected::Exactly(Revision(number)),
                };
                let outcome = store
                    .commit(change(tenant(1), expected, &format!("round {number}")))
                    .await
                    .unwrap();
                assert_eq!(outcome, CommitOutcome::Committed(Revision(number + 1)));
            }
        }
    });
    for _ in 0..3 {
        server.crash();
        server.run();
    }
    writer.await.unwrap();
    let changes = store.changes_after(0, 1_000).await.unwrap();
    let seen: Vec<u64> = changes.iter().map(|change| change.revision.0).collect();
    assert_eq!(seen, (1..=200).collect::<Vec<u64>>());
}

/// A process that stops in the middle of its work does not hold up the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_nobody_ends_is_ended_by_the_server() {
    let (_server, store) = with_server().await;
    store.append(vec![record(tenant(1), 1)]).await.unwrap();
    let mut stopped = store.pool.acquire().await.unwrap();
    sqlx::query("BEGIN").execute(&mut *stopped).await.unwrap();
    sqlx::query("UPDATE decision_counters SET latest = latest")
        .execute(&mut *stopped)
        .await
        .unwrap();
    let began = Instant::now();
    store.append(vec![record(tenant(1), 2)]).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_leave_the_connections_usable() {
    let (_server, store) = with_server().await;
    for round in 0..200_u64 {
        let call = store.append(vec![record(tenant(1), 1)]);
        let _ = tokio::time::timeout(Duration::from_micros(round * 20), call).await;
    }
    let numbers = store.append(vec![record(tenant(1), 2)]).await.unwrap();
    let all = store
        .list(tenant(1), &DecisionFilter::default(), 0, 1_000, false)
        .await
        .unwrap();
    assert_eq!(all.len() as u64, numbers[0]);
}

/// A store that reaches its server through a proxy, and the proxy.
async fn through_proxy(server: &Server) -> (PostgresStore, Proxy) {
    let mut database = server.create_database();
    create(&of(&database)).await.close().await;
    let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into());
    database.url = database
        .url
        .replace(&server.port().to_string(), &proxy.address().port().to_string());
    (PostgresStore::open(&of(&database)).await.unwrap(), proxy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_whose_acknowledgement_is_lost_are_written_once() {
    let server = Server::start(&[]);
    let (store, proxy) = through_proxy(&server).await;
    store
        .append(vec![record(tenant(1), 1), record(tenant(2), 1)])
        .await
        .unwrap();
    for round in 0..5_u64 {
        let n = 70 + u32::try_from(round).unwrap();
        proxy.lose_answer_to(&format!("request-{n}"));
        let records = vec![record(tenant(2), n), record(tenant(1), n), record(tenant(2), n + 100)];
        let numbers = store.append(records).await.unwrap();
        assert_eq!(numbers, [2 + 2 * round, 2 + round, 3 + 2 * round]);
    }
    assert_eq!(proxy.lost_answers(), 5);
    for (owner, count) in [(tenant(1), 6), (tenant(2), 11)] {
        let all = store
            .list(owner, &DecisionFilter::default(), 0, 100, false)
            .await
            .unwrap();
        assert_eq!(all.len(), count);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_acknowledgement_is_lost_is_answered_as_made() {
    let server = Server::start(&[]);
    let (store, proxy) = through_proxy(&server).await;
    for (round, expected) in [Expected::Absent, Expected::Exactly(Revision(1)), Expected::Any]
        .into_iter()
        .enumerate()
    {
        proxy.lose_answer_to(&format!("author of round {round}"));
        let outcome = store
            .commit(change(tenant(1), expected, &format!("round {round}")))
            .await
            .unwrap();
        assert_eq!(outcome, CommitOutcome::Committed(Revision(round as u64 + 1)));
    }
    assert_eq!(proxy.lost_answers(), 3);
    assert_eq!(store.latest_position().await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_swallows_everything_is_unavailable_and_then_forgotten() {
    let server = Server::start(&[]);
    let (store, proxy) = through_proxy(&server).await;
    tokio::join!(store.ping(), store.ping()).0.unwrap();
    proxy.hold();
    let began = Instant::now();
    let answer = store.latest_position().await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    proxy.restore();
    proxy.cut();
    // A connection that was made before may be tried once, and never again.
    let mut failures = 0;
    while let Err(error) = store.ping().await {
        failures += 1;
        assert!(failures < 5, "{error:?}");
    }
}
