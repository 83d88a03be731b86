//! Item labels in memory.

use std::collections::HashMap;

use async_trait::async_trait;
use signet_domain::ids::TenantId;

use super::{MemoryStore, lock};
use crate::error::StoreError;
use crate::item_labels::{ContentVersion, ItemLabelRow, ItemLabelStore, PutOutcome};

type ItemKey = (TenantId, String, String);

#[derive(Debug, Default)]
pub(super) struct State {
    /// Rows of each item, one per version.
    items: HashMap<ItemKey, Vec<ItemLabelRow>>,
}

impl State {
    fn put(&mut self, row: ItemLabelRow) -> PutOutcome {
        let key = (row.tenant, row.drive_id.clone(), row.item_id.clone());
        let rows = self.items.entry(key).or_default();
        let same_version = rows.iter().find(|stored| stored.version == row.version);
        if same_version.is_some_and(|stored| stored.outcome.is_good() && !row.outcome.is_good()) {
            return PutOutcome::Kept;
        }
        rows.retain(|stored| stored.version != row.version && !stored.is_superseded_by(&row));
        rows.push(row);
        PutOutcome::Stored
    }
}

#[async_trait]
impl ItemLabelStore for MemoryStore {
    async fn get_item_labels(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        version: &ContentVersion,
    ) -> Result<Option<ItemLabelRow>, StoreError> {
        let state = lock(&self.item_labels);
        let rows = state.items.get(&(tenant, drive_id.to_owned(), item_id.to_owned()));
        let mut rows = rows.into_iter().flatten();
        Ok(rows.find(|row| row.version == *version).cloned())
    }

    async fn put_item_labels(&self, row: ItemLabelRow) -> Result<PutOutcome, StoreError> {
        Ok(lock(&self.item_labels).put(row))
    }

    async fn delete_item_labels(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        let key = (tenant, drive_id.to_owned(), item_id.to_owned());
        Ok(lock(&self.item_labels).items.remove(&key).is_some())
    }
}
