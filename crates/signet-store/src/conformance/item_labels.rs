//! What an [`ItemLabelStore`] must do.

use std::sync::Arc;

use signet_domain::error::ErrorReason;
use tokio::task::JoinSet;

use super::run_cases;
use super::samples::{tenant, time};
use crate::item_labels::{ContentVersion, ItemLabelRow, ItemLabelStore, ItemOutcome, PutOutcome};

/// Runs the suite; `make` gives an empty store each time.
pub async fn run<S, F, Made>(make: F)
where
    S: ItemLabelStore + 'static,
    F: Fn() -> Made,
    Made: Future<Output = S>,
{
    run_cases!(make;
        unknown_item_is_absent,
        stored_row_reads_back_whole,
        another_version_is_absent,
        another_item_is_absent,
        labels_replace_labels,
        labels_replace_a_refusal,
        refusal_never_replaces_labels,
        refusal_of_newer_content_leaves_labels,
        newer_labels_remove_older_versions,
        newer_refusal_removes_older_refusals,
        late_result_leaves_newer_rows,
        older_extractor_leaves_rows_of_a_newer_one,
        delete_forgets_every_version,
        concurrent_refusals_never_hide_labels,
    );
}

fn version(tag: &str) -> ContentVersion {
    ContentVersion {
        content_tag: tag.to_owned(),
        extension: "docx".to_owned(),
        extractor_version: 3,
    }
}

/// Labels found in item `item` of drive `drive` with content `tag`, looked at `seconds` into the test.
fn labels(tag: &str, seconds: i64) -> ItemLabelRow {
    ItemLabelRow {
        tenant: tenant(1),
        drive_id: "drive".to_owned(),
        item_id: "item".to_owned(),
        version: version(tag),
        outcome: ItemOutcome::Labels(format!("[{{\"é\":\"{tag} {seconds}\"}}]")),
        kind: "word".to_owned(),
        protection: "none".to_owned(),
        at: time(seconds),
    }
}

fn refusal(tag: &str, seconds: i64) -> ItemLabelRow {
    ItemLabelRow {
        outcome: ItemOutcome::Refused {
            reason: ErrorReason::MalformedContent,
            message: format!("damaged since {seconds}"),
        },
        kind: "unknown".to_owned(),
        ..labels(tag, seconds)
    }
}

async fn put<S: ItemLabelStore>(store: &S, row: &ItemLabelRow) -> PutOutcome {
    store.put_item_labels(row.clone()).await.unwrap()
}

async fn get<S: ItemLabelStore>(store: &S, version: &ContentVersion) -> Option<ItemLabelRow> {
    store
        .get_item_labels(tenant(1), "drive", "item", version)
        .await
        .unwrap()
}

async fn unknown_item_is_absent<S: ItemLabelStore>(store: &Arc<S>) {
    assert_eq!(get(&**store, &version("a")).await, None);
    assert!(!store.delete_item_labels(tenant(1), "drive", "item").await.unwrap());
}

async fn stored_row_reads_back_whole<S: ItemLabelStore>(store: &Arc<S>) {
    for row in [labels("a", 1), refusal("b", 2)] {
        assert_eq!(put(&**store, &row).await, PutOutcome::Stored);
        assert_eq!(get(&**store, &row.version).await, Some(row));
    }
}

async fn another_version_is_absent<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &labels("a", 1)).await;
    let others = [
        version("A"),
        version("a "),
        version(""),
        ContentVersion {
            extension: "docm".to_owned(),
            ..version("a")
        },
        ContentVersion {
            extractor_version: 4,
            ..version("a")
        },
        ContentVersion {
            extractor_version: 2,
            ..version("a")
        },
    ];
    for other in others {
        assert_eq!(get(&**store, &other).await, None, "{other:?}");
    }
}

