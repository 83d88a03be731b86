//! Tokens that must not get in, at every door: REST, and each service over gRPC.

use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use signet_contract::catalog::LabelFamily;
use signet_contract::evaluation::{DecisionQuery, ExpandRightsRequest};
use signet_contract::extraction::DriveAddress;
use signet_contract::{
    CallContext, Catalog as _, CatalogAdministration as _, ContractError, Credential, DecisionLogReader as _,
    Evaluation as _, Extraction as _, PolicyDistribution as _, Subject,
};
use signet_domain::error::{ErrorKind, ErrorReason};
use signet_domain::ids::TenantId;
use signet_e2e::{Caller, Installation, Request, base64url};
use signet_rpc::client::{
    CatalogAdministrationClient, CatalogClient, ClientOptions, Connection, DecisionLogClient, EvaluationClient,
    ExtractionClient, PolicyDistributionClient,
};
use signet_testkit::calls::application;

use crate::support::{contoso, golden, none_wrong};

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";

fn with(mut value: Value, changes: Value) -> Value {
    if let (Some(value), Value::Object(changes)) = (value.as_object_mut(), changes) {
        value.extend(changes);
        value.retain(|_, member| !member.is_null());
    }
    value
}

/// Forged tokens by what is wrong with them; the first is genuine.
fn tokens(installation: &Installation) -> Vec<(String, String)> {
    let minter = installation.minter();
    let scopes = "InformationProtectionPolicy.Read SensitivityLabel.Read Files.Read";
    let claims = minter.claims(&Caller::user(&contoso(), "bob@contoso.com", scopes));
    let header = minter.header();
    let good = minter.sign(&header, &claims);
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let now = claims["iat"].as_i64().expect("a time");
    let mut tokens = vec![("nothing".to_owned(), good.clone())];
    let mut add = |what: String, token: String| tokens.push((what, token));
    for algorithm in ["none", "None", "NONE", "nOnE", "", "rs256", "HS256", "RS512"] {
        let token = minter.sign(&with(header.clone(), json!({"alg": algorithm})), &claims);
        let (unsigned, _) = token.rsplit_once('.').expect("three parts");
        add(format!("algorithm `{algorithm}`, unsigned"), format!("{unsigned}."));
        add(format!("algorithm `{algorithm}`"), token);
    }
    let keys = std::fs::read_to_string(signet_e2e::repository().join("tests/e2e/fixtures/issuer.jwks.json"))
        .expect("the public keys");
    for secret in [keys.as_bytes(), b"", b"secret"] {
        let key = EncodingKey::from_secret(secret);
        let hs = jsonwebtoken::Header::new(Algorithm::HS256);
        add(
            "an HMAC".to_owned(),
            jsonwebtoken::encode(&hs, &claims, &key).expect("a token"),
        );
    }
    add("no signature".to_owned(), format!("{signed}."));
    add("two parts".to_owned(), signed.to_owned());
    add(
        "a zero signature".to_owned(),
        format!("{signed}.{}", base64url(&[0; 256])),
    );
    let half = signature.len() / 2;
    add(
        "half a signature".to_owned(),
        format!("{signed}.{}", &signature[..half]),
    );
    let other = minter.sign(&header, &with(claims.clone(), json!({"scp": "Files.ReadWrite.All"})));
    let (_, foreign) = other.rsplit_once('.').expect("three parts");
    add(
        "the signature of another token".to_owned(),
        format!("{signed}.{foreign}"),
    );
    for extra in [
        json!({"jwk": {"kty": "oct", "k": "c2VjcmV0"}, "alg": "HS256"}),
        json!({"jku": "https://attacker.example/keys", "kid": "theirs"}),
        json!({"x5u": "https://attacker.example/chain", "kid": "theirs"}),
        json!({"crit": ["exp"]}),
        json!({"kid": "../../../../dev/null"}),
        json!({"kid": "' OR 1=1; DROP TABLE keys; --"}),
        json!({"kid": "x".repeat(4096)}),
        json!({"kid": 7}),
    ] {
        add(
            format!("header {extra}").chars().take(60).collect(),
            minter.sign(&with(header.clone(), extra), &claims),
        );
    }
    let tenant = claims["tid"].as_str().expect("a tenant");
    let elsewhere = claims["iss"]
        .as_str()
        .expect("an issuer")
        .replace(tenant, "99999999-0000-4000-8000-00000000ffff");
    for change in [
        json!({"aud": "https://vault.azure.net"}),
        json!({"aud": null}),
        json!({"aud": []}),
        json!({"iss": elsewhere}),
        json!({"iss": null}),
        json!({"iss": "https://attacker.example"}),
        json!({"tid": "99999999-0000-4000-8000-00000000ffff"}),
        json!({"tid": null}),
        json!({"tid": "' OR 1=1 --"}),
        json!({"oid": null}),
        json!({"nbf": now + 3600}),
        json!({"exp": now - 3600}),
        json!({"exp": null}),
        json!({"exp": "never"}),
        json!({"idtyp": "app", "roles": ["InformationProtectionPolicy.Read.All"]}),
        json!({"padding": "x".repeat(64 * 1024)}),
    ] {
        let what: String = format!("claims {change}").chars().take(60).collect();
        add(what, minter.sign(&header, &with(claims.clone(), change)));
    }
    tokens
}

