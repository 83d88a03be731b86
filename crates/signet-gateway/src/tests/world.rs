//! A gateway with sample tenants and tokens, and requests to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::Value;
use signet_auth::{DevelopmentIssuer, Subject, TokenRequest, Verifier, VerifierConfig, default_audiences};
use signet_domain::environment::{Clock, IdSource};
use signet_domain::tenant::TenantDocument;
use uuid::Uuid;

use super::fakes::Fakes;
use crate::{Gateway, GatewayConfig, GatewayServices};

pub(crate) const TENANT_A: &str = "cb46c030-1825-4e81-a295-151c039dbf02";
pub(crate) const TENANT_B: &str = "29375103-6ce7-4dba-81ec-8e33884c6f0f";
pub(crate) const TENANT_C: &str = "cfa4cf1d-a337-4481-aa99-19d8f3d63f7c";
pub(crate) const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const AUDIENCE: &str = "https://graph.microsoft.com";

/// 2026-03-04T05:06:07Z.
pub(crate) const NOW: i64 = 1_772_600_767;

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl IdSource for Counting {
    fn next_id(&self) -> Uuid {
        Uuid::from_u128(0x4000_8000_0000_0000_0000 | u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }
}

/// One key for all tests: making one takes long.
fn issuer() -> &'static DevelopmentIssuer {
    static ISSUER: OnceLock<DevelopmentIssuer> = OnceLock::new();
    ISSUER.get_or_init(|| DevelopmentIssuer::generate().unwrap().0)
}

/// A gateway with everything behind it.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) fakes: Arc<Fakes>,
}

fn document(path: &str) -> TenantDocument {
    let path = format!("{}/../../tests/cases/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl World {
    /// The three tenants of the worked examples and the personal one.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with another configuration.
    pub(crate) fn with(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let documents = ["a", "b", "c", "personal"].map(|name| document(&format!("graph/tenants/{name}.json")));
        Self::over(documents.into(), change)
    }

    /// The tenant of the golden cases.
    pub(crate) fn contoso() -> Self {
        Self::over(vec![document("catalogs/contoso.json")], |_| {})
    }

    fn over(documents: Vec<TenantDocument>, change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let ids: Arc<dyn IdSource> = Arc::new(Counting::default());
        let clock: Arc<dyn Clock> = Arc::new(FixedClock);
        let fakes = Arc::new(Fakes::new(documents, Arc::clone(&ids), Arc::clone(&clock)));
        let verifier = VerifierConfig::new(
            vec![issuer().issuer_config().unwrap()],
            default_audiences(["11111111-1111-4111-8111-111111111111"]),
        );
        let verifier = Arc::new(Verifier::new(
            verifier,
            Arc::new(|| Timestamp::from_second(NOW).unwrap()),
        ));
        let mut config = GatewayConfig::new(
            "https://login.example/authorize".to_owned(),
            "11111111-1111-4111-8111-111111111111".to_owned(),
            [7; 32],
        );
        config.public_base_url = Some("https://signet.example".to_owned());
        change(&mut config);
        let services = GatewayServices {
            catalog: fakes.clone(),
            evaluation: fakes.clone(),
            decision_log: fakes.clone(),
            extraction: fakes.clone(),
            content: fakes.clone(),
            verifier,
            clock,
            ids,
            ready: Arc::new(|| true),
        };
        Self {
            gateway: Gateway::new(services, config),
            fakes,
        }
    }

    /// A request with a token of the application kind holding every role there is.
    pub(crate) fn get(&self, target: &str) -> Ask<'_> {
        Ask::new(self, Method::GET, target).token(Token::application(TENANT_A).all())
    }

    /// As [`World::get`], with a JSON body.
    pub(crate) fn post(&self, target: &str, body: &str) -> Ask<'_> {
        Ask::new(self, Method::POST, target)
            .token(Token::application(TENANT_A).all())
            .header("content-type", "application/json")
            .body(body.to_owned())
    }

    /// Names of the calls the services got so far.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.fakes.calls.lock().unwrap().clone()
    }
}

