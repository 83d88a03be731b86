//! The service contracts over gRPC: generated code, conversions, server and client adapters.
//!
//! The only crate that names tonic or prost. A hop adds nothing to meaning: whoever holds a trait of the contract
//! cannot tell whether the service itself or a client of this crate stands behind it.

pub mod client;
mod cluster;
mod convert;
mod error;
mod limits;
mod metadata;
pub mod proto;
pub mod server;
#[cfg(test)]
mod tests;
mod tls;

pub use cluster::{ClusterToken, InvalidClusterToken};
pub use convert::ConversionError;
pub use error::{from_status, to_status};
pub use tls::{ClientTls, Clients, Identity, InvalidTls, ServerTls};
