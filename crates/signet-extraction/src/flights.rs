//! Work that several callers want at a time and that is done once.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tracing::Instrument;

use crate::answers::{AnswerKey, FileAnswer};
use crate::error::ExtractionError;

/// How a flight ends, for everyone on it.
pub(crate) type Landed = Result<Arc<FileAnswer>, ExtractionError>;
type Flight = Shared<BoxFuture<'static, Landed>>;

/// Extractions under way. Each goes on to its end even when every caller has left.
#[derive(Default)]
pub(crate) struct Flights {
    under_way: Mutex<HashMap<AnswerKey, Flight>>,
}

impl Flights {
    /// Joins the flight of a key, or starts it.
    pub(crate) fn join<W>(self: &Arc<Self>, key: &AnswerKey, work: impl FnOnce() -> W) -> Flight
    where
        W: Future<Output = Landed> + Send + 'static,
    {
        let mut under_way = self.under_way();
        if let Some(flight) = under_way.get(key) {
            return flight.clone();
        }
        let landing = Landing {
            flights: Arc::clone(self),
            key: key.clone(),
        };
        let work = work();
        let task = tokio::spawn(
            async move {
                let _landing = landing;
                work.await
            }
            .in_current_span(),
        );
        let flight = task
            .map(|ended| ended.unwrap_or(Err(ExtractionError::Internal)))
            .boxed()
            .shared();
        under_way.insert(key.clone(), flight.clone());
        flight
    }

    /// Whether somebody's reading of this is going on here.
    pub(crate) fn has(&self, key: &AnswerKey) -> bool {
        self.under_way().contains_key(key)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<AnswerKey, Flight>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the flight off the list when it ends, however it does.
struct Landing {
    flights: Arc<Flights>,
    key: AnswerKey,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.flights.under_way().remove(&self.key);
    }
}
