//! The end-to-end tests. Each asks both shapes and compares, unless it is about one of them.

mod clients;
mod commands;
mod contract;
mod development;
mod drives;
mod examples;
mod faults;
mod golden;
mod inheritance_forms;
mod isolation;
mod lifecycle;
mod revisions;
mod support;
mod telemetry;
