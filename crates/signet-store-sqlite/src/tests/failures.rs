//! Full disks, failing writes and callers that go away: nothing half written, and the store goes on.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use signet_domain::ids::Revision;
use signet_domain::record::DecisionRecord;
use signet_store::conformance::samples::{change, record, tenant};
use signet_store::{CatalogStore, CommitOutcome, DecisionFilter, DecisionLog, Expected, StoreError, StoreHealth};

use super::crash::{CHILD_VARIABLE, append_until_refused};
use super::differential::Numbers;
use super::{Place, integrity};
use crate::SqliteStore;

/// Makes the file full after `pages` more pages, as far as the present writing connection is concerned.
async fn leave_room_for(store: &SqliteStore, pages: i64) {
    let mut writer = store.writer.acquire().await.unwrap();
    let used: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut *writer)
        .await
        .unwrap();
    let set = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", used + pages));
    sqlx::query(set).execute(&mut *writer).await.unwrap();
}

/// Records that stay large when they are compressed.
fn large_batch() -> Vec<DecisionRecord> {
    let mut numbers = Numbers(1);
    let mut large = |n| DecisionRecord {
        content_identifier: Some((0..50).map(|_| format!("{:08x}", numbers.below(u32::MAX))).collect()),
        ..record(tenant(1), n)
    };
    (1_000_000..1_000_300).map(&mut large).collect()
}

#[tokio::test]
async fn full_store_refuses_a_batch_whole_and_recovers() {
    let place = Place::new();
    let store = place.create().await;
    store.append(vec![record(tenant(1), 1)]).await.unwrap();
    for _ in 0..3 {
        leave_room_for(&store, 2).await;
        let error = store.append(large_batch()).await.unwrap_err();
        assert!(matches!(error, StoreError::Full), "{error:?}");
        // Reads go on, and nothing of the batch is there.
        assert_eq!(store.latest_sequence(tenant(1)).await.unwrap(), 1);
        store.ping().await.unwrap();
    }
    // With room again, without a restart.
    let given = store.append(large_batch()).await.unwrap();
    assert_eq!(given, (2..=301).collect::<Vec<u64>>());
    assert_eq!(integrity(&place.path).await, "ok");
}

#[tokio::test]
async fn full_store_refuses_a_revision_whole() {
    let place = Place::new();
    let store = place.create().await;
    store.commit(change(tenant(1), Expected::Absent, "a")).await.unwrap();
    leave_room_for(&store, 2).await;
    let mut large = change(tenant(1), Expected::Any, "b");
    let mut document = (*large.document).clone();
    document.labels[0].description = "x".repeat(100_000);
    large.document = document.into();
    assert!(matches!(store.commit(large.clone()).await, Err(StoreError::Full)));
    assert_eq!(store.current_revision(tenant(1)).await.unwrap(), Some(Revision(1)));
    assert_eq!(store.latest_position().await.unwrap(), 1);
    assert_eq!(store.list_revisions(tenant(1), None, 10).await.unwrap().len(), 1);
    assert_eq!(store.list_tenants(None, 10).await.unwrap()[0].revision, Revision(1));
    assert_eq!(
        store.commit(large).await.unwrap(),
        CommitOutcome::Committed(Revision(2))
    );
}

/// The operating system refuses to let the files grow: writes fail in the middle.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn failing_writes_leave_what_was_acknowledged() {
    if let Some(path) = std::env::var_os(CHILD_VARIABLE) {
        return append_until_refused(path.as_ref()).await;
    }
    let place = Place::new();
    place.create().await.close().await;
    let name = "tests::failures::failing_writes_leave_what_was_acknowledged";
    let mut child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD_VARIABLE, &place.path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said: Vec<String> = lines
        .filter(|line| line.starts_with("acknowledged") || line.starts_with("refused"))
        .collect();
    assert!(child.wait().unwrap().success(), "{said:?}");
    let (refused, acknowledged): (Vec<_>, Vec<_>) = said.iter().partition(|line| line.starts_with("refused"));
    assert_eq!(refused.len(), 3, "{said:?}");
    assert!(!acknowledged.is_empty());

    let store = place.reopen().await;
    let last: u64 = acknowledged.last().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let records = store
        .list(tenant(1), &DecisionFilter::default(), 0, u32::MAX, false)
        .await
        .unwrap();
    let numbers: Vec<u64> = records.iter().map(|record| record.sequence).collect();
    assert_eq!(numbers, (1..=last).collect::<Vec<u64>>());
    assert_eq!(integrity(&place.path).await, "ok");
    assert_eq!(store.append(large_batch()).await.unwrap()[0], last + 1);
}

/// A caller whose deadline passes drops its call at any await; the next call must find the writer free.
#[tokio::test]
async fn abandoned_writes_do_not_block_the_next() {
    let place = Place::new();
    let store = place.create().await;
    for steps in 0..60 {
        let mut call = Box::pin(store.append(vec![record(tenant(1), steps)]));
        for _ in 0..steps {
            // Polls once and goes on: the call is dropped in whatever state it has reached.
            if futures_poll_once(call.as_mut()).await {
                break;
            }
        }
    }
    let before = store.latest_sequence(tenant(1)).await.unwrap();
    let given = store.append(large_batch()).await.unwrap();
    let latest = store.latest_sequence(tenant(1)).await.unwrap();
    // Abandoned writes that were under way may still have ended before ours, whole.
    assert!(given[0] > before && *given.last().unwrap() == latest);
    let records = store
        .list(tenant(1), &DecisionFilter::default(), 0, u32::MAX, false)
        .await
        .unwrap();
    assert_eq!(records.len() as u64, latest);
    assert_eq!(integrity(&place.path).await, "ok");
}

/// True when the future is done.
async fn futures_poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
    let done = std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_ready())).await;
    tokio::task::yield_now().await;
    done
}
