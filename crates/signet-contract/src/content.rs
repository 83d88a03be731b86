//! The content of drive items: downloads, uploads, labels written into files, and scans of whole folders.
//!
//! Two sorts of calls are made here. Those with a [`CallContext`] are made by a verified caller. Those with a
//! [`TicketCall`] are made by whoever holds a ticket: an unguessable, short-lived text signed by the service that made
//! it, which names tenant and item. A ticket is all that such a call is authorised by.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use signet_domain::content::AssignmentMethod;
use signet_domain::ids::LabelId;

use crate::context::CallContext;
use crate::error::ContractError;
use crate::extraction::{DriveItem, ExtractedLabel, ItemReference};

/// Most bytes of content one call carries.
pub const CHUNK_BYTES: usize = 2 * 1024 * 1024;

/// A ticket on its way. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket(Arc<str>);

impl Ticket {
    /// A ticket as it was given out. Letters, digits, `-` and `_`.
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The text, for the one place that makes a URL of it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

/// A call by whoever holds a ticket.
#[derive(Debug, Clone)]
pub struct TicketCall {
    /// What authorises it.
    pub ticket: Ticket,
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// Our id of the request: a GUID.
    pub request_id: Arc<str>,
}

/// A label to be written into a file, or removed from it.
#[derive(Clone, PartialEq, Eq)]
pub struct AssignRequest {
    /// The file.
    pub item: ItemReference,
    /// The label; absent: the tenant's label is removed.
    pub label_id: Option<LabelId>,
    /// How it comes about.
    pub method: AssignmentMethod,
    /// The caller's reason for a lower label or none.
    pub justification: Option<String>,
}

impl fmt::Debug for AssignRequest {
    /// Without the justification, which is for the decision log alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssignRequest")
            .field("item", &self.item)
            .field("label_id", &self.label_id)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Where the operation stands. Source: rest-api 9.5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationStatus {
    /// Accepted; no worker has it.
    NotStarted,
    /// A worker has it.
    InProgress,
    /// Done.
    Completed {
        /// The item's id.
        item_id: String,
    },
    /// It could not be done; the file is as it was.
    Failed(Box<ContractError>),
}

/// What an upload does when the name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameConflict {
    /// It takes the place of the file.
    #[default]
    Replace,
    /// It is refused.
    Fail,
    /// It gets a free name beside it.
    Rename,
}

/// An upload to be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRequest {
    /// The file to replace, or the address it is to have.
    pub item: ItemReference,
    /// What happens when the name is taken.
    pub conflict: NameConflict,
    /// Bytes in all, when known.
    pub size: Option<u64>,
    /// The file is there only when the upload is committed by a call of its own.
    pub defer_commit: bool,
    /// Entity tags one of which the file must have; empty: none; `*`: any.
    pub if_match: Vec<String>,
    /// Entity tags none of which the file may have; `*`: it may not exist.
    pub if_none_match: Vec<String>,
}

/// An upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadStatus {
    /// Opens it.
    pub ticket: Ticket,
    /// It is over after this instant.
    pub expires_at: Timestamp,
    /// Bytes that have arrived, from the first on.
    pub received: u64,
    /// Bytes in all, once known.
    pub total: Option<u64>,
}

/// Some of an upload's bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadChunk {
    /// Where they belong.
    pub offset: u64,
    /// Bytes of the file in all, when the sender knows.
    pub total: Option<u64>,
    /// The bytes, at most [`CHUNK_BYTES`].
    pub bytes: Vec<u8>,
}

impl fmt::Debug for UploadChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadChunk({} bytes at {})", self.bytes.len(), self.offset)
    }
}

/// What a chunk led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadProgress {
    /// More is expected, or the commit.
    Expecting(UploadStatus),
    /// The file is there.
    Done(Box<UploadedItem>),
}

/// A file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedItem {
    /// The item.
    pub item: DriveItem,
    /// It is new; else its content was replaced.
    pub created: bool,
}

/// Bytes of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct ContentChunk {
    /// The item they belong to.
    pub item: DriveItem,
    /// The bytes from the offset on; fewer than asked for only at the end.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for ContentChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentChunk({} bytes of {:?})", self.bytes.len(), self.item)
    }
}

/// Which bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRange {
    /// From here.
    pub offset: u64,
    /// At most so many, and at most [`CHUNK_BYTES`]; 0: only the item is wanted.
    pub length: usize,
    /// Content tag the file must have still; absent: any.
    pub c_tag: Option<String>,
}

