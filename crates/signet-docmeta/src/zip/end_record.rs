//! The end of central directory record, and its 64-bit form.

use crate::bytes::{slice, u16_le, u32_le, u64_le};
use crate::error::{ReadError, malformed};
use crate::source::Source;

/// Enough to hold the whole directory of an ordinary document.
const USUAL_TAIL: usize = 16 * 1024;
const RECORD: usize = 22;
const LONGEST_COMMENT: usize = 65_535;
const LOCATOR: usize = 20;
const RECORD_64: usize = 56;
const BAD_64: ReadError = malformed("the archive's 64-bit end record is damaged");

/// Where the central directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EndRecord {
    /// Position of the directory in the document.
    pub(super) directory: u64,
    /// Its length in bytes.
    pub(super) size: u64,
    /// Number of entries as stated; in archives without the 64-bit record only its low 16 bits.
    pub(super) entries: u64,
    /// Whether `entries` is complete.
    pub(super) entries_exact: bool,
    /// Bytes in front of the archive, to be added to every offset in it.
    pub(super) shift: u64,
    /// Position of the record itself, its 64-bit form left aside.
    pub(super) position: u64,
}

/// Numbers of a record, whichever its form.
struct Stated {
    position: u64,
    entries: u64,
    size: u64,
    offset: u64,
    exact: bool,
}

/// Numbers of the short record. The highest one of a field's width stands for a number in the 64-bit record.
struct Classic {
    disks: [u16; 2],
    /// On this disk, and in all.
    entries: [u16; 2],
    size: u32,
    offset: u32,
}

impl Classic {
    /// Whether a number is in the 64-bit record alone.
    fn needs_64(&self) -> bool {
        let short = self.disks.iter().chain(&self.entries);
        short.copied().any(is_elsewhere) || self.size == u32::MAX || self.offset == u32::MAX
    }

    /// Whether the numbers that are here are those of the 64-bit record, as far as they have room.
    fn agrees_with(&self, stated: &Stated) -> bool {
        let long = |here: u32, there: u64| here == u32::MAX || u64::from(here) == there & u64::from(u32::MAX);
        let short = |here: u16, there: u64| is_elsewhere(here) || u64::from(here) == there & u64::from(u16::MAX);
        self.disks.iter().all(|disk| short(*disk, 0))
            && self.entries.iter().all(|entries| short(*entries, stated.entries))
            && long(self.size, stated.size)
            && long(self.offset, stated.offset)
    }
}

const fn is_elsewhere(number: u16) -> bool {
    number == u16::MAX
}

impl EndRecord {
    /// Finds the one record whose comment ends where the document ends.
    pub(super) fn find(source: &mut Source<'_>) -> Result<Self, ReadError> {
        let length = source.len();
        let record = match find_in_tail(source.read_tail(USUAL_TAIL)?, length)? {
            Some(record) => record,
            None => find_in_tail(source.read_tail(RECORD + LONGEST_COMMENT)?, length)?
                .ok_or(malformed("the archive has no end record"))?,
        };
        let stated = Self::read(source, record)?;
        Self::check(&stated, record)
    }

    fn read(source: &mut Source<'_>, position: u64) -> Result<Stated, ReadError> {
        const CUT: ReadError = malformed("the archive's end record is cut short");
        let record = source.read(position, RECORD)?;
        let short = |offset: usize| u16_le(record, offset).ok_or(CUT);
        let long = |offset: usize| u32_le(record, offset).ok_or(CUT);
        let (disk, first_disk, here, entries) = (short(4)?, short(6)?, short(8)?, short(10)?);
        let (size, offset) = (long(12)?, long(16)?);
        let classic = Classic {
            disks: [disk, first_disk],
            entries: [here, entries],
            size,
            offset,
        };
        // Writers may add the 64-bit record although the numbers would fit without.
        let wide = match Self::find_64(source, position) {
            Err(ReadError::Malformed { .. }) if !classic.needs_64() => None,
            answer => answer?,
        };
        if let Some(start) = wide {
            let stated = Self::read_64(source, start)?;
            return if classic.agrees_with(&stated) {
                Ok(stated)
            } else {
                Err(malformed("the archive's end records contradict each other"))
            };
        }
        if disk != 0 || first_disk != 0 || here != entries {
            return Err(malformed("the archive is one part of several"));
        }
        Ok(Stated {
            position,
            entries: entries.into(),
            size: size.into(),
            offset: offset.into(),
            exact: false,
        })
    }

