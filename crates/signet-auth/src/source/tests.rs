//! Rotation, outages and hostile providers, with a provider the test holds; and the real HTTPS client once.

mod https;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::fetch::{Fetch, FetchError};
use super::*;
use crate::tests::support::*;
use crate::{AuthError, Verifier};

const DISCOVERY: &str = "https://login.example/.well-known/openid-configuration";
const JWKS: &str = "https://login.example/keys";

/// A provider that serves what the test puts there, counts, and can be made to hang.
struct FakeProvider {
    documents: Mutex<HashMap<String, Vec<u8>>>,
    discoveries: AtomicUsize,
    gate: Semaphore,
}

struct FetchFrom(Arc<FakeProvider>);

#[async_trait]
impl Fetch for FetchFrom {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        if url == DISCOVERY {
            self.0.discoveries.fetch_add(1, Ordering::SeqCst);
        }
        let _permit = self.0.gate.acquire().await.unwrap();
        self.0
            .documents
            .lock()
            .unwrap()
            .get(url)
            .cloned()
            .ok_or(FetchError::Status(503))
    }
}

impl FakeProvider {
    fn serve(&self, url: &str, document: Value) {
        self.documents
            .lock()
            .unwrap()
            .insert(url.to_owned(), document.to_string().into_bytes());
    }

    fn serve_keys(&self, keys: &[Value]) {
        self.serve(JWKS, json!({"keys": keys}));
    }

    fn go_down(&self) {
        self.documents.lock().unwrap().clear();
    }

    fn come_up(&self) {
        self.serve(
            DISCOVERY,
            json!({"issuer": ISSUER, "jwks_uri": JWKS, "token_endpoint": "x"}),
        );
        self.serve_keys(&[rsa().jwk()]);
    }

    fn discoveries(&self) -> usize {
        self.discoveries.load(Ordering::SeqCst)
    }
}

fn provider() -> (Arc<FakeProvider>, Arc<HttpKeySource>, TestClock) {
    let documents = Mutex::default();
    let provider = Arc::new(FakeProvider {
        documents,
        discoveries: AtomicUsize::new(0),
        gate: Semaphore::new(100),
    });
    provider.come_up();
    let clock = TestClock::new();
    let config = HttpKeySourceConfig::new(DISCOVERY, ISSUER);
    let source = HttpKeySource::with_fetch(config, Box::new(FetchFrom(Arc::clone(&provider))), clock.clock());
    (provider, Arc::new(source), clock)
}

#[tokio::test]
async fn keys_are_fetched_once_and_kept_for_an_hour() {
    let (provider, source, clock) = provider();
    let first = source.keys().await.unwrap();
    clock.advance(3599);
    assert!(Arc::ptr_eq(&source.keys().await.unwrap(), &first));
    assert_eq!(provider.discoveries(), 1);
    clock.advance(1);
    assert!(
        Arc::ptr_eq(&source.keys().await.unwrap(), &first),
        "an unchanged set keeps its identity"
    );
    assert_eq!(provider.discoveries(), 2);
    provider.serve_keys(&[foreign_rsa().jwk()]);
    clock.advance(3600);
    assert!(!Arc::ptr_eq(&source.keys().await.unwrap(), &first));
}

#[tokio::test]
async fn unknown_key_ids_cause_one_fetch_a_minute() {
    let (provider, source, clock) = provider();
    let verifier = Verifier::new(config(source), clock.clock());
    let unknown = token_with(&claims(), foreign_rsa(), jsonwebtoken::Algorithm::RS256);
    for _ in 0..10 {
        assert_eq!(verifier.verify(&unknown).await, Err(AuthError::UnknownKey));
    }
    assert_eq!(provider.discoveries(), 1, "fetched a moment ago, so not again");
    provider.serve_keys(&[rsa().jwk(), foreign_rsa().jwk()]);
    clock.advance(59);
    assert_eq!(verifier.verify(&unknown).await, Err(AuthError::UnknownKey));
    clock.advance(1);
    assert!(verifier.verify(&unknown).await.is_ok());
    assert_eq!(provider.discoveries(), 2);
}

#[tokio::test]
async fn last_good_keys_are_used_for_a_day_while_the_provider_is_down() {
    let (provider, source, clock) = provider();
    assert!(source.keys().await.is_ok());
    provider.go_down();
    for (at, available) in [(3600, true), (3700, true), (86_399, true), (86_400, false)] {
        clock.set(NOW + at);
        assert_eq!(source.keys().await.is_ok(), available, "{at}");
    }
    provider.come_up();
    assert!(source.keys().await.is_err(), "the last attempt was a moment ago");
    clock.advance(60);
    assert!(source.keys().await.is_ok());
}

#[tokio::test]
async fn an_outage_is_not_made_worse_by_asking() {
    let (provider, source, clock) = provider();
    assert!(source.keys().await.is_ok());
    provider.go_down();
    clock.advance(3600);
    for _ in 0..10 {
        assert!(source.keys().await.is_ok());
    }
    assert_eq!(provider.discoveries(), 2);
    clock.advance(60);
    assert!(source.keys().await.is_ok());
    assert_eq!(provider.discoveries(), 3);
}

#[tokio::test]
async fn without_any_keys_the_next_attempt_is_soon() {
    let (provider, source, clock) = provider();
    provider.go_down();
    let verifier = Verifier::new(config(source), clock.clock());
    let token = token(&claims());
    for _ in 0..3 {
        assert_eq!(verifier.verify(&token).await, Err(AuthError::KeysUnavailable));
    }
    assert_eq!(provider.discoveries(), 1);
    provider.come_up();
    clock.advance(5);
    assert!(verifier.verify(&token).await.is_ok());
}

