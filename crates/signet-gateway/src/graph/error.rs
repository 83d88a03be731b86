//! The compatibility table: every reason a request is refused for, as Graph tells it. Source: rest-api section 6.

use std::borrow::Cow;
use std::num::NonZeroU64;
use std::time::Duration;

use http::{HeaderName, StatusCode};
use serde::Serialize;
use signet_auth::{AuthError, AuthErrorKind};
use signet_contract::ContractError;
use signet_domain::error::ErrorReason as Reason;

use super::target::graph_spelling;
use crate::odata::error::QueryError;

const INTERNAL_MESSAGE: &str = "an internal error occurred; report it with the request-id";
const UNAVAILABLE_MESSAGE: &str = "a service this request needs does not answer; try again later";

/// A refusal, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    /// HTTP status, 400 or more.
    pub(crate) status: StatusCode,
    /// `error.code`.
    pub(crate) code: &'static str,
    /// `error.message`; never empty.
    pub(crate) message: Box<str>,
    /// `error.target`.
    pub(crate) target: Option<Box<str>>,
    /// `error.details`.
    pub(crate) details: Box<[Detail]>,
    /// `error.innerError.code`.
    pub(crate) inner: Option<Cow<'static, str>>,
    /// `Retry-After`, in seconds, at least 1.
    pub(crate) retry_after: Option<u32>,
    /// `Signet-Revision`, where policies decided; the first revision is 1.
    pub(crate) revision: Option<NonZeroU64>,
    /// A header that belongs to the status: `Allow`, `Content-Range`.
    pub(crate) header: Option<Box<(HeaderName, String)>>,
}

/// One of several faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Detail {
    code: &'static str,
    message: String,
    target: String,
}

impl GraphError {
    /// A refusal by status, code and message.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into().into_boxed_str(),
            target: None,
            details: Box::default(),
            inner: None,
            retry_after: None,
            revision: None,
            header: None,
        }
    }

    /// A member or parameter of the request is missing or malformed.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalidRequest", message).inner("invalidParameterFormat")
    }

    /// Nothing is served below a segment. Source: rest-api 1.6.
    pub(crate) fn unknown_segment(segment: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "BadRequest",
            format!("Resource not found for the segment '{segment}'."),
        )
    }

    /// A fault of ours; says nothing of its cause.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "generalException", INTERNAL_MESSAGE)
    }

    /// Time ran out before a service answered.
    pub(crate) fn deadline_exceeded() -> Self {
        Self::from(ContractError::new(
            Reason::DeadlineExceeded,
            "the request took longer than its deadline; try again",
        ))
    }

    /// Names the member at fault.
    #[must_use]
    pub(crate) fn at(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into().into_boxed_str());
        self
    }

    /// Adds the header that belongs to the status.
    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: String) -> Self {
        self.header = Some(Box::new((name, value)));
        self
    }

    /// Sets the more specific code.
    #[must_use]
    pub(crate) fn inner(mut self, code: &'static str) -> Self {
        self.inner = Some(Cow::Borrowed(code));
        self
    }

    /// The envelope. `date` is `yyyy-MM-ddTHH:mm:ss`.
    pub(crate) fn to_json(&self, date: &str, request_id: &str, client_request_id: &str) -> Vec<u8> {
        let envelope = Envelope {
            error: Body {
                code: self.code,
                message: &self.message,
                target: self.target.as_deref(),
                details: &self.details,
                inner_error: Inner {
                    code: self.inner.as_deref(),
                    date,
                    request_id,
                    client_request_id,
                },
            },
        };
        serde_json::to_vec(&envelope).unwrap_or_else(|_| br#"{"error":{"code":"generalException"}}"#.to_vec())
    }
}

#[derive(Serialize)]
struct Envelope<'e> {
    error: Body<'e>,
}

#[derive(Serialize)]
struct Body<'e> {
    code: &'e str,
    message: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'e str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    details: &'e [Detail],
    #[serde(rename = "innerError")]
    inner_error: Inner<'e>,
}

#[derive(Serialize)]
struct Inner<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'e str>,
    date: &'e str,
    #[serde(rename = "request-id")]
    request_id: &'e str,
    #[serde(rename = "client-request-id")]
    client_request_id: &'e str,
}

