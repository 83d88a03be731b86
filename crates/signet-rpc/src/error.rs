//! Errors of whole calls ⇄ gRPC statuses.
//!
//! A status is a standard code with `google.rpc.ErrorInfo` (reason, domain `signet`, facts), and `BadRequest` and
//! `RetryInfo` when they apply. Everything has to fit a block of headers, so it is bounded; what was left out is
//! counted in the fact `violations_omitted`. Facts arrive in the order of their names.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use signet_contract::ContractError;
use signet_contract::error::{FACT_BYTES, Violation};
use signet_domain::error::{ErrorKind, ErrorReason};
use tonic::{Code, Status};
use tonic_types::{BadRequest, ErrorDetails, FieldViolation, StatusExt};

/// Domain of our reasons in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "signet";

/// Metadata key of the member at fault.
const TARGET: &str = "target";

/// Metadata key of the number of violations that did not fit.
const OMITTED: &str = "violations_omitted";

/// When a caller may come back who was turned away by somebody who did not say.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Longest message, in bytes.
const MESSAGE_BYTES: usize = 1024;

/// Longest message as a header, in bytes: everything but letters, digits and some punctuation takes three.
const ENCODED_MESSAGE_BYTES: usize = 2304;

/// Names and values of all facts together, in bytes.
const FACTS_BYTES: usize = 2 * 1024;

/// Message and details as headers, in bytes; leaves room in a block of 8 KiB for the other headers.
const HEADER_BYTES: usize = 7 * 1024;

/// What one violation costs besides its texts, in bytes.
const VIOLATION_OVERHEAD: usize = 12;

/// The status that carries an error.
pub fn to_status(error: &ContractError) -> Status {
    let bare = status(error, &[]);
    let room = HEADER_BYTES.saturating_sub(header_bytes(&bare)) * 3 / 4;
    let fitting = fitting_violations(&error.violations, room);
    if fitting.is_empty() {
        return bare;
    }
    status(error, &fitting)
}

fn status(error: &ContractError, violations: &[FieldViolation]) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(error.reason.name(), DOMAIN, metadata(error, violations.len()));
    if !violations.is_empty() {
        details.set_bad_request(violations);
    }
    if let Some(wait) = error.retry_after {
        details.set_retry_info(Some(wait));
    }
    Status::with_error_details(code(error.kind()), message(&error.message), details)
}

fn metadata(error: &ContractError, violations: usize) -> HashMap<String, String> {
    let mut room = FACTS_BYTES;
    let mut metadata = HashMap::new();
    let omitted = error.violations.len().saturating_sub(violations);
    let own = error.target.iter().map(|target| (TARGET, cut(target, FACT_BYTES)));
    let facts = error
        .facts
        .iter()
        .map(|(name, value)| (name.as_str(), cut(value, FACT_BYTES)));
    for (name, value) in own.chain(facts) {
        let cost = name.len() + value.len();
        if cost > room {
            break;
        }
        room -= cost;
        metadata.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    if omitted > 0 {
        metadata.insert(OMITTED.to_owned(), omitted.to_string());
    }
    metadata
}

fn fitting_violations(violations: &[Violation], mut room: usize) -> Vec<FieldViolation> {
    let mut fitting = Vec::new();
    for violation in violations {
        let path = cut(&violation.path, FACT_BYTES);
        let message = cut(&violation.message, FACT_BYTES);
        let cost = path.len() + message.len() + VIOLATION_OVERHEAD;
        if cost > room {
            break;
        }
        room -= cost;
        fitting.push(FieldViolation::new(path, message));
    }
    fitting
}

fn message(text: &str) -> &str {
    let mut room = ENCODED_MESSAGE_BYTES;
    let fitting = text
        .bytes()
        .take_while(|byte| {
            let cost = encoded_bytes(*byte);
            let fits = cost <= room;
            room = room.saturating_sub(cost);
            fits
        })
        .count();
    cut(text, fitting.min(MESSAGE_BYTES))
}

/// The text up to a number of bytes, whole characters only.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// Length of a byte in the percent-encoding of the `grpc-message` header; never too small.
fn encoded_bytes(byte: u8) -> usize {
    if byte.is_ascii_alphanumeric() || b"-_.,:;/()'".contains(&byte) {
        return 1;
    }
    3
}

fn header_bytes(status: &Status) -> usize {
    let message: usize = status.message().bytes().map(encoded_bytes).sum();
    message + status.details().len().div_ceil(3) * 4
}

/// The standard code of a kind. Kinds that share a code are told apart by the reason.
fn code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Invalid => Code::InvalidArgument,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::Forbidden => Code::PermissionDenied,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::AlreadyExists => Code::AlreadyExists,
        ErrorKind::Conflict => Code::Aborted,
        ErrorKind::NotAllowed | ErrorKind::Locked | ErrorKind::Unprocessable => Code::FailedPrecondition,
        ErrorKind::Throttled => Code::ResourceExhausted,
        ErrorKind::Unsupported => Code::Unimplemented,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::DeadlineExceeded => Code::DeadlineExceeded,
        ErrorKind::Internal => Code::Internal,
    }
}

