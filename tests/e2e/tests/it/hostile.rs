//! Tokens that must not get in, at every door: REST, and each service over gRPC.

use std::time::{Duration, Instant};

use futures::stream::BoxStream;
use futures::{StreamExt as _, stream};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use signet_contract::catalog::LabelFamily;
use signet_contract::content::ScanRequest;
use signet_contract::evaluation::{DecisionQuery, ExpandRightsRequest};
use signet_contract::extraction::{DriveAddress, ItemAddress, ItemReference};
use signet_contract::{
    CallContext, Catalog as _, CatalogAdministration as _, ContractError, Credential, DecisionLogReader as _,
    DriveContent as _, Evaluation as _, Extraction as _, PolicyDistribution as _, Subject,
};
use signet_domain::error::{ErrorKind, ErrorReason};
use signet_domain::ids::TenantId;
use signet_e2e::{Caller, Installation, Request, base64url, read_json};
use signet_rpc::client::{
    CatalogAdministrationClient, CatalogClient, ClientOptions, Connection, DecisionLogClient, DriveContentClient,
    EvaluationClient, ExtractionClient, PolicyDistributionClient,
};
use signet_testkit::calls::application;

use crate::support::{contoso, golden, graph, graph_tenant, none_wrong};

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";

fn with(mut value: Value, changes: Value) -> Value {
    if let (Some(value), Value::Object(changes)) = (value.as_object_mut(), changes) {
        value.extend(changes);
        value.retain(|_, member| !member.is_null());
    }
    value
}

/// Tenant of all personal accounts. Source: rest-api 8.4.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The public key of the fixture issuer, as keys are written.
fn public_key() -> Value {
    read_json("tests/e2e/fixtures/issuer.jwks.json")["keys"][0].clone()
}

/// Forged tokens by what is wrong with them; the first is genuine. `other` is an installation that trusts another issuer:
/// what that one signs is as well signed as a token can be.
fn tokens(installation: &Installation, other: &Installation) -> Vec<(String, String)> {
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
    let wider = minter.sign(&header, &with(claims.clone(), json!({"scp": "Files.ReadWrite.All"})));
    let (_, foreign) = wider.rsplit_once('.').expect("three parts");
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
    let stranger = other.minter();
    let theirs = stranger.claims(&Caller::user(&contoso(), "bob@contoso.com", scopes));
    for (what, token) in [
        (
            "a genuine token of another issuer",
            stranger.sign(&stranger.header(), &theirs),
        ),
        ("another issuer's key", stranger.sign(&header, &claims)),
        (
            "another issuer's key and its name",
            stranger.sign(&stranger.header(), &claims),
        ),
        (
            "another issuer's key, embedded",
            stranger.sign(
                &with(header.clone(), json!({"jwk": public_key(), "kid": null})),
                &claims,
            ),
        ),
    ] {
        add(what.to_owned(), token);
    }
    let tenant = claims["tid"].as_str().expect("a tenant");
    let personal = claims["iss"].as_str().expect("an issuer").replace(tenant, PERSONAL);
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
        json!({"tid": PERSONAL}),
        json!({"tid": PERSONAL, "iss": personal}),
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

/// The installation of the other shape, which has another issuer.
fn stranger(installation: &Installation) -> &'static Installation {
    let [one, separate] = golden().installations();
    if installation.shape == one.shape { separate } else { one }
}

#[test]
fn over_rest_all_are_refused_alike() {
    let mut faults = Vec::new();
    for installation in golden().installations() {
        for (number, (what, token)) in tokens(installation, stranger(installation)).into_iter().enumerate() {
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

/// Bytes that fit a block of headers for certain.
const BLOCK: usize = 16 * 1024;

/// Whether a stream was opened. With a token that does not fit, one that seems open gives nothing.
async fn opened<T>(
    stream: Result<BoxStream<'static, Result<T, ContractError>>, ContractError>,
    is_long: bool,
) -> Result<(), ContractError> {
    let mut stream = stream?;
    match is_long {
        false => Ok(()),
        true => match stream.next().await {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(error),
            None => Err(ContractError::new(ErrorReason::ServiceUnavailable, "it gave nothing")),
        },
    }
}

/// Clients of every service of an installation, without anything that makes them a service.
struct Doors {
    catalog: CatalogClient,
    administration: CatalogAdministrationClient,
    distribution: PolicyDistributionClient,
    evaluation: EvaluationClient,
    decisions: DecisionLogClient,
    extraction: ExtractionClient,
    content: DriveContentClient,
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
            extraction: ExtractionClient::new(extraction.clone()),
            content: DriveContentClient::new(extraction),
        }
    }

    /// What each service says to a token.
    async fn knock(&self, token: &str) -> [(&'static str, Result<(), ContractError>); 10] {
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
        let is_long = token.len() > BLOCK;
        let item = ItemReference {
            drive: DriveAddress::Me,
            item: ItemAddress::Root,
        };
        let scan = ScanRequest {
            item: item.clone(),
            after: None,
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
                self.decisions.list_decisions(&context, query.clone()).await.map(|_| ()),
            ),
            (
                "the followed decision log",
                opened(self.decisions.follow_decisions(&context, query).await, is_long).await,
            ),
            (
                "bulk evaluation",
                opened(
                    self.evaluation
                        .evaluate_many(&context, stream::empty().boxed())
                        .await
                        .map(|answers| answers.map(|answer| answer.result).boxed()),
                    is_long,
                )
                .await,
            ),
            (
                "items",
                self.extraction.get_item(&context, item.clone()).await.map(|_| ()),
            ),
            (
                "content",
                self.content.create_download(&context, item).await.map(|_| ()),
            ),
            ("scans", opened(self.content.scan(&context, scan).await, is_long).await),
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
        for (number, (what, token)) in tokens(installation, stranger(installation)).into_iter().enumerate() {
            for (service, answer) in doors.knock(&token).await {
                let refused = answer
                    .as_ref()
                    .is_err_and(|error| error.kind() == ErrorKind::Unauthenticated);
                // More than fits a block of headers breaks the stream instead of being read.
                let broken = token.len() > BLOCK && answer.is_err();
                if (number == 0) == (refused || broken) {
                    faults.push(format!("{:?} {service} with {what}: {answer:?}", installation.shape));
                }
            }
        }
    }
    none_wrong(&faults);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_account_gets_at_files_and_at_nothing_else() {
    let pair = tokio::task::spawn_blocking(graph).await.expect("both start");
    let pat = Caller::user(
        &graph_tenant("personal"),
        "pat@outlook.example",
        "InformationProtectionPolicy.Read SensitivityLabel.Read SensitivityLabel.Evaluate Files.Read Files.ReadWrite \
         Signet.Decisions.Read Signet.Catalog.Read",
    );
    let files = ["extraction", "items", "scans"];
    let mut faults = Vec::new();
    for installation in pair.installations() {
        for (service, answer) in Doors::of(installation).knock(&installation.token(&pat)).await {
            // The root folder has no content to download, whoever asks.
            let let_in = match &answer {
                Ok(()) => true,
                Err(error) => service == "content" && error.kind() == ErrorKind::Invalid,
            };
            let is_file = files.contains(&service) || service == "content";
            let refused = answer
                .as_ref()
                .is_err_and(|error| matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::Forbidden));
            if is_file != let_in || is_file == refused {
                faults.push(format!("{:?} {service}: {answer:?}", installation.shape));
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
