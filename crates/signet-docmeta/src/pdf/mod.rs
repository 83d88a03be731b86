//! PDF: labels in the information dictionary and in the XMP packet of the catalogue.
//!
//! Objects are found through the newest cross-reference section, never by scanning: a scan finds labels of earlier
//! revisions and misses compressed ones.

mod crypt;
mod document;
mod filters;
#[cfg(test)]
pub(crate) mod fuzzing;
mod lexer;
mod lzw;
mod object;
mod object_stream;
mod payload;
mod serialize;
mod update;
mod xref;

pub(crate) use update::set_label;

use std::collections::HashMap;

use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::marks::{PairCollector, PairGroup, VALUE, is_label_name, resolve, without_tenants_of};
use crate::options::Options;
use crate::read::Found;
use crate::report::{Kind, Origin, Protection};
use crate::source::Source;
use crate::xmp;

use crypt::{Cipher, encrypts_metadata};
use document::{Document, Loaded};
use object::{Dictionary, Object, decode_text};

/// How the document is protected, and what of it is legible.
struct Access {
    protection: Protection,
    /// Whether strings, and so the information dictionary, are legible.
    strings: bool,
    /// Whether the metadata stream is legible.
    metadata: bool,
}

/// Reads the labels of a PDF.
pub(crate) fn read(source: &mut Source<'_>, options: &Options, limits: &Limits) -> Result<Found, ReadError> {
    let mut document = Document::open(source, limits)?;
    let mut access = unlock(&mut document, options, limits)?;
    refuse_double_key(&access, options)?;
    let catalogue = catalogue(&mut document, &access)?;
    if access.protection == Protection::None {
        access.protection = payload::protection(&mut document, &catalogue, options, limits)?;
        refuse_double_key(&access, options)?;
    }
    let mut groups = if access.strings {
        information(&mut document, limits)?
    } else {
        Vec::new()
    };
    if access.metadata {
        let more = metadata(&mut document, &catalogue, limits)?;
        groups.extend(without_tenants_of(more, &groups));
    }
    let opened = access.strings && access.protection == Protection::Password;
    if groups.is_empty() && access.protection != Protection::None && !opened {
        return Err(access.sealed());
    }
    let labels = resolve(&[], Origin::PdfInfo, &groups, options);
    Ok(Found {
        labels,
        kind: Kind::Pdf,
        protection: access.protection,
    })
}

impl Access {
    /// The answer when no label is legible.
    fn sealed(&self) -> ReadError {
        match self.protection {
            Protection::DoubleKey => ReadError::DoubleKeyEncrypted,
            _ => ReadError::DecryptionNotSupported,
        }
    }
}

fn refuse_double_key(access: &Access, options: &Options) -> Result<(), ReadError> {
    if access.protection == Protection::DoubleKey && !options.dke_return_clear_labels {
        return Err(ReadError::DoubleKeyEncrypted);
    }
    Ok(())
}

/// The catalogue; in a PDF that could not be opened it may hide in an enciphered stream.
fn catalogue(document: &mut Document<'_, '_>, access: &Access) -> Result<Dictionary, ReadError> {
    let root = document.trailer("Root").cloned().unwrap_or(Object::Null);
    match document.resolve(&root) {
        Ok(Object::Dictionary(catalogue)) => Ok(catalogue),
        Err(ReadError::Malformed { .. }) | Ok(_) if !access.strings => Err(access.sealed()),
        Ok(_) => Err(malformed("the PDF has no catalogue")),
        Err(error) => Err(error),
    }
}

