//! The definition of correct for stores: every backend passes these suites in its own tests.
//!
//! A suite takes a function that makes a fresh, empty store and calls it once per case; a case that fails panics:
//! `conformance::catalog::run(|| async { MemoryStore::new() }).await`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a suite of tests: a failed expectation is a panic"
)]

pub mod catalog;
pub mod decision_log;
pub mod item_ids;
pub mod item_labels;
pub mod jobs;
pub mod samples;
pub mod uploads;

/// Runs each case against a store of its own and names the case before it starts, so that a panic can be placed.
macro_rules! run_cases {
    ($make:expr; $($case:ident),+ $(,)?) => {
        $(
            println!("case {}", stringify!($case));
            $case(&std::sync::Arc::new($make().await)).await;
        )+
    };
}
use run_cases;
