//! Outlook messages. Source: MS-OXMSG 2.2.3, MS-OXCMAIL 2.1.3, MS-OXPROPS.

use std::collections::HashSet;

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
/// How the streams of properties are called; the property's id and kind follow.
const PROPERTY: &str = "__substg1.0_";
/// Kinds of text properties, and bytes of their characters.
const TEXT_KINDS: [(&str, usize); 2] = [("001F", 2), ("001E", 1)];
/// Long and short file name of an attachment, and its media type: the property, and what the rights-managed message
/// has there.
const ATTACHMENT_NAMES: [(&str, &str); 3] = [
    ("3707", header::RIGHTS_MANAGED_FILE),
    ("3704", header::RIGHTS_MANAGED_FILE),
    ("370E", header::RIGHTS_MANAGED_TYPE),
];
/// Named properties between two looks at the clock.
const NAMES_AT_A_TIME: usize = 1024;

/// Reads the labels of an Outlook message.
pub(crate) fn read(source: &mut Source<'_>, options: &Options, limits: &Limits) -> Result<Found, ReadError> {
    let mut compound = Compound::open(source, limits)?;
    if compound.find_stream(&["__properties_version1.0"])?.is_none() {
        return Err(malformed("the compound file is not a message"));
    }
    let names = Names::read(&mut compound, source, limits)?;
    let whole = limits.property_set_bytes;
    let header = match names.value(&mut compound, source, "msip_labels", whole, limits)? {
        Some(value) => Header {
            groups: header::parse_labels(&value),
            ..Header::default()
        },
        None => match text(
            &mut compound,
            source,
            EntryId::ROOT,
            "007D",
            limits.mail_header_bytes,
            limits,
        )? {
            Some(block) => header::parse(block.trim_start().as_bytes(), limits)?,
            None => Header::default(),
        },
    };
    let rights_managed = header.rights_managed
        || names
            .value(&mut compound, source, "content-class", whole, limits)?
            .is_some_and(|class| header::is_rights_managed_class(&class))
        || carries_rights_managed(&mut compound, source, limits)?;
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

/// The list of named properties.
struct Names {
    /// Property sets, 16 bytes each.
    sets: Vec<u8>,
    /// Where the name of a property is, the number of its set, and its own, 8 bytes each.
    entries: Vec<u8>,
    strings: Vec<u8>,
}

impl Names {
    fn read(compound: &mut Compound, source: &mut Source<'_>, limits: &Limits) -> Result<Self, ReadError> {
        let mut list = |stream: &str| match compound.find_stream(&[NAMES, stream])? {
            Some(stream) => compound.read_stream(source, stream, limits.property_set_bytes),
            None => Ok(Vec::new()),
        };
        Ok(Self {
            sets: list("__substg1.0_00020102")?,
            entries: list("__substg1.0_00030102")?,
            strings: list("__substg1.0_00040102")?,
        })
    }

    /// The text of the first property named like the Internet header field `name` that has one, at most `most`
    /// characters.
    fn value(
        &self,
        compound: &mut Compound,
        source: &mut Source<'_>,
        name: &str,
        most: usize,
        limits: &Limits,
    ) -> Result<Option<String>, ReadError> {
        let ids = self.ids(name, limits)?;
        if ids.is_empty() {
            return Ok(None);
        }
        // Any number of entries may have the name; those without a stream are not looked for one by one.
        let stored = stored_texts(compound);
        match ids.into_iter().find(|id| stored.contains(id)) {
            Some(id) => text(compound, source, EntryId::ROOT, &format!("{id:04X}"), most, limits),
            None => Ok(None),
        }
    }

    /// Property ids of the entries named like the Internet header field `name`, in stored order.
    fn ids(&self, name: &str, limits: &Limits) -> Result<Vec<u16>, ReadError> {
        let mut ids = Vec::new();
        for (count, entry) in self.entries.as_chunks::<8>().0.iter().enumerate() {
            if count.is_multiple_of(NAMES_AT_A_TIME) {
                limits.budget.check_time()?;
            }
            let (offset, kind, index) = (u32_le(entry, 0), u16_le(entry, 4), u16_le(entry, 6));
            let (Some(offset), Some(kind), Some(index)) = (offset, kind, index) else {
                continue;
            };
            let is_string = kind & 1 == 1;
            let set = usize::from(kind >> 1)
                .checked_sub(FIRST_LISTED_SET)
                .and_then(|set| array::<16>(&self.sets, set * 16));
            if is_string && set == Some(INTERNET_HEADERS) && is_text(self.string_at(offset)?, name) {
                ids.extend(0x8000_u16.checked_add(index));
            }
        }
        Ok(ids)
    }

    /// A name as it is stored, in UTF-16.
    fn string_at(&self, offset: u32) -> Result<&[u8], ReadError> {
        let offset = offset as usize;
        let length = u32_le(&self.strings, offset).ok_or(BAD)? as usize;
        slice(&self.strings, offset.saturating_add(4), length).ok_or(BAD)
    }
}

/// Whether stored UTF-16 is a text of ASCII characters, without regard to their case. Looks at no more of it than the
/// text is long.
fn is_text(stored: &[u8], text: &str) -> bool {
    let lower = |unit: u16| u8::try_from(unit).map_or(unit, |byte| byte.to_ascii_lowercase().into());
    units(stored).map(lower).eq(text.bytes().map(u16::from).map(lower))
}

/// Ids of the properties of the message that have a text.
fn stored_texts(compound: &Compound) -> HashSet<u16> {
    let id = |name: &str| u16::from_str_radix(text_stream(name)?.0, 16).ok();
    let children = compound.children(EntryId::ROOT);
    children.filter_map(|(_, name)| id(name)).collect()
}

/// A text property of a storage, at most `most` characters: UTF-16, else bytes of some code page, whose ASCII part is
/// all that matters.
fn text(
    compound: &mut Compound,
    source: &mut Source<'_>,
    storage: EntryId,
    id: &str,
    most: usize,
    limits: &Limits,
) -> Result<Option<String>, ReadError> {
    for (kind, width) in TEXT_KINDS {
        let Some(stream) = compound.stream_of(storage, &format!("{PROPERTY}{id}{kind}"))? else {
            continue;
        };
        let most = most.saturating_mul(width).min(limits.property_set_bytes);
        let data = compound.read_stream(source, stream, most)?;
        return Ok(Some(if width == 2 {
            decode_utf16(&data)
        } else {
            String::from_utf8_lossy(&data).into_owned()
        }));
    }
    Ok(None)
}

/// Whether an attachment is the rights-managed message itself: one that is named so, or, when it is the only one, has
/// the ending of such files.
fn carries_rights_managed(
    compound: &mut Compound,
    source: &mut Source<'_>,
    limits: &Limits,
) -> Result<bool, ReadError> {
    let is_attachment = |name: &str| name.to_ascii_lowercase().starts_with("__attach_version1.0_#");
    let attachments: Vec<EntryId> = compound
        .children(EntryId::ROOT)
        .filter(|(_, name)| is_attachment(name))
        .map(|(id, _)| id)
        .collect();
    let [attachment] = attachments.as_slice() else {
        return one_is_named_rights_managed(compound, source, &attachments, limits);
    };
    for (id, _) in ATTACHMENT_NAMES {
        let name = text(compound, source, *attachment, id, limits.property_set_bytes, limits)?
            .unwrap_or_default()
            .to_ascii_lowercase();
        if name.ends_with(".rpmsg") || name.contains(header::RIGHTS_MANAGED_TYPE) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether one of several attachments has exactly the names of the rights-managed message. Only names as long as those
/// are fetched: there may be many.
fn one_is_named_rights_managed(
    compound: &mut Compound,
    source: &mut Source<'_>,
    attachments: &[EntryId],
    limits: &Limits,
) -> Result<bool, ReadError> {
    let attachments: HashSet<EntryId> = attachments.iter().copied().collect();
    for (stream, wanted, width) in alike(compound, &attachments) {
        limits.budget.check_time()?;
        let name = compound.read_first(source, stream, wanted.len() * width)?;
        if width == 2 && is_text(&name, wanted) || name.eq_ignore_ascii_case(wanted.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The streams with a name of an attachment that are as long as the one of the rights-managed message, with that name
/// and the bytes of a character. A zero may follow the name.
fn alike(compound: &Compound, attachments: &HashSet<EntryId>) -> Vec<(EntryId, &'static str, usize)> {
    let wanted = |name: &str, size: u64| {
        let (id, width) = text_stream(name)?;
        let (_, wanted) = ATTACHMENT_NAMES
            .iter()
            .find(|(known, _)| id.eq_ignore_ascii_case(known))?;
        let lengths = [wanted.len() * width, (wanted.len() + 1) * width];
        lengths
            .contains(&usize::try_from(size).ok()?)
            .then_some((*wanted, width))
    };
    compound
        .streams()
        .filter(|stream| attachments.contains(&stream.parent))
        .filter_map(|stream| wanted(stream.name, stream.size).map(|(name, width)| (stream.id, name, width)))
        .collect()
}

/// Property id, and bytes of a character, of the stream with a text property.
fn text_stream(name: &str) -> Option<(&str, usize)> {
    let (prefix, rest) = name.split_at_checked(PROPERTY.len())?;
    let (id, kind) = rest.split_at_checked(4)?;
    let (_, width) = TEXT_KINDS.iter().find(|(text, _)| kind.eq_ignore_ascii_case(text))?;
    prefix.eq_ignore_ascii_case(PROPERTY).then_some((id, *width))
}

fn decode_utf16(bytes: &[u8]) -> String {
    String::from_utf16_lossy(&units(bytes).collect::<Vec<u16>>())
}

/// Characters up to the first that is zero.
fn units(bytes: &[u8]) -> impl Iterator<Item = u16> {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    units.take_while(|unit| *unit != 0)
}
