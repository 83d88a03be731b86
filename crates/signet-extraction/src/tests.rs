//! Drives the service through its contract, over folders of the host and the in-memory store.

mod assigning;
mod buckets;
mod budgets;
mod children;
mod closed;
mod corpus;
pub(crate) mod crashes;
mod drives;
mod extraction;
mod failures;
mod faults;
mod item_ids;
mod items;
mod observed_bucket;
mod records;
mod scans;
mod transfers;
mod world;
