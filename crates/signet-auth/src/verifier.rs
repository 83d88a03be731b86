//! From a bearer token to a principal.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::cache::{TokenCache, token_digest};
use crate::claims::Claims;
use crate::issuer::{IssuerConfig, matches_template};
use crate::jws::ParsedToken;
use crate::keys::KeySet;
use crate::{AuthError, Clock, Principal};

/// Allowed clock difference between the issuer and us.
pub const DEFAULT_LEEWAY: SignedDuration = SignedDuration::from_mins(5);

/// Longest token looked at, in bytes.
pub const DEFAULT_MAX_TOKEN_BYTES: usize = 16 * 1024;

const DEFAULT_CACHE_CAPACITY: u64 = 10_000;

/// What is trusted, and how far.
#[derive(Clone)]
pub struct VerifierConfig {
    /// Trusted issuers; a token of any other is refused.
    pub issuers: Vec<IssuerConfig>,
    /// Accepted values of `aud`, compared exactly; see [`default_audiences`].
    pub audiences: Vec<String>,
    /// Allowed clock difference for `exp` and `nbf`.
    pub leeway: SignedDuration,
    /// Longest token looked at, in bytes.
    pub max_token_bytes: usize,
    /// Most verified tokens remembered; 0 remembers none.
    pub cache_capacity: u64,
}

impl VerifierConfig {
    /// The defaults: 5 minutes of clock difference, tokens up to 16 KiB, 10,000 remembered.
    pub fn new(issuers: Vec<IssuerConfig>, audiences: Vec<String>) -> Self {
        Self {
            issuers,
            audiences,
            leeway: DEFAULT_LEEWAY,
            max_token_bytes: DEFAULT_MAX_TOKEN_BYTES,
            cache_capacity: DEFAULT_CACHE_CAPACITY,
        }
    }
}

/// The audiences accepted unless configured otherwise: the application's own ids in both spellings, and Graph's.
///
/// Source: Graph REST contract, token validation, `aud`.
pub fn default_audiences<S: AsRef<str>>(application_ids: impl IntoIterator<Item = S>) -> Vec<String> {
    let graph = [
        "https://graph.microsoft.com",
        "https://graph.microsoft.com/",
        "00000003-0000-0000-c000-000000000000",
    ];
    let mut audiences: Vec<String> = graph.map(str::to_owned).into();
    for id in application_ids {
        audiences.push(id.as_ref().to_owned());
        audiences.push(format!("api://{}", id.as_ref()));
    }
    audiences
}

/// Verifies tokens. One per process; shared by all requests.
pub struct Verifier {
    config: VerifierConfig,
    cache: TokenCache,
    clock: Clock,
}

impl Verifier {
    /// A verifier that trusts what `config` says at the time `clock` tells.
    pub fn new(config: VerifierConfig, clock: Clock) -> Self {
        let cache = TokenCache::new(config.cache_capacity);
        Self { config, cache, clock }
    }

    /// The caller named by the value of an `Authorization` header.
    ///
    /// # Errors
    /// `Missing` without a header, with another scheme than `Bearer` or with an empty token; else as [`Self::verify`].
    pub async fn verify_header(&self, authorization: Option<&str>) -> Result<Principal, AuthError> {
        let (scheme, token) = authorization
            .and_then(|value| value.trim().split_once(' '))
            .ok_or(AuthError::Missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(AuthError::Missing);
        }
        self.verify(token.trim_start()).await
    }

    /// The caller named by a token.
    ///
    /// # Errors
    /// Every [`AuthError`]; the first reason found, form before signature before claims.
    pub async fn verify(&self, token: &str) -> Result<Principal, AuthError> {
        if token.is_empty() {
            return Err(AuthError::Missing);
        }
        if token.len() > self.config.max_token_bytes {
            return Err(AuthError::TooLarge);
        }
        let now = (self.clock)();
        let digest = token_digest(token);
        if let Some(principal) = self.cache.get(&digest, now).await {
            return Ok(principal);
        }
        let parsed = ParsedToken::parse(token)?;
        let claims = Claims::parse(&parsed.payload)?;
        let tenant_id = claims.tenant_id()?;
        let (issuer, keys) = self.check_signature(&parsed, &claims).await?;
        let principal = self.check_claims(claims, tenant_id, now)?;
        self.cache
            .insert(digest, principal.clone(), now, Arc::clone(&issuer.keys), keys)
            .await;
        Ok(principal)
    }

    /// Finds the trusted issuer the token claims to be from and checks that its key made the signature. Nothing in the
    /// claims is believed before that; they only choose whose keys are tried.
    async fn check_signature(
        &self,
        token: &ParsedToken<'_>,
        claims: &Claims,
    ) -> Result<(&IssuerConfig, Arc<KeySet>), AuthError> {
        let issuer = claims.iss.as_deref().ok_or(AuthError::Issuer)?;
        let tenant = claims.tid.as_deref().ok_or(AuthError::TenantMissing)?;
        let mut refusal = AuthError::Issuer;
        for trusted in self
            .config
            .issuers
            .iter()
            .filter(|trusted| matches_template(&trusted.issuer, issuer, tenant))
        {
            match verify_with(trusted, token, issuer, tenant).await {
                Ok(keys) => return Ok((trusted, keys)),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn check_claims(&self, claims: Claims, tenant_id: Uuid, now: Timestamp) -> Result<Principal, AuthError> {
        let expires_at = claims.check_lifetime(now, self.config.leeway)?;
        claims.check_audience(&self.config.audiences)?;
        claims.into_principal(tenant_id, expires_at)
    }
}

/// Tries the keys at hand, and once more with newer ones when the token names a key that is not among them.
async fn verify_with(
    trusted: &IssuerConfig,
    token: &ParsedToken<'_>,
    issuer: &str,
    tenant: &str,
) -> Result<Arc<KeySet>, AuthError> {
    let keys = trusted.keys.keys().await.map_err(|_| AuthError::KeysUnavailable)?;
    match keys.verify(token, issuer, tenant) {
        Ok(()) => Ok(keys),
        Err(AuthError::UnknownKey) => {
            let newer = trusted
                .keys
                .refresh(&keys)
                .await
                .map_err(|_| AuthError::KeysUnavailable)?;
            newer.verify(token, issuer, tenant).map(|()| newer)
        }
        Err(error) => Err(error),
    }
}
