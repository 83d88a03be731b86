//! Item ids in memory.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use signet_domain::ids::TenantId;

use super::{MemoryStore, lock};
use crate::error::StoreError;
use crate::item_ids::{ItemIdCandidate, ItemIdRow, ItemIdStore};

#[derive(Debug, Default)]
pub(super) struct State {
    drives: HashMap<(TenantId, String), Drive>,
}

/// INVARIANT (two maps, one set): `id_of_key` and `rows` name the same items.
#[derive(Debug, Default)]
struct Drive {
    id_of_key: HashMap<String, String>,
    rows: HashMap<String, ItemIdRow>,
}

impl Drive {
    fn insert(&mut self, row: ItemIdRow) {
        self.id_of_key.insert(row.source_key.clone(), row.item_id.clone());
        self.rows.insert(row.item_id.clone(), row);
    }

    fn remove(&mut self, item_id: &str) -> Option<ItemIdRow> {
        let row = self.rows.remove(item_id)?;
        self.id_of_key.remove(&row.source_key);
        Some(row)
    }

    fn by_key(&self, source_key: &str) -> Option<&ItemIdRow> {
        self.rows.get(self.id_of_key.get(source_key)?)
    }

    /// The first candidate's id that belongs, or would belong, to another item.
    fn find_taken_id<'a>(&self, candidates: &'a [ItemIdCandidate]) -> Option<&'a str> {
        let mut new_keys = HashSet::new();
        let mut new_ids = HashSet::new();
        let unknown = candidates.iter().filter(|seen| self.by_key(&seen.source_key).is_none());
        for seen in unknown {
            let is_first = new_keys.insert(&seen.source_key);
            if is_first && (self.rows.contains_key(&seen.item_id) || !new_ids.insert(&seen.item_id)) {
                return Some(&seen.item_id);
            }
        }
        None
    }

    fn see(&mut self, tenant: TenantId, drive_id: &str, seen: &ItemIdCandidate) {
        let known_id = self.by_key(&seen.source_key).map(|row| row.item_id.clone());
        self.insert(ItemIdRow {
            tenant,
            drive_id: drive_id.to_owned(),
            item_id: known_id.unwrap_or_else(|| seen.item_id.clone()),
            source_key: seen.source_key.clone(),
            path: seen.path.clone(),
        });
    }
}

#[async_trait]
impl ItemIdStore for MemoryStore {
    async fn get_or_insert_item_ids(
        &self,
        tenant: TenantId,
        drive_id: &str,
        candidates: Vec<ItemIdCandidate>,
    ) -> Result<Vec<ItemIdRow>, StoreError> {
        let mut state = lock(&self.item_ids);
        let drive = state.drives.entry((tenant, drive_id.to_owned())).or_default();
        if let Some(item_id) = drive.find_taken_id(&candidates) {
            return Err(StoreError::Conflict {
                what: format!("item id `{item_id}`"),
            });
        }
        for candidate in &candidates {
            drive.see(tenant, drive_id, candidate);
        }
        let rows = candidates
            .iter()
            .filter_map(|candidate| drive.by_key(&candidate.source_key));
        Ok(rows.cloned().collect())
    }

    async fn find_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
    ) -> Result<Option<ItemIdRow>, StoreError> {
        let state = lock(&self.item_ids);
        let drive = state.drives.get(&(tenant, drive_id.to_owned()));
        Ok(drive.and_then(|drive| drive.rows.get(item_id)).cloned())
    }

    async fn rebind_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        source_key: &str,
        path: &str,
    ) -> Result<bool, StoreError> {
        let mut state = lock(&self.item_ids);
        let Some(drive) = state.drives.get_mut(&(tenant, drive_id.to_owned())) else {
            return Ok(false);
        };
        let Some(mut row) = drive.remove(item_id) else {
            return Ok(false);
        };
        if let Some(other) = drive.id_of_key.get(source_key).cloned() {
            drive.remove(&other);
        }
        row.source_key = source_key.to_owned();
        row.path = path.to_owned();
        drive.insert(row);
        Ok(true)
    }

    async fn remove_item_id(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        let mut state = lock(&self.item_ids);
        let drive = state.drives.get_mut(&(tenant, drive_id.to_owned()));
        Ok(drive.and_then(|drive| drive.remove(item_id)).is_some())
    }
}