#[tokio::test]
async fn many_callers_share_one_fetch() {
    let (provider, source, _clock) = provider();
    provider.gate.forget_permits(100);
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let source = Arc::clone(&source);
            tokio::spawn(async move { source.keys().await.is_ok() })
        })
        .collect();
    tokio::task::yield_now().await;
    provider.gate.add_permits(100);
    for caller in callers {
        assert!(caller.await.unwrap());
    }
    assert_eq!(provider.discoveries(), 1);
}

#[tokio::test]
async fn while_one_caller_renews_the_others_go_on_with_what_there_is() {
    let (provider, source, clock) = provider();
    let old = source.keys().await.unwrap();
    provider.serve_keys(&[foreign_rsa().jwk()]);
    provider.gate.forget_permits(100);
    clock.advance(3600);
    let first = tokio::spawn({
        let source = Arc::clone(&source);
        async move { source.keys().await }
    });
    while provider.discoveries() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(Arc::ptr_eq(&source.keys().await.unwrap(), &old));
    provider.gate.add_permits(100);
    assert!(!Arc::ptr_eq(&first.await.unwrap().unwrap(), &old));
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_the_fetch() {
    let (provider, source, _clock) = provider();
    provider.gate.forget_permits(100);
    let impatient = tokio::spawn({
        let source = Arc::clone(&source);
        async move { source.keys().await.is_ok() }
    });
    while provider.discoveries() < 1 {
        tokio::task::yield_now().await;
    }
    impatient.abort();
    assert!(impatient.await.is_err());
    provider.gate.add_permits(100);
    assert!(source.keys().await.is_ok());
    assert_eq!(provider.discoveries(), 1);
}

#[tokio::test]
async fn documents_that_cannot_be_trusted_are_not() {
    let good = json!({"issuer": ISSUER, "jwks_uri": JWKS});
    let cases = [
        (
            "another issuer",
            with(good.clone(), json!({"issuer": "https://attacker.example/{tid}/v2.0"})),
        ),
        (
            "an issuer that only begins alike",
            with(good.clone(), json!({"issuer": format!("{ISSUER}/")})),
        ),
        (
            "no tenant where one belongs",
            with(good.clone(), json!({"issuer": "https://login.example/common/v2.0"})),
        ),
        ("no issuer", with(good.clone(), json!({"issuer": null}))),
        (
            "keys over http",
            with(good.clone(), json!({"jwks_uri": "http://login.example/keys"})),
        ),
        (
            "keys in a file",
            with(good.clone(), json!({"jwks_uri": "file:///etc/keys"})),
        ),
        ("no keys address", with(good.clone(), json!({"jwks_uri": null}))),
        ("no document", json!([])),
    ];
    for (about, document) in cases {
        let (provider, source, _clock) = provider();
        provider.serve("http://login.example/keys", json!({"keys": [rsa().jwk()]}));
        provider.serve(DISCOVERY, document);
        assert_eq!(source.keys().await.err(), Some(KeysUnavailable), "{about}");
    }
}

#[tokio::test]
async fn the_issuer_may_be_published_in_any_of_its_forms() {
    for issuer in [
        ISSUER,
        "https://login.example/{tenantid}/v2.0",
        &ISSUER.replace("{tid}", TENANT),
    ] {
        let (provider, source, _clock) = provider();
        provider.serve(DISCOVERY, json!({"issuer": issuer, "jwks_uri": JWKS}));
        assert!(source.keys().await.is_ok(), "{issuer}");
    }
}

#[tokio::test]
async fn keys_of_other_kinds_are_passed_over() {
    let small = json!({"kty": "RSA", "kid": "small", "n": "AQAB", "e": "AQAB"});
    let others = [
        json!({"kty": "oct", "k": "AAAA"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
        json!(7),
        small,
    ];
    let (provider, source, _clock) = provider();
    provider.serve_keys(&others);
    assert!(source.keys().await.is_err());
    let (provider, source, clock) = self::provider();
    provider.serve_keys(&[&others[..], &[rsa().jwk()]].concat());
    assert!(
        Verifier::new(config(source), clock.clock())
            .verify(&token(&claims()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn one_provider_may_stand_behind_both_forms_of_its_issuer() {
    let bound_to = [
        ("https://login.example/{tenantid}/v2.0", None),
        ("https://other.example/{tenantid}/", Some(AuthError::Issuer)),
    ];
    for (key_issuer, expected) in bound_to {
        let (provider, source, clock) = provider();
        provider.serve_keys(&[with(rsa().jwk(), json!({"issuer": key_issuer}))]);
        let mut trusting = config(source);
        trusting.issuers[0].issuer = "https://sts.example/{tid}/".to_owned();
        let verifier = Verifier::new(trusting, clock.clock());
        let token = token(&with(
            claims(),
            json!({"iss": format!("https://sts.example/{TENANT}/")}),
        ));
        assert_eq!(verifier.verify(&token).await.err(), expected, "{key_issuer}");
    }
}

#[test]
fn only_https_is_configured() {
    for url in ["http://login.example/x", "login.example", "", "https://", "file:///x"] {
        let config = HttpKeySourceConfig::new(url, ISSUER);
        let refused = HttpKeySource::new(config, TestClock::new().clock());
        assert!(matches!(refused, Err(KeySourceConfigError::NotHttps { .. })), "{url}");
    }
}