/// Finds out about encryption, and opens what opens without a password.
fn unlock(document: &mut Document<'_, '_>, options: &Options, limits: &Limits) -> Result<Access, ReadError> {
    let Some(encryption) = document
        .trailer("Encrypt")
        .filter(|value| **value != Object::Null)
        .cloned()
    else {
        return Ok(Access {
            protection: Protection::None,
            strings: true,
            metadata: true,
        });
    };
    let encryption = match &encryption {
        Object::Reference(id) => document.load_with(*id, limits.licence_bytes)?.object,
        other => other.clone(),
    };
    let Object::Dictionary(encryption) = encryption else {
        return Err(malformed("the PDF's encryption dictionary is damaged"));
    };
    let encryption = payload::direct(document, &encryption)?;
    let metadata = !encrypts_metadata(&encryption);
    match encryption.get("Filter").and_then(Object::as_name) {
        Some(b"Standard") => {
            let id = document.trailer("ID").cloned().unwrap_or(Object::Null);
            let id = document.resolve(&id)?;
            let first = id.elements().first().and_then(Object::as_string).unwrap_or_default();
            document.cipher = Cipher::open(&encryption, first)?;
            document.metadata_in_clear = metadata;
            let opened = document.cipher.is_some();
            Ok(Access {
                protection: Protection::Password,
                strings: opened,
                metadata: opened || metadata,
            })
        }
        Some(b"MicrosoftIRMServices") => {
            let double_key = payload::is_double_key(&encryption, options);
            let protection = if double_key {
                Protection::DoubleKey
            } else {
                Protection::RightsManaged
            };
            Ok(Access {
                protection,
                strings: false,
                metadata,
            })
        }
        _ => Err(ReadError::DecryptionNotSupported),
    }
}

/// The information dictionary; empty when there is none.
fn information_dictionary(document: &mut Document<'_, '_>) -> Result<Dictionary, ReadError> {
    let information = document.trailer("Info").cloned().unwrap_or(Object::Null);
    match document.resolve(&information)? {
        Object::Dictionary(information) => Ok(information),
        Object::Null => Ok(Dictionary::default()),
        _ => Err(malformed("the PDF's information dictionary is damaged")),
    }
}

/// The label pairs of the information dictionary.
fn information(document: &mut Document<'_, '_>, limits: &Limits) -> Result<Vec<PairGroup>, ReadError> {
    let information = information_dictionary(document)?;
    if information.entries.len() > limits.properties {
        return Err(limit("the document has too many properties"));
    }
    let mut collector = PairCollector::default();
    let start = |text: &[u8]| decode_text(text.get(..VALUE).unwrap_or(text));
    // Of a key given twice the last value counts.
    let values: HashMap<&[u8], &Object> = (information.entries.iter())
        .map(|(key, value)| (key.as_slice(), value))
        .collect();
    for (key, _) in &information.entries {
        limits.budget.check_time()?;
        let name = decode_text(key);
        let Some(value) = values.get(key.as_slice()).filter(|_| is_label_name(&name)) else {
            continue;
        };
        match document.resolve(value)? {
            Object::String(text) | Object::Name(text) => collector.add(&name, &start(&text)),
            Object::Boolean(value) => collector.add(&name, if value { "true" } else { "false" }),
            Object::Integer(value) => collector.add(&name, &value.to_string()),
            _ => {}
        }
    }
    Ok(collector.finish(Origin::PdfInfo))
}

/// The label pairs of the catalogue's XMP packet.
fn metadata(
    document: &mut Document<'_, '_>,
    catalogue: &Dictionary,
    limits: &Limits,
) -> Result<Vec<PairGroup>, ReadError> {
    match metadata_packet(document, catalogue)? {
        Some((_, packet)) => xmp::label_groups(&packet, limits),
        None => Ok(Vec::new()),
    }
}

/// The catalogue's metadata stream and the packet in it; `None` also when that is blank.
fn metadata_packet(
    document: &mut Document<'_, '_>,
    catalogue: &Dictionary,
) -> Result<Option<(Loaded, Vec<u8>)>, ReadError> {
    let Some(Object::Reference(id)) = catalogue.get("Metadata") else {
        return Ok(None);
    };
    let loaded = document.load(*id)?;
    if loaded.object == Object::Null {
        return Ok(None);
    }
    let packet = document.stream_data(&loaded)?;
    Ok((!xmp::is_blank(&packet)).then_some((loaded, packet)))
}

#[cfg(test)]
mod tests;