    /// Position of the 64-bit record, when its locator stands just before the record at `position`.
    fn find_64(source: &mut Source<'_>, position: u64) -> Result<Option<u64>, ReadError> {
        let Some(locator) = position.checked_sub(LOCATOR as u64) else {
            return Ok(None);
        };
        let bytes = source.read(locator, LOCATOR)?;
        if !bytes.starts_with(b"PK\x06\x07") {
            return Ok(None);
        }
        let stated = u64_le(bytes, 8).ok_or(BAD_64)?;
        if u32_le(bytes, 4) != Some(0) || u32_le(bytes, 16) > Some(1) || stated >= locator {
            return Err(BAD_64);
        }
        // With bytes in front of the archive the stated place is wrong; the record then usually ends at the locator.
        let usual = locator.checked_sub(RECORD_64 as u64).ok_or(BAD_64)?;
        for start in [stated, usual] {
            if is_record_64(source, start, locator)? {
                return Ok(Some(start));
            }
        }
        Err(BAD_64)
    }

    /// Reads the 64-bit record at `start`.
    fn read_64(source: &mut Source<'_>, start: u64) -> Result<Stated, ReadError> {
        let record = source.read(start, RECORD_64)?;
        let long = |offset: usize| u64_le(record, offset).ok_or(BAD_64);
        if u32_le(record, 16) != Some(0) || u32_le(record, 20) != Some(0) || long(24)? != long(32)? {
            return Err(malformed("the archive is one part of several"));
        }
        Ok(Stated {
            position: start,
            entries: long(32)?,
            size: long(40)?,
            offset: long(48)?,
            exact: true,
        })
    }

    /// The directory ends where the record starts, wherever the archive says it is.
    fn check(stated: &Stated, record: u64) -> Result<Self, ReadError> {
        const OUTSIDE: ReadError = malformed("the archive's directory is not where the end record says");
        let directory = stated.position.checked_sub(stated.size).ok_or(OUTSIDE)?;
        let shift = directory.checked_sub(stated.offset).ok_or(OUTSIDE)?;
        let Stated {
            size, entries, exact, ..
        } = *stated;
        Ok(Self {
            directory,
            size,
            entries,
            entries_exact: exact,
            shift,
            position: record,
        })
    }
}

fn is_record_64(source: &mut Source<'_>, start: u64, locator: u64) -> Result<bool, ReadError> {
    if start.checked_add(RECORD_64 as u64).is_none_or(|end| end > locator) {
        return Ok(false);
    }
    Ok(source.read(start, 4)? == b"PK\x06\x06")
}

/// Position in the document of the record in `tail`, its last bytes.
fn find_in_tail(tail: &[u8], length: u64) -> Result<Option<u64>, ReadError> {
    let mut found = None;
    for start in (0..(tail.len() + 1).saturating_sub(RECORD)).rev() {
        let Some(record) = slice(tail, start, RECORD) else {
            continue;
        };
        if !record.starts_with(b"PK\x05\x06") {
            continue;
        }
        let comment = u16_le(record, 20).map_or(usize::MAX, usize::from);
        if tail.len() - start != RECORD + comment {
            continue;
        }
        if found.replace(length - (tail.len() - start) as u64).is_some() {
            return Err(malformed("the archive has two end records"));
        }
    }
    Ok(found)
}
