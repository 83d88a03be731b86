//! ZIP archives by range: the end record, the directory, and single entries.
//!
//! Source: ZIP specification (APPNOTE) 4.3. Every number is checked against the document before it is used.

mod directory;
mod end_record;
mod entry;
mod rebuild;

pub(crate) use directory::{Directory, Entry, is_named};
pub(crate) use rebuild::{Changes, rebuild};

#[cfg(test)]
mod tests;
