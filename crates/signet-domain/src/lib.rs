//! Labels, policies, label metadata and decisions: values in, values out.
//!
//! Nothing here does I/O, reads a clock, draws a random number or knows a transport. Everything a decision
//! needs is an argument, so the same question always has the same answer.

pub mod action;
pub mod content;
pub mod directory;
pub mod drive;
pub mod environment;
pub mod error;
pub mod evaluation;
mod id_hash;
pub mod ids;
pub mod inheritance;
pub mod label;
pub mod locale;
mod markings;
pub mod metadata;
pub mod policy;
pub mod query;
pub mod record;
pub mod rights;
pub mod snapshot;
pub mod tenant;
pub mod utc;
pub mod view;
