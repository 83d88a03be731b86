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

    /// Connections to what is behind it; `None` for a store without any.
    fn connections(&self) -> Option<StoreConnections> {
        None
    }
}

/// Connections of a store at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreConnections {
    /// Open ones that are carrying out a call.
    pub used: u64,
    /// Open ones that wait for a call.
    pub idle: u64,
    /// Most that may be open. Calls beyond it wait.
    pub most: u64,
}
