//! Drives the service through its contract, over folders of the host and the in-memory store.

mod children;
mod corpus;
mod drives;
mod extraction;
mod failures;
mod faults;
mod item_ids;
mod items;
mod records;
mod world;