async fn another_item_is_absent<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &labels("a", 1)).await;
    let a = version("a");
    for (n, drive, item) in [
        (2, "drive", "item"),
        (1, "Drive", "item"),
        (1, "drive", "ITEM"),
        (1, "item", "drive"),
    ] {
        assert_eq!(
            store.get_item_labels(tenant(n), drive, item, &a).await.unwrap(),
            None,
            "{n} {drive} {item}"
        );
        assert!(!store.delete_item_labels(tenant(n), drive, item).await.unwrap());
    }
    assert!(get(&**store, &a).await.is_some());
}

async fn labels_replace_labels<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &labels("a", 1)).await;
    assert_eq!(put(&**store, &labels("a", 2)).await, PutOutcome::Stored);
    assert_eq!(get(&**store, &version("a")).await, Some(labels("a", 2)));
}

async fn labels_replace_a_refusal<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &refusal("a", 1)).await;
    assert_eq!(put(&**store, &labels("a", 1)).await, PutOutcome::Stored);
    assert_eq!(get(&**store, &version("a")).await, Some(labels("a", 1)));
}

async fn refusal_never_replaces_labels<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &labels("a", 1)).await;
    assert_eq!(put(&**store, &refusal("a", 2)).await, PutOutcome::Kept);
    assert_eq!(get(&**store, &version("a")).await, Some(labels("a", 1)));
}

async fn refusal_of_newer_content_leaves_labels<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &labels("a", 1)).await;
    assert_eq!(put(&**store, &refusal("b", 2)).await, PutOutcome::Stored);
    assert_eq!(get(&**store, &version("b")).await, Some(refusal("b", 2)));
    assert_eq!(get(&**store, &version("a")).await, Some(labels("a", 1)));
}

async fn newer_labels_remove_older_versions<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &labels("a", 1)).await;
    put(&**store, &refusal("b", 2)).await;
    put(&**store, &labels("c", 3)).await;
    assert_eq!(get(&**store, &version("a")).await, None);
    assert_eq!(get(&**store, &version("b")).await, None);
    assert_eq!(get(&**store, &version("c")).await, Some(labels("c", 3)));
}

async fn newer_refusal_removes_older_refusals<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &refusal("a", 1)).await;
    put(&**store, &refusal("b", 2)).await;
    assert_eq!(get(&**store, &version("a")).await, None);
    assert_eq!(get(&**store, &version("b")).await, Some(refusal("b", 2)));
}

async fn late_result_leaves_newer_rows<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &labels("b", 5)).await;
    put(&**store, &labels("a", 1)).await;
    assert_eq!(get(&**store, &version("b")).await, Some(labels("b", 5)));
}

async fn older_extractor_leaves_rows_of_a_newer_one<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &labels("a", 1)).await;
    let mut older = labels("a", 2);
    older.version.extractor_version = 2;
    put(&**store, &older).await;
    assert_eq!(get(&**store, &version("a")).await, Some(labels("a", 1)));
    assert_eq!(get(&**store, &older.version).await, Some(older.clone()));
    put(&**store, &labels("a", 3)).await;
    assert_eq!(get(&**store, &older.version).await, None);
}

async fn delete_forgets_every_version<S: ItemLabelStore>(store: &Arc<S>) {
    put(&**store, &labels("a", 1)).await;
    put(&**store, &refusal("b", 2)).await;
    assert!(store.delete_item_labels(tenant(1), "drive", "item").await.unwrap());
    assert_eq!(get(&**store, &version("a")).await, None);
    assert_eq!(get(&**store, &version("b")).await, None);
    assert!(!store.delete_item_labels(tenant(1), "drive", "item").await.unwrap());
}

async fn concurrent_refusals_never_hide_labels<S: ItemLabelStore + 'static>(store: &Arc<S>) {
    let mut tasks = JoinSet::new();
    for writer in 0..8 {
        let store = Arc::clone(store);
        let row = if writer == 3 {
            labels("a", 1)
        } else {
            refusal("a", writer)
        };
        tasks.spawn(async move { put(&*store, &row).await });
    }
    tasks.join_all().await;
    assert_eq!(get(&**store, &version("a")).await, Some(labels("a", 1)));
}