/// Status, `error.code` and `innerError.code` of a reason.
const fn row(reason: Reason) -> (StatusCode, &'static str, Option<&'static str>) {
    use StatusCode as S;
    const INVALID: &str = "invalidRequest";
    const UNAUTHENTICATED: (StatusCode, &str, Option<&str>) =
        (S::UNAUTHORIZED, "InvalidAuthenticationToken", Some("unauthenticated"));
    match reason {
        Reason::InvalidArgument => (S::BAD_REQUEST, INVALID, Some("invalidParameterFormat")),
        Reason::InvalidFilterCombination => (S::BAD_REQUEST, "ArgumentException", Some(INVALID)),
        Reason::InvalidPageToken => (S::BAD_REQUEST, INVALID, Some("invalidQueryOption")),
        Reason::TooManyItems => (S::BAD_REQUEST, INVALID, Some("tooManyItems")),
        Reason::DelegatedCallerRequired => (S::BAD_REQUEST, "BadRequest", None),
        Reason::ItemIsFolder | Reason::TenantDocumentInvalid => (S::BAD_REQUEST, INVALID, None),
        Reason::FileTypeNotSupported => (S::BAD_REQUEST, "notSupported", None),
        Reason::InvalidPath => (S::BAD_REQUEST, INVALID, Some("invalidPath")),
        Reason::InvalidRange => (S::RANGE_NOT_SATISFIABLE, "invalidRange", None),
        Reason::ContentTooLarge => (
            S::PAYLOAD_TOO_LARGE,
            "requestEntityTooLarge",
            Some("maxFileSizeExceeded"),
        ),
        Reason::LabelDisabled => (S::BAD_REQUEST, INVALID, Some("labelDisabled")),
        Reason::LabelNotAppliable => (S::BAD_REQUEST, INVALID, Some("labelNotAppliable")),
        Reason::LabelNotApplicableToFormat => (S::BAD_REQUEST, INVALID, Some("labelNotApplicableToFormat")),
        Reason::TokenMissing
        | Reason::TokenInvalid
        | Reason::TokenExpired
        | Reason::TokenAudienceInvalid
        | Reason::TokenIssuerInvalid
        | Reason::TenantUnknown
        | Reason::PersonalAccountNotSupported => UNAUTHENTICATED,
        Reason::PermissionMissing => (S::FORBIDDEN, "accessDenied", Some("Authorization_RequestDenied")),
        Reason::ApplicationCallerRequired | Reason::NotTheCaller | Reason::DriveNotReachable => {
            (S::FORBIDDEN, "accessDenied", None)
        }
        Reason::PaymentRequired => (S::PAYMENT_REQUIRED, "paymentRequired", None),
        Reason::RightsAccessDenied => (S::FORBIDDEN, "AccessDenied", None),
        Reason::UploadNotFound => (S::NOT_FOUND, "itemNotFound", Some("uploadSessionNotFound")),
        Reason::UserNotFound => (S::NOT_FOUND, "itemNotFound", Some("userNotFound")),
        Reason::LabelNotFound => (S::NOT_FOUND, "itemNotFound", Some("labelNotFound")),
        Reason::NoApplicableLabel => (S::NOT_FOUND, "itemNotFound", Some("noApplicableLabel")),
        Reason::RightsNotAvailable => (S::NOT_FOUND, "itemNotFound", Some("rightsNotAvailable")),
        Reason::DriveNotFound | Reason::ItemNotFound | Reason::TenantNotFound | Reason::RevisionNotFound => {
            (S::NOT_FOUND, "itemNotFound", None)
        }
        Reason::RevisionConflict | Reason::ContentChanged => (S::CONFLICT, "resourceModified", None),
        Reason::PreconditionFailed => (
            S::PRECONDITION_FAILED,
            "resourceModified",
            Some("entityTagDoesNotMatch"),
        ),
        Reason::PrivilegedRequired => (S::CONFLICT, "notAllowed", Some("privilegedRequired")),
        Reason::LabelMandatory => (S::CONFLICT, "notAllowed", Some("labelMandatory")),
        Reason::NameAlreadyExists => (S::CONFLICT, "nameAlreadyExists", None),
        Reason::FileDoubleKeyEncrypted => (S::LOCKED, "fileDoubleKeyEncrypted", Some("fileDoubleKeyEncrypted")),
        Reason::FileDecryptionNotSupported => (
            S::LOCKED,
            "fileDecryptionNotSupported",
            Some("fileDecryptionNotSupported"),
        ),
        Reason::FileDecryptionDeferred => (S::LOCKED, "fileDecryptionDeferred", Some("fileDecryptionDeferred")),
        Reason::ResourceLocked => (S::LOCKED, "resourceLocked", None),
        Reason::MalformedContent => (S::UNPROCESSABLE_ENTITY, "unprocessableEntity", Some("malformedContent")),
        Reason::ContentLimitExceeded => (
            S::UNPROCESSABLE_ENTITY,
            "unprocessableEntity",
            Some("contentLimitExceeded"),
        ),
        Reason::Overloaded => (S::TOO_MANY_REQUESTS, "activityLimitReached", Some("throttledRequest")),
        Reason::NotSupported => (S::NOT_IMPLEMENTED, "notSupported", None),
        Reason::RevisionNotReached
        | Reason::SnapshotTooOld
        | Reason::StoreUnavailable
        | Reason::ServiceUnavailable
        | Reason::ContentUnavailable => (S::SERVICE_UNAVAILABLE, "serviceNotAvailable", None),
        Reason::QuotaExceeded => (S::INSUFFICIENT_STORAGE, "quotaLimitReached", None),
        Reason::DeadlineExceeded => (S::GATEWAY_TIMEOUT, "generalException", Some("gatewayTimeout")),
        Reason::Internal => (S::INTERNAL_SERVER_ERROR, "generalException", None),
    }
}

