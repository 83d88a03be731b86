//! The compatibility table, row by row. Source: rest-api 6.2, 6.3, labelling semantics A10.

use std::time::Duration;

use signet_contract::error::Violation;
use signet_domain::error::ErrorKind;

use super::*;

#[test]
fn each_reason_has_its_row() {
    use Reason as R;
    let rows: &[(Reason, u16, &str, &str)] = &[
        (R::InvalidArgument, 400, "invalidRequest", "invalidParameterFormat"),
        (R::InvalidFilterCombination, 400, "ArgumentException", "invalidRequest"),
        (R::InvalidPageToken, 400, "invalidRequest", "invalidQueryOption"),
        (R::TooManyItems, 400, "invalidRequest", "tooManyItems"),
        (R::DelegatedCallerRequired, 400, "BadRequest", ""),
        (R::ItemIsFolder, 400, "invalidRequest", ""),
        (R::FileTypeNotSupported, 400, "notSupported", ""),
        (R::InvalidPath, 400, "invalidRequest", "invalidPath"),
        (R::TenantDocumentInvalid, 400, "invalidRequest", ""),
        (R::LabelDisabled, 400, "invalidRequest", "labelDisabled"),
        (R::LabelNotAppliable, 400, "invalidRequest", "labelNotAppliable"),
        (
            R::LabelNotApplicableToFormat,
            400,
            "invalidRequest",
            "labelNotApplicableToFormat",
        ),
        (R::TokenMissing, 401, "InvalidAuthenticationToken", "unauthenticated"),
        (R::TokenInvalid, 401, "InvalidAuthenticationToken", "unauthenticated"),
        (R::TokenExpired, 401, "InvalidAuthenticationToken", "unauthenticated"),
        (
            R::TokenAudienceInvalid,
            401,
            "InvalidAuthenticationToken",
            "unauthenticated",
        ),
        (
            R::TokenIssuerInvalid,
            401,
            "InvalidAuthenticationToken",
            "unauthenticated",
        ),
        (R::TenantUnknown, 401, "InvalidAuthenticationToken", "unauthenticated"),
        (
            R::PersonalAccountNotSupported,
            401,
            "InvalidAuthenticationToken",
            "unauthenticated",
        ),
        (R::PermissionMissing, 403, "accessDenied", "Authorization_RequestDenied"),
        (R::ApplicationCallerRequired, 403, "accessDenied", ""),
        (R::NotTheCaller, 403, "accessDenied", ""),
        (R::DriveNotReachable, 403, "accessDenied", ""),
        (R::RightsAccessDenied, 403, "AccessDenied", ""),
        (R::UserNotFound, 404, "itemNotFound", "userNotFound"),
        (R::LabelNotFound, 404, "itemNotFound", "labelNotFound"),
        (R::NoApplicableLabel, 404, "itemNotFound", "noApplicableLabel"),
        (R::RightsNotAvailable, 404, "itemNotFound", "rightsNotAvailable"),
        (R::DriveNotFound, 404, "itemNotFound", ""),
        (R::ItemNotFound, 404, "itemNotFound", ""),
        (R::TenantNotFound, 404, "itemNotFound", ""),
        (R::RevisionNotFound, 404, "itemNotFound", ""),
        (R::RevisionConflict, 409, "resourceModified", ""),
        (R::ContentChanged, 409, "resourceModified", ""),
        (R::PrivilegedRequired, 409, "notAllowed", "privilegedRequired"),
        (R::LabelMandatory, 409, "notAllowed", "labelMandatory"),
        (R::NameAlreadyExists, 409, "nameAlreadyExists", ""),
        (
            R::FileDoubleKeyEncrypted,
            423,
            "fileDoubleKeyEncrypted",
            "fileDoubleKeyEncrypted",
        ),
        (
            R::FileDecryptionNotSupported,
            423,
            "fileDecryptionNotSupported",
            "fileDecryptionNotSupported",
        ),
        (
            R::FileDecryptionDeferred,
            423,
            "fileDecryptionDeferred",
            "fileDecryptionDeferred",
        ),
        (R::ResourceLocked, 423, "resourceLocked", ""),
        (R::MalformedContent, 422, "unprocessableEntity", "malformedContent"),
        (
            R::ContentLimitExceeded,
            422,
            "unprocessableEntity",
            "contentLimitExceeded",
        ),
        (R::InvalidRange, 416, "invalidRange", ""),
        (R::ContentTooLarge, 413, "requestEntityTooLarge", "maxFileSizeExceeded"),
        (R::PaymentRequired, 402, "paymentRequired", ""),
        (R::UploadNotFound, 404, "itemNotFound", "uploadSessionNotFound"),
        (R::PreconditionFailed, 412, "resourceModified", "entityTagDoesNotMatch"),
        (R::QuotaExceeded, 507, "quotaLimitReached", ""),
        (R::Overloaded, 429, "activityLimitReached", "throttledRequest"),
        (R::NotSupported, 501, "notSupported", ""),
        (R::RevisionNotReached, 503, "serviceNotAvailable", ""),
        (R::SnapshotTooOld, 503, "serviceNotAvailable", ""),
        (R::StoreUnavailable, 503, "serviceNotAvailable", ""),
        (R::ServiceUnavailable, 503, "serviceNotAvailable", ""),
        (R::ContentUnavailable, 503, "serviceNotAvailable", ""),
        (R::DeadlineExceeded, 504, "generalException", "gatewayTimeout"),
        (R::Internal, 500, "generalException", ""),
    ];
    for (reason, status, code, inner) in rows {
        let error = GraphError::from(ContractError::new(*reason, "why"));
        let got = (error.status.as_u16(), error.code, error.inner.as_deref().unwrap_or(""));
        assert_eq!(got, (*status, *code, *inner), "{reason}");
        assert!(!error.message.is_empty());
    }
    for reason in Reason::ALL {
        assert!(
            rows.iter().any(|(known, ..)| known == reason),
            "`{reason}` has no row in this test"
        );
    }
}

