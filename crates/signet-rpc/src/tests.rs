//! Values of every type across every boundary, and every way a call can end.

mod conversions;
mod errors;
mod exchange;
mod fake;
mod fake_content;
mod harness;
mod identity;
mod limits;
mod methods;
mod operations;
mod proxy;
mod sample;
mod sample_catalog;
mod sample_drive;
mod sample_evaluation;
mod services;
mod spread;
mod streams;
mod tickets;
mod tls;
mod tracing;
