//! Keys of a provider on the network, found through OpenID Connect discovery.
//!
//! Nothing runs in the background: a request that finds the keys too old fetches them, while others go on with those at
//! hand. Whatever callers do, the provider is asked at most once at a time and once per [`RETRY_INTERVAL`].

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::fetch::{Fetch, FetchError, HttpsFetch, KeySourceConfigError, is_https};
use super::{KeySource, KeysUnavailable};
use crate::issuer::is_published_by;
use crate::{Clock, InvalidKeySet, KeySet};

/// From this age on the next request fetches the keys again.
const REFRESH_AGE: SignedDuration = SignedDuration::from_hours(1);

/// Shortest time from one attempt to the next, after a success as after a failure.
const RETRY_INTERVAL: SignedDuration = SignedDuration::from_secs(60);

/// The same while there are no keys at all, when every request fails.
const FIRST_RETRY_INTERVAL: SignedDuration = SignedDuration::from_secs(5);

/// How to reach one provider.
#[derive(Debug, Clone)]
pub struct HttpKeySourceConfig {
    /// `{issuer}/.well-known/openid-configuration` of the provider; `https` only.
    pub discovery_url: String,
    /// What the provider must call itself, with `{tid}` for the tenant. As a rule the text of
    /// [`crate::IssuerConfig::issuer`]; a provider with an older and a newer form publishes the newer one for both.
    pub issuer: String,
    /// PEM certificates of authorities trusted beside the machine's own.
    pub additional_authorities: Option<Vec<u8>>,
    /// How long the last good keys are used while the provider does not answer.
    pub max_age: SignedDuration,
}

impl HttpKeySourceConfig {
    /// The defaults: no further authorities, last good keys used for 24 hours.
    pub fn new(discovery_url: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self {
            discovery_url: discovery_url.into(),
            issuer: issuer.into(),
            additional_authorities: None,
            max_age: SignedDuration::from_hours(24),
        }
    }
}

/// Keys fetched over HTTPS and kept.
pub struct HttpKeySource(Arc<Provider>);

struct Provider {
    config: HttpKeySourceConfig,
    fetch: Box<dyn Fetch>,
    clock: Clock,
    loaded: ArcSwapOption<Loaded>,
    /// Held while fetching; guards the time of the last attempt.
    last_attempt: Arc<Mutex<Option<Timestamp>>>,
}

struct Loaded {
    keys: Arc<KeySet>,
    fetched_at: Timestamp,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the discovery document is not one")]
    Discovery(#[from] serde_json::Error),
    #[error("the provider calls itself `{0}`")]
    OtherIssuer(String),
    #[error(transparent)]
    Keys(#[from] InvalidKeySet),
}

impl HttpKeySource {
    /// Sets the source up. Nothing is fetched before the first token.
    ///
    /// # Errors
    /// [`KeySourceConfigError`] when the address is not `https` or the client cannot be built.
    pub fn new(config: HttpKeySourceConfig, clock: Clock) -> Result<Self, KeySourceConfigError> {
        if !is_https(&config.discovery_url) {
            return Err(KeySourceConfigError::NotHttps {
                url: config.discovery_url,
            });
        }
        let fetch = HttpsFetch::new(config.additional_authorities.as_deref())?;
        Ok(Self::with_fetch(config, Box::new(fetch), clock))
    }

    pub(crate) fn with_fetch(config: HttpKeySourceConfig, fetch: Box<dyn Fetch>, clock: Clock) -> Self {
        let (loaded, last_attempt) = (ArcSwapOption::empty(), Arc::default());
        Self(Arc::new(Provider {
            config,
            fetch,
            clock,
            loaded,
            last_attempt,
        }))
    }
}

#[async_trait]
impl KeySource for HttpKeySource {
    async fn keys(&self) -> Result<Arc<KeySet>, KeysUnavailable> {
        let Some(loaded) = self.0.loaded.load_full() else {
            let turn = Arc::clone(&self.0.last_attempt).lock_owned().await;
            return self.load(turn, FIRST_RETRY_INTERVAL).await;
        };
        let age = self.0.now().duration_since(loaded.fetched_at);
        if age < REFRESH_AGE {
            return Ok(Arc::clone(&loaded.keys));
        }
        match Arc::clone(&self.0.last_attempt).try_lock_owned() {
            Ok(turn) => self.load(turn, RETRY_INTERVAL).await,
            Err(_) => self.0.current(),
        }
    }

    async fn refresh(&self, seen: &Arc<KeySet>) -> Result<Arc<KeySet>, KeysUnavailable> {
        let turn = Arc::clone(&self.0.last_attempt).lock_owned().await;
        match self.0.current() {
            Ok(current) if !Arc::ptr_eq(&current, seen) => Ok(current),
            _ => self.load(turn, RETRY_INTERVAL).await,
        }
    }
}

impl HttpKeySource {
    /// Fetches, unless that was tried a moment ago, and answers what there is then. The work is not bound to the caller:
    /// one that goes away must not leave the others without keys until the next attempt is due.
    async fn load(
        &self,
        mut turn: OwnedMutexGuard<Option<Timestamp>>,
        interval: SignedDuration,
    ) -> Result<Arc<KeySet>, KeysUnavailable> {
        let now = self.0.now();
        if turn.is_none_or(|last| now.duration_since(last).abs() >= interval) {
            *turn = Some(now);
            let provider = Arc::clone(&self.0);
            let fetching = tokio::spawn(async move {
                provider.load_and_keep().await;
                drop(turn);
            });
            // Fails only when the runtime is going down.
            let _ = fetching.await;
        }
        self.0.current()
    }
}

impl Provider {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The last good keys, if they are not too old.
    fn current(&self) -> Result<Arc<KeySet>, KeysUnavailable> {
        let loaded = self.loaded.load_full().ok_or(KeysUnavailable)?;
        let age = self.now().duration_since(loaded.fetched_at);
        if age < self.config.max_age {
            Ok(Arc::clone(&loaded.keys))
        } else {
            Err(KeysUnavailable)
        }
    }

    async fn load_and_keep(&self) {
        match self.load().await {
            Ok(keys) => self.keep(keys),
            Err(error) => tracing::warn!(
                issuer = %self.config.issuer,
                error = &error as &dyn std::error::Error,
                "could not fetch the signing keys of `{}`",
                self.config.issuer
            ),
        }
    }

    async fn load(&self) -> Result<KeySet, LoadError> {
        let discovery = self.fetch.fetch(&self.config.discovery_url).await?;
        let discovery: Discovery = serde_json::from_slice(&discovery)?;
        if !is_published_by(&self.config.issuer, &discovery.issuer) {
            return Err(LoadError::OtherIssuer(discovery.issuer));
        }
        if !is_https(&discovery.jwks_uri) {
            return Err(FetchError::NotHttps(discovery.jwks_uri).into());
        }
        let document = self.fetch.fetch(&discovery.jwks_uri).await?;
        Ok(KeySet::from_jwks(&document)?.published_by(discovery.issuer))
    }

    /// An unchanged set keeps its identity, so that tokens verified with it stay verified.
    fn keep(&self, keys: KeySet) {
        let before = self.loaded.load_full();
        let unchanged = before.filter(|before| before.keys.digest == keys.digest);
        let keys = match unchanged {
            Some(before) => Arc::clone(&before.keys),
            None => {
                tracing::info!(issuer = %self.config.issuer, "signing keys of `{}` changed", self.config.issuer);
                Arc::new(keys)
            }
        };
        self.loaded.store(Some(Arc::new(Loaded {
            keys,
            fetched_at: self.now(),
        })));
    }
}
