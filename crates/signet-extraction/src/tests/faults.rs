//! What happens when the stores or the source fail. Source: file formats 9, last rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use signet_contract::extraction::ItemAddress;
use signet_domain::error::ErrorReason;
use signet_domain::ids::TenantId;
use signet_store::{
    ContentVersion, ItemIdCandidate, ItemIdRow, ItemIdStore, ItemLabelRow, ItemLabelStore, MemoryStore, PutOutcome,
    StoreError,
};

use super::world::*;

/// A store that can be switched off.
struct Faulty {
    store: Arc<MemoryStore>,
    is_off: AtomicBool,
}

impl Faulty {
    fn check(&self) -> Result<&MemoryStore, StoreError> {
        match self.is_off.load(Ordering::SeqCst) {
            true => Err(StoreError::unavailable("switched off")),
            false => Ok(&self.store),
        }
    }
}

#[async_trait]
impl ItemIdStore for Faulty {
    async fn get_or_insert_item_ids(
        &self,
        tenant: TenantId,
        drive_id: &str,
        candidates: Vec<ItemIdCandidate>,
    ) -> Result<Vec<ItemIdRow>, StoreError> {
        self.check()?.get_or_insert_item_ids(tenant, drive_id, candidates).await
    }

    async fn find_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
    ) -> Result<Option<ItemIdRow>, StoreError> {
        self.check()?.find_item_id(tenant, drive_id, item_id).await
    }

    async fn rebind_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        source_key: &str,
        path: &str,
    ) -> Result<bool, StoreError> {
        self.check()?
            .rebind_item_id(tenant, drive_id, item_id, source_key, path)
            .await
    }

    async fn remove_item_id(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        self.check()?.remove_item_id(tenant, drive_id, item_id).await
    }
}

#[async_trait]
impl ItemLabelStore for Faulty {
    async fn get_item_labels(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        version: &ContentVersion,
    ) -> Result<Option<ItemLabelRow>, StoreError> {
        self.check()?.get_item_labels(tenant, drive_id, item_id, version).await
    }

    async fn put_item_labels(&self, row: ItemLabelRow) -> Result<PutOutcome, StoreError> {
        self.check()?.put_item_labels(row).await
    }

    async fn delete_item_labels(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        self.check()?.delete_item_labels(tenant, drive_id, item_id).await
    }
}

#[tokio::test]
async fn without_the_store_known_items_are_still_read() {
    let mut world = World::new();
    let faulty = Arc::new(Faulty {
        store: world.store.clone(),
        is_off: AtomicBool::new(false),
    });
    world.restart_on(faulty.clone(), faulty.clone());
    world.write("bob/known.docx", LABEL);
    world.write("bob/new.docx", LABEL);
    let known = world.id_of("b!bob", "known.docx").await;

    faulty.is_off.store(true, Ordering::SeqCst);
    assert_eq!(
        world.labels("b!bob", "known.docx").await,
        Ok((vec![LABEL.to_owned()], false))
    );
    assert_eq!(
        world.labels("b!bob", "new.docx").await,
        Err(ErrorReason::StoreUnavailable)
    );
    let by_id = world.extract("b!bob", ItemAddress::Id(known)).await.unwrap();
    assert!(by_id.from_cache);

    faulty.is_off.store(false, Ordering::SeqCst);
    assert_eq!(
        world.labels("b!bob", "new.docx").await,
        Ok((vec![LABEL.to_owned()], false))
    );
}

#[tokio::test]
async fn labels_once_read_are_not_taken_back() {
    let mut world = World::new();
    world.write("bob/a.docx", LABEL);
    assert!(world.labels("b!bob", "a.docx").await.is_ok());
    // Another replica reads the same content and fails: its answer is the stored one.
    let faulty = Arc::new(Faulty {
        store: world.store.clone(),
        is_off: AtomicBool::new(true),
    });
    world.restart_on(world.store.clone(), faulty.clone());
    world
        .reader
        .on_read(move |_| faulty.is_off.store(false, Ordering::SeqCst));
    world.reader.fail_next();
    assert_eq!(
        world.labels("b!bob", "a.docx").await.map(|answer| answer.0),
        Ok(vec![LABEL.to_owned()])
    );
    assert_eq!(world.reader.calls(), 2);
}

#[tokio::test]
async fn a_source_that_goes_away_is_unavailable_and_nothing_is_forgotten() {
    let world = World::new();
    world.write("bob/a.docx", LABEL);
    let id = world.id_of("b!bob", "a.docx").await;
    assert!(world.labels("b!bob", "a.docx").await.is_ok());
    std::fs::rename(world.real("bob"), world.real("away")).unwrap();
    for item in [at("a.docx"), ItemAddress::Id(id.clone())] {
        let refused = world.extract("b!bob", item).await.unwrap_err();
        assert_eq!(refused.reason, ErrorReason::ContentUnavailable);
        assert!(refused.retry_after.is_some());
    }
    std::fs::rename(world.real("away"), world.real("bob")).unwrap();
    assert!(world.extract("b!bob", ItemAddress::Id(id)).await.unwrap().from_cache);
}
