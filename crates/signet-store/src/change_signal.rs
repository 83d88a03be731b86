//! Wakes those who wait for changes of tenants.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// The newest position of the order of changes that this process has heard of. Clones share it. For stores.
#[derive(Debug, Clone)]
pub struct ChangeSignal(Arc<watch::Sender<u64>>);

impl Default for ChangeSignal {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl ChangeSignal {
    /// Wakes those who wait for a position up to this one.
    pub fn heard(&self, position: u64) {
        self.0.send_if_modified(|known| {
            let is_newer = position > *known;
            *known = (*known).max(position);
            is_newer
        });
    }

    /// Returns when a position after this one was heard of, or after `limit`.
    pub async fn wait(&self, position: u64, limit: Duration) {
        let mut newest = self.0.subscribe();
        let _ = tokio::time::timeout(limit, newest.wait_for(|known| *known > position)).await;
    }
}
