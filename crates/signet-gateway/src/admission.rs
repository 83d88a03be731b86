//! Whether a request is let in at all: room in this process, the caller's rate, and in development the faults it
//! asked for.

use http::StatusCode;
use http::request::Parts;
use signet_auth::Principal;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::GatewayConfig;
use crate::faults::Faults;
use crate::gateway::Inner;
use crate::graph::error::GraphError;
use crate::throttle::Throttle;

/// What decides.
pub(crate) struct Admission {
    room: Semaphore,
    throttle: Option<Throttle>,
    faults: Option<Faults>,
}

impl Admission {
    /// As configured.
    pub(crate) fn new(config: &GatewayConfig) -> Self {
        Self {
            room: Semaphore::new(config.max_concurrent_requests.min(Semaphore::MAX_PERMITS)),
            throttle: config.throttle.map(Throttle::new),
            faults: config.faults.clone().map(Faults::new),
        }
    }

    /// A place among the requests answered at once; absent when all are taken. Requests of a batch share its place.
    pub(crate) fn enter(&self) -> Option<SemaphorePermit<'_>> {
        self.room.try_acquire().ok()
    }
}

/// Lets a request of a known caller in, or one of a batch.
///
/// # Errors
/// 429 when the caller sends too much; whatever fault was asked for.
pub(crate) async fn admit(gateway: &Inner, parts: &Parts, principal: &Principal) -> Result<(), GraphError> {
    let admission = &gateway.admission;
    if let Some(throttle) = &admission.throttle {
        throttle.check(principal)?;
    }
    match &admission.faults {
        Some(faults) => faults.inject(parts, principal).await,
        None => Ok(()),
    }
}

/// The refusal of a process that has no place left.
pub(crate) fn no_room() -> GraphError {
    GraphError {
        retry_after: Some(1),
        ..GraphError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "serviceNotAvailable",
            "too many requests are being answered at once; try again later",
        )
    }
}
