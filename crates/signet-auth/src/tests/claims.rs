//! What each claim decides.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::support::*;
use crate::{AuthError, AuthErrorKind, PERSONAL_TENANT, Principal, StaticKeys, TokenKind, Verifier, default_audiences};

async fn verify(changes: Value) -> Result<Principal, AuthError> {
    verifier().verify(&token(&with(claims(), changes))).await
}

#[tokio::test]
async fn a_principal_says_what_the_token_says() {
    let changes = json!({"upn": "bob@contoso.com", "appid": "app-1"});
    let principal = verify(changes).await.unwrap();
    assert_eq!(principal.tenant_id.to_string(), TENANT);
    assert_eq!(principal.object_id.to_string(), OBJECT);
    assert_eq!(principal.kind, TokenKind::Delegated);
    assert_eq!(principal.user_principal_name.as_deref(), Some("bob@contoso.com"));
    assert_eq!(principal.application_id.as_deref(), Some("app-1"));
    assert_eq!(principal.expires_at.as_second(), NOW + 3600);
    assert_eq!(&*principal.issuer, format!("https://login.example/{TENANT}/v2.0"));
    let shown = format!("{principal:?}");
    assert!(!shown.contains("bob@"), "{shown}");
}

#[tokio::test]
async fn all_three_algorithms_are_verified() {
    let signed = [
        (rsa(), Algorithm::RS256),
        (rsa(), Algorithm::PS256),
        (ec(), Algorithm::ES256),
    ];
    for (key, algorithm) in signed {
        let verified = verifier().verify(&token_with(&claims(), key, algorithm)).await;
        assert!(verified.is_ok(), "{algorithm:?}: {verified:?}");
    }
}

#[tokio::test]
async fn audience_must_be_ours() {
    let cases = [
        (json!(AUDIENCE), true),
        (json!("api://signet"), true),
        (json!(["https://other.example", "api://signet"]), true),
        (json!(["https://other.example"]), false),
        (json!([]), false),
        (json!(""), false),
        (json!("https://graph.microsoft.com.attacker.example"), false),
        (json!("HTTPS://graph.microsoft.com"), false),
        (Value::Null, false),
    ];
    for (audience, accepted) in cases {
        let outcome = verify(json!({"aud": audience})).await.err();
        assert_eq!(outcome, (!accepted).then_some(AuthError::Audience), "{audience}");
    }
}

#[test]
fn default_audiences_are_the_documented_ones() {
    let expected = [
        "https://graph.microsoft.com",
        "https://graph.microsoft.com/",
        "00000003-0000-0000-c000-000000000000",
        "11111111-2222-3333-4444-555555555555",
        "api://11111111-2222-3333-4444-555555555555",
    ];
    assert_eq!(default_audiences(["11111111-2222-3333-4444-555555555555"]), expected);
}

#[tokio::test]
async fn issuer_must_be_trusted_and_of_the_tenant() {
    let cases = [
        (
            json!({"iss": format!("https://login.example/{OTHER_TENANT}/v2.0")}),
            AuthError::Issuer,
        ),
        (json!({"tid": OTHER_TENANT}), AuthError::Issuer),
        (
            json!({"iss": format!("https://login.example/{TENANT}/v2.0/")}),
            AuthError::Issuer,
        ),
        (
            json!({"iss": format!("https://login.example/{TENANT}")}),
            AuthError::Issuer,
        ),
        (
            json!({"iss": format!("http://login.example/{TENANT}/v2.0")}),
            AuthError::Issuer,
        ),
        (json!({"iss": "https://login.example/{tid}/v2.0"}), AuthError::Issuer),
        (json!({"iss": "https://login.example//v2.0"}), AuthError::Issuer),
        (json!({"iss": ""}), AuthError::Issuer),
        (json!({"iss": null}), AuthError::Issuer),
        (json!({"tid": null}), AuthError::TenantMissing),
        (json!({"tid": ""}), AuthError::TenantMissing),
        (
            json!({"tid": "{tid}", "iss": "https://login.example/{tid}/v2.0"}),
            AuthError::TenantMissing,
        ),
        (
            json!({"tid": "contoso.com", "iss": "https://login.example/contoso.com/v2.0"}),
            AuthError::TenantMissing,
        ),
        (json!({"tid": TENANT.replace('-', "")}), AuthError::TenantMissing),
    ];
    for (changes, expected) in cases {
        assert_eq!(verify(changes.clone()).await, Err(expected), "{changes}");
    }
}

