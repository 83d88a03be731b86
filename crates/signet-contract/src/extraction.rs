//! Extraction: drives, items, and the labels inside files.

use async_trait::async_trait;
use jiff::Timestamp;
use signet_domain::content::AssignmentMethod;

use crate::content::Ticket;
use crate::context::CallContext;
use crate::error::ContractError;

/// How a drive is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DriveAddress {
    /// By drive id.
    Id(String),
    /// The signed-in person's drive.
    Me,
    /// A user's drive: object id or address.
    User(String),
    /// A group's drive: object id.
    Group(String),
    /// A site's drive: site name, or `root`.
    Site(String),
    /// The caller's own drive, or the tenant root site's for an application.
    Default,
    /// A drive by id that must belong to an owner.
    Owned {
        /// The owner: `Me`, `User`, `Group` or `Site`.
        owner: Box<DriveAddress>,
        /// The drive's id.
        drive: String,
    },
}

/// How an item is addressed within its drive. Path segments are decoded and checked: none is empty, `.` or `..`,
/// none contains `/ \ * < > ? : |`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ItemAddress {
    /// The root folder.
    Root,
    /// By id.
    Id(String),
    /// By path from the root, without case.
    Path(Vec<String>),
    /// By path from a folder.
    Under {
        /// The folder's id.
        parent: String,
        /// Path from it, without case.
        path: Vec<String>,
    },
}

/// One item of one drive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemReference {
    /// The drive.
    pub drive: DriveAddress,
    /// The item.
    pub item: ItemAddress,
}

/// Whose drive it is, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriveOwnerInfo {
    /// A user.
    User {
        /// Object id.
        id: String,
        /// Name.
        display_name: String,
    },
    /// A group.
    Group {
        /// Object id.
        id: String,
        /// Name.
        display_name: String,
    },
    /// A site.
    Site {
        /// Site id.
        id: String,
    },
}

/// A drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriveInfo {
    /// Opaque id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whose.
    pub owner: DriveOwnerInfo,
    /// Capacity, when the source tells.
    pub quota: Option<DriveQuota>,
}

/// Capacity of a drive, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DriveQuota {
    /// In all.
    pub total: u64,
    /// In use.
    pub used: u64,
}

/// File or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind {
    /// A file.
    File {
        /// Media type by extension.
        mime_type: String,
    },
    /// A folder.
    Folder {
        /// Entries in it.
        child_count: u64,
    },
}

/// An item of a drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriveItem {
    /// Opaque id, stable across restarts.
    pub id: String,
    /// Name; `root` for the root folder.
    pub name: String,
    /// File or folder.
    pub kind: ItemKind,
    /// It is the root folder.
    pub is_root: bool,
    /// Bytes; of a folder: 0.
    pub size: u64,
    /// Changes with every change of the item; with quotes.
    pub e_tag: String,
    /// Changes with the content only; with quotes.
    pub c_tag: String,
    /// When it was made, if the source tells; else when it was last changed.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Id of the drive.
    pub drive_id: String,
    /// Site id of the drive's owner, when a site owns it.
    pub site_id: Option<String>,
    /// The folder it is in; absent for the root.
    pub parent: Option<ItemParent>,
    /// Opens the content for some minutes; files only.
    pub download: Option<Ticket>,
}

/// The folder an item is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemParent {
    /// The folder's id.
    pub id: String,
    /// The folder's name.
    pub name: String,
    /// Its path from the root: empty for the root itself, else `/Folder/Sub`.
    pub path: String,
}

/// Which children are wanted. Order: by name, without case, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChildrenQuery {
    /// At most, 1..=999; 0: 200.
    pub top: u32,
    /// Continue after the entry of this name.
    pub after: Option<String>,
    /// Names in descending order.
    pub descending: bool,
}

/// A page of children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildrenPage {
    /// The folder's id.
    pub folder_id: String,
    /// Its drive's id.
    pub drive_id: String,
    /// The entries.
    pub items: Vec<DriveItem>,
    /// Name the next page starts after; absent on the last one.
    pub next: Option<String>,
}

/// A label found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractedLabel {
    /// Label id: a GUID in lower case, of our tenant or another.
    pub label_id: String,
    /// How it came about.
    pub assignment_method: AssignmentMethod,
    /// Tenant id as the file states it: a GUID in lower case.
    pub tenant_id: String,
}

/// Labels of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractLabelsResponse {
    /// At most one label per tenant, in the file's order.
    pub labels: Vec<ExtractedLabel>,
    /// They were stored already and still hold for the content.
    pub from_cache: bool,
}

/// Drives, items and the labels in files.
#[async_trait]
pub trait Extraction: Send + Sync {
    /// The drives of an owner; `Default` and `Me`: the caller's.
    ///
    /// # Errors
    /// `PermissionMissing`, `DelegatedCallerRequired`, `DriveNotReachable`, `UserNotFound`, `DriveNotFound`.
    async fn list_drives(&self, context: &CallContext, owner: DriveAddress) -> Result<Vec<DriveInfo>, ContractError>;

    /// One drive.
    ///
    /// # Errors
    /// As [`Extraction::list_drives`].
    async fn get_drive(&self, context: &CallContext, drive: DriveAddress) -> Result<DriveInfo, ContractError>;

    /// One item.
    ///
    /// # Errors
    /// As [`Extraction::list_drives`]; `ItemNotFound`, `InvalidPath`, `ContentUnavailable`.
    async fn get_item(&self, context: &CallContext, item: ItemReference) -> Result<DriveItem, ContractError>;

    /// Entries of a folder.
    ///
    /// # Errors
    /// As [`Extraction::get_item`]; `InvalidArgument` when the item is a file.
    async fn list_children(
        &self,
        context: &CallContext,
        folder: ItemReference,
        query: ChildrenQuery,
    ) -> Result<ChildrenPage, ContractError>;

    /// The labels of a file: stored ones when they hold for its content, else read, stored, returned.
    ///
    /// # Errors
    /// As [`Extraction::get_item`]; `ItemIsFolder`, `FileTypeNotSupported`, `FileDoubleKeyEncrypted`,
    /// `FileDecryptionNotSupported`, `FileDecryptionDeferred`, `MalformedContent`, `ContentLimitExceeded`,
    /// `ContentChanged`.
    async fn extract_labels(
        &self,
        context: &CallContext,
        item: ItemReference,
    ) -> Result<ExtractLabelsResponse, ContractError>;
}