/// A scan of a file, or of a folder with everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRequest {
    /// Where to begin.
    pub item: ItemReference,
    /// Go on after the result that had this cursor.
    pub after: Option<String>,
}

/// What a scan found out about one file, or about a folder that cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanResult {
    /// The file; a folder when it, or the rest of it, cannot be listed. The scan goes on behind it.
    pub item: DriveItem,
    /// Its labels, or why they are not known. A type that carries no labels is `FileTypeNotSupported`; of a folder always
    /// an error.
    pub labels: Result<Vec<ExtractedLabel>, ContractError>,
    /// Goes on after this file when given to another scan of the same folder.
    pub cursor: String,
}

/// Content of drive items.
#[async_trait]
pub trait DriveContent: Send + Sync {
    /// Decides about a label and queues it to be written; answers once that is durable. The ticket opens
    /// [`DriveContent::get_operation`].
    ///
    /// # Errors
    /// As [`crate::Extraction::extract_labels`], and `LabelNotFound`, `LabelDisabled`, `LabelNotAppliable`,
    /// `LabelNotApplicableToFormat`, `PrivilegedRequired`, `LabelMandatory`, `InvalidArgument` when a justification is
    /// missing, `NotSupported` for a label with protection, `Overloaded`.
    async fn assign_label(&self, context: &CallContext, request: AssignRequest) -> Result<Ticket, ContractError>;

    /// Where an operation stands.
    ///
    /// # Errors
    /// `ItemNotFound` when the ticket is too old, or was not given out for an operation.
    async fn get_operation(&self, call: TicketCall) -> Result<OperationStatus, ContractError>;

    /// A ticket that opens the content of a file for some minutes, and the file.
    ///
    /// # Errors
    /// As [`crate::Extraction::get_item`]; `ItemIsFolder`.
    async fn create_download(
        &self,
        context: &CallContext,
        item: ItemReference,
    ) -> Result<(Ticket, DriveItem), ContractError>;

    /// Bytes of a file.
    ///
    /// # Errors
    /// `ItemNotFound` when the ticket is too old or the file is gone; `ContentChanged`; `ContentUnavailable`.
    async fn read_content(&self, call: TicketCall, range: ContentRange) -> Result<ContentChunk, ContractError>;

    /// Begins an upload.
    ///
    /// # Errors
    /// As [`crate::Extraction::get_item`]; `NameAlreadyExists`, `PreconditionFailed`, `ContentTooLarge`, `Overloaded`.
    async fn create_upload(&self, context: &CallContext, request: UploadRequest)
    -> Result<UploadStatus, ContractError>;

    /// Where an upload stands.
    ///
    /// # Errors
    /// `UploadNotFound`.
    async fn get_upload(&self, call: TicketCall) -> Result<UploadStatus, ContractError>;

    /// Takes the next bytes of an upload. The last ones commit it, unless that was deferred.
    ///
    /// # Errors
    /// `UploadNotFound`; `InvalidRange` when these bytes are not the next; `InvalidArgument` when the total changed;
    /// `ContentTooLarge`; `QuotaExceeded`; and as [`DriveContent::commit_upload`].
    async fn write_upload(&self, call: TicketCall, chunk: UploadChunk) -> Result<UploadProgress, ContractError>;

    /// Makes the bytes that arrived the file, all at once.
    ///
    /// # Errors
    /// `UploadNotFound`; `InvalidRange` when bytes are missing; `NameAlreadyExists`, `PreconditionFailed`,
    /// `QuotaExceeded`, `ContentUnavailable`.
    async fn commit_upload(&self, call: TicketCall) -> Result<UploadedItem, ContractError>;

    /// Gives an upload up.
    ///
    /// # Errors
    /// `UploadNotFound`.
    async fn cancel_upload(&self, call: TicketCall) -> Result<(), ContractError>;

    /// Labels of every file below an item, in the order of names, as they are found. Reads ahead a few files and no
    /// further than the receiver takes results. Ends with an error when the drive does not answer.
    ///
    /// # Errors
    /// As [`crate::Extraction::get_item`]; `InvalidArgument` for a cursor of another scan.
    async fn scan(
        &self,
        context: &CallContext,
        request: ScanRequest,
    ) -> Result<BoxStream<'static, Result<ScanResult, ContractError>>, ContractError>;
}
