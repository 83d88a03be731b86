//! Setting and removing labels: Open XML packages and PDF.
//!
//! The new document is described as pieces of the old one and new bytes, so that a large document costs as little to
//! label as to read.
//!
//! ```no_run
//! use signet_docmeta::write::{LabelChange, NewLabel, Segment, WriteOptions, set_label};
//! use signet_docmeta::{FileRange, Guid, Limits, Method};
//!
//! let mut document = FileRange::new(std::fs::File::open("plan.docx")?)?;
//! let label = NewLabel {
//!     label_id: Guid::parse("d76d8d7c-8674-53f0-8c69-79d068219a02")?,
//!     method: Method::Privileged,
//!     name: "Confidential".to_owned(),
//!     set_date: 1_709_629_811,
//!     action_id: Guid::parse("dfd6e48f-5040-5d8a-829b-1d636e9ac9ff")?,
//! };
//! let change = LabelChange {
//!     tenant_id: Guid::parse("13bd51e1-1a32-557a-b8dd-622f0d55b30c")?,
//!     label: Some(label),
//! };
//! let rewrite = set_label(&mut document, "plan.docx", &change, &WriteOptions::default(), &Limits::default())?;
//! for segment in &rewrite.segments {
//!     match segment {
//!         Segment::Copy { offset, length } => println!("{length} bytes from {offset} on as they are"),
//!         Segment::Bytes(bytes) => println!("{} new bytes", bytes.len()),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod edit;
mod rewrite;

pub(crate) use edit::{Edits, Outline, append_to, encode_like, rewrite_start_tag, without_attributes};
pub(crate) use rewrite::SegmentList;
pub use rewrite::{Rewrite, RewriteRange, Segment};

use crate::error::ReadError;
use crate::guid::Guid;
use crate::kind::{Support, extension};
use crate::limits::Limits;
use crate::ooxml;
use crate::options::Options;
use crate::pdf;
use crate::range::RangeRead;
use crate::read::read_labels;
use crate::report::{FoundLabel, Kind, Method, Protection, Report};
use crate::source::Source;

/// Source: "Enable sensitivity labels for files in SharePoint and OneDrive", kinds that are labelled at rest.
const PACKAGES: [&str; 7] = ["docx", "docm", "xlsx", "xlsm", "xlsb", "pptx", "ppsx"];

/// What is to be done to the label of one tenant; labels of other tenants stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelChange {
    /// The tenant.
    pub tenant_id: Guid,
    /// The label to set; absent to remove the tenant's label.
    pub label: Option<NewLabel>,
}

/// A label to set, with what documents note about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLabel {
    /// The label.
    pub label_id: Guid,
    /// How it is assigned. Documents know `Standard` and `Privileged` only; `Auto` is written as `Standard`.
    pub method: Method,
    /// The label's name; written where properties are written, cut at 255 characters.
    pub name: String,
    /// When it is set, in seconds since 1970-01-01T00:00:00Z.
    pub set_date: i64,
    /// Identifier of this change.
    pub action_id: Guid,
}

/// What a caller may choose about writing.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// As for reading; the practice of the tenant decides which home of an Office document is written.
    pub read: Options,
    /// Keep properties that a tenant already has beside its label list up to date. Absent: for tenants whose practice is
    /// to be inferred. Properties are never added for a tenant that has none.
    pub sync_custom_properties: Option<bool>,
}

/// Something the caller may want to tell the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The document is digitally signed; the change may break the signature.
    Signed,
}

/// Why a label was not written. The document is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Labels are not written into documents of this kind.
    #[error("labels cannot be written into files of type `{extension}`")]
    NotSupported {
        /// The extension, lower case, without the dot.
        extension: String,
    },
    /// The author certified the document and allows no change.
    #[error("the document is certified and allows no changes")]
    DocumentCertified,
    /// The document cannot be read, or is protected.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The new document does not read back as it should; a defect of this crate.
    #[error("the labelled document does not read back: {what}")]
    Verification {
        /// What differs; fixed text.
        what: &'static str,
    },
}

/// Whether labels can be written into documents named `name`. Only the extension counts.
#[must_use]
pub fn writable(name: &str) -> Support {
    let extension = extension(name);
    if extension == "pdf" || PACKAGES.contains(&extension.as_str()) {
        Support::Yes
    } else {
        Support::No
    }
}

