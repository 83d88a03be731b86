//! Uploads in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use signet_domain::ids::TenantId;
use uuid::Uuid;

use super::{MemoryStore, at_most, lock};
use crate::error::StoreError;
use crate::uploads::{UploadRow, UploadStore};

#[derive(Debug, Default)]
pub(super) struct State {
    uploads: BTreeMap<(TenantId, Uuid), UploadRow>,
}

impl State {
    fn create(&mut self, row: UploadRow, capacity: u64) -> Result<bool, StoreError> {
        if self.uploads.contains_key(&(row.tenant, row.id)) {
            return Err(StoreError::Conflict {
                what: format!("upload id `{}`", row.id),
            });
        }
        let of_tenant = self.uploads.keys().filter(|(tenant, _)| *tenant == row.tenant).count();
        if u64::try_from(of_tenant).unwrap_or(u64::MAX) >= capacity {
            return Ok(false);
        }
        self.uploads.insert((row.tenant, row.id), row);
        Ok(true)
    }

    fn update(&mut self, row: UploadRow) -> bool {
        let Some(stored) = self.uploads.get_mut(&(row.tenant, row.id)) else {
            return false;
        };
        if stored.version.checked_add(1) != Some(row.version) {
            return false;
        }
        *stored = row;
        true
    }
}

#[async_trait]
impl UploadStore for MemoryStore {
    async fn create_upload(&self, row: UploadRow, capacity: u64) -> Result<bool, StoreError> {
        lock(&self.uploads).create(row, capacity)
    }

    async fn find_upload(&self, tenant: TenantId, id: Uuid) -> Result<Option<UploadRow>, StoreError> {
        Ok(lock(&self.uploads).uploads.get(&(tenant, id)).cloned())
    }

    async fn update_upload(&self, row: UploadRow) -> Result<bool, StoreError> {
        Ok(lock(&self.uploads).update(row))
    }

    async fn delete_upload(&self, tenant: TenantId, id: Uuid) -> Result<bool, StoreError> {
        Ok(lock(&self.uploads).uploads.remove(&(tenant, id)).is_some())
    }

    async fn expired_uploads(&self, now: Timestamp, limit: u32) -> Result<Vec<UploadRow>, StoreError> {
        let state = lock(&self.uploads);
        let mut expired: Vec<UploadRow> = state
            .uploads
            .values()
            .filter(|row| row.expires_at < now)
            .cloned()
            .collect();
        expired.sort_by_key(|row| row.expires_at);
        expired.truncate(at_most(limit));
        Ok(expired)
    }
}