/// When to come back, where the answer must say so and the service did not.
const fn default_retry(reason: Reason) -> Option<u32> {
    match reason {
        Reason::FileDecryptionDeferred => Some(30),
        Reason::RevisionNotReached
        | Reason::SnapshotTooOld
        | Reason::StoreUnavailable
        | Reason::ServiceUnavailable
        | Reason::QuotaExceeded
        | Reason::ContentUnavailable => Some(5),
        Reason::Overloaded => Some(1),
        _ => None,
    }
}

/// Seconds, rounded up, at least 1.
pub(crate) fn whole_seconds(wait: Duration) -> u32 {
    let up = u64::from(wait.subsec_nanos() > 0);
    u32::try_from(wait.as_secs().saturating_add(up).max(1)).unwrap_or(u32::MAX)
}

/// What the caller is told. Causes on our side are not.
fn message(reason: Reason, own: String) -> String {
    match reason {
        Reason::Internal => INTERNAL_MESSAGE.to_owned(),
        Reason::StoreUnavailable | Reason::ServiceUnavailable => UNAVAILABLE_MESSAGE.to_owned(),
        Reason::InvalidFilterCombination if !own.starts_with("ArgumentException: ") => {
            format!("ArgumentException: {own}")
        }
        _ if own.trim().is_empty() => format!("the request was refused: {}", reason.name()),
        _ => own,
    }
}

impl From<ContractError> for GraphError {
    fn from(error: ContractError) -> Self {
        let (status, code, inner) = row(error.reason);
        let revision = error.revision().and_then(|revision| NonZeroU64::new(revision.0));
        let lock = error.fact_value("lock").map(str::to_owned).map(Cow::Owned);
        let details = match error.violations.as_slice() {
            [] | [_] => Box::default(),
            several => several
                .iter()
                .map(|fault| Detail {
                    code,
                    message: fault.message.clone(),
                    target: graph_spelling(&fault.path),
                })
                .collect(),
        };
        let target = error
            .target
            .or_else(|| error.violations.first().map(|fault| fault.path.clone()))
            .map(|field| graph_spelling(&field).into_boxed_str());
        Self {
            status,
            code,
            message: message(error.reason, error.message).into_boxed_str(),
            target,
            details,
            inner: inner
                .map(Cow::Borrowed)
                .or(lock.filter(|_| error.reason == Reason::ResourceLocked)),
            retry_after: error.retry_after.map(whole_seconds).or(default_retry(error.reason)),
            revision,
            header: None,
        }
    }
}

impl From<AuthError> for GraphError {
    fn from(error: AuthError) -> Self {
        match error.kind() {
            AuthErrorKind::Unauthenticated => {
                Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", error.message())
                    .inner("unauthenticated")
            }
            AuthErrorKind::Forbidden => {
                Self::new(StatusCode::FORBIDDEN, "accessDenied", error.message()).inner("Authorization_RequestDenied")
            }
            AuthErrorKind::Unavailable => Self {
                retry_after: Some(5),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "serviceNotAvailable", error.message())
            },
        }
    }
}

impl From<QueryError> for GraphError {
    fn from(error: QueryError) -> Self {
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Self {
            target: error.target.map(String::into_boxed_str),
            inner: Some(Cow::Borrowed(error.code.inner_name())),
            ..Self::new(status, error.code.name(), error.message)
        }
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
