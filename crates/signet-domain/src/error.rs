//! The closed sets of error kinds and reasons, and the error a domain function returns.

use std::fmt;

/// What sort of failure it is; decides the transport status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is wrong.
    Invalid,
    /// Nobody trustworthy is calling.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// Something named does not exist, or not for this caller.
    NotFound,
    /// Something of that name exists.
    AlreadyExists,
    /// Somebody else changed it meanwhile.
    Conflict,
    /// A rule of the policy forbids it now.
    NotAllowed,
    /// A file cannot be opened now, or never.
    Locked,
    /// A file's content cannot be understood.
    Unprocessable,
    /// Too many calls.
    Throttled,
    /// Known, but not offered.
    Unsupported,
    /// Ask again later.
    Unavailable,
    /// Time ran out.
    DeadlineExceeded,
    /// A fault of ours.
    Internal,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal, $kind:ident;)+) => {
        /// Why it failed. A published contract, mirrored by `signet.errors.v1.ErrorReason`: add, never rename.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum ErrorReason {
            $($(#[$doc])* $variant = $number,)+
        }

        impl ErrorReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The published name: `LABEL_NOT_FOUND`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The sort of failure this reason belongs to.
            pub const fn kind(self) -> ErrorKind {
                match self { $(Self::$variant => ErrorKind::$kind,)+ }
            }

            /// The reason of a published name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

reasons! {
    /// A member of the request is missing or malformed.
    InvalidArgument = 1, "INVALID_ARGUMENT", Invalid;
    /// A filter combines parameters in a way the filtering rules forbid.
    InvalidFilterCombination = 2, "INVALID_FILTER_COMBINATION", Invalid;
    /// A page token was not issued for this query, or is too old.
    InvalidPageToken = 3, "INVALID_PAGE_TOKEN", Invalid;
    /// A collection of the request has too many entries.
    TooManyItems = 4, "TOO_MANY_ITEMS", Invalid;
    /// A delegated caller is needed for `me`.
    DelegatedCallerRequired = 5, "DELEGATED_CALLER_REQUIRED", Invalid;
    /// The item is a folder.
    ItemIsFolder = 6, "ITEM_IS_FOLDER", Invalid;
    /// The file's type is not supported by the operation.
    FileTypeNotSupported = 7, "FILE_TYPE_NOT_SUPPORTED", Invalid;
    /// A path has a segment that can name nothing.
    InvalidPath = 8, "INVALID_PATH", Invalid;
    /// A tenant document was refused; the details list every fault.
    TenantDocumentInvalid = 9, "TENANT_DOCUMENT_INVALID", Invalid;
    /// A range lies outside of the content, or is not the next one of an upload.
    InvalidRange = 13, "INVALID_RANGE", Invalid;
    /// The content is larger than accepted.
    ContentTooLarge = 14, "CONTENT_TOO_LARGE", Invalid;
    /// The label is disabled.
    LabelDisabled = 10, "LABEL_DISABLED", Invalid;
    /// The label is a parent without a usable default sublabel.
    LabelNotAppliable = 11, "LABEL_NOT_APPLIABLE", Invalid;
    /// The label is not for this kind of item.
    LabelNotApplicableToFormat = 12, "LABEL_NOT_APPLICABLE_TO_FORMAT", Invalid;

    /// No token was sent.
    TokenMissing = 20, "TOKEN_MISSING", Unauthenticated;
    /// The token cannot be trusted.
    TokenInvalid = 21, "TOKEN_INVALID", Unauthenticated;
    /// The token's time is over.
    TokenExpired = 22, "TOKEN_EXPIRED", Unauthenticated;
    /// The token is for another service.
    TokenAudienceInvalid = 23, "TOKEN_AUDIENCE_INVALID", Unauthenticated;
    /// The token's issuer is not trusted.
    TokenIssuerInvalid = 24, "TOKEN_ISSUER_INVALID", Unauthenticated;
    /// The token's tenant is not known here.
    TenantUnknown = 25, "TENANT_UNKNOWN", Unauthenticated;
    /// Personal accounts are not served by this operation.
    PersonalAccountNotSupported = 26, "PERSONAL_ACCOUNT_NOT_SUPPORTED", Unauthenticated;

    /// The token lacks the permission.
    PermissionMissing = 40, "PERMISSION_MISSING", Forbidden;
    /// The operation is for application tokens.
    ApplicationCallerRequired = 41, "APPLICATION_CALLER_REQUIRED", Forbidden;
    /// A delegated caller may only ask about himself.
    NotTheCaller = 42, "NOT_THE_CALLER", Forbidden;
    /// The drive is out of the caller's reach.
    DriveNotReachable = 43, "DRIVE_NOT_REACHABLE", Forbidden;
    /// The operation is metered here, and metering is not set up.
    PaymentRequired = 45, "PAYMENT_REQUIRED", Forbidden;
    /// The user may not open content carrying this label.
    RightsAccessDenied = 44, "RIGHTS_ACCESS_DENIED", Forbidden;

    /// No such user in the tenant.
    UserNotFound = 60, "USER_NOT_FOUND", NotFound;
    /// No such label, or not for this user.
    LabelNotFound = 61, "LABEL_NOT_FOUND", NotFound;
    /// No label qualifies.
    NoApplicableLabel = 62, "NO_APPLICABLE_LABEL", NotFound;
    /// The label defines no rights.
    RightsNotAvailable = 63, "RIGHTS_NOT_AVAILABLE", NotFound;
    /// No such drive, or its owner has none.
    DriveNotFound = 64, "DRIVE_NOT_FOUND", NotFound;
    /// No such item in the drive.
    ItemNotFound = 65, "ITEM_NOT_FOUND", NotFound;
    /// No such upload, or it is over.
    UploadNotFound = 68, "UPLOAD_NOT_FOUND", NotFound;
    /// No such tenant.
    TenantNotFound = 66, "TENANT_NOT_FOUND", NotFound;
    /// No such revision.
    RevisionNotFound = 67, "REVISION_NOT_FOUND", NotFound;

    /// The tenant changed since the expected revision.
    RevisionConflict = 80, "REVISION_CONFLICT", Conflict;
    /// The content changed again while it was read.
    ContentChanged = 81, "CONTENT_CHANGED", Conflict;
    /// A standard assignment may not replace a privileged label.
    PrivilegedRequired = 82, "PRIVILEGED_REQUIRED", NotAllowed;
    /// Labelling is mandatory: a label can be changed, not removed.
    LabelMandatory = 83, "LABEL_MANDATORY", NotAllowed;
    /// A condition of the request on an entity tag does not hold.
    PreconditionFailed = 85, "PRECONDITION_FAILED", Conflict;
    /// Something of that name exists.
    NameAlreadyExists = 84, "NAME_ALREADY_EXISTS", AlreadyExists;

    /// Encrypted with a key that is not ours.
    FileDoubleKeyEncrypted = 100, "FILE_DOUBLE_KEY_ENCRYPTED", Locked;
    /// Encrypted in a way the service cannot open.
    FileDecryptionNotSupported = 101, "FILE_DECRYPTION_NOT_SUPPORTED", Locked;
    /// Being processed; ask again later.
    FileDecryptionDeferred = 102, "FILE_DECRYPTION_DEFERRED", Locked;
    /// Checked out, locked by an editor, or certified against changes.
    ResourceLocked = 103, "RESOURCE_LOCKED", Locked;
    /// The file's content is damaged.
    MalformedContent = 110, "MALFORMED_CONTENT", Unprocessable;
    /// The file exceeds a limit of the reader.
    ContentLimitExceeded = 111, "CONTENT_LIMIT_EXCEEDED", Unprocessable;

    /// Too many calls, or the service is full.
    Overloaded = 120, "OVERLOADED", Throttled;
    /// Known, but not offered.
    NotSupported = 130, "NOT_SUPPORTED", Unsupported;
    /// The demanded revision is not known here yet.
    RevisionNotReached = 140, "REVISION_NOT_REACHED", Unavailable;
    /// The policy snapshot is older than allowed and the catalogue does not answer.
    SnapshotTooOld = 141, "SNAPSHOT_TOO_OLD", Unavailable;
    /// The store does not answer.
    StoreUnavailable = 142, "STORE_UNAVAILABLE", Unavailable;
    /// Another service does not answer.
    ServiceUnavailable = 143, "SERVICE_UNAVAILABLE", Unavailable;
    /// The drive's source does not answer.
    ContentUnavailable = 144, "CONTENT_UNAVAILABLE", Unavailable;
    /// The drive has no room.
    QuotaExceeded = 145, "QUOTA_EXCEEDED", Unavailable;
    /// The deadline passed.
    DeadlineExceeded = 150, "DEADLINE_EXCEEDED", DeadlineExceeded;
    /// A fault of ours.
    Internal = 160, "INTERNAL", Internal;
}

impl fmt::Display for ErrorReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A refusal by a rule: the reason, one sentence for a person, and the member at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DomainError {
    /// Why.
    pub reason: ErrorReason,
    /// Lower case, one sentence, no full stop, says what to do.
    pub message: String,
    /// Path of the member at fault, when one is.
    pub target: Option<String>,
}

impl DomainError {
    /// An error without a target.
    pub fn new(reason: ErrorReason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            target: None,
        }
    }

    /// An error of one member.
    pub fn at(reason: ErrorReason, target: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            target: Some(target.into()),
        }
    }
}
