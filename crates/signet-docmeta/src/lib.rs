//! Bytes of a document and the sensitivity-label marks inside it.
//!
//! [`read_labels`] finds the labels of an Office document (current, encrypted and 97-2003 kinds), a PDF, a message or an
//! image through a handful of range reads, whatever the size of the document, and never trusts a number the document
//! states about itself. Nothing here opens files, talks to a network or needs a key.
//!
//! ```
//! use signet_docmeta::{Limits, MemoryRange, Options, ReadError, read_labels};
//!
//! let mut reader = MemoryRange::new(b"just text");
//! let answer = read_labels(&mut reader, "notes.txt", &Options::default(), &Limits::default());
//! assert!(matches!(answer, Err(ReadError::NotSupported { extension }) if extension == "txt"));
//! ```

mod base64;
mod bytes;
mod cfb;
mod compound;
mod error;
#[cfg(test)]
mod fuzz;
mod guid;
mod image;
mod inflate;
mod kind;
mod limits;
mod mail;
mod marks;
mod ooxml;
mod options;
mod pdf;
mod range;
mod read;
mod report;
mod sealed;
mod source;
#[cfg(test)]
mod testing;
pub mod write;
mod xml;
mod xmp;
mod zip;

pub use error::ReadError;
pub use guid::{Guid, InvalidGuid};
pub use kind::{Support, supported};
pub use limits::{Budget, Deadline, Limits, PdfLimits, WhenSpent, XmlLimits};
pub use options::{LabelInfoMode, Options};
pub use range::{FileRange, MemoryRange, RangeRead};
pub use read::read_labels;
pub use report::{FoundLabel, Kind, Method, Origin, Protection, ReadStats, Report};
