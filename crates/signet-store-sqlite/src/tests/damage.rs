//! Rows that are not what this program wrote.

use signet_domain::error::ErrorReason;
use signet_domain::ids::{LabelId, Revision};
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

/// A store whose records, written together, are kept as a program of schema 8 kept them.
async fn of_earlier_schema(count: u32, compressed: bool) -> (Place, SqliteStore, Vec<DecisionRecord>) {
    let (place, store, kept) = written(count).await;
    let lines: Vec<_> = kept
        .iter()
        .map(|record| serde_json::to_string(record).unwrap())
        .collect();
    let lines = lines.join("\n");
    let (text, packed) = match compressed {
        true => (
            String::new(),
            Some(lz4_flex::block::compress_prepend_size(lines.as_bytes())),
        ),
        false => (lines, None),
    };
    sqlx::query("UPDATE decision_batches SET records = $1, packed = $2, labels = NULL, encoded = NULL")
        .bind(text)
        .bind(packed)
        .execute(&mut connect(&place.path).await)
        .await
        .unwrap();
    (place, store, kept)
}

/// A store with records written together, and those records as they should be read.
async fn written(count: u32) -> (Place, SqliteStore, Vec<DecisionRecord>) {
    let place = Place::new();
    let store = place.create().await;
    let label = |n| LabelId::from_uuid(uuid::Uuid::from_u128(n));
    let labelled = |number| DecisionRecord {
        label_before: (number % 10 == 0).then(|| label(1)),
        label_after: Some(label(2)),
        ..record(tenant(1), number)
    };
    let written: Vec<_> = (1..=count).map(labelled).collect();
    let sequences = store.append(written.clone()).await.unwrap();
    let numbered = |(record, sequence)| DecisionRecord { sequence, ..record };
    let kept = written.into_iter().zip(sequences).map(numbered).collect();
    (place, store, kept)
}

async fn all(store: &SqliteStore) -> Result<Vec<DecisionRecord>, StoreError> {
    store.list(tenant(1), &DecisionFilter::default(), 0, 1000, false).await
}

#[tokio::test]
async fn decisions_of_earlier_schemas_are_read_and_found() {
    for compressed in [false, true] {
        let (_place, store, kept) = of_earlier_schema(100, compressed).await;
        assert_eq!(all(&store).await.unwrap(), kept);
        for (label, count) in [(kept[9].label_before, 10), (kept[0].label_after, 100)] {
            let filter = DecisionFilter {
                label,
                ..DecisionFilter::default()
            };
            let found = store.list(tenant(1), &filter, 0, 1000, false).await.unwrap();
            assert_eq!(found.len(), count, "{compressed} {label:?}");
        }
    }
}

#[tokio::test]
async fn unreadable_decision_is_corrupt() {
    let (place, store, _) = of_earlier_schema(2, false).await;
    execute(
        &place.path,
        "UPDATE decision_batches SET records = substr(records, 1, instr(records, char(10))) || '{}'",
    )
    .await;
    second_is_corrupt(&store).await;
    let (place, store, _) = written(2).await;
    // The last byte is the end of the second record: what its audit record says.
    execute(
        &place.path,
        "UPDATE decision_batches SET encoded = CAST(substr(encoded, 1, length(encoded) - 1) || x'07' AS BLOB)",
    )
    .await;
    second_is_corrupt(&store).await;
}

async fn second_is_corrupt(store: &SqliteStore) {
    let error = all(store).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt { what } if what.starts_with("decision 2 of tenant")),
        "{error:?}"
    );
    let first = store.list(tenant(1), &DecisionFilter::default(), 0, 1, false).await;
    assert_eq!(first.unwrap().len(), 1);
}

#[tokio::test]
async fn a_batch_is_kept_compressed_and_read_back() {
    let (place, store, kept) = written(100).await;
    assert_eq!(all(&store).await.unwrap(), kept);
    let query = "SELECT length(encoded), length(labels), records, packed FROM decision_batches";
    let (encoded, labels, plain, packed): (i64, i64, String, Option<Vec<u8>>) = sqlx::query_as(query)
        .fetch_one(&mut connect(&place.path).await)
        .await
        .unwrap();
    let text = serde_json::to_string(&kept).unwrap().len();
    assert!(
        encoded > 0 && usize::try_from(encoded).unwrap() < text / 6,
        "{encoded} of {text}"
    );
    assert_eq!((labels, &*plain, packed), (32, "", None));
}

#[tokio::test]
async fn a_damaged_batch_is_corrupt() {
    for damage in [
        "encoded = substr(encoded, 1, length(encoded) - 1)",
        "encoded = CAST(x'02ffffffff' || substr(encoded, 6) AS BLOB)",
        "encoded = CAST(x'0200000001' || substr(encoded, 6) AS BLOB)",
        "encoded = CAST(substr(encoded, 1, 41) || zeroblob(40) || substr(encoded, 82) AS BLOB)",
        "encoded = CAST(x'01' || substr(encoded, 2) AS BLOB)",
        "encoded = CAST(x'03' || substr(encoded, 2) AS BLOB)",
        "encoded = x'02'",
        "encoded = x'01'",
        "encoded = x''",
        "encoded = x'01ffffffff00'",
        "encoded = x'010100'",
        "encoded = NULL",
        "last_sequence = last_sequence + 1",
    ] {
        let (place, store, _) = written(100).await;
        execute(&place.path, format!("UPDATE decision_batches SET {damage}").leak()).await;
        let read = all(&store).await.map(|records| records.len());
        assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{damage}: {read:?}");
    }
}

#[tokio::test]
async fn a_damaged_compressed_batch_of_an_earlier_schema_is_corrupt() {
    for damage in [
        "UPDATE decision_batches SET packed = substr(packed, 1, length(packed) - 1)",
        "UPDATE decision_batches SET packed = CAST(x'ffffffff' || substr(packed, 5) AS BLOB)",
        "UPDATE decision_batches SET packed = CAST(x'00000001' || substr(packed, 5) AS BLOB)",
        "UPDATE decision_batches SET packed = CAST(substr(packed, 1, 40) || zeroblob(40) || substr(packed, 81) AS BLOB)",
        "UPDATE decision_batches SET packed = x'01'",
        "UPDATE decision_batches SET packed = x''",
    ] {
        let (place, store, _) = of_earlier_schema(100, true).await;
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
