//! The store that forgets everything when the process ends: for tests and as the model other stores are held to.

mod catalog;
mod decision_log;
mod item_ids;
mod item_labels;
mod jobs;
#[cfg(test)]
mod tests;
mod uploads;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::change_signal::ChangeSignal;
use crate::error::StoreError;
use crate::health::StoreHealth;

/// Everything in memory behind one lock per trait. No call waits for anything but the lock.
#[derive(Debug, Default)]
pub struct MemoryStore {
    catalog: Mutex<catalog::State>,
    changes: ChangeSignal,
    item_labels: Mutex<item_labels::State>,
    item_ids: Mutex<item_ids::State>,
    decisions: Mutex<decision_log::State>,
    jobs: Mutex<jobs::State>,
    uploads: Mutex<uploads::State>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl StoreHealth for MemoryStore {
    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Locks, whatever happened to the last holder: every change below is made in one step at its end.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn at_most(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
