//! The development issuer, believed by the verifier and asked over its token endpoint.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use super::*;
use crate::tests::support::{NOW, TestClock};
use crate::{AuthError, TokenKind, Verifier, VerifierConfig, default_audiences};

const TENANT: Uuid = uuid!("b1a2c3d4-0000-4000-8000-000000000001");
const BOB: Uuid = uuid!("0b1ec700-0000-4000-8000-00000000000b");
const TOKEN_ID: Uuid = uuid!("70ce0000-0000-4000-8000-000000000001");
const GRAPH: &str = "https://graph.microsoft.com";

struct Directory;

#[async_trait::async_trait]
impl UserLookup for Directory {
    async fn has_tenant(&self, tenant_id: Uuid) -> bool {
        tenant_id == TENANT
    }

    async fn user(&self, tenant_id: Uuid, user_principal_name: &str) -> Option<DirectoryUser> {
        (tenant_id == TENANT && user_principal_name.eq_ignore_ascii_case("bob@contoso.com")).then(|| DirectoryUser {
            object_id: BOB,
            user_principal_name: "bob@contoso.com".to_owned(),
            display_name: Some("Bob".to_owned()),
        })
    }
}

fn issuer() -> &'static DevelopmentIssuer {
    static ISSUER: std::sync::OnceLock<DevelopmentIssuer> = std::sync::OnceLock::new();
    ISSUER.get_or_init(|| DevelopmentIssuer::generate().unwrap().0)
}

fn endpoint() -> TokenEndpoint {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    TokenEndpoint {
        audiences: default_audiences(["signet"]),
        application_permissions: names(&["Files.Read.All", "SensitivityLabels.Read.All"]),
        delegated_permissions: names(&["Files.Read", "SensitivityLabel.Read"]),
        password: "pass word+&".to_owned(),
    }
}

fn verifier() -> Verifier {
    let config = VerifierConfig::new(vec![issuer().issuer_config().unwrap()], default_audiences(["signet"]));
    Verifier::new(config, TestClock::new().clock())
}

