//! Why the extraction service refuses or fails, and what a caller learns of it.

use std::time::Duration;

use signet_contract::{ContractError, ServiceError};
use signet_domain::error::{ErrorKind, ErrorReason};
use signet_store::StoreError;

use crate::source::{SourceError, SourceRefusal};

/// How long callers wait before they ask a source or a full service again.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// A refusal or failure of the extraction service. Cloneable because callers may share one extraction.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum ExtractionError {
    /// Another service's error, as it came.
    #[error(transparent)]
    Contract(#[from] ContractError),
    #[error("the token's tenant is not known here; load the tenant first")]
    TenantUnknown,
    #[error("the address names no drive; use the id of a drive or of an owner who has one")]
    DriveNotFound,
    #[error("the drive is out of the caller's reach; {hint}")]
    DriveNotReachable { hint: &'static str },
    #[error("this address needs a signed-in user; use a delegated token or address the drive by its id")]
    DelegatedCallerRequired,
    #[error("`{user}` is no user id or address; use the object id or an address with `@`")]
    UserMalformed { user: String },
    #[error("user `{user}` does not exist in the tenant")]
    UserNotFound { user: String },
    #[error("the drive has no such item")]
    ItemNotFound,
    #[error("{message}")]
    InvalidPath { message: String },
    #[error("the item is a file and has no children; address a folder")]
    ItemIsFile,
    #[error("the item is a folder; labels are extracted from files only")]
    ItemIsFolder,
    #[error("files with the extension `{extension}` cannot carry a sensitivity label; address a supported document")]
    ExtensionNotSupported { extension: String },
    /// The file's bytes refuse the extraction, for as long as they stay the same.
    #[error("{message}")]
    Content { reason: ErrorReason, message: String },
    #[error("the file takes longer than a request may; it is being processed, ask again later")]
    Deferred { retry_after: Duration },
    #[error("the file changed while it was read; ask again when it is written completely")]
    ContentChanged,
    #[error("the drive's content does not answer; ask again later")]
    ContentUnavailable,
    #[error("the drive's source is of a kind that is not served here; use a folder or a bucket")]
    SourceNotSupported,
    #[error("the drive's folder is not among those this installation serves; ask its operator to allow it")]
    SourceNotAllowed,
    #[error("labels cannot be written into files with the extension `{extension}`; use an Office document or a PDF")]
    NotWritable { extension: String },
    #[error("the document is certified and allows no changes; ask its author")]
    Certified,
    #[error("an editor has the document open; close it there and try again")]
    CheckedOut,
    #[error("the label protects content, and protection is not applied here; choose a label without it")]
    LabelProtects,
    #[error("a lower label, or none, needs a reason; send `justificationText`")]
    JustificationMissing,
    #[error("assigning labels is metered here and billing is not set up; ask the operator")]
    PaymentRequired,
    #[error("the file carries another label than when this one was decided about; ask again")]
    LabelChanged,
    #[error("the operation does not exist or is too long ago")]
    OperationNotFound,
    #[error("the download URL is not good any more; get the item again for a new one")]
    DownloadExpired,
    #[error("the item is a folder and has no content; address a file")]
    FolderHasNoContent,
    #[error("the upload does not exist or is over; begin a new one")]
    UploadNotFound,
    #[error("these bytes are not the next ones of the upload; ask it which are expected")]
    NotTheNextRange,
    #[error("bytes of the upload are missing; ask it which are expected")]
    BytesMissing,
    #[error("the bytes contradict the size stated before; begin a new upload")]
    TotalChanged,
    #[error("the file is larger than {limit} bytes; upload less")]
    TooLarge { limit: u64 },
    #[error("something of that name exists; choose another name or `@microsoft.graph.conflictBehavior`")]
    NameAlreadyExists,
    #[error("the item is not in the state the request demands; get it again")]
    PreconditionFailed,
    #[error("the drive has no room; ask its operator to make some")]
    Full,
    #[error("the drive can only be read here; ask its operator to allow writing")]
    ReadOnly,
    #[error("the folder has more entries than are looked at; divide it")]
    FolderTooLarge,
    #[error("the cursor is not one of this scan; begin again without it")]
    CursorInvalid,
    #[error("too many files are waiting to be read; ask again later")]
    Overloaded,
    #[error("the request took longer than the caller waits; ask again")]
    DeadlineExceeded,
    #[error("the store does not answer; ask again later")]
    Store,
    #[error("the file could not be read because of a fault of the service")]
    Internal,
}

impl ExtractionError {
    fn reason(&self) -> ErrorReason {
        match self {
            Self::Contract(error) => error.reason,
            Self::TenantUnknown => ErrorReason::TenantUnknown,
            Self::DriveNotFound => ErrorReason::DriveNotFound,
            Self::DriveNotReachable { .. } | Self::ReadOnly => ErrorReason::DriveNotReachable,
            Self::DelegatedCallerRequired => ErrorReason::DelegatedCallerRequired,
            Self::UserMalformed { .. } | Self::ItemIsFile => ErrorReason::InvalidArgument,
            Self::UserNotFound { .. } => ErrorReason::UserNotFound,
            Self::ItemNotFound => ErrorReason::ItemNotFound,
            Self::InvalidPath { .. } => ErrorReason::InvalidPath,
            Self::ItemIsFolder => ErrorReason::ItemIsFolder,
            Self::ExtensionNotSupported { .. } => ErrorReason::FileTypeNotSupported,
            Self::Content { reason, .. } => *reason,
            Self::Deferred { .. } => ErrorReason::FileDecryptionDeferred,
            Self::ContentChanged => ErrorReason::ContentChanged,
            Self::ContentUnavailable => ErrorReason::ContentUnavailable,
            Self::NotWritable { .. } => ErrorReason::FileTypeNotSupported,
            Self::Certified | Self::CheckedOut => ErrorReason::ResourceLocked,
            Self::LabelProtects => ErrorReason::NotSupported,
            Self::JustificationMissing | Self::TotalChanged | Self::CursorInvalid => ErrorReason::InvalidArgument,
            Self::PaymentRequired => ErrorReason::PaymentRequired,
            Self::LabelChanged => ErrorReason::ContentChanged,
            Self::OperationNotFound | Self::DownloadExpired => ErrorReason::ItemNotFound,
            Self::FolderHasNoContent => ErrorReason::ItemIsFolder,
            Self::UploadNotFound => ErrorReason::UploadNotFound,
            Self::NotTheNextRange | Self::BytesMissing => ErrorReason::InvalidRange,
            Self::TooLarge { .. } => ErrorReason::ContentTooLarge,
            Self::NameAlreadyExists => ErrorReason::NameAlreadyExists,
            Self::PreconditionFailed => ErrorReason::PreconditionFailed,
            Self::Full => ErrorReason::QuotaExceeded,
            Self::FolderTooLarge => ErrorReason::ContentLimitExceeded,
            Self::SourceNotSupported | Self::SourceNotAllowed => ErrorReason::NotSupported,
            Self::Overloaded => ErrorReason::Overloaded,
            Self::DeadlineExceeded => ErrorReason::DeadlineExceeded,
            Self::Store => ErrorReason::StoreUnavailable,
            Self::Internal => ErrorReason::Internal,
        }
    }

    /// The same may succeed later without anybody doing anything.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Contract(error) => matches!(
                error.kind(),
                ErrorKind::Unavailable | ErrorKind::DeadlineExceeded | ErrorKind::Throttled
            ),
            Self::ContentChanged
            | Self::ContentUnavailable
            | Self::CheckedOut
            | Self::Overloaded
            | Self::DeadlineExceeded
            | Self::Full
            | Self::Store => true,
            _ => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Deferred { retry_after } => Some(*retry_after),
            Self::ContentUnavailable | Self::Overloaded | Self::Store => Some(TRY_AGAIN),
            _ => None,
        }
    }
}

