//! One file per operation.

pub(crate) mod extract_labels;
pub(crate) mod get_drive;
pub(crate) mod get_item;
pub(crate) mod list_children;
pub(crate) mod list_drives;
