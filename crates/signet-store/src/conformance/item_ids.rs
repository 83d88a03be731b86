//! What an [`ItemIdStore`] must do.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::run_cases;
use super::samples::tenant;
use crate::error::StoreError;
use crate::item_ids::{ItemIdCandidate, ItemIdRow, ItemIdStore};

/// Runs the suite; `make` gives an empty store each time.
pub async fn run<S, F, Made>(make: F)
where
    S: ItemIdStore + 'static,
    F: Fn() -> Made,
    Made: Future<Output = S>,
{
    run_cases!(make;
        unknown_item_is_absent,
        new_item_gets_the_candidate_id,
        known_item_keeps_its_id_and_takes_the_path,
        rows_come_in_the_order_asked,
        repeated_key_is_one_item,
        taken_id_is_a_conflict_and_writes_nothing,
        one_new_id_for_two_keys_is_a_conflict,
        drives_and_tenants_are_independent,
        rebound_item_continues_under_another_key,
        rebinding_forgets_the_id_given_meanwhile,
        rebinding_to_its_own_key_moves_the_path,
        removed_item_is_new_again,
        concurrent_callers_agree_on_one_id,
        a_thousand_items_at_once,
    );
}

fn seen(key: &str, path: &str, id: &str) -> ItemIdCandidate {
    ItemIdCandidate {
        source_key: key.to_owned(),
        path: path.to_owned(),
        item_id: id.to_owned(),
    }
}

fn row(key: &str, path: &str, id: &str) -> ItemIdRow {
    ItemIdRow {
        tenant: tenant(1),
        drive_id: "drive".to_owned(),
        item_id: id.to_owned(),
        source_key: key.to_owned(),
        path: path.to_owned(),
    }
}

async fn see<S: ItemIdStore>(store: &S, candidates: &[ItemIdCandidate]) -> Vec<ItemIdRow> {
    store
        .get_or_insert_item_ids(tenant(1), "drive", candidates.to_vec())
        .await
        .unwrap()
}

async fn find<S: ItemIdStore>(store: &S, item_id: &str) -> Option<ItemIdRow> {
    store.find_item_id(tenant(1), "drive", item_id).await.unwrap()
}

async fn rebind<S: ItemIdStore>(store: &S, item_id: &str, key: &str, path: &str) -> bool {
    store
        .rebind_item_id(tenant(1), "drive", item_id, key, path)
        .await
        .unwrap()
}

async fn unknown_item_is_absent<S: ItemIdStore>(store: &Arc<S>) {
    assert_eq!(find(&**store, "id").await, None);
    assert!(!rebind(&**store, "id", "1:1", "/a").await);
    assert!(!store.remove_item_id(tenant(1), "drive", "id").await.unwrap());
    assert_eq!(see(&**store, &[]).await, []);
}

async fn new_item_gets_the_candidate_id<S: ItemIdStore>(store: &Arc<S>) {
    let rows = see(&**store, &[seen("1:1", "/Ünï/a.docx", "id-1")]).await;
    assert_eq!(rows, [row("1:1", "/Ünï/a.docx", "id-1")]);
    assert_eq!(find(&**store, "id-1").await, Some(rows[0].clone()));
    assert_eq!(find(&**store, "ID-1").await, None);
}

async fn known_item_keeps_its_id_and_takes_the_path<S: ItemIdStore>(store: &Arc<S>) {
    see(&**store, &[seen("1:1", "/a", "id-1")]).await;
    assert_eq!(
        see(&**store, &[seen("1:1", "/a", "id-2")]).await,
        [row("1:1", "/a", "id-1")]
    );
    assert_eq!(
        see(&**store, &[seen("1:1", "/b", "id-3")]).await,
        [row("1:1", "/b", "id-1")]
    );
    assert_eq!(find(&**store, "id-1").await, Some(row("1:1", "/b", "id-1")));
    assert_eq!(find(&**store, "id-2").await, None);
}

async fn rows_come_in_the_order_asked<S: ItemIdStore>(store: &Arc<S>) {
    see(&**store, &[seen("2", "/b", "id-2")]).await;
    let rows = see(
        &**store,
        &[seen("3", "/c", "id-3"), seen("2", "/b", "x"), seen("1", "/a", "id-1")],
    )
    .await;
    assert_eq!(
        rows,
        [row("3", "/c", "id-3"), row("2", "/b", "id-2"), row("1", "/a", "id-1")]
    );
}

async fn repeated_key_is_one_item<S: ItemIdStore>(store: &Arc<S>) {
    let rows = see(&**store, &[seen("1", "/a", "id-1"), seen("1", "/b", "id-2")]).await;
    assert_eq!(rows, [row("1", "/b", "id-1"), row("1", "/b", "id-1")]);
    assert_eq!(find(&**store, "id-2").await, None);
}

