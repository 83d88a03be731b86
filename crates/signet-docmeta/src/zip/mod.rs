//! ZIP archives by range: the end record, the directory, and single entries.
//!
//! Source: ZIP specification (APPNOTE) 4.3. Every number is checked against the document before it is used.

mod directory;
mod end_record;
mod entry;

pub(crate) use directory::{Directory, Entry};

#[cfg(test)]
mod tests;
