//! Keys, tokens and a clock for tests.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::{Clock, IssuerConfig, KeySet, KeySource, KeysUnavailable, StaticKeys, Verifier, VerifierConfig};

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const TENANT: &str = "b1a2c3d4-0000-4000-8000-000000000001";
pub(crate) const OTHER_TENANT: &str = "b1a2c3d4-0000-4000-8000-000000000002";
pub(crate) const OBJECT: &str = "0b1ec700-0000-4000-8000-00000000000b";
pub(crate) const ISSUER: &str = "https://login.example/{tid}/v2.0";
pub(crate) const AUDIENCE: &str = "https://graph.microsoft.com";

/// A key pair with its id.
pub(crate) struct TestKey {
    pub(crate) key: EncodingKey,
    pub(crate) id: &'static str,
    algorithm: Algorithm,
}

impl TestKey {
    /// The public half, without `alg`, as large providers publish it.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        let members = jwk.as_object_mut().unwrap();
        members.remove("alg");
        members.insert("kid".into(), json!(self.id));
        members.insert("use".into(), json!("sig"));
        jwk
    }
}

fn new_rsa(id: &'static str) -> TestKey {
    let (_, pem) = crate::DevelopmentIssuer::generate().unwrap();
    TestKey {
        key: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
        id,
        algorithm: Algorithm::RS256,
    }
}

/// The trusted issuer's RSA key.
pub(crate) fn rsa() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| new_rsa("key-1"))
}

/// An RSA key nobody trusts.
pub(crate) fn foreign_rsa() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| new_rsa("key-2"))
}

/// The trusted issuer's P-256 key.
pub(crate) fn ec() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let der = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .unwrap()
            .to_pkcs8v1()
            .unwrap();
        TestKey {
            key: EncodingKey::from_ec_der(der.as_ref()),
            id: "key-ec",
            algorithm: Algorithm::ES256,
        }
    })
}

pub(crate) fn key_set(jwks: &[Value]) -> KeySet {
    KeySet::from_jwks(json!({"keys": jwks}).to_string().as_bytes()).unwrap()
}

/// Claims of a delegated token that is good at [`NOW`].
pub(crate) fn claims() -> Value {
    json!({
        "iss": format!("https://login.example/{TENANT}/v2.0"),
        "aud": AUDIENCE,
        "tid": TENANT,
        "oid": OBJECT,
        "scp": "Files.Read SensitivityLabel.Read",
        "exp": NOW + 3600,
        "nbf": NOW - 10,
    })
}

/// `base` with members replaced; `null` takes one out.
pub(crate) fn with(mut base: Value, changes: Value) -> Value {
    let members = base.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    base
}

/// A token signed with `key` by the other implementation.
pub(crate) fn token_with(claims: &Value, key: &TestKey, algorithm: Algorithm) -> String {
    let mut header = Header::new(algorithm);
    header.kid = Some(key.id.to_owned());
    jsonwebtoken::encode(&header, claims, &key.key).unwrap()
}

pub(crate) fn token(claims: &Value) -> String {
    token_with(claims, rsa(), Algorithm::RS256)
}

/// A token with this very header and payload text, truly signed with RS256 by the trusted key.
pub(crate) fn raw_token(header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &rsa().key, Algorithm::RS256).unwrap();
    format!("{signed}.{signature}")
}

/// A clock that stands until it is set.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW)))
    }

    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        Arc::new(move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap())
    }
}

/// Keys a test can exchange; counts how often it was asked.
pub(crate) struct FakeKeys {
    now: Mutex<Result<Arc<KeySet>, KeysUnavailable>>,
    after_refresh: Mutex<Option<Arc<KeySet>>>,
    pub(crate) refreshes: AtomicUsize,
}

impl FakeKeys {
    pub(crate) fn new(keys: KeySet) -> Arc<Self> {
        let now = Mutex::new(Ok(Arc::new(keys)));
        Arc::new(Self {
            now,
            after_refresh: Mutex::default(),
            refreshes: AtomicUsize::new(0),
        })
    }

    pub(crate) fn set(&self, keys: KeySet) {
        *self.now.lock().unwrap() = Ok(Arc::new(keys));
    }

    pub(crate) fn set_unavailable(&self) {
        *self.now.lock().unwrap() = Err(KeysUnavailable);
    }

    pub(crate) fn set_after_refresh(&self, keys: KeySet) {
        *self.after_refresh.lock().unwrap() = Some(Arc::new(keys));
    }
}

#[async_trait]
impl KeySource for FakeKeys {
    async fn keys(&self) -> Result<Arc<KeySet>, KeysUnavailable> {
        self.now.lock().unwrap().clone()
    }

    async fn refresh(&self, _seen: &Arc<KeySet>) -> Result<Arc<KeySet>, KeysUnavailable> {
        self.refreshes.fetch_add(1, Ordering::SeqCst);
        if let Some(newer) = self.after_refresh.lock().unwrap().take() {
            *self.now.lock().unwrap() = Ok(newer);
        }
        self.now.lock().unwrap().clone()
    }
}

pub(crate) fn config(keys: Arc<dyn KeySource>) -> VerifierConfig {
    let issuers = vec![IssuerConfig {
        issuer: ISSUER.to_owned(),
        keys,
    }];
    VerifierConfig::new(issuers, vec![AUDIENCE.to_owned(), "api://signet".to_owned()])
}

/// Trusts [`rsa`] and [`ec`] for [`ISSUER`] at [`NOW`].
pub(crate) fn verifier() -> Verifier {
    let keys = StaticKeys::new(key_set(&[rsa().jwk(), ec().jwk()]));
    Verifier::new(config(Arc::new(keys)), TestClock::new().clock())
}
