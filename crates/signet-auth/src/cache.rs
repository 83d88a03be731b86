//! Tokens already verified, so that a signature is checked once per token and not once per request.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;

use crate::keys::{KeySet, sha256};
use crate::{KeySource, Principal};

/// Longest a verified token is believed without another look.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);

/// The fingerprint of a whole token, signature included.
pub(crate) type TokenDigest = [u8; 32];

pub(crate) fn token_digest(token: &str) -> TokenDigest {
    sha256(token.as_bytes())
}

/// Bounded by number of tokens.
pub(crate) struct TokenCache(Cache<TokenDigest, Arc<Entry>>);

struct Entry {
    principal: Principal,
    verified_at: Timestamp,
    source: Arc<dyn KeySource>,
    /// The very set that verified the token.
    keys: Arc<KeySet>,
}

impl TokenCache {
    pub(crate) fn new(capacity: u64) -> Self {
        // The time to live only frees memory; what counts is the injected clock.
        Self(
            Cache::builder()
                .max_capacity(capacity)
                .time_to_live(Duration::from_secs(5 * 60))
                .build(),
        )
    }

    /// The principal of a token verified before.
    ///
    /// `None` once `exp` or five minutes have passed, or the issuer's keys are no longer the ones that verified it:
    /// a key taken out of the set ends its tokens with the next request.
    pub(crate) async fn get(&self, digest: &TokenDigest, now: Timestamp) -> Option<Principal> {
        let entry = self.0.get(digest).await?;
        let age = now.duration_since(entry.verified_at);
        let fresh = age >= SignedDuration::ZERO && age < MAX_AGE && now < entry.principal.expires_at;
        let same_keys = || async {
            let current = entry.source.keys().await;
            current.is_ok_and(|keys| Arc::ptr_eq(&keys, &entry.keys))
        };
        if fresh && same_keys().await {
            return Some(entry.principal.clone());
        }
        self.0.invalidate(digest).await;
        None
    }

    pub(crate) async fn insert(
        &self,
        digest: TokenDigest,
        principal: Principal,
        verified_at: Timestamp,
        source: Arc<dyn KeySource>,
        keys: Arc<KeySet>,
    ) {
        self.0
            .insert(
                digest,
                Arc::new(Entry {
                    principal,
                    verified_at,
                    source,
                    keys,
                }),
            )
            .await;
    }
}
