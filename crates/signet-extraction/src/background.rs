//! Files that took longer than a caller waits, finished for the next one who asks.
//!
//! What waits here is kept in memory only: after a restart the next caller starts it again.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Instrument;

use crate::answers::AnswerKey;

/// Work that is queued or running, at most so much.
pub(crate) struct Background {
    queued: Mutex<HashSet<AnswerKey>>,
    capacity: usize,
}

impl Background {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            queued: Mutex::new(HashSet::new()),
            capacity,
        }
    }

    /// Work on this version is queued or running.
    pub(crate) fn contains(&self, key: &AnswerKey) -> bool {
        self.queued().contains(key)
    }

    /// Queues work. True: it is queued or running now. False: there is no room.
    pub(crate) fn submit<W>(self: &Arc<Self>, key: &AnswerKey, work: W) -> bool
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let mut queued = self.queued();
        if queued.contains(key) {
            return true;
        }
        if queued.len() >= self.capacity {
            return false;
        }
        queued.insert(key.clone());
        let place = Place {
            background: Arc::clone(self),
            key: key.clone(),
        };
        tokio::spawn(
            async move {
                let _place = place;
                work.await;
            }
            .in_current_span(),
        );
        true
    }

    fn queued(&self) -> MutexGuard<'_, HashSet<AnswerKey>> {
        self.queued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue, given back when the work ends, however it does.
struct Place {
    background: Arc<Background>,
    key: AnswerKey,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.background.queued().remove(&self.key);
    }
}
