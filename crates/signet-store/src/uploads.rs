//! Uploads that arrive in pieces: what has arrived, not the bytes.

use async_trait::async_trait;
use jiff::Timestamp;
use signet_domain::ids::TenantId;
use uuid::Uuid;

use crate::error::StoreError;

/// An upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    /// Whose.
    pub tenant: TenantId,
    /// Which; fresh for every upload.
    pub id: Uuid,
    /// Number of changes made to it; a new one has 0.
    pub version: u64,
    /// Where it goes and what has arrived, as JSON of the extraction service.
    pub state: String,
    /// It is over after this instant.
    pub expires_at: Timestamp,
}

/// Keeps uploads. Every method is one transaction.
#[async_trait]
pub trait UploadStore: Send + Sync {
    /// Adds an upload. `capacity`: uploads the tenant may have, counting this one. False: it has as many already.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Full`, `Unavailable`.
    async fn create_upload(&self, row: UploadRow, capacity: u64) -> Result<bool, StoreError>;

    /// An upload. `None`: there is none, or it is over and was deleted.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn find_upload(&self, tenant: TenantId, id: Uuid) -> Result<Option<UploadRow>, StoreError>;

    /// Changes state and expiry of an upload whose version is the one before `row.version`. False: another change came
    /// first, or it is gone; nothing changed.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn update_upload(&self, row: UploadRow) -> Result<bool, StoreError>;

    /// Forgets an upload. False: there was none.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn delete_upload(&self, tenant: TenantId, id: Uuid) -> Result<bool, StoreError>;

    /// At most `limit` uploads of all tenants that expired before `now`, those that expired first before the others.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn expired_uploads(&self, now: Timestamp, limit: u32) -> Result<Vec<UploadRow>, StoreError>;
}
