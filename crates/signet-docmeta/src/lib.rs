//! Bytes of a document and the sensitivity-label marks inside it.
//!
//! [`read_labels`] finds the labels of an Office document (current, encrypted and 97-2003 kinds), a PDF, a message or an
//! image through a handful of range reads, whatever the size of the document, and never trusts a number the document
//! states about itself. [`write::set_label`] sets or removes the label of one tenant in Open XML packages and PDF and
//! describes the new document as pieces of the old one. Nothing here opens files, talks to a network or needs a key.
//!
//! ```
//! use signet_docmeta::{Limits, MemoryRange, Method, Options, ReadError, read_labels};
//!
//! let message = b"From: ann@example.org\r\n\
//!     msip_labels: MSIP_Label_d76d8d7c-8674-53f0-8c69-79d068219a02_Enabled=true;\r\n \
//!     MSIP_Label_d76d8d7c-8674-53f0-8c69-79d068219a02_Method=Privileged;\r\n \
//!     MSIP_Label_d76d8d7c-8674-53f0-8c69-79d068219a02_SiteId=13bd51e1-1a32-557a-b8dd-622f0d55b30c\r\n\
//!     \r\nHello";
//! let report = read_labels(&mut MemoryRange::new(message), "hello.eml", &Options::default(), &Limits::default())?;
//! let label = report.labels.first().expect("a label");
//! assert_eq!(label.label_id.to_string(), "d76d8d7c-8674-53f0-8c69-79d068219a02");
//! assert_eq!(label.method, Method::Privileged);
//!
//! // No answer is never "no label".
//! let answer = read_labels(&mut MemoryRange::new(b"just text"), "notes.txt", &Options::default(), &Limits::default());
//! assert!(matches!(answer, Err(ReadError::NotSupported { extension }) if extension == "txt"));
//! # Ok::<(), ReadError>(())
//! ```
//!
//! Documents need not be in memory or on a disk: implement [`RangeRead`] over whatever answers ranges. A [`Budget`] says
//! how much may be fetched for one answer, and [`ReadStats`] what it took.

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

/// Keeps the example of the readme right.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use error::ReadError;
pub use guid::{Guid, InvalidGuid};
pub use kind::{Support, supported};
pub use limits::{Budget, Deadline, Limits, PdfLimits, WhenSpent, XmlLimits};
pub use options::{LabelInfoMode, Options};
pub use range::{FileRange, MemoryRange, RangeRead};
pub use read::read_labels;
pub use report::{FoundLabel, Kind, Method, Origin, Protection, ReadStats, Report};
