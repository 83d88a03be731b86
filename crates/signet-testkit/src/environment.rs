//! Time and identifiers that are the same in every run.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use signet_domain::environment::{Clock, IdSource};
use uuid::Uuid;

/// A clock that stands still until it is moved. Starts at 2026-03-04T05:06:07Z.
#[derive(Debug)]
pub struct FixedClock(Mutex<Timestamp>);

impl Default for FixedClock {
    fn default() -> Self {
        Self(Mutex::new(
            Timestamp::from_second(1_772_600_767).expect("a valid instant"),
        ))
    }
}

impl FixedClock {
    /// Moves the clock.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().expect("no panic while the clock is held");
        *now = now.checked_add(by).expect("within range");
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no panic while the clock is held")
    }
}

/// Identifiers 00000000-0000-4000-8000-000000000001, …2, …
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl IdSource for SequentialIds {
    fn next_id(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128(0x4000_8000_0000_0000_0000 | u128::from(number))
    }
}