/// Every permission the gateway knows.
pub(crate) const ALL: &[&str] = &[
    "InformationProtectionPolicy.Read",
    "InformationProtectionPolicy.Read.All",
    "SensitivityLabel.Read",
    "SensitivityLabels.Read.All",
    "SensitivityLabel.Evaluate",
    "SensitivityLabel.Evaluate.All",
    "Files.ReadWrite.All",
    "Sites.ReadWrite.All",
    "Signet.Decisions.Read",
];

/// Who asks.
#[derive(Clone)]
pub(crate) struct Token {
    tenant: String,
    user: Option<(String, String)>,
    permissions: Vec<String>,
}

impl Token {
    pub(crate) fn application(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            user: None,
            permissions: Vec::new(),
        }
    }

    pub(crate) fn user(tenant: &str, id: &str, address: &str) -> Self {
        Self {
            user: Some((id.to_owned(), address.to_owned())),
            ..Self::application(tenant)
        }
    }

    /// Bob of a sample tenant.
    pub(crate) fn bob(tenant: &str) -> Self {
        let name = match tenant {
            TENANT_A => "a",
            TENANT_B => "b",
            _ => "c",
        };
        let document = document(&format!("graph/tenants/{name}.json"));
        Self::user(tenant, &document.users[0].id.to_string(), "bob@contoso.com")
    }

    pub(crate) fn with(mut self, permissions: &[&str]) -> Self {
        self.permissions
            .extend(permissions.iter().map(|name| (*name).to_owned()));
        self
    }

    pub(crate) fn all(self) -> Self {
        self.with(ALL)
    }

    pub(crate) fn mint(&self) -> String {
        let subject = match &self.user {
            Some((id, address)) => Subject::User {
                object_id: id.parse().unwrap(),
                user_principal_name: address.clone(),
                display_name: None,
                client_id: "22222222-2222-4222-8222-222222222222".to_owned(),
                scopes: self.permissions.clone(),
            },
            None => Subject::Application {
                client_id: "22222222-2222-4222-8222-222222222222".to_owned(),
                roles: self.permissions.clone(),
            },
        };
        let request = TokenRequest {
            tenant_id: self.tenant.parse().unwrap(),
            subject,
            audience: AUDIENCE.to_owned(),
            expires_in: Duration::from_secs(3600),
            now: Timestamp::from_second(NOW).unwrap(),
            token_id: Uuid::from_u128(1),
        };
        issuer().mint(&request).unwrap()
    }
}

/// A request being put together.
pub(crate) struct Ask<'w> {
    world: &'w World,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Body,
}

impl<'w> Ask<'w> {
    pub(crate) fn new(world: &'w World, method: Method, target: &str) -> Self {
        Self {
            world,
            method,
            target: encode(target),
            headers: HeaderMap::new(),
            body: Body::empty(),
        }
    }

    pub(crate) fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn token(self, token: Token) -> Self {
        self.header("authorization", &format!("Bearer {}", token.mint()))
    }

    pub(crate) fn anonymous(mut self) -> Self {
        self.headers.remove("authorization");
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn header_named(mut self, name: http::HeaderName, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) async fn send(self) -> Reply {
        let mut request = Request::builder()
            .method(self.method)
            .uri(&self.target)
            .body(self.body)
            .unwrap();
        *request.headers_mut() = self.headers;
        let response = self.world.gateway.handle(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Reply {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }
}

/// Blanks of a target as clients encode them.
fn encode(target: &str) -> String {
    target.replace(' ', "%20")
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Status, code and inner code of a refusal; the code of a success is empty.
    pub(crate) fn outcome(&self) -> (u16, String, String) {
        if self.status.as_u16() < 400 {
            return (self.status.as_u16(), String::new(), String::new());
        }
        let error = &self.json()["error"];
        let code = |value: &Value| value["code"].as_str().unwrap_or_default().to_owned();
        assert_ne!(error["message"].as_str().unwrap_or_default(), "", "{error}");
        (self.status.as_u16(), code(error), code(&error["innerError"]))
    }

    /// Checks status and codes.
    pub(crate) fn refused(&self, status: u16, code: &str, inner: &str) {
        assert_eq!(
            self.outcome(),
            (status, code.to_owned(), inner.to_owned()),
            "{}",
            self.text()
        );
    }

    /// The body of a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.json()
    }
}