#[test]
fn over_rest_all_are_refused_alike() {
    let mut faults = Vec::new();
    for installation in golden().installations() {
        for (number, (what, token)) in tokens(installation).into_iter().enumerate() {
            for path in [LABELS, "/v1.0/me/drive", "/signet/v1/decisions"] {
                let request = Request::get(path).header("Authorization", format!("Bearer {token}"));
                let answer = installation.send(&request);
                let genuine = number == 0 && answer.status != 401;
                // A head of more than 64 KiB is refused before anybody looks into it.
                let refused = matches!(answer.status, 401 | 431);
                let alike = answer.status == 431
                    || (answer.code() == "InvalidAuthenticationToken"
                        && answer.header("www-authenticate").is_some()
                        && !answer.text().contains("attacker"));
                if !(genuine || number > 0 && refused && alike) {
                    faults.push(format!(
                        "{:?} {path} with {what}: {} {}",
                        installation.shape,
                        answer.status,
                        answer.text()
                    ));
                }
            }
        }
    }
    none_wrong(&faults);
}

/// Clients of every service of an installation, without anything that makes them a service.
struct Doors {
    catalog: CatalogClient,
    administration: CatalogAdministrationClient,
    distribution: PolicyDistributionClient,
    evaluation: EvaluationClient,
    decisions: DecisionLogClient,
    extraction: ExtractionClient,
}

impl Doors {
    fn of(installation: &Installation) -> Self {
        let open = |service: &'static str| {
            Connection::open(service, &[installation.grpc(service)], &ClientOptions::default()).expect("an address")
        };
        let (catalog, evaluation, extraction) = (open("catalog"), open("evaluation"), open("extraction"));
        Self {
            catalog: CatalogClient::new(catalog.clone()),
            administration: CatalogAdministrationClient::new(catalog.clone()),
            distribution: PolicyDistributionClient::new(catalog),
            evaluation: EvaluationClient::new(evaluation.clone()),
            decisions: DecisionLogClient::new(evaluation),
            extraction: ExtractionClient::new(extraction),
        }
    }

    /// What each service says to a token.
    async fn knock(&self, token: &str) -> [(&'static str, Result<(), ContractError>); 5] {
        let nobody = TenantId::parse("00000000-0000-4000-8000-000000000000").expect("a GUID");
        let context = CallContext {
            credential: Some(Credential::new(token)),
            deadline: Instant::now() + Duration::from_secs(30),
            ..application(nobody, &[])
        };
        let rights = ExpandRightsRequest {
            subject: Subject::Me,
            labels: Vec::new(),
            user_email: None,
        };
        let query = DecisionQuery {
            limit: 1,
            ..DecisionQuery::default()
        };
        let subject = self.catalog.resolve_subject(&context, LabelFamily::Policy, Subject::Me);
        [
            ("catalog", subject.await.map(|_| ())),
            (
                "administration",
                self.administration.list_revisions(&context, None, 1).await.map(|_| ()),
            ),
            (
                "evaluation",
                self.evaluation.expand_rights(&context, rights).await.map(|_| ()),
            ),
            (
                "decision log",
                self.decisions.list_decisions(&context, query).await.map(|_| ()),
            ),
            (
                "extraction",
                self.extraction
                    .list_drives(&context, DriveAddress::Me)
                    .await
                    .map(|_| ()),
            ),
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc_every_service_refuses_all() {
    let pair = tokio::task::spawn_blocking(golden).await.expect("both start");
    let mut faults = Vec::new();
    for installation in pair.installations() {
        let doors = Doors::of(installation);
        for (number, (what, token)) in tokens(installation).into_iter().enumerate() {
            for (service, answer) in doors.knock(&token).await {
                let refused = answer
                    .as_ref()
                    .is_err_and(|error| error.kind() == ErrorKind::Unauthenticated);
                // More than fits a block of headers breaks the stream instead of being read.
                let broken = token.len() > 16 * 1024 && answer.is_err();
                if (number == 0) == (refused || broken) {
                    faults.push(format!("{:?} {service} with {what}: {answer:?}", installation.shape));
                }
            }
        }
    }
    none_wrong(&faults);
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_are_given_to_no_user() {
    let pair = tokio::task::spawn_blocking(golden).await.expect("both start");
    for installation in pair.installations() {
        let doors = Doors::of(installation);
        let deadline = Instant::now() + Duration::from_secs(30);
        let tenant = TenantId::parse(&contoso().id()).expect("a GUID");
        let refused = doors.distribution.get_snapshot(tenant, None, deadline).await;
        assert_eq!(
            refused.map(|_| ()).map_err(|error| error.reason),
            Err(ErrorReason::TokenMissing)
        );
    }
}
