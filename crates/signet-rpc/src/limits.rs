//! Sizes of messages.

/// Longest ordinary message, in bytes.
pub(crate) const MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Longest message with a tenant document, in bytes; also the longest answer a client takes.
pub(crate) const DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

/// Longest message of a call that shares a stream with others, in bytes; longer ones are calls of their own.
pub(crate) const SHORT_BYTES: usize = 64 * 1024;

/// The same with its headers.
pub(crate) const EXCHANGE_BYTES: usize = 2 * SHORT_BYTES;