fn user_request() -> TokenRequest {
    TokenRequest {
        tenant_id: TENANT,
        subject: Subject::User {
            object_id: BOB,
            user_principal_name: "bob@contoso.com".to_owned(),
            display_name: None,
            client_id: "cli".to_owned(),
            scopes: vec!["Files.Read".to_owned(), "SensitivityLabel.Read".to_owned()],
        },
        audience: GRAPH.to_owned(),
        expires_in: Duration::from_secs(600),
        now: now(),
        token_id: TOKEN_ID,
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// The claims of a token, unverified.
fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

async fn post_as(body: &str, authorization: Option<&str>) -> TokenResponse {
    let form = TokenForm::parse(body.as_bytes(), authorization).unwrap();
    endpoint()
        .answer(issuer(), &Directory, Some(TENANT), &form, now(), TOKEN_ID)
        .await
}

async fn post(body: &str) -> TokenResponse {
    post_as(body, None).await
}

const APPLICATION: &str =
    "grant_type=client_credentials&client_id=app-1&client_secret=x&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";
const USER: &str = "grant_type=password&client_id=cli&username=Bob%40contoso.com&password=pass+word%2B%26";

#[tokio::test]
async fn a_users_token_is_a_delegated_principal() {
    let principal = verifier()
        .verify(&issuer().mint(&user_request()).unwrap())
        .await
        .unwrap();
    assert_eq!((principal.tenant_id, principal.object_id), (TENANT, BOB));
    assert_eq!(principal.kind, TokenKind::Delegated);
    assert!(principal.permissions.has("Files.Read"));
    assert_eq!(principal.user_principal_name.as_deref(), Some("bob@contoso.com"));
    assert_eq!(principal.application_id.as_deref(), Some("cli"));
    assert_eq!(principal.expires_at.as_second(), NOW + 600);
}

#[tokio::test]
async fn an_applications_token_is_an_application_principal() {
    let subject = Subject::Application {
        client_id: "app-1".to_owned(),
        roles: vec!["Files.Read.All".to_owned()],
    };
    let token = issuer()
        .mint(&TokenRequest {
            subject,
            ..user_request()
        })
        .unwrap();
    let principal = verifier().verify(&token).await.unwrap();
    assert_eq!(principal.kind, TokenKind::Application);
    assert!(principal.permissions.has("Files.Read.All"));
    assert_eq!(principal.object_id, application_object_id(TENANT, "APP-1"));
    assert_ne!(principal.object_id, application_object_id(BOB, "app-1"));
}

#[test]
fn claims_are_the_documented_ones() {
    let expected = json!({
        "aud": GRAPH, "iss": format!("https://localhost/{TENANT}/v2.0"), "tid": TENANT, "oid": BOB, "sub": BOB,
        "idtyp": "user", "azp": "cli", "appid": "cli", "scp": "Files.Read SensitivityLabel.Read",
        "upn": "bob@contoso.com", "preferred_username": "bob@contoso.com", "name": "bob@contoso.com",
        "iat": NOW, "nbf": NOW, "exp": NOW + 600, "jti": TOKEN_ID, "uti": TOKEN_ID, "ver": "2.0",
    });
    assert_eq!(claims(&issuer().mint(&user_request()).unwrap()), expected);
}

#[tokio::test]
async fn the_kept_key_is_the_same_issuer() {
    let (generated, pem) = DevelopmentIssuer::generate().unwrap();
    let loaded = DevelopmentIssuer::from_pem(pem.replace('\n', "\r\n").as_bytes()).unwrap();
    assert_eq!(loaded.jwks(), generated.jwks());
    assert!(pem.lines().all(|line| line.len() <= 64));
    // Another issuer's tokens are not this one's.
    assert_eq!(
        verifier().verify(&loaded.mint(&user_request()).unwrap()).await,
        Err(AuthError::UnknownKey)
    );
    for (text, expected) in [
        ("", DevelopmentKeyError::NotPem),
        (
            "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
            DevelopmentKeyError::NotPem,
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            DevelopmentKeyError::NotRsa,
        ),
        (
            &pem.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
            DevelopmentKeyError::NotPem,
        ),
    ] {
        assert_eq!(
            DevelopmentIssuer::from_pem(text.as_bytes()).err(),
            Some(expected),
            "{text}"
        );
    }
    assert!(!format!("{loaded:?}").contains("MII"));
}

#[test]
fn another_implementation_reads_key_set_and_token() {
    let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_value(issuer().jwks()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwks.keys[0]).unwrap();
    let token = issuer().mint(&user_request()).unwrap();
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!(header.kid, jwks.keys[0].common.key_id);
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(&[GRAPH]);
    validation.validate_exp = false;
    let decoded = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
    assert_eq!(decoded.claims["oid"], json!(BOB));
}

#[test]
fn discovery_leads_to_the_servers_own_addresses() {
    for base_url in ["https://127.0.0.1:8443", "https://127.0.0.1:8443/"] {
        let document = issuer().discovery_document(base_url, TENANT);
        assert_eq!(document["issuer"], json!(format!("https://localhost/{TENANT}/v2.0")));
        assert_eq!(
            document["jwks_uri"],
            json!(format!("https://127.0.0.1:8443/{TENANT}/discovery/v2.0/keys"))
        );
        assert_eq!(
            document["token_endpoint"],
            json!(format!("https://127.0.0.1:8443/{TENANT}/oauth2/v2.0/token"))
        );
    }
}

#[test]
fn production_can_tell_the_development_issuer() {
    for issuer in [
        DEV_ISSUER,
        "https://localhost/b1a2c3d4-0000-4000-8000-000000000001/v2.0",
        "https://localhost:8443/x",
    ] {
        assert!(is_development_issuer(issuer), "{issuer}");
    }
    for issuer in [
        "https://login.microsoftonline.com/{tid}/v2.0",
        "https://localhost.example.com/",
    ] {
        assert!(!is_development_issuer(issuer), "{issuer}");
    }
}

#[tokio::test]
async fn client_credentials_grant_everything_to_any_client() {
    let basic = format!("Basic {}", STANDARD.encode("app%2D1:any"));
    let in_header = "grant_type=client_credentials&scope=https://graph.microsoft.com/.default";
    let with_assertion = APPLICATION.replace("client_secret", "client_assertion");
    for (body, authorization) in [(APPLICATION, None), (in_header, Some(&*basic)), (&with_assertion, None)] {
        let response = post_as(body, authorization).await;
        assert_eq!(response.status, 200, "{body}: {}", response.body);
        assert_eq!(
            (&response.body["token_type"], &response.body["expires_in"]),
            (&json!("Bearer"), &json!(3600))
        );
        let principal = verifier()
            .verify(response.body["access_token"].as_str().unwrap())
            .await
            .unwrap();
        assert_eq!(principal.kind, TokenKind::Application);
        assert_eq!(principal.application_id.as_deref(), Some("app-1"));
        assert!(principal.permissions.has("Files.Read.All") && principal.permissions.has("SensitivityLabels.Read.All"));
    }
}

#[tokio::test]
async fn a_password_gets_the_scopes_asked_for() {
    let cases = [
        ("Files.Read", "Files.Read"),
        ("files.read", "Files.Read"),
        (
            "https://graph.microsoft.com/Files.Read+openid+offline_access",
            "Files.Read",
        ),
        (
            "https://graph.microsoft.com/.default",
            "Files.Read SensitivityLabel.Read",
        ),
        ("api://signet/SensitivityLabel.Read", "SensitivityLabel.Read"),
    ];
    for (scope, granted) in cases {
        let response = post(&format!("{USER}&scope={scope}")).await;
        assert_eq!(response.status, 200, "{scope}: {}", response.body);
        assert_eq!(response.body["scope"], json!(granted));
        let principal = verifier()
            .verify(response.body["access_token"].as_str().unwrap())
            .await
            .unwrap();
        assert_eq!((principal.kind, principal.object_id), (TokenKind::Delegated, BOB));
        assert_eq!(
            response.body.get("id_token").is_some(),
            scope.contains("openid"),
            "{scope}"
        );
    }
}

#[tokio::test]
async fn an_id_token_speaks_to_the_client_and_opens_nothing() {
    let response = post(&format!("{USER}&scope=openid+Files.Read")).await;
    let id_token = response.body["id_token"].as_str().unwrap();
    let claims = claims(id_token);
    assert_eq!(
        (&claims["aud"], &claims["oid"], &claims["name"]),
        (&json!("cli"), &json!(BOB), &json!("Bob"))
    );
    assert!(claims.get("scp").is_none());
    assert_eq!(verifier().verify(id_token).await, Err(AuthError::Audience));
}

#[tokio::test]
async fn what_cannot_be_granted_is_answered_with_the_reason() {
    let user = |rest: &str| format!("grant_type=password&client_id=cli{rest}");
    let scoped = "&scope=Files.Read";
    let long = APPLICATION.replace("app-1", &"a".repeat(257));
    let cases = [
        (String::new(), 400, "invalid_request"),
        ("client_id=app-1".to_owned(), 400, "invalid_request"),
        ("grant_type=".to_owned(), 400, "invalid_request"),
        (
            "grant_type=authorization_code&client_id=a&code=x".to_owned(),
            400,
            "unsupported_grant_type",
        ),
        (
            "grant_type=refresh_token&client_id=a".to_owned(),
            400,
            "unsupported_grant_type",
        ),
        (APPLICATION.replace("client_id=app-1", ""), 400, "invalid_request"),
        (
            APPLICATION.replace("client_secret=x", "client_secret="),
            401,
            "invalid_client",
        ),
        (long, 401, "invalid_client"),
        (APPLICATION.replace("app-1", "a%0Ab"), 401, "invalid_client"),
        (APPLICATION.replace("&scope", "&other"), 400, "invalid_request"),
        (APPLICATION.replace(".default", "Files.Read.All"), 400, "invalid_scope"),
        (
            APPLICATION.replace("graph.microsoft.com", "attacker.example"),
            400,
            "invalid_scope",
        ),
        (
            user("&password=pass+word%2B%26&scope=Files.Read"),
            400,
            "invalid_request",
        ),
        (
            user("&username=bob%40contoso.com&scope=Files.Read"),
            400,
            "invalid_request",
        ),
        (
            user("&username=bob%40contoso.com&password=wrong&scope=Files.Read"),
            400,
            "invalid_grant",
        ),
        (
            user("&username=eve%40contoso.com&password=pass+word%2B%26&scope=Files.Read"),
            400,
            "invalid_grant",
        ),
        (USER.to_owned(), 400, "invalid_request"),
        (format!("{USER}&scope=Files.Read.Everything"), 400, "invalid_scope"),
        (format!("{USER}&scope=openid"), 400, "invalid_scope"),
        (
            format!("{USER}&scope=Files.Read+api://signet/Files.Read"),
            400,
            "invalid_scope",
        ),
        (USER.replace("&client_id=cli", "") + scoped, 400, "invalid_request"),
    ];
    for (body, status, error) in cases {
        let response = post(&body).await;
        assert_eq!(
            (response.status, &response.body["error"]),
            (status, &json!(error)),
            "{body}: {}",
            response.body
        );
        assert!(response.body["error_description"].is_string());
        assert!(response.body.get("access_token").is_none());
    }
}

#[tokio::test]
async fn a_tenant_must_exist() {
    let form = TokenForm::parse(APPLICATION.as_bytes(), None).unwrap();
    for tenant_id in [None, Some(BOB)] {
        let response = endpoint()
            .answer(issuer(), &Directory, tenant_id, &form, now(), TOKEN_ID)
            .await;
        assert_eq!(
            (response.status, &response.body["error"]),
            (400, &json!("invalid_request"))
        );
    }
}

#[test]
fn forms_that_are_ambiguous_are_refused() {
    let basic = format!("Basic {}", STANDARD.encode("app-1:any"));
    for (body, authorization) in [
        ("scope=a&scope=b", None),
        ("client_id=other", Some(&*basic)),
        ("client_id=app-1&client_secret=x", Some(&*basic)),
        ("a=%ff", None),
    ] {
        assert!(TokenForm::parse(body.as_bytes(), authorization).is_err(), "{body}");
    }
    assert!(TokenForm::parse(b"\xff=1", None).is_err());
    assert!(TokenForm::parse(&vec![b'a'; 64 * 1024 + 1], None).is_err());
}

#[test]
fn forms_are_decoded_and_never_shown() {
    let form = TokenForm::parse(b"password=a+b%20c%2B&empty=&&flag", None).unwrap();
    assert_eq!(
        (form.get("password"), form.get("empty"), form.get("flag")),
        (Some("a b c+"), None, None)
    );
    assert!(!format!("{form:?}").contains("a b"));
    // A header that is no client's credentials is no reason to refuse.
    for header in ["Bearer x", "Basic !", "Basic", ""] {
        assert!(TokenForm::parse(b"client_id=a", Some(header)).is_ok(), "{header}");
    }
}