#[tokio::test]
async fn both_published_forms_of_an_issuer_can_be_trusted() {
    let keys = Arc::new(StaticKeys::new(key_set(&[rsa().jwk()])));
    let mut config = config(keys);
    let template = config.issuers.remove(0);
    for issuer in [
        "https://sts.windows.net/{tid}/",
        "https://login.microsoftonline.com/{tid}/v2.0",
    ] {
        config.issuers.push(crate::IssuerConfig {
            issuer: issuer.to_owned(),
            ..template.clone()
        });
    }
    let verifier = Verifier::new(config, TestClock::new().clock());
    let cases = [
        (format!("https://sts.windows.net/{TENANT}/"), None),
        (format!("https://login.microsoftonline.com/{TENANT}/v2.0"), None),
        (format!("https://sts.windows.net/{TENANT}"), Some(AuthError::Issuer)),
        (format!("https://login.example/{TENANT}/v2.0"), Some(AuthError::Issuer)),
    ];
    for (issuer, expected) in cases {
        let token = token(&with(claims(), json!({"iss": issuer})));
        assert_eq!(verifier.verify(&token).await.err(), expected, "{issuer}");
    }
}

#[tokio::test]
async fn lifetime_is_widened_by_five_minutes_on_both_sides() {
    let cases = [
        (json!({"exp": NOW + 1}), None),
        (json!({"exp": NOW - 299}), None),
        (json!({"exp": NOW - 300}), Some(AuthError::Expired)),
        (json!({"exp": NOW - 301}), Some(AuthError::Expired)),
        (json!({"exp": 0}), Some(AuthError::Expired)),
        (json!({"exp": -1}), Some(AuthError::Expired)),
        (json!({"exp": -1e300}), Some(AuthError::Expired)),
        (json!({"exp": 1e300}), None),
        (json!({"exp": u64::MAX}), None),
        (json!({"exp": NOW as f64 + 0.5}), None),
        (json!({"exp": null}), Some(AuthError::Malformed)),
        (json!({"nbf": NOW + 300}), None),
        (json!({"nbf": NOW + 301}), Some(AuthError::NotYetValid)),
        (json!({"nbf": 1e300}), Some(AuthError::NotYetValid)),
        (json!({"nbf": null}), None),
        (json!({"exp": NOW - 301, "aud": "other"}), Some(AuthError::Expired)),
    ];
    for (changes, expected) in cases {
        assert_eq!(verify(changes.clone()).await.err(), expected, "{changes}");
    }
}

#[tokio::test]
async fn token_kind_follows_idtyp_scp_and_roles() {
    use TokenKind::{Application, Delegated};
    let none = Value::Null;
    let cases = [
        (
            json!({"idtyp": "app", "scp": none, "roles": ["A", "B"]}),
            Ok((Application, vec!["A", "B"])),
        ),
        (json!({"idtyp": "app", "scp": none}), Ok((Application, vec![]))),
        (json!({"scp": none, "roles": ["A"]}), Ok((Application, vec!["A"]))),
        (json!({"scp": none, "roles": []}), Err(AuthError::NoPermissions)),
        (json!({"scp": none}), Err(AuthError::NoPermissions)),
        (
            json!({"idtyp": "user", "scp": none, "roles": ["A"]}),
            Err(AuthError::NoPermissions),
        ),
        (
            json!({"idtyp": "device", "scp": none, "roles": ["A"]}),
            Err(AuthError::NoPermissions),
        ),
        (json!({"idtyp": "user", "scp": "X Y"}), Ok((Delegated, vec!["X", "Y"]))),
        (
            json!({"scp": "X", "roles": ["Files.Read.All"]}),
            Ok((Delegated, vec!["X"])),
        ),
        (json!({"scp": "  X  X\tx "}), Ok((Delegated, vec!["X"]))),
        (json!({"scp": ""}), Ok((Delegated, vec![]))),
        (json!({"idtyp": "app", "scp": "X"}), Err(AuthError::KindAmbiguous)),
        (
            json!({"idtyp": "app", "scp": "", "roles": ["A"]}),
            Err(AuthError::KindAmbiguous),
        ),
    ];
    for (changes, expected) in cases {
        let outcome = verify(changes.clone()).await.map(|principal| {
            (
                principal.kind,
                principal.permissions.iter().map(str::to_owned).collect::<Vec<_>>(),
            )
        });
        let expected = expected.map(|(kind, names)| (kind, names.into_iter().map(str::to_owned).collect()));
        assert_eq!(outcome, expected, "{changes}");
    }
}

