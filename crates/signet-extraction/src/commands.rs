//! One file per operation.

pub(crate) mod assign_job;
pub(crate) mod assign_label;
pub(crate) mod downloads;
pub(crate) mod extract_job;
pub(crate) mod extract_labels;
pub(crate) mod get_drive;
pub(crate) mod get_item;
pub(crate) mod list_children;
pub(crate) mod list_drives;
pub(crate) mod scan;
pub(crate) mod uploads;
