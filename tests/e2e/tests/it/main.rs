//! The end-to-end tests. Each asks both shapes and compares, unless it is about one of them.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what a test takes for granted and does not find should stop it"
)]

mod administration;
mod admission;
mod buckets;
mod certificates;
mod clients;
mod cluster;
mod commands;
mod contract;
mod development;
mod documents;
mod drives;
mod examples;
mod faults;
mod faults_of_a_cluster;
mod golden;
mod hostile;
mod inheritance_forms;
mod isolation;
mod isolation_fields;
mod killed;
mod lifecycle;
mod limits;
mod monitoring;
mod permissions;
mod revisions;
mod support;
mod telemetry;
mod traces;
mod transfers;
mod visibility;
