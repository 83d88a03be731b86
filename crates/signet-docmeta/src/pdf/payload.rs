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
use crate::range::MemoryRange;
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
    let answer = payload(document, file).and_then(|payload| {
        let mut reader = MemoryRange::new(&payload);
        let mut source = Source::new(&mut reader, &limits.budget);
        encryption_is_double_key(&mut source, options, limits)
    });
    match answer {
        Err(ReadError::Malformed { .. } | ReadError::LimitExceeded { .. }) => Ok(false),
        answer => answer,
    }
}

fn payload(document: &mut Document<'_, '_>, file: &Dictionary) -> Result<Vec<u8>, ReadError> {
    let embedded = document.value(file, "EF")?;
    let embedded = embedded.as_dictionary().cloned().unwrap_or_default();
    let stream = embedded.get("F").or_else(|| embedded.get("UF"));
    match stream {
        Some(Object::Reference(id)) => {
            let loaded = document.load(*id)?;
            document.stream_data(&loaded)
        }
        _ => Ok(Vec::new()),
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
