//! Opaque, stable ids of drive items whose source has no such ids.

use async_trait::async_trait;
use signet_domain::ids::TenantId;

use crate::error::StoreError;

/// An item's id and where its source knows it from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemIdRow {
    /// Whose.
    pub tenant: TenantId,
    /// Drive.
    pub drive_id: String,
    /// Opaque id given to clients; unique in the drive.
    pub item_id: String,
    /// The source's identity of the item, e.g. `device:inode`; unique in the drive.
    pub source_key: String,
    /// Path inside the source where the item was last seen. Several items may name one path: only the source knows
    /// which of them is still there.
    pub path: String,
}

/// An item seen in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemIdCandidate {
    /// The source's identity of the item.
    pub source_key: String,
    /// Path inside the source.
    pub path: String,
    /// Id the item gets when it has none yet.
    pub item_id: String,
}

/// Keeps ids of drive items. Ids are never given to another item; removing one forgets it.
#[async_trait]
pub trait ItemIdStore: Send + Sync {
    /// Rows of items seen in the source, in the order given, in one transaction. A source key already known keeps its
    /// id and takes the new path; an unknown one gets the candidate's id. Two callers that see a new item at the same
    /// time get the same id. Writes only when something is new. Source keys may repeat: the last path counts.
    ///
    /// # Errors
    /// `Conflict` when a candidate's id belongs to another item of the drive; `Full`, `Unavailable`.
    async fn get_or_insert_item_ids(
        &self,
        tenant: TenantId,
        drive_id: &str,
        candidates: Vec<ItemIdCandidate>,
    ) -> Result<Vec<ItemIdRow>, StoreError>;

    /// The row of an id. `None`: the drive has no such item, or it was removed.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn find_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
    ) -> Result<Option<ItemIdRow>, StoreError>;

    /// Says that an item continues as another object of the source, as after a file was replaced by a new one. Another
    /// id given to that object meanwhile is forgotten. One transaction. False: the drive has no such item.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn rebind_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        source_key: &str,
        path: &str,
    ) -> Result<bool, StoreError>;

    /// Forgets an item. False: the drive has no such item.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn remove_item_id(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError>;
}
