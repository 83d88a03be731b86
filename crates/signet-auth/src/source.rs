//! Where an issuer's keys come from.

mod fetch;
mod http;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;

use crate::KeySet;

pub use fetch::KeySourceConfigError;
pub use http::{HttpKeySource, HttpKeySourceConfig};

/// There are no keys to verify with: never fetched, or too old to go on with. The cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing keys of the issuer are not available")]
pub struct KeysUnavailable;

/// The keys of one issuer, as they change over time.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The keys to verify with now. As long as they have not changed, the same `Arc` comes back.
    ///
    /// # Errors
    /// [`KeysUnavailable`]; the call may be repeated.
    async fn keys(&self) -> Result<Arc<KeySet>, KeysUnavailable>;

    /// Called when a token names a key that is not in `seen`: newer keys if there are any, `seen` if not. Callers cannot
    /// be trusted to ask seldom; the source sees to that.
    ///
    /// # Errors
    /// [`KeysUnavailable`]; the call may be repeated.
    async fn refresh(&self, seen: &Arc<KeySet>) -> Result<Arc<KeySet>, KeysUnavailable>;
}

/// Keys that do not change while the process runs: the development issuer's, or a file's.
pub struct StaticKeys(Arc<KeySet>);

impl StaticKeys {
    /// A source that always answers `keys`.
    pub fn new(keys: KeySet) -> Self {
        Self(Arc::new(keys))
    }
}

#[async_trait]
impl KeySource for StaticKeys {
    async fn keys(&self) -> Result<Arc<KeySet>, KeysUnavailable> {
        Ok(Arc::clone(&self.0))
    }

    async fn refresh(&self, _seen: &Arc<KeySet>) -> Result<Arc<KeySet>, KeysUnavailable> {
        Ok(Arc::clone(&self.0))
    }
}