/// Sets or removes the label of one tenant in the document behind `reader`.
///
/// The answer has been read back: it shows the new label, and the labels of other tenants as they were. Everything else
/// in the document is preserved: other parts of a package byte for byte, a PDF as a prefix of the new one.
///
/// # Errors
/// See [`WriteError`]. A protected document is answered with the [`ReadError`] that says so.
pub fn set_label(
    reader: &mut dyn RangeRead,
    name: &str,
    change: &LabelChange,
    options: &WriteOptions,
    limits: &Limits,
) -> Result<Rewrite, WriteError> {
    if writable(name) == Support::No {
        return Err(WriteError::NotSupported {
            extension: extension(name),
        });
    }
    let before = read_labels(reader, name, &options.read, limits)?;
    if before.protection != Protection::None {
        return Err(ReadError::DecryptionNotSupported.into());
    }
    let mut source = Source::new(reader, &limits.budget);
    let rewrite = match before.kind {
        Kind::Pdf => pdf::set_label(&mut source, change, limits)?,
        Kind::OpenXml => ooxml::set_label(&mut source, change, options, limits)?,
        _ => {
            return Err(WriteError::NotSupported {
                extension: extension(name),
            });
        }
    };
    verify(&rewrite, reader, name, &before, change, options, limits)?;
    Ok(rewrite)
}

/// Reads the new document and compares.
fn verify(
    rewrite: &Rewrite,
    reader: &mut dyn RangeRead,
    name: &str,
    before: &Report,
    change: &LabelChange,
    options: &WriteOptions,
    limits: &Limits,
) -> Result<(), WriteError> {
    let after = read_labels(&mut rewrite.over(reader), name, &options.read, limits)?;
    // A label belongs to one tenant. Where a document says so of two, the new label is the one that is right.
    let is_new = |label: &FoundLabel| change.label.as_ref().is_some_and(|new| new.label_id == label.label_id);
    let of_others = |report: &Report| {
        let mut others: Vec<FoundLabel> = report
            .labels
            .iter()
            .filter(|label| label.tenant_id != change.tenant_id && !is_new(label))
            .cloned()
            .collect();
        others.sort_by_key(|label| label.tenant_id);
        others
    };
    if of_others(before) != of_others(&after) {
        return Err(WriteError::Verification {
            what: "labels of other tenants changed",
        });
    }
    let own = after.labels.iter().find(|label| label.tenant_id == change.tenant_id);
    if own.map(|label| label.label_id) != change.label.as_ref().map(|label| label.label_id) {
        return Err(WriteError::Verification {
            what: "the label is not the one that was written",
        });
    }
    if before.kind == Kind::OpenXml && !keeps_entries(rewrite, reader, limits)? {
        return Err(WriteError::Verification {
            what: "an untouched part changed",
        });
    }
    Ok(())
}

fn keeps_entries(rewrite: &Rewrite, reader: &mut dyn RangeRead, limits: &Limits) -> Result<bool, ReadError> {
    // The old directory is taken along, since the new document is read through the same reader.
    let old = ooxml::entries(&mut Source::new(reader, &limits.budget), limits)?;
    let new = ooxml::entries(&mut Source::new(&mut rewrite.over(reader), &limits.budget), limits)?;
    Ok(ooxml::keeps_entries(&old, &new, &rewrite.rewritten))
}

impl NewLabel {
    /// The method as documents write it.
    pub(crate) const fn method_word(&self) -> &'static str {
        match self.method {
            Method::Privileged => "Privileged",
            Method::Standard | Method::Auto => "Standard",
        }
    }

    /// Names and values of the pairs of this label, `Enabled` first.
    pub(crate) fn pairs(&self, tenant: &Guid) -> Vec<(String, String)> {
        let value = |name: &str, value: String| (format!("MSIP_Label_{}_{name}", self.label_id), value);
        vec![
            value("Enabled", "true".to_owned()),
            value("SetDate", format_date(self.set_date)),
            value("Method", self.method_word().to_owned()),
            value("Name", self.short_name()),
            value("SiteId", tenant.to_string()),
            value("ActionId", self.action_id.to_string()),
            value("ContentBits", "0".to_owned()),
        ]
    }

    /// The name without what no property and no XML may hold, at most 255 characters.
    pub(crate) fn short_name(&self) -> String {
        self.name
            .chars()
            .filter(|character| !character.is_control() && !matches!(character, '\u{FFFE}' | '\u{FFFF}'))
            .take(255)
            .collect()
    }
}

/// `2024-03-05T09:10:11Z`. Dates outside the years 0 to 9999 are written as the nearest one inside.
pub(crate) fn format_date(seconds: i64) -> String {
    let seconds = seconds.clamp(-62_167_219_200, 253_402_300_799);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days counted from 0000-03-01, so that the leap day is the last day of a year.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
    let year = year + year_of_era + era * 400;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
pub(crate) mod tests;
