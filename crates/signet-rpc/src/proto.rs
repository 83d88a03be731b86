//! Generated messages and services, one module per package. Rewritten by `cargo xtask gen`; the comments are those of
//! `proto/signet/**`.

#[expect(
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::large_enum_variant,
    reason = "generated code"
)]
#[path = "gen/mod.rs"]
mod generated;

pub use generated::signet::{
    catalog::v1 as catalog, common::v1 as common, errors::v1 as errors, evaluation::v1 as evaluation,
    extraction::v1 as extraction, transport::v1 as transport,
};

/// Descriptors of every file, for the reflection service.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/file_descriptor_set.bin");
