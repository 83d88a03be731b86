//! Rows that are not what this program wrote.

use signet_domain::error::ErrorReason;
use signet_domain::ids::Revision;
use signet_domain::record::DecisionRecord;
use signet_store::conformance::samples::{change, record, tenant, time};
use signet_store::{
    CatalogStore, CommitOutcome, ContentVersion, DecisionFilter, DecisionLog, Expected, ItemLabelRow, ItemLabelStore,
    ItemOutcome, PutOutcome, StoreError,
};

use super::{Place, connect, execute};
use crate::SqliteStore;

#[tokio::test]
async fn unreadable_document_is_corrupt_and_can_be_replaced() {
    let place = Place::new();
    let store = place.create().await;
    store.commit(change(tenant(1), Expected::Any, "a")).await.unwrap();
    execute(&place.path, "UPDATE revisions SET document = '{\"id\": 1}'").await;
    let error = store.get_revision(tenant(1), None).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { what } if what.starts_with("revision 1 of tenant")),
        "{error:?}"
    );
    let outcome = store
        .commit(change(tenant(1), Expected::Exactly(Revision(1)), "a"))
        .await
        .unwrap();
    assert_eq!(outcome, CommitOutcome::Committed(Revision(2)));
    assert!(store.get_revision(tenant(1), None).await.unwrap().is_some());
}

#[tokio::test]
async fn equal_document_in_another_spelling_is_unchanged() {
    let place = Place::new();
    let store = place.create().await;
    store.commit(change(tenant(1), Expected::Any, "a")).await.unwrap();
    execute(&place.path, "UPDATE revisions SET document = ' ' || document").await;
    let outcome = store.commit(change(tenant(1), Expected::Any, "a")).await.unwrap();
    assert_eq!(outcome, CommitOutcome::Unchanged(Revision(1)));
}

#[tokio::test]
async fn impossible_values_are_corrupt() {
    let place = Place::new();
    let store = place.create().await;
    store.commit(change(tenant(1), Expected::Any, "a")).await.unwrap();
    execute(&place.path, "UPDATE revisions SET created_at = 'yesterday'").await;
    execute(&place.path, "UPDATE tenants SET revision = -1").await;
    let is_corrupt = |error| matches!(error, StoreError::Corrupt { .. });
    assert!(is_corrupt(store.list_revisions(tenant(1), None, 10).await.unwrap_err()));
    assert!(is_corrupt(store.current_revision(tenant(1)).await.unwrap_err()));
    assert!(is_corrupt(store.list_tenants(None, 10).await.unwrap_err()));
}

#[tokio::test]
async fn unreadable_decision_is_corrupt() {
    let place = Place::new();
    let store = place.create().await;
    store
        .append(vec![record(tenant(1), 1), record(tenant(1), 2)])
        .await
        .unwrap();
    execute(
        &place.path,
        "UPDATE decision_batches SET records = substr(records, 1, instr(records, char(10))) || '{}'",
    )
    .await;
    let error = store
        .list(tenant(1), &DecisionFilter::default(), 0, 10, false)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { what } if what.starts_with("decision 2 of tenant")),
        "{error:?}"
    );
    assert_eq!(
        store
            .list(tenant(1), &DecisionFilter::default(), 0, 1, false)
            .await
            .unwrap()
            .len(),
        1
    );
}

/// A store with a hundred records written together, and those records as they should be read.
async fn packed() -> (Place, SqliteStore, Vec<DecisionRecord>) {
    let place = Place::new();
    let store = place.create().await;
    let written: Vec<_> = (1..=100).map(|number| record(tenant(1), number)).collect();
    let sequences = store.append(written.clone()).await.unwrap();
    let numbered = |(record, sequence)| DecisionRecord { sequence, ..record };
    let kept = written.into_iter().zip(sequences).map(numbered).collect();
    (place, store, kept)
}

async fn all(store: &SqliteStore) -> Result<Vec<DecisionRecord>, StoreError> {
    store.list(tenant(1), &DecisionFilter::default(), 0, 1000, false).await
}

#[tokio::test]
async fn a_batch_is_kept_compressed_and_read_back() {
    let (place, store, kept) = packed().await;
    assert_eq!(all(&store).await.unwrap(), kept);
    let query = "SELECT length(packed), records FROM decision_batches";
    let (packed, plain): (i64, String) = sqlx::query_as(query)
        .fetch_one(&mut connect(&place.path).await)
        .await
        .unwrap();
    let text = serde_json::to_string(&kept).unwrap().len();
    assert!(
        packed > 0 && usize::try_from(packed).unwrap() < text / 3,
        "{packed} of {text}"
    );
    assert_eq!(plain, "");
}

#[tokio::test]
async fn a_damaged_compressed_batch_is_corrupt() {
    for damage in [
        "UPDATE decision_batches SET packed = substr(packed, 1, length(packed) - 1)",
        "UPDATE decision_batches SET packed = CAST(x'ffffffff' || substr(packed, 5) AS BLOB)",
        "UPDATE decision_batches SET packed = CAST(x'00000001' || substr(packed, 5) AS BLOB)",
        "UPDATE decision_batches SET packed = CAST(substr(packed, 1, 40) || zeroblob(40) || substr(packed, 81) AS BLOB)",
        "UPDATE decision_batches SET packed = x'01'",
        "UPDATE decision_batches SET packed = x''",
    ] {
        let (place, store, _) = packed().await;
        execute(&place.path, damage).await;
        let read = all(&store).await.map(|records| records.len());
        assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{damage}: {read:?}");
    }
}

#[tokio::test]
async fn refusal_for_an_unknown_reason_is_absent() {
    let place = Place::new();
    let store = place.create().await;
    let row = ItemLabelRow {
        tenant: tenant(1),
        drive_id: "drive".to_owned(),
        item_id: "item".to_owned(),
        version: ContentVersion {
            content_tag: "tag".to_owned(),
            extension: "docx".to_owned(),
            extractor_version: 1,
        },
        outcome: ItemOutcome::Refused {
            reason: ErrorReason::MalformedContent,
            message: "damaged".to_owned(),
        },
        kind: "word".to_owned(),
        protection: "none".to_owned(),
        at: time(1),
    };
    store.put_item_labels(row.clone()).await.unwrap();
    execute(
        &place.path,
        "UPDATE item_labels SET refusal_reason = 'REASON_OF_THE_FUTURE'",
    )
    .await;
    assert_eq!(
        store
            .get_item_labels(tenant(1), "drive", "item", &row.version)
            .await
            .unwrap(),
        None
    );
    assert_eq!(store.put_item_labels(row.clone()).await.unwrap(), PutOutcome::Stored);
    assert_eq!(
        store
            .get_item_labels(tenant(1), "drive", "item", &row.version)
            .await
            .unwrap(),
        Some(row)
    );
}
