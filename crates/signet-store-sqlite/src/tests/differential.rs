//! The same calls to this store and to the one in memory have the same answers.

use signet_domain::error::ErrorReason;
use signet_domain::ids::Revision;
use signet_store::conformance::samples::{change, record, tenant, time};
use signet_store::{
    CatalogStore, ContentVersion, DecisionFilter, DecisionLog, Expected, ItemIdCandidate, ItemIdStore, ItemLabelRow,
    ItemLabelStore, ItemOutcome, MemoryStore, StoreError,
};

use super::Place;

const SEEDS: [u64; 4] = [1, 2, 3, 4];
const CALLS: u32 = 150;

/// Numbers that look random and are the same in every run. Source: Knuth, MMIX.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % bound
    }

    fn text(&mut self, kind: &str, bound: u32) -> String {
        format!("{kind}-{}", self.below(bound))
    }
}

/// An answer, with failures by their kind: their texts need not be equal.
fn answer<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(StoreError::Conflict { .. }) => "conflict".to_owned(),
        Err(error) => panic!("{error:?}"),
    }
}

/// Asks both stores and compares. Arguments are evaluated for each.
macro_rules! same {
    ($memory:expr, $sqlite:expr, $call:ident($($argument:expr),*)) => {
        assert_eq!(
            answer($memory.$call($($argument),*).await),
            answer($sqlite.$call($($argument),*).await),
        )
    };
}

fn version(numbers: &mut Numbers) -> ContentVersion {
    ContentVersion {
        content_tag: numbers.text("tag", 3),
        extension: ["docx", "pdf"][numbers.below(2) as usize].to_owned(),
        extractor_version: numbers.below(2),
    }
}

fn row(numbers: &mut Numbers) -> ItemLabelRow {
    let outcome = match numbers.below(2) {
        0 => ItemOutcome::Labels(numbers.text("labels", 100)),
        _ => ItemOutcome::Refused {
            reason: ErrorReason::ContentLimitExceeded,
            message: numbers.text("message", 100),
        },
    };
    ItemLabelRow {
        tenant: tenant(1),
        drive_id: "drive".to_owned(),
        item_id: numbers.text("item", 2),
        version: version(numbers),
        outcome,
        kind: "word".to_owned(),
        protection: "none".to_owned(),
        at: time(numbers.below(10).into()),
    }
}

#[tokio::test]
async fn item_labels() {
    for seed in SEEDS {
        let (place, memory, mut numbers) = (Place::new(), MemoryStore::new(), Numbers(seed));
        let sqlite = place.create().await;
        for _ in 0..CALLS {
            match numbers.below(8) {
                0 => same!(memory, sqlite, delete_item_labels(tenant(1), "drive", "item-1")),
                _ => {
                    let found = row(&mut numbers);
                    same!(memory, sqlite, put_item_labels(found.clone()));
                }
            }
            for item in ["item-0", "item-1"] {
                let wanted = version(&mut numbers);
                same!(memory, sqlite, get_item_labels(tenant(1), "drive", item, &wanted));
            }
        }
    }
}

fn candidates(numbers: &mut Numbers) -> Vec<ItemIdCandidate> {
    let count = numbers.below(4);
    let candidate = |_| ItemIdCandidate {
        source_key: numbers.text("key", 8),
        path: numbers.text("path", 5),
        item_id: numbers.text("id", 30),
    };
    (0..count).map(candidate).collect()
}

#[tokio::test]
async fn item_ids() {
    for seed in SEEDS {
        let (place, memory, mut numbers) = (Place::new(), MemoryStore::new(), Numbers(seed));
        let sqlite = place.create().await;
        for _ in 0..CALLS {
            let (id, key) = (numbers.text("id", 30), numbers.text("key", 8));
            match numbers.below(6) {
                0 => same!(memory, sqlite, remove_item_id(tenant(1), "drive", &id)),
                1 => same!(memory, sqlite, rebind_item_id(tenant(1), "drive", &id, &key, "/moved")),
                _ => {
                    let seen = candidates(&mut numbers);
                    same!(memory, sqlite, get_or_insert_item_ids(tenant(1), "drive", seen.clone()));
                }
            }
            let id = numbers.text("id", 30);
            same!(memory, sqlite, find_item_id(tenant(1), "drive", &id));
        }
    }
}

#[tokio::test]
async fn catalog() {
    for seed in SEEDS {
        let (place, memory, mut numbers) = (Place::new(), MemoryStore::new(), Numbers(seed));
        let sqlite = place.create().await;
        for _ in 0..CALLS {
            let expected = match numbers.below(4) {
                0 => Expected::Absent,
                1 => Expected::Exactly(Revision(numbers.below(20).into())),
                _ => Expected::Any,
            };
            let tenant = tenant(numbers.below(3) as u8);
            let new = change(tenant, expected, &numbers.text("name", 3));
            same!(memory, sqlite, commit(new.clone()));
            let revision = Revision(numbers.below(20).into());
            same!(memory, sqlite, get_revision(tenant, Some(revision)));
            same!(memory, sqlite, list_revisions(tenant, Some(revision), 3));
            let position = u64::from(numbers.below(50));
            same!(memory, sqlite, changes_after(position, 3));
            same!(memory, sqlite, list_tenants(Some(tenant), 2));
        }
    }
}

#[tokio::test]
async fn decisions() {
    for seed in SEEDS {
        let (place, memory, mut numbers) = (Place::new(), MemoryStore::new(), Numbers(seed));
        let sqlite = place.create().await;
        for call in 0..40 {
            let size = numbers.below(90);
            let mut batch = Vec::new();
            for n in 0..size {
                let mut record = record(tenant(numbers.below(2) as u8), call * 100 + n);
                record.time = time(numbers.below(1_000).into());
                batch.push(record);
            }
            same!(memory, sqlite, append(batch.clone()));
            let filter = DecisionFilter {
                from: (numbers.below(2) == 0).then(|| time(numbers.below(1_000).into())),
                to: (numbers.below(2) == 0).then(|| time(numbers.below(1_000).into())),
                ..DecisionFilter::default()
            };
            let (after, limit, descending) = (u64::from(numbers.below(500)), numbers.below(20), numbers.below(2) == 0);
            same!(memory, sqlite, list(tenant(1), &filter, after, limit, descending));
        }
    }
}
