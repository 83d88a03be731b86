//! How many calls may be made again.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// What one repetition costs, in parts of what a call earns.
const PRICE: i64 = 10;

/// Most that is saved up: a hundred repetitions.
const MOST: i64 = 100 * PRICE;

/// One repetition for ten calls, and a hundred saved up for bad times: an outage must not double the load.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    saved: AtomicI64,
    spent: AtomicU64,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self {
            saved: AtomicI64::new(MOST),
            spent: AtomicU64::new(0),
        }
    }
}

impl RetryBudget {
    /// A call is made.
    pub(crate) fn earn(&self) {
        if self.saved.load(Ordering::Relaxed) < MOST {
            self.saved.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Calls made again so far.
    pub(crate) fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Whether a call may be made again.
    pub(crate) fn spend(&self) -> bool {
        let spent = self.saved.try_update(Ordering::Relaxed, Ordering::Relaxed, |saved| {
            (saved >= PRICE).then_some(saved - PRICE)
        });
        if spent.is_ok() {
            self.spent.fetch_add(1, Ordering::Relaxed);
        }
        spent.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::RetryBudget;

    #[test]
    fn a_tenth_of_the_calls_may_be_repeated_after_a_reserve() {
        let budget = RetryBudget::default();
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 100);
        let repeated = (0..1000).filter(|_| {
            budget.earn();
            budget.spend()
        });
        assert_eq!(repeated.count(), 100);
        for _ in 0..1_000_000 {
            budget.earn();
        }
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 100);
    }
}