impl ServiceError for ExtractionError {
    fn to_contract(&self) -> ContractError {
        if let Self::Contract(error) = self {
            return error.clone();
        }
        let error = ContractError::new(self.reason(), self.to_string());
        let error = match self.retry_after() {
            Some(wait) => error.retry_after(wait),
            None => error,
        };
        match self {
            Self::Certified => error.fact("lock", "documentCertified"),
            Self::CheckedOut => error.fact("lock", "fileCheckedOut"),
            Self::JustificationMissing => error.at("justificationText"),
            Self::ExtensionNotSupported { extension } | Self::NotWritable { extension } => {
                error.fact("extension", extension)
            }
            Self::UserMalformed { user } | Self::UserNotFound { user } => error.fact("user", user),
            _ => error,
        }
    }
}

impl From<SourceError> for ExtractionError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Changed => Self::ContentChanged,
            SourceError::Full => Self::Full,
            SourceError::ReadOnly => Self::ReadOnly,
            SourceError::TooMany => Self::FolderTooLarge,
            SourceError::Failed(cause) => {
                tracing::warn!(error.kind = ?cause.kind(), "a drive's source failed");
                Self::ContentUnavailable
            }
            SourceError::TimedOut => {
                tracing::warn!("a drive's source did not answer in time");
                Self::ContentUnavailable
            }
        }
    }
}

impl From<SourceRefusal> for ExtractionError {
    fn from(refusal: SourceRefusal) -> Self {
        match refusal {
            SourceRefusal::BucketMisconfigured => Self::ContentUnavailable,
            SourceRefusal::UnknownKind => Self::SourceNotSupported,
            SourceRefusal::OutsideAllowedRoots => Self::SourceNotAllowed,
        }
    }
}

impl From<StoreError> for ExtractionError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the store of the extraction service failed");
        if error.is_transient() {
            Self::Store
        } else {
            Self::Internal
        }
    }
}
