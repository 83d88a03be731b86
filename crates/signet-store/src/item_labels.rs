//! What extraction found in drive items, kept until the content changes.

use async_trait::async_trait;
use jiff::Timestamp;
use signet_domain::error::ErrorReason;
use signet_domain::ids::TenantId;

use crate::error::StoreError;

/// Everything an extraction result depends on besides the item itself. Source: file formats, section 9, "Database cache".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContentVersion {
    /// Tag of the content (`cTag`); changes with the content only.
    pub content_tag: String,
    /// Extension of the name, as the extractor saw it; a rename matters only when this changes.
    pub extension: String,
    /// Version of the extractor's rules.
    pub extractor_version: u32,
}

/// What an extraction ended in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemOutcome {
    /// The item was read; the labels found, possibly none, as JSON of the extraction service.
    Labels(String),
    /// The item cannot be read, and will not be while its content stays the same.
    Refused {
        /// Why.
        reason: ErrorReason,
        /// One sentence for a person.
        message: String,
    },
}

impl ItemOutcome {
    /// Labels were read. A refusal never takes the place of such a value.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Labels(_))
    }
}

/// The result of one extraction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemLabelRow {
    /// Whose.
    pub tenant: TenantId,
    /// Drive.
    pub drive_id: String,
    /// Item.
    pub item_id: String,
    /// What the result is valid for.
    pub version: ContentVersion,
    /// What was found.
    pub outcome: ItemOutcome,
    /// Kind of document, in words of the extraction service.
    pub kind: String,
    /// Protection state, in words of the extraction service.
    pub protection: String,
    /// When the content was looked at.
    pub at: Timestamp,
}

/// What became of a row given to [`ItemLabelStore::put_item_labels`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is stored.
    Stored,
    /// A good value of the same version is there and stays; the refusal was not stored.
    Kept,
}

/// A cache with the guarantees of a table: it never returns a value of another content.
#[async_trait]
pub trait ItemLabelStore: Send + Sync {
    /// The result stored for exactly this version of the item. `None`: nothing is known about this version, whatever
    /// is known about others.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn get_item_labels(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        version: &ContentVersion,
    ) -> Result<Option<ItemLabelRow>, StoreError>;

    /// Stores a result, in one step:
    ///
    /// 1. A refusal is not stored where labels are stored for the same version ([`PutOutcome::Kept`]).
    /// 2. Otherwise the row takes the place of the one for the same version, if any.
    /// 3. Superseded rows of the item go: other versions with `at` not later and an extractor version not higher. A
    ///    refusal removes only refusals, so labels once read stay until newer labels are read.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn put_item_labels(&self, row: ItemLabelRow) -> Result<PutOutcome, StoreError>;

    /// Forgets all versions of an item. True: something was there.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn delete_item_labels(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError>;
}

impl ItemLabelRow {
    /// Storing `newer` removes this row, which is of the same item. Rule 3 of [`ItemLabelStore::put_item_labels`].
    pub fn is_superseded_by(&self, newer: &Self) -> bool {
        self.version != newer.version
            && self.at <= newer.at
            && self.version.extractor_version <= newer.version.extractor_version
            && (newer.outcome.is_good() || !self.outcome.is_good())
    }
}