async fn taken_id_is_a_conflict_and_writes_nothing<S: ItemIdStore>(store: &Arc<S>) {
    see(&**store, &[seen("1", "/a", "id-1")]).await;
    let candidates = vec![
        seen("1", "/moved", "x"),
        seen("2", "/b", "id-2"),
        seen("3", "/c", "id-1"),
    ];
    let result = store.get_or_insert_item_ids(tenant(1), "drive", candidates).await;
    assert!(matches!(result, Err(StoreError::Conflict { .. })), "{result:?}");
    assert_eq!(find(&**store, "id-1").await, Some(row("1", "/a", "id-1")));
    assert_eq!(find(&**store, "id-2").await, None);
    // The store goes on working.
    assert_eq!(
        see(&**store, &[seen("2", "/b", "id-2")]).await,
        [row("2", "/b", "id-2")]
    );
}

async fn one_new_id_for_two_keys_is_a_conflict<S: ItemIdStore>(store: &Arc<S>) {
    let candidates = vec![seen("1", "/a", "id"), seen("2", "/b", "id")];
    let result = store.get_or_insert_item_ids(tenant(1), "drive", candidates).await;
    assert!(matches!(result, Err(StoreError::Conflict { .. })), "{result:?}");
    assert_eq!(find(&**store, "id").await, None);
}

async fn drives_and_tenants_are_independent<S: ItemIdStore>(store: &Arc<S>) {
    see(&**store, &[seen("1", "/a", "id")]).await;
    for (n, drive) in [(1, "other"), (2, "drive")] {
        assert_eq!(store.find_item_id(tenant(n), drive, "id").await.unwrap(), None);
        let rows = store
            .get_or_insert_item_ids(tenant(n), drive, vec![seen("1", "/z", "id")])
            .await
            .unwrap();
        assert_eq!((rows[0].item_id.as_str(), rows[0].path.as_str()), ("id", "/z"));
        assert!(store.remove_item_id(tenant(n), drive, "id").await.unwrap());
    }
    assert_eq!(find(&**store, "id").await, Some(row("1", "/a", "id")));
}

async fn rebound_item_continues_under_another_key<S: ItemIdStore>(store: &Arc<S>) {
    see(&**store, &[seen("1", "/a", "id-1")]).await;
    assert!(rebind(&**store, "id-1", "2", "/b").await);
    assert_eq!(find(&**store, "id-1").await, Some(row("2", "/b", "id-1")));
    assert_eq!(see(&**store, &[seen("2", "/b", "x")]).await, [row("2", "/b", "id-1")]);
    assert_eq!(
        see(&**store, &[seen("1", "/a", "id-2")]).await,
        [row("1", "/a", "id-2")]
    );
}

async fn rebinding_forgets_the_id_given_meanwhile<S: ItemIdStore>(store: &Arc<S>) {
    see(&**store, &[seen("1", "/a", "id-1"), seen("2", "/a", "id-2")]).await;
    assert!(rebind(&**store, "id-1", "2", "/a").await);
    assert_eq!(find(&**store, "id-2").await, None);
    assert_eq!(see(&**store, &[seen("2", "/a", "x")]).await, [row("2", "/a", "id-1")]);
}

async fn rebinding_to_its_own_key_moves_the_path<S: ItemIdStore>(store: &Arc<S>) {
    see(&**store, &[seen("1", "/a", "id-1")]).await;
    assert!(rebind(&**store, "id-1", "1", "/b").await);
    assert_eq!(find(&**store, "id-1").await, Some(row("1", "/b", "id-1")));
}

async fn removed_item_is_new_again<S: ItemIdStore>(store: &Arc<S>) {
    see(&**store, &[seen("1", "/a", "id-1")]).await;
    assert!(store.remove_item_id(tenant(1), "drive", "id-1").await.unwrap());
    assert_eq!(find(&**store, "id-1").await, None);
    assert_eq!(
        see(&**store, &[seen("1", "/a", "id-2")]).await,
        [row("1", "/a", "id-2")]
    );
}

async fn concurrent_callers_agree_on_one_id<S: ItemIdStore + 'static>(store: &Arc<S>) {
    let mut tasks = JoinSet::new();
    for caller in 0..8 {
        let store = Arc::clone(store);
        tasks.spawn(async move { see(&*store, &[seen("1", "/a", &format!("id-{caller}"))]).await });
    }
    let ids: HashSet<String> = tasks
        .join_all()
        .await
        .into_iter()
        .flatten()
        .map(|row| row.item_id)
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

async fn a_thousand_items_at_once<S: ItemIdStore>(store: &Arc<S>) {
    let candidates: Vec<_> = (0..1_000)
        .map(|n| seen(&format!("1:{n}"), &format!("/{n}"), &format!("id-{n}")))
        .collect();
    let first = see(&**store, &candidates).await;
    assert_eq!(first.len(), 1_000);
    let again: Vec<_> = (0..1_000)
        .map(|n| seen(&format!("1:{n}"), &format!("/{n}"), &format!("other-{n}")))
        .collect();
    assert_eq!(see(&**store, &again).await, first);
}
