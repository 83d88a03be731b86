//! What Signet's decisions cost: beside general policy engines, in allocations, and on a bulk stream.
//!
//! Beside its peers, every engine gets the same rules and the same findings, prepared in the form it is fastest
//! with, and must choose the same label; only then is it measured.

pub mod cedar;
#[expect(missing_docs, reason = "generated code")]
#[path = "../../../crates/signet-rpc/src/gen/mod.rs"]
pub mod generated;
pub mod measure;
pub mod rego;
pub mod rules;
pub mod signet;
