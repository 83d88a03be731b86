//! The real clock and the real source of identifiers.

use std::sync::Arc;

use jiff::Timestamp;
use signet_domain::environment::{Clock, IdSource};
use uuid::Uuid;

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock enters the program")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Random identifiers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RandomIds;

impl IdSource for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "this is where randomness enters the program")]
    fn next_id(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// The clock in the form token verification takes.
pub(crate) fn token_clock() -> signet_auth::Clock {
    Arc::new(|| SystemClock.now())
}

/// Environment variables whose names and values are text.
pub(crate) fn variables() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
