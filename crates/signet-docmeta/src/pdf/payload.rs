//! Rights-managed PDFs: a clear wrapper around an encrypted PDF, or the encrypted PDF alone.
//!
//! Source: ISO 32000-2, 7.6.7, and Microsoft's supplement on information rights management for PDF.

use crate::base64::decode_base64;
use crate::compound::names_double_key;
use crate::error::ReadError;
use crate::limits::Limits;
use crate::options::Options;
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object};
use crate::range::{MemoryRange, RangeRead};
use crate::report::Protection;
use crate::source::Source;

/// Associated files looked at.
const ASSOCIATED_FILES: usize = 16;

/// How the payload of a wrapper is protected; `None` when the document is no wrapper.
pub(super) fn protection(
    document: &mut Document<'_, '_>,
    catalogue: &Dictionary,
    options: &Options,
    limits: &Limits,
) -> Result<Protection, ReadError> {
    let files = document.value(catalogue, "AF")?;
    for file in files.elements().iter().take(ASSOCIATED_FILES) {
        let Object::Dictionary(file) = document.resolve(file)? else {
            continue;
        };
        if document.value(&file, "AFRelationship")?.as_name() != Some(b"EncryptedPayload") {
            continue;
        }
        let scheme = document.value(&file, "EP")?;
        let subtype = match scheme.as_dictionary() {
            Some(scheme) => document.value(scheme, "Subtype")?,
            None => Object::Null,
        };
        if subtype.as_name() != Some(b"MicrosoftIRMServices") {
            return Ok(Protection::Other);
        }
        let double_key = payload_is_double_key(document, &file, options, limits)?;
        return Ok(if double_key {
            Protection::DoubleKey
        } else {
            Protection::RightsManaged
        });
    }
    Ok(Protection::None)
}

/// Looks into the embedded PDF. One that is damaged or too large is not known to be double-key protected.
fn payload_is_double_key(
    document: &mut Document<'_, '_>,
    file: &Dictionary,
    options: &Options,
    limits: &Limits,
) -> Result<bool, ReadError> {
    let answer = look_into_payload(document, file, options, limits);
    match answer {
        Err(ReadError::Malformed { .. } | ReadError::LimitExceeded { .. }) => Ok(false),
        answer => answer,
    }
}

fn look_into_payload(
    document: &mut Document<'_, '_>,
    file: &Dictionary,
    options: &Options,
    limits: &Limits,
) -> Result<bool, ReadError> {
    let embedded = document.value(file, "EF")?;
    let embedded = embedded.as_dictionary().cloned().unwrap_or_default();
    let Some(Object::Reference(id)) = embedded.get("F").or_else(|| embedded.get("UF")) else {
        return Ok(false);
    };
    let loaded = document.load(*id)?;
    // A payload that is stored as it is can be read in place, however long it is.
    if let Some((start, length)) = document.plain_stream(&loaded)? {
        let mut inner = document.part(start, length);
        let answer = encryption_is_double_key(&mut Source::new(&mut inner, &limits.budget), options, limits);
        return answer.map_err(outer_error);
    }
    let payload = document.stream_data(&loaded)?;
    document.forget();
    let mut reader = MemoryRange::new(&payload);
    encryption_is_double_key(&mut Source::new(&mut reader, &limits.budget), options, limits)
}

/// What went wrong outside the part, which had to pass through as a failure to read.
fn outer_error(error: ReadError) -> ReadError {
    match error {
        ReadError::Io(error) => error.downcast::<ReadError>().unwrap_or_else(ReadError::Io),
        other => other,
    }
}

fn encryption_is_double_key(source: &mut Source<'_>, options: &Options, limits: &Limits) -> Result<bool, ReadError> {
    let mut document = Document::open(source, limits)?;
    let encryption = match document.trailer("Encrypt").cloned() {
        Some(Object::Reference(id)) => document.load_with(id, limits.licence_bytes)?.object,
        Some(other) => other,
        None => return Ok(false),
    };
    let Object::Dictionary(encryption) = encryption else {
        return Ok(false);
    };
    Ok(is_double_key(&direct(&mut document, &encryption)?, options))
}

/// Whether the licence in an encryption dictionary has the marks. It is kept as it is, or in base64.
pub(super) fn is_double_key(encryption: &Dictionary, options: &Options) -> bool {
    let licence = encryption
        .get("PublishingLicense")
        .and_then(Object::as_string)
        .unwrap_or_default();
    names_double_key(licence, options) || names_double_key(&decode_base64(licence), options)
}

/// A dictionary with the references among its values, and among the values of dictionaries in it, replaced.
pub(super) fn direct(document: &mut Document<'_, '_>, dictionary: &Dictionary) -> Result<Dictionary, ReadError> {
    direct_to(document, dictionary, 3)
}

fn direct_to(document: &mut Document<'_, '_>, dictionary: &Dictionary, levels: usize) -> Result<Dictionary, ReadError> {
    let mut entries = Vec::new();
    for (key, value) in &dictionary.entries {
        let value = match document.resolve(value)? {
            Object::Dictionary(inner) if levels > 1 => Object::Dictionary(direct_to(document, &inner, levels - 1)?),
            value => value,
        };
        entries.push((key.clone(), value));
    }
    Ok(Dictionary { entries })
}

/// A part of a file as a file of its own.
pub(super) struct Part<'s, 'r> {
    source: &'s mut Source<'r>,
    start: u64,
    length: u64,
}

impl<'s, 'r> Part<'s, 'r> {
    pub(super) fn new(source: &'s mut Source<'r>, start: u64, length: u64) -> Self {
        Self { source, start, length }
    }
}

impl RangeRead for Part<'_, '_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let available = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        match self
            .source
            .read(self.start.saturating_add(offset), length.min(available))
        {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(ReadError::Io(error)) => Err(error),
            Err(error) => Err(std::io::Error::other(error)),
        }
    }
}
