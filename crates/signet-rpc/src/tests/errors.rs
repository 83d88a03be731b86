//! Errors across statuses.

use std::time::Duration;

use proptest::prelude::*;
use signet_contract::ContractError;
use signet_contract::error::Violation;
use signet_domain::error::ErrorReason;
use tonic::{Code, Status};

use super::sample::Sample;
use crate::{from_status, to_status};

/// Sends a status through its headers, as a connection does.
fn through_headers(status: Status) -> (usize, Status) {
    let response = status.into_http::<()>();
    let bytes = response
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    (bytes, Status::from_header_map(response.headers()).unwrap())
}

#[test]
fn every_reason_arrives() {
    for reason in ErrorReason::ALL {
        let error = ContractError::new(*reason, format!("`{reason}` happened; do something"));
        assert_eq!(from_status(&through_headers(to_status(&error)).1), error);
        let full = ContractError::new(*reason, "ü")
            .at("labels[0].name")
            .fact("label_id", "1")
            .fact("permission", "A B")
            .retry_after(Duration::from_millis(1500));
        assert_eq!(from_status(&through_headers(to_status(&full)).1), full);
    }
}

#[test]
fn every_kind_has_a_standard_code() {
    let cases = [
        (ErrorReason::InvalidArgument, Code::InvalidArgument),
        (ErrorReason::TokenExpired, Code::Unauthenticated),
        (ErrorReason::PermissionMissing, Code::PermissionDenied),
        (ErrorReason::LabelNotFound, Code::NotFound),
        (ErrorReason::NameAlreadyExists, Code::AlreadyExists),
        (ErrorReason::RevisionConflict, Code::Aborted),
        (ErrorReason::PrivilegedRequired, Code::FailedPrecondition),
        (ErrorReason::FileDoubleKeyEncrypted, Code::FailedPrecondition),
        (ErrorReason::MalformedContent, Code::FailedPrecondition),
        (ErrorReason::Overloaded, Code::ResourceExhausted),
        (ErrorReason::NotSupported, Code::Unimplemented),
        (ErrorReason::SnapshotTooOld, Code::Unavailable),
        (ErrorReason::DeadlineExceeded, Code::DeadlineExceeded),
        (ErrorReason::Internal, Code::Internal),
    ];
    for (reason, code) in cases {
        assert_eq!(to_status(&ContractError::new(reason, "x")).code(), code, "{reason}");
    }
}

proptest! {
    #[test]
    fn errors_arrive(seed: u64) {
        let error = Sample::new(seed).error();
        prop_assert_eq!(from_status(&through_headers(to_status(&error)).1), error);
    }

    #[test]
    fn no_error_outgrows_the_headers(
        message in ".{0,4000}",
        fact in ".{0,600}",
        facts in 0usize..60,
        violations in 0usize..500,
    ) {
        let mut error = ContractError::new(ErrorReason::TenantDocumentInvalid, message).at(fact.clone());
        error.facts = (0..facts).map(|number| (format!("fact_{number}"), fact.clone())).collect();
        error.violations = (0..violations)
            .map(|number| Violation { path: format!("labels[{number}]"), message: fact.clone() })
            .collect();
        let (bytes, status) = through_headers(to_status(&error));
        prop_assert!(bytes < 8 * 1024, "{} bytes", bytes);
        let arrived = from_status(&status);
        prop_assert_eq!(arrived.reason, error.reason);
        let omitted = arrived.fact_value("violations_omitted").map_or(0, |count| count.parse().unwrap());
        prop_assert_eq!(arrived.violations.len() + omitted, error.violations.len());
    }
}

#[test]
fn many_violations_keep_their_first_ones() {
    let mut error = ContractError::new(ErrorReason::TenantDocumentInvalid, "the document has faults");
    error.violations = (0..400)
        .map(|number| Violation {
            path: format!("labels[{number}].id"),
            message: "is not a GUID".to_owned(),
        })
        .collect();
    let arrived = from_status(&to_status(&error));
    assert!(arrived.violations.len() > 50, "{}", arrived.violations.len());
    assert_eq!(arrived.violations, error.violations[..arrived.violations.len()]);
}

#[test]
fn statuses_of_others_become_the_reason_of_their_code() {
    let cases = [
        (
            Status::unavailable("tcp connect error"),
            ErrorReason::ServiceUnavailable,
        ),
        (
            Status::cancelled("operation was canceled"),
            ErrorReason::ServiceUnavailable,
        ),
        (Status::cancelled("Timeout expired"), ErrorReason::DeadlineExceeded),
        (Status::deadline_exceeded("late"), ErrorReason::DeadlineExceeded),
        (Status::out_of_range("limit: 5 bytes"), ErrorReason::InvalidArgument),
        (Status::internal("secret stack trace"), ErrorReason::Internal),
        (Status::unknown("?"), ErrorReason::Internal),
        (Status::unimplemented("no such service"), ErrorReason::Internal),
        (Status::unauthenticated("proxy says no"), ErrorReason::Internal),
    ];
    for (status, reason) in cases {
        let error = from_status(&status);
        assert_eq!(error.reason, reason, "{status:?}");
        assert!(!error.message.contains(status.message()), "{}", error.message);
    }
}

#[test]
fn a_newer_reason_keeps_its_message_and_takes_the_reason_of_its_code() {
    use tonic_types::{ErrorDetails, StatusExt};
    let details = ErrorDetails::with_error_info("SOMETHING_NEW", "signet", [("label_id".to_owned(), "1".to_owned())]);
    let status = Status::with_error_details(Code::ResourceExhausted, "too much of something new", details);
    let error = from_status(&status);
    assert_eq!(error.reason, ErrorReason::Overloaded);
    assert_eq!(error.message, "too much of something new");
    assert_eq!(error.fact_value("label_id"), Some("1"));
}
