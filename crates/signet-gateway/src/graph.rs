//! Answers as Graph writes them. Members stand in the order of the published samples. Source: rest-api section 4.

pub(crate) mod actions;
pub(crate) mod batch;
pub(crate) mod context;
pub(crate) mod decisions;
pub(crate) mod drive;
pub(crate) mod error;
mod label_actions;
pub(crate) mod labels;
pub(crate) mod metadata;
pub(crate) mod rights;
pub(crate) mod settings;
pub(crate) mod target;
pub(crate) mod time;
pub(crate) mod upload;