#[tokio::test]
async fn permissions_are_compared_without_case_and_as_a_whole() {
    let permissions = verify(json!({})).await.unwrap().permissions;
    assert!(permissions.has("files.read"));
    assert!(permissions.has("SensitivityLabel.Read"));
    for absent in ["Files", "Files.Read.All", "Files.Read SensitivityLabel.Read", ""] {
        assert!(!permissions.has(absent), "{absent}");
    }
    assert!(!permissions.is_empty());
}

#[tokio::test]
async fn object_id_is_required() {
    for oid in [
        Value::Null,
        json!(""),
        json!("bob"),
        json!("{0b1ec700-0000-4000-8000-00000000000b}"),
    ] {
        assert_eq!(
            verify(json!({"oid": oid})).await,
            Err(AuthError::ObjectIdMissing),
            "{oid}"
        );
    }
}

#[tokio::test]
async fn names_are_taken_from_the_first_claim_given() {
    let cases = [
        (
            json!({"upn": "u@x", "preferred_username": "p@x", "email": "e@x"}),
            Some("u@x"),
        ),
        (json!({"preferred_username": "p@x", "unique_name": "n@x"}), Some("p@x")),
        (json!({"upn": "", "unique_name": "n@x", "email": "e@x"}), Some("n@x")),
        (json!({"email": "e@x"}), Some("e@x")),
        (json!({}), None),
    ];
    for (changes, expected) in cases {
        let principal = verify(changes.clone()).await.unwrap();
        assert_eq!(principal.user_principal_name.as_deref(), expected, "{changes}");
    }
    let principal = verify(json!({"azp": "v2", "appid": "v1"})).await.unwrap();
    assert_eq!(principal.application_id.as_deref(), Some("v2"));
}

#[tokio::test]
async fn a_personal_account_is_a_principal_like_any_other() {
    let tenant = PERSONAL_TENANT.to_string();
    let changes = json!({"tid": tenant, "iss": format!("https://login.example/{tenant}/v2.0")});
    assert!(verify(changes).await.unwrap().is_personal());
    assert!(!verify(json!({})).await.unwrap().is_personal());
}

#[tokio::test]
async fn the_authorization_header_carries_the_token() {
    let good = token(&claims());
    for header in [
        format!("Bearer {good}"),
        format!("bearer  {good}"),
        format!("BEARER {good} "),
    ] {
        assert!(verifier().verify_header(Some(&header)).await.is_ok(), "{header}");
    }
    for header in [
        None,
        Some(""),
        Some("Bearer"),
        Some("Bearer "),
        Some("Bearer    "),
        Some("Basic YTpi"),
        Some(&*good),
    ] {
        assert_eq!(
            verifier().verify_header(header).await,
            Err(AuthError::Missing),
            "{header:?}"
        );
    }
    let two = format!("Bearer {good} {good}");
    assert_eq!(verifier().verify_header(Some(&two)).await, Err(AuthError::Malformed));
}

#[test]
fn messages_and_statuses_are_the_documented_ones() {
    assert_eq!(AuthError::Missing.message(), "Access token is empty.");
    assert_eq!(
        AuthError::Expired.message(),
        "Lifetime validation failed, the token is expired."
    );
    assert_eq!(
        AuthError::Audience.message(),
        "Access token validation failure. Invalid audience."
    );
    assert_eq!(AuthError::Expired.kind(), AuthErrorKind::Unauthenticated);
    assert_eq!(AuthError::KindAmbiguous.kind(), AuthErrorKind::Unauthenticated);
    assert_eq!(AuthError::NoPermissions.kind(), AuthErrorKind::Forbidden);
    assert_eq!(AuthError::KeysUnavailable.kind(), AuthErrorKind::Unavailable);
}
