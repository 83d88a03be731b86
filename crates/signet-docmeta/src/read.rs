//! From bytes and a name to the reader of a format.

use crate::compound;
use crate::error::{ReadError, malformed};
use crate::image;
use crate::kind::{Family, MAGIC_BYTES, Magic};
use crate::limits::Limits;
use crate::mail;
use crate::ooxml::{self, Unrelated};
use crate::options::Options;
use crate::pdf;
use crate::range::RangeRead;
use crate::report::{FoundLabel, Kind, Protection, Report};
use crate::sealed;
use crate::source::Source;

/// Bytes read first: the magic number, and with luck the first parts of a package.
const HEAD: usize = 4096;

/// What the reader of a format found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) labels: Vec<FoundLabel>,
    pub(crate) kind: Kind,
    pub(crate) protection: Protection,
}

/// Reads the labels of the document behind `reader`.
///
/// The extension of `name` decides whether the document is supported; what it is, its bytes tell. A document without
/// bytes has no labels.
///
/// # Errors
/// See [`ReadError`]. Whatever the error, nothing is said about the document's labels.
pub fn read_labels(
    reader: &mut dyn RangeRead,
    name: &str,
    options: &Options,
    limits: &Limits,
) -> Result<Report, ReadError> {
    let family = Family::of(name, options)?;
    let mut source = Source::new(reader, &limits.budget);
    let found = if source.len() == 0 {
        Found {
            labels: Vec::new(),
            kind: Kind::Empty,
            protection: Protection::None,
        }
    } else {
        read_family(&mut source, family, options, limits)?
    };
    Ok(Report {
        labels: found.labels,
        kind: found.kind,
        protection: found.protection,
        stats: source.stats(),
    })
}

fn read_family(
    source: &mut Source<'_>,
    family: Family,
    options: &Options,
    limits: &Limits,
) -> Result<Found, ReadError> {
    let head = source.read_up_to(0, HEAD)?;
    let magic = Magic::of(head.get(..MAGIC_BYTES).unwrap_or(head));
    match (family, magic) {
        // An archive may have bytes in front of it; its directory is found from the end.
        (Family::Package | Family::BinaryOffice, Magic::Zip) | (Family::Package, Magic::Unknown) => {
            ooxml::read(source, Unrelated::Damaged, options, limits)
        }
        (Family::PowerBi, Magic::Zip | Magic::Unknown) => ooxml::read(source, Unrelated::Allowed, options, limits),
        (Family::Package | Family::PowerBi, Magic::Compound) => compound::read(source, false, options, limits),
        (Family::BinaryOffice, Magic::Compound) => compound::read(source, true, options, limits),
        (Family::Pdf, Magic::Pdf) => pdf::read(source, options, limits),
        (Family::OutlookMessage, Magic::Compound) => mail::read_outlook(source, options, limits),
        // A message may speak of anything in its header.
        (Family::Mail, Magic::Unknown | Magic::Pdf) => mail::read(source, options, limits),
        (Family::Image, magic) => image::read(source, magic, options, limits),
        (Family::Sealed, _) => Err(sealed::read(source, options, limits)?),
        _ => Err(malformed("the content is not what the name says")),
    }
}
