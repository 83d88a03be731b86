//! The directory: storages and streams, and which belongs to which.

use crate::bytes::{slice, u8_at, u16_le, u32_le, u64_le};
use crate::cfb::header::Header;
use crate::cfb::sectors::{Chain, Sectors};
use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::source::Source;

const ENTRY: usize = 128;
const NO_ENTRY: u32 = 0xFFFF_FFFF;
const BAD: ReadError = malformed("the compound file has a damaged directory");

/// A directory entry by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EntryId(u32);

impl EntryId {
    /// The root storage.
    pub(crate) const ROOT: Self = Self(0);
}

/// A stream as the directory has it.
#[derive(Debug)]
pub(crate) struct StreamEntry<'a> {
    pub(crate) id: EntryId,
    /// The storage it is in.
    pub(crate) parent: EntryId,
    pub(crate) name: &'a str,
    /// Length in bytes, as stated.
    pub(crate) size: u64,
}

/// All entries. INVARIANT (there is a root): `entries` is not empty.
#[derive(Debug)]
pub(super) struct Directory {
    entries: Vec<Entry>,
    root: Entry,
}

/// One storage or stream.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    name: String,
    pub(super) is_stream: bool,
    /// First sector of the content.
    pub(super) start: u32,
    /// Length of the content in bytes.
    pub(super) size: u64,
    left: u32,
    right: u32,
    child: u32,
    parent: Option<u32>,
}

impl Directory {
    pub(super) fn read(
        sectors: &mut Sectors,
        source: &mut Source<'_>,
        header: &Header,
        limits: &Limits,
    ) -> Result<Self, ReadError> {
        let short_sizes = header.sector_shift == 9;
        let mut chain = Chain::new(header.first_directory_sector);
        let mut entries = Vec::new();
        let mut index = 0;
        while let Some(sector) = chain.nth(sectors, source, index)? {
            if entries.len() + sectors.size() / ENTRY > limits.compound_entries {
                return Err(limit("the compound file has too many entries"));
            }
            let data = source.read(sectors.offset(sector), sectors.size())?;
            for record in data.as_chunks::<ENTRY>().0 {
                entries.push(Entry::read(record, short_sizes)?);
            }
            index += 1;
        }
        let root = entries.first().cloned().ok_or(BAD)?;
        let mut directory = Self { entries, root };
        directory.find_parents()?;
        Ok(directory)
    }

    pub(super) const fn root(&self) -> &Entry {
        &self.root
    }

    pub(super) fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(id.0 as usize)
    }

    pub(super) fn children(&self, storage: EntryId) -> impl Iterator<Item = (EntryId, &str)> {
        let numbered = (0_u32..).zip(&self.entries);
        numbered
            .filter(move |(_, entry)| entry.parent == Some(storage.0))
            .map(|(number, entry)| (EntryId(number), entry.name.as_str()))
    }

    /// All streams, whatever storage they are in.
    pub(super) fn streams(&self) -> impl Iterator<Item = StreamEntry<'_>> {
        let numbered = (0_u32..).zip(&self.entries);
        let streams = numbered.filter(|(_, entry)| entry.is_stream);
        streams.filter_map(|(number, entry)| {
            Some(StreamEntry {
                id: EntryId(number),
                parent: EntryId(entry.parent?),
                name: &entry.name,
                size: entry.size,
            })
        })
    }

    /// The child of a storage by name.
    pub(super) fn child(&self, storage: EntryId, name: &str) -> Result<Option<EntryId>, ReadError> {
        let mut found = self
            .children(storage)
            .filter(|(_, child)| child.eq_ignore_ascii_case(name));
        let first = found.next().map(|(entry, _)| entry);
        if found.next().is_some() {
            return Err(malformed("the compound file holds an entry twice"));
        }
        Ok(first)
    }

    /// Walks the trees of siblings from the root down. The order of siblings is not trusted.
    fn find_parents(&mut self) -> Result<(), ReadError> {
        let mut open = vec![(self.root.child, 0_u32)];
        while let Some((number, parent)) = open.pop() {
            if number == NO_ENTRY {
                continue;
            }
            let entry = self.entries.get_mut(number as usize).ok_or(BAD)?;
            if number == 0 || entry.parent.replace(parent).is_some() {
                return Err(malformed("the compound file's directory is not a tree"));
            }
            open.extend([(entry.left, parent), (entry.right, parent)]);
            if !entry.is_stream {
                open.push((entry.child, number));
            }
        }
        Ok(())
    }
}

impl Entry {
    fn read(record: &[u8], short_sizes: bool) -> Result<Self, ReadError> {
        let long = |offset: usize| u32_le(record, offset).ok_or(BAD);
        let name_length = usize::from(u16_le(record, 64).ok_or(BAD)?);
        let name = slice(record, 0, name_length.min(64)).ok_or(BAD)?;
        let units = name.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
        let name = String::from_utf16_lossy(&units.take_while(|unit| *unit != 0).collect::<Vec<u16>>());
        let size = u64_le(record, 120).ok_or(BAD)?;
        Ok(Self {
            name,
            is_stream: u8_at(record, 66) == Some(2),
            start: long(116)?,
            // Files with short sectors may leave rubbish in the upper half. Source: MS-CFB 2.6.1.
            size: if short_sizes { size & 0xFFFF_FFFF } else { size },
            left: long(68)?,
            right: long(72)?,
            child: long(76)?,
            parent: None,
        })
    }
}
