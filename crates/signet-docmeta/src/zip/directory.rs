//! The central directory.

use crate::bytes::{slice, u16_le, u32_le, u64_le};
use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::source::Source;
use crate::zip::end_record::EndRecord;

const CUT: ReadError = malformed("the archive's directory is damaged");
const HEADER: usize = 46;

/// The entries of an archive, in directory order.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) entries: Vec<Entry>,
    /// Position of the directory in the document; entries lie before it.
    pub(crate) start: u64,
    /// Length of the directory in bytes.
    pub(crate) size: u64,
    /// Bytes in front of the archive.
    pub(crate) shift: u64,
    /// Position of the end record.
    pub(crate) end_record: u64,
    /// Whether the archive has the 64-bit end record too.
    pub(crate) wide: bool,
}

/// One entry as the directory states it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) compression: u16,
    pub(crate) crc: u32,
    pub(crate) compressed_size: u64,
    pub(crate) size: u64,
    pub(crate) extra_length: usize,
    /// Position of the local header in the document.
    pub(crate) header: u64,
    /// Position of this record in the directory, and its length.
    pub(crate) record: (usize, usize),
}

impl Directory {
    /// Reads the whole directory, normally without a request beyond the document's tail.
    pub(crate) fn read(source: &mut Source<'_>, limits: &Limits) -> Result<Self, ReadError> {
        let end = EndRecord::find(source)?;
        let size = usize::try_from(end.size).unwrap_or(usize::MAX);
        if size > limits.zip_directory_bytes || end.entries > limits.zip_entries {
            return Err(limit("the archive's directory is too large"));
        }
        let entries = parse(source.read(end.directory, size)?, end.shift, limits)?;
        let counted = entries.len() as u64;
        let stated = if end.entries_exact { counted } else { counted & 0xFFFF };
        if stated != end.entries {
            return Err(malformed(
                "the archive's directory has another number of entries than stated",
            ));
        }
        let EndRecord {
            directory: start,
            size,
            shift,
            position: end_record,
            entries_exact: wide,
            ..
        } = end;
        Ok(Self {
            entries,
            start,
            size,
            shift,
            end_record,
            wide,
        })
    }

    /// The entry of a name, without regard to ASCII case and to percent signs, since names of package parts are compared
    /// so: `name` has none that stand for another character, names of entries may be written either way.
    pub(crate) fn find(&self, name: &[u8]) -> Result<Option<&Entry>, ReadError> {
        Ok(self.position_of(name)?.and_then(|position| self.entries.get(position)))
    }

    /// As `find`, but the position in `entries`.
    pub(crate) fn position_of(&self, name: &[u8]) -> Result<Option<usize>, ReadError> {
        let numbered = self.entries.iter().enumerate();
        let mut found = numbered.filter(|(_, entry)| is_named(&entry.name, name));
        let first = found.next().map(|(position, _)| position);
        if found.next().is_some() {
            return Err(malformed("the archive holds an entry twice"));
        }
        Ok(first)
    }

    /// Whether an entry would have a name if the backslashes in its own were slashes, as some archivers write them.
    pub(crate) fn has_with_backslashes(&self, name: &[u8]) -> bool {
        let slashed = |entry: &Entry| {
            entry
                .name
                .iter()
                .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
                .collect()
        };
        let with = self.entries.iter().filter(|entry| entry.name.contains(&b'\\'));
        with.map(slashed).any(|slashed: Vec<u8>| is_named(&slashed, name))
    }
}

/// Whether a name with or without percent signs is `name`, which has none that stand for another character.
pub(crate) fn is_named(stored: &[u8], name: &[u8]) -> bool {
    stored.eq_ignore_ascii_case(name)
        || stored.contains(&b'%')
            && Decoded(stored)
                .map(|byte| byte.to_ascii_lowercase())
                .eq(name.iter().map(u8::to_ascii_lowercase))
}

/// The bytes of a name, percent signs decoded; those that stand for nothing stay.
struct Decoded<'a>(&'a [u8]);

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        let digit = |index: usize| char::from(*rest.get(index)?).to_digit(16);
        let escaped = match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        self.0 = rest.get(if escaped.is_some() { 2 } else { 0 }..).unwrap_or_default();
        Some(escaped.unwrap_or(*byte))
    }
}

fn parse(data: &[u8], shift: u64, limits: &Limits) -> Result<Vec<Entry>, ReadError> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut position = 0;
    while position < data.len() {
        let rest = data.get(position..).ok_or(CUT)?;
        // A digital signature may follow the entries.
        if rest.starts_with(b"PK\x05\x05") {
            break;
        }
        if entries.len() as u64 >= limits.zip_entries {
            return Err(limit("the archive has too many entries"));
        }
        let entry = entry(rest, position, shift)?;
        position += entry.record.1;
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(record: &[u8], position: usize, shift: u64) -> Result<Entry, ReadError> {
    if !record.starts_with(b"PK\x01\x02") {
        return Err(CUT);
    }
    let short = |offset: usize| u16_le(record, offset).ok_or(CUT);
    let long = |offset: usize| u32_le(record, offset).map(u64::from).ok_or(CUT);
    let name_length = usize::from(short(28)?);
    let extra_length = usize::from(short(30)?);
    let length = HEADER + name_length + extra_length + usize::from(short(32)?);
    let extra = slice(record, HEADER + name_length, extra_length).ok_or(CUT)?;
    slice(record, 0, length).ok_or(CUT)?;
    let mut wide = WideNumbers::of(extra);
    let size = wide.widen(long(24)?)?;
    let compressed_size = wide.widen(long(20)?)?;
    let header = wide.widen(long(42)?)?;
    Ok(Entry {
        name: slice(record, HEADER, name_length).ok_or(CUT)?.to_vec(),
        flags: short(8)?,
        compression: short(10)?,
        crc: u32_le(record, 16).ok_or(CUT)?,
        compressed_size,
        size,
        extra_length,
        header: header.checked_add(shift).ok_or(CUT)?,
        record: (position, length),
    })
}

/// The 64-bit numbers of an entry: they stand in the extra field in the order of the narrow ones they replace.
struct WideNumbers<'a> {
    rest: &'a [u8],
}

impl<'a> WideNumbers<'a> {
    fn of(extra: &'a [u8]) -> Self {
        let mut rest = extra;
        while let (Some(id), Some(length)) = (u16_le(rest, 0), u16_le(rest, 2)) {
            let Some(field) = slice(rest, 4, length.into()) else {
                break;
            };
            if id == 1 {
                return Self { rest: field };
            }
            rest = rest.get(4 + usize::from(length)..).unwrap_or_default();
        }
        Self { rest: &[] }
    }

    fn widen(&mut self, narrow: u64) -> Result<u64, ReadError> {
        if narrow != u64::from(u32::MAX) {
            return Ok(narrow);
        }
        let wide = u64_le(self.rest, 0).ok_or(CUT)?;
        self.rest = self.rest.get(8..).unwrap_or_default();
        Ok(wide)
    }
}
