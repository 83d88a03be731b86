//! Whether a store answers.

use async_trait::async_trait;

use crate::error::StoreError;

/// Answers readiness probes.
#[async_trait]
pub trait StoreHealth: Send + Sync {
    /// Asks the store for the smallest possible answer. Changes nothing.
    ///
    /// # Errors
    /// `Unavailable` when it did not answer, `Corrupt` when what it answered makes no sense.
    async fn ping(&self) -> Result<(), StoreError>;
}
