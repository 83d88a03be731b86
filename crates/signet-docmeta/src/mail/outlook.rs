//! Outlook messages. Source: MS-OXMSG 2.2.3, MS-OXCMAIL 2.1.3, MS-OXPROPS.

use crate::bytes::{array, slice, u16_le, u32_le};
use crate::cfb::{Compound, EntryId};
use crate::error::{ReadError, malformed};
use crate::limits::Limits;
use crate::mail::header::{self, Header};
use crate::marks::resolve;
use crate::options::Options;
use crate::read::Found;
use crate::report::{Kind, Origin, Protection};
use crate::source::Source;

const BAD: ReadError = malformed("the message's list of named properties is damaged");
const NAMES: &str = "__nameid_version1.0";
/// `{00020386-0000-0000-C000-000000000046}` as it is stored: properties named like Internet header fields.
const INTERNET_HEADERS: [u8; 16] = [0x86, 0x03, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];
/// Property sets 1 and 2 are known without being listed.
const FIRST_LISTED_SET: usize = 3;
/// Long file name, short file name and media type of an attachment.
const ATTACHMENT_NAMES: [&str; 3] = ["3707", "3704", "370E"];

/// Reads the labels of an Outlook message.
pub(crate) fn read(source: &mut Source<'_>, options: &Options, limits: &Limits) -> Result<Found, ReadError> {
    let mut compound = Compound::open(source, limits)?;
    if compound.find_stream(&["__properties_version1.0"])?.is_none() {
        return Err(malformed("the compound file is not a message"));
    }
    let header = match named_property(&mut compound, source, "msip_labels", limits)? {
        Some(value) => Header {
            groups: header::parse_labels(&value),
            ..Header::default()
        },
        None => match text(&mut compound, source, EntryId::ROOT, "007D", limits)? {
            Some(block) => header::parse(block.trim_start().as_bytes(), limits)?,
            None => Header::default(),
        },
    };
    let rights_managed = header.rights_managed || carries_rights_managed(&mut compound, source, limits)?;
    if header.groups.is_empty() && rights_managed {
        return Err(ReadError::DecryptionNotSupported);
    }
    let labels = resolve(&[], Origin::MailHeader, &header.groups, options);
    let protection = if rights_managed {
        Protection::RightsManaged
    } else {
        Protection::None
    };
    Ok(Found {
        labels,
        kind: Kind::OutlookMessage,
        protection,
    })
}

/// The text of a property named like an Internet header field.
fn named_property(
    compound: &mut Compound,
    source: &mut Source<'_>,
    name: &str,
    limits: &Limits,
) -> Result<Option<String>, ReadError> {
    let mut list = |stream: &str| match compound.find_stream(&[NAMES, stream])? {
        Some(stream) => compound.read_stream(source, stream, limits.property_set_bytes),
        None => Ok(Vec::new()),
    };
    let sets = list("__substg1.0_00020102")?;
    let entries = list("__substg1.0_00030102")?;
    let strings = list("__substg1.0_00040102")?;
    for entry in entries.as_chunks::<8>().0 {
        let (offset, kind, index) = (u32_le(entry, 0), u16_le(entry, 4), u16_le(entry, 6));
        let (Some(offset), Some(kind), Some(index)) = (offset, kind, index) else {
            continue;
        };
        let is_string = kind & 1 == 1;
        let set = usize::from(kind >> 1)
            .checked_sub(FIRST_LISTED_SET)
            .and_then(|set| array::<16>(&sets, set * 16));
        if !is_string || set != Some(INTERNET_HEADERS) || !string_at(&strings, offset)?.eq_ignore_ascii_case(name) {
            continue;
        }
        let Some(id) = 0x8000_u16.checked_add(index) else {
            continue;
        };
        if let Some(value) = text(compound, source, EntryId::ROOT, &format!("{id:04X}"), limits)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

fn string_at(strings: &[u8], offset: u32) -> Result<String, ReadError> {
    let offset = offset as usize;
    let length = u32_le(strings, offset).ok_or(BAD)? as usize;
    let bytes = slice(strings, offset.saturating_add(4), length).ok_or(BAD)?;
    Ok(decode_utf16(bytes))
}

/// A text property of a storage: UTF-16, else bytes of some code page, whose ASCII part is all that matters.
fn text(
    compound: &mut Compound,
    source: &mut Source<'_>,
    storage: EntryId,
    id: &str,
    limits: &Limits,
) -> Result<Option<String>, ReadError> {
    for (kind, wide) in [("001F", true), ("001E", false)] {
        let Some(stream) = compound.stream_of(storage, &format!("__substg1.0_{id}{kind}"))? else {
            continue;
        };
        let data = compound.read_stream(source, stream, limits.property_set_bytes)?;
        return Ok(Some(if wide {
            decode_utf16(&data)
        } else {
            String::from_utf8_lossy(&data).into_owned()
        }));
    }
    Ok(None)
}

/// Whether the one attachment is the rights-managed message itself.
fn carries_rights_managed(
    compound: &mut Compound,
    source: &mut Source<'_>,
    limits: &Limits,
) -> Result<bool, ReadError> {
    let is_attachment = |name: &str| name.to_ascii_lowercase().starts_with("__attach_version1.0_#");
    let attachments = compound
        .children(EntryId::ROOT)
        .filter(|(_, name)| is_attachment(name))
        .map(|(id, _)| id);
    let &[attachment] = attachments.collect::<Vec<EntryId>>().as_slice() else {
        return Ok(false);
    };
    for id in ATTACHMENT_NAMES {
        let name = text(compound, source, attachment, id, limits)?
            .unwrap_or_default()
            .to_ascii_lowercase();
        if name.ends_with(".rpmsg") || name.contains("x-microsoft-rpmsg-message") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn decode_utf16(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    String::from_utf16_lossy(&units.take_while(|unit| *unit != 0).collect::<Vec<u16>>())
}