/// The error a status carries. A status of somebody else (a proxy, the transport) becomes the reason its code means,
/// with a message of our own: theirs is for the log.
pub fn from_status(status: &Status) -> ContractError {
    let details = status.get_error_details();
    let Some(info) = details.error_info().filter(|info| info.domain == DOMAIN) else {
        return foreign(status);
    };
    let mut facts: Vec<(String, String)> = info.metadata.clone().into_iter().collect();
    facts.sort();
    let target = facts
        .iter()
        .position(|(name, _)| name == TARGET)
        .map(|at| facts.remove(at).1);
    ContractError {
        reason: ErrorReason::from_name(&info.reason).unwrap_or_else(|| general_reason(status.code())),
        message: status.message().to_owned(),
        target,
        facts,
        retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
        violations: details.bad_request().map(violations).unwrap_or_default(),
    }
}

/// The status was made by [`to_status`], here or in another process.
fn is_ours(status: &Status) -> bool {
    status
        .get_details_error_info()
        .is_some_and(|info| info.domain == DOMAIN)
}

fn violations(bad_request: &BadRequest) -> Vec<Violation> {
    let violation = |violation: &FieldViolation| Violation {
        path: violation.field.clone(),
        message: violation.description.clone(),
    };
    bad_request.field_violations.iter().map(violation).collect()
}

/// The reason closest to a code, for a reason that is newer than this program.
fn general_reason(code: Code) -> ErrorReason {
    match code {
        Code::InvalidArgument => ErrorReason::InvalidArgument,
        Code::Unauthenticated => ErrorReason::TokenInvalid,
        Code::PermissionDenied => ErrorReason::PermissionMissing,
        Code::ResourceExhausted => ErrorReason::Overloaded,
        Code::Unimplemented => ErrorReason::NotSupported,
        Code::Unavailable => ErrorReason::ServiceUnavailable,
        Code::DeadlineExceeded => ErrorReason::DeadlineExceeded,
        _ => ErrorReason::Internal,
    }
}

fn foreign(status: &Status) -> ContractError {
    if is_timeout(status) {
        return deadline_exceeded();
    }
    if is_lost(status) {
        let message = "another service does not answer; try again";
        return ContractError::new(ErrorReason::ServiceUnavailable, message).retry_after(RETRY_AFTER);
    }
    if status.code() == Code::ResourceExhausted {
        let message = "too many calls at once; try again in a second";
        return ContractError::new(ErrorReason::Overloaded, message).retry_after(RETRY_AFTER);
    }
    if status.code() == Code::OutOfRange {
        // What the transport says of a message above its limit.
        let message = "a message between services is too large; ask for less at a time";
        return ContractError::new(ErrorReason::InvalidArgument, message);
    }
    internal()
}

fn is_timeout(status: &Status) -> bool {
    match status.code() {
        Code::DeadlineExceeded => true,
        // The transport calls its own timeouts cancellations.
        Code::Cancelled => status.message() == tonic::TimeoutExpired(()).to_string(),
        _ => false,
    }
}

/// The other side could not be reached or went away; it may never have seen the call.
pub(crate) fn is_lost(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable | Code::Cancelled => !is_ours(status) && !is_timeout(status),
        // With a source the transport made it, from a connection that broke; without one it was received.
        Code::Unknown => status.source().is_some(),
        _ => false,
    }
}

/// Time ran out.
pub(crate) fn deadline_exceeded() -> ContractError {
    ContractError::new(
        ErrorReason::DeadlineExceeded,
        "the time for the call is over; try again",
    )
}

/// A fault of ours that reveals nothing.
pub(crate) fn internal() -> ContractError {
    ContractError::new(
        ErrorReason::Internal,
        "something went wrong here; try again or report the request id",
    )
}