#[test]
fn statuses_that_invite_a_retry_say_when() {
    for reason in Reason::ALL {
        let error = GraphError::from(ContractError::new(*reason, "why"));
        let must = matches!(reason.kind(), ErrorKind::Throttled | ErrorKind::Unavailable)
            || *reason == Reason::FileDecryptionDeferred;
        assert_eq!(error.retry_after.is_some(), must, "{reason}");
    }
    let own = ContractError::new(Reason::Overloaded, "full").retry_after(Duration::from_secs(9));
    assert_eq!(GraphError::from(own).retry_after, Some(9));
}

#[test]
fn causes_on_our_side_are_not_told() {
    for reason in [Reason::Internal, Reason::StoreUnavailable, Reason::ServiceUnavailable] {
        let error = GraphError::from(ContractError::new(reason, "sqlite: disk I/O error at /var/lib"));
        assert!(!error.message.contains("sqlite"), "{}", error.message);
    }
    assert_eq!(
        &*GraphError::from(ContractError::new(Reason::LabelNotFound, " ")).message,
        "the request was refused: LABEL_NOT_FOUND"
    );
}

#[test]
fn the_reason_of_a_lock_is_the_inner_code() {
    let error = ContractError::new(Reason::ResourceLocked, "checked out").fact("lock", "fileCheckedOut");
    assert_eq!(GraphError::from(error).inner.as_deref(), Some("fileCheckedOut"));
}

#[test]
fn filter_faults_begin_with_their_name() {
    let error = GraphError::from(ContractError::new(
        Reason::InvalidFilterCombination,
        "'or' is not allowed",
    ));
    assert_eq!(&*error.message, "ArgumentException: 'or' is not allowed");
}

#[test]
fn the_envelope_is_the_documented_one() {
    let mut error = ContractError::new(Reason::LabelDisabled, "the label is disabled; use another").at("labelId");
    error.violations = vec![
        Violation {
            path: "a".to_owned(),
            message: "one".to_owned(),
        },
        Violation {
            path: "b".to_owned(),
            message: "two".to_owned(),
        },
    ];
    let bytes = GraphError::from(error).to_json("2025-04-21T18:30:00", "r", "c");
    assert_eq!(
        String::from_utf8(bytes).expect("text"),
        "{\"error\":{\"code\":\"invalidRequest\",\"message\":\"the label is disabled; use another\",\"target\":\"labelId\",\
         \"details\":[{\"code\":\"invalidRequest\",\"message\":\"one\",\"target\":\"a\"},\
         {\"code\":\"invalidRequest\",\"message\":\"two\",\"target\":\"b\"}],\
         \"innerError\":{\"code\":\"labelDisabled\",\"date\":\"2025-04-21T18:30:00\",\"request-id\":\"r\",\"client-request-id\":\"c\"}}}"
    );
    let bytes = GraphError::unknown_segment("x").to_json("d", "r", "c");
    assert_eq!(
        String::from_utf8(bytes).expect("text"),
        "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Resource not found for the segment 'x'.\",\
         \"innerError\":{\"date\":\"d\",\"request-id\":\"r\",\"client-request-id\":\"c\"}}}"
    );
}

#[test]
fn token_faults() {
    let row = |error: AuthError| {
        let error = GraphError::from(error);
        (
            error.status.as_u16(),
            error.code,
            error.inner.map(std::borrow::Cow::into_owned),
            error.message.to_string(),
        )
    };
    assert_eq!(
        row(AuthError::Missing),
        (
            401,
            "InvalidAuthenticationToken",
            Some("unauthenticated".to_owned()),
            "Access token is empty.".to_owned()
        )
    );
    assert_eq!(row(AuthError::NoPermissions).0, 403);
    assert_eq!(row(AuthError::KeysUnavailable).0, 503);
}

#[test]
fn waits_are_whole_seconds_of_at_least_one() {
    for (millis, expected) in [(0, 1), (1, 1), (1000, 1), (1001, 2), (30_000, 30)] {
        assert_eq!(whole_seconds(Duration::from_millis(millis)), expected, "{millis}");
    }
}
