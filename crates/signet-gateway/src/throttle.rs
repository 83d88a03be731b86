//! How many requests an application may send for a tenant. Source: rest-api 6.2 (429), 6.4, 7.1.
//!
//! One bucket per (tenant, application), both of the verified token: nothing a request says about itself chooses its
//! bucket. Buckets are bounded in number; the one idle longest is forgotten first.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::StatusCode;
use signet_auth::Principal;
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::ThrottleConfig;
use crate::graph::error::{GraphError, whole_seconds};

/// Most buckets at once.
const MAX_BUCKETS: usize = 10_000;

/// Lets requests through at a limited rate.
pub(crate) struct Throttle<C: Clock<Instant = Duration> + Clone = SinceStart> {
    quota: Quota,
    clock: C,
    max_buckets: usize,
    buckets: Mutex<HashMap<Key, Bucket<C>>>,
}

/// Time since the gateway was made; never goes back, and stands still where tests pause the runtime's time.
#[derive(Debug, Clone)]
pub(crate) struct SinceStart(Instant);

/// Whose bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    tenant: Uuid,
    application: Arc<str>,
}

struct Bucket<C: Clock<Instant = Duration>> {
    limiter: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<Duration>>,
    last_used: Duration,
}

impl Clock for SinceStart {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Throttle {
    /// A throttle on the runtime's clock.
    pub(crate) fn new(config: ThrottleConfig) -> Self {
        Self::with_clock(config, SinceStart(Instant::now()), MAX_BUCKETS)
    }
}

impl<C: Clock<Instant = Duration> + Clone> Throttle<C> {
    fn with_clock(config: ThrottleConfig, clock: C, max_buckets: usize) -> Self {
        Self {
            quota: Quota::per_second(config.requests_per_second).allow_burst(config.burst),
            clock,
            max_buckets,
            buckets: Mutex::default(),
        }
    }

    /// Counts one request of a caller.
    ///
    /// # Errors
    /// 429 with the time after which one more request is let through.
    pub(crate) fn check(&self, principal: &Principal) -> Result<(), GraphError> {
        let key = Key {
            tenant: principal.tenant_id,
            application: principal.application_id.clone().unwrap_or_default(),
        };
        self.count(key).map_err(throttled)
    }

    /// Counts one request; an error says how long to wait.
    fn count(&self, key: Key) -> Result<(), Duration> {
        let now = self.clock.now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(&key) {
            self.make_room(&mut buckets);
        }
        let bucket = buckets.entry(key).or_insert_with(|| Bucket {
            limiter: RateLimiter::direct_with_clock(self.quota, self.clock.clone()),
            last_used: now,
        });
        bucket.last_used = now;
        bucket.limiter.check().map_err(|refusal| refusal.wait_time_from(now))
    }

    /// Forgets the tenth of the buckets that was idle longest, once there are too many. Many at a time, so that a
    /// stream of new keys does not look through all of them for each.
    fn make_room(&self, buckets: &mut HashMap<Key, Bucket<C>>) {
        if buckets.len() < self.max_buckets {
            return;
        }
        let mut used: Vec<Duration> = buckets.values().map(|bucket| bucket.last_used).collect();
        let going = (used.len() / 10).max(1);
        let (_, youngest_going, _) = used.select_nth_unstable(going - 1);
        let youngest_going = *youngest_going;
        let older = buckets.values().filter(|bucket| bucket.last_used < youngest_going);
        let mut going_of_that_age = going - older.count();
        buckets.retain(|_, bucket| match bucket.last_used.cmp(&youngest_going) {
            Ordering::Less => false,
            Ordering::Equal if going_of_that_age > 0 => {
                going_of_that_age -= 1;
                false
            }
            Ordering::Equal | Ordering::Greater => true,
        });
    }
}

fn throttled(wait: Duration) -> GraphError {
    let seconds = whole_seconds(wait);
    let message = format!("the application sends more requests than it may; try again in {seconds} s");
    GraphError {
        retry_after: Some(seconds),
        ..GraphError::new(StatusCode::TOO_MANY_REQUESTS, "activityLimitReached", message).inner("throttledRequest")
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use governor::clock::FakeRelativeClock;

    use super::*;

    /// governor's own clock for tests, told as a duration.
    #[derive(Clone, Default)]
    struct Told(FakeRelativeClock);

    impl Clock for Told {
        type Instant = Duration;

        fn now(&self) -> Duration {
            self.0.now().into()
        }
    }

    fn throttle(rate: u32, burst: u32, max_buckets: usize) -> (Throttle<Told>, FakeRelativeClock) {
        let clock = Told::default();
        let config = ThrottleConfig {
            requests_per_second: NonZeroU32::new(rate).unwrap(),
            burst: NonZeroU32::new(burst).unwrap(),
        };
        (Throttle::with_clock(config, clock.clone(), max_buckets), clock.0)
    }

    fn key(tenant: u128, application: &str) -> Key {
        Key {
            tenant: Uuid::from_u128(tenant),
            application: application.into(),
        }
    }

    #[test]
    fn a_burst_passes_and_the_next_request_waits_as_told() {
        let (throttle, clock) = throttle(2, 3, 10);
        for _ in 0..3 {
            assert_eq!(throttle.count(key(1, "a")), Ok(()));
        }
        let wait = throttle.count(key(1, "a")).unwrap_err();
        assert_eq!(wait, Duration::from_millis(500));
        clock.advance(wait - Duration::from_nanos(1));
        assert!(throttle.count(key(1, "a")).is_err());
        clock.advance(Duration::from_nanos(1));
        assert_eq!(throttle.count(key(1, "a")), Ok(()));
        assert!(throttle.count(key(1, "a")).is_err());
    }

    #[test]
    fn every_tenant_and_every_application_has_its_own_bucket() {
        let (throttle, _) = throttle(1, 1, 10);
        for own in [key(1, "a"), key(1, "b"), key(2, "a"), key(1, "")] {
            assert_eq!(throttle.count(own.clone()), Ok(()), "{own:?}");
            assert!(throttle.count(own).is_err());
        }
    }

    #[test]
    fn the_number_of_buckets_is_bounded_and_the_one_idle_longest_goes_first() {
        let (throttle, clock) = throttle(1, 1, 20);
        for application in 0..20 {
            throttle.count(key(1, &application.to_string())).unwrap();
            clock.advance(Duration::from_nanos(1));
        }
        // Still throttled, and by asking no longer the one that was idle longest.
        assert!(throttle.count(key(1, "0")).is_err());
        clock.advance(Duration::from_nanos(1));
        for application in 20..25 {
            throttle.count(key(1, &application.to_string())).unwrap();
            assert!(throttle.buckets.lock().unwrap().len() <= 20);
        }
        assert!(throttle.count(key(1, "0")).is_err(), "a busy bucket was forgotten");
        assert_eq!(throttle.count(key(1, "1")), Ok(()), "an idle bucket was kept");
    }

    #[test]
    fn keys_of_one_instant_do_not_grow_without_bound() {
        let (throttle, _) = throttle(1, 1, 20);
        for application in 0..100 {
            throttle.count(key(1, &application.to_string())).unwrap();
            assert!(throttle.buckets.lock().unwrap().len() <= 20);
        }
    }

    #[test]
    fn the_wait_is_told_in_whole_seconds() {
        for (wait, expected) in [(1, 1), (999, 1), (1000, 1), (1001, 2), (0, 1)] {
            let error = throttled(Duration::from_millis(wait));
            assert_eq!(error.retry_after, Some(expected), "{wait} ms");
            assert_eq!(error.status, StatusCode::TOO_MANY_REQUESTS);
        }
    }
}
