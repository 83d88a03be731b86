//! The service contracts over gRPC: generated code, conversions, server and client adapters.
//!
//! The only crate that names tonic or prost.

mod convert;
pub mod proto;

pub use convert::ConversionError;
