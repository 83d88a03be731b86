//! Sizes of messages.

/// Longest ordinary message, in bytes.
pub(crate) const MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Longest message with a tenant document, in bytes; also the longest answer a client takes.
pub(crate) const DOCUMENT_BYTES: usize = 64 * 1024 * 1024;
