//! Compound files by range: sectors, chains and directory entries are read when they are needed.
//!
//! Source: MS-CFB. The allocation table of a large file is megabytes long; only the sectors a chain passes are read.

mod directory;
mod header;
mod sectors;

pub(crate) use directory::{EntryId, StreamEntry};

use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::source::Source;

use directory::Directory;
use header::Header;
use sectors::{Chain, Sectors};

/// Streams below this length live in the mini stream. Source: MS-CFB 2.2, mini stream cut-off size.
const MINI_CUT_OFF: u64 = 4096;
const MINI_SECTOR: u64 = 64;
/// Sectors of one file lie close to each other more often than not.
const BLOCK: u64 = 8 * 1024;

/// An open compound file.
pub(crate) struct Compound {
    sectors: Sectors,
    directory: Directory,
    mini_table: Chain,
    mini_stream: Chain,
}

impl Compound {
    /// Reads the header and the directory.
    pub(crate) fn open(source: &mut Source<'_>, limits: &Limits) -> Result<Self, ReadError> {
        source.fetch_blocks_of(BLOCK);
        let header = Header::read(source)?;
        let mut sectors = Sectors::new(&header, source.len());
        let directory = Directory::read(&mut sectors, source, &header, limits)?;
        let mini_stream = Chain::new(directory.root().start);
        Ok(Self {
            sectors,
            directory,
            mini_table: Chain::new(header.first_mini_table),
            mini_stream,
        })
    }

    /// The storage or stream at a path from the root; names are compared without regard to ASCII case.
    pub(crate) fn find(&self, path: &[&str]) -> Result<Option<EntryId>, ReadError> {
        let mut entry = EntryId::ROOT;
        for name in path {
            match self.directory.child(entry, name)? {
                Some(child) => entry = child,
                None => return Ok(None),
            }
        }
        Ok(Some(entry))
    }

    /// The stream at a path from the root.
    pub(crate) fn find_stream(&self, path: &[&str]) -> Result<Option<EntryId>, ReadError> {
        Ok(self
            .find(path)?
            .filter(|entry| self.directory.entry(*entry).is_some_and(|entry| entry.is_stream)))
    }

    /// The stream of a name in a storage.
    pub(crate) fn stream_of(&self, storage: EntryId, name: &str) -> Result<Option<EntryId>, ReadError> {
        let child = self.directory.child(storage, name)?;
        Ok(child.filter(|child| self.directory.entry(*child).is_some_and(|entry| entry.is_stream)))
    }

    /// Names of the children of a storage.
    pub(crate) fn children(&self, storage: EntryId) -> impl Iterator<Item = (EntryId, &str)> {
        self.directory.children(storage)
    }

    /// All streams, whatever storage they are in.
    pub(crate) fn streams(&self) -> impl Iterator<Item = StreamEntry<'_>> {
        self.directory.streams()
    }

    /// The whole of a stream.
    ///
    /// # Errors
    /// `LimitExceeded` when it is longer than `most`.
    pub(crate) fn read_stream(
        &mut self,
        source: &mut Source<'_>,
        stream: EntryId,
        most: usize,
    ) -> Result<Vec<u8>, ReadError> {
        let size = self.stream_size(source, stream)?;
        if size > most as u64 {
            return Err(limit("a stream of the compound file is too long"));
        }
        self.read_first(source, stream, most)
    }

    /// The first `length` bytes of a stream, fewer when it is shorter.
    pub(crate) fn read_first(
        &mut self,
        source: &mut Source<'_>,
        stream: EntryId,
        length: usize,
    ) -> Result<Vec<u8>, ReadError> {
        const GONE: ReadError = malformed("the compound file names a stream that does not exist");
        let size = self.stream_size(source, stream)?;
        let entry = self.directory.entry(stream).ok_or(GONE)?;
        let start = entry.start;
        let length = usize::try_from(size).unwrap_or(usize::MAX).min(length);
        if size < MINI_CUT_OFF {
            self.read_mini(source, start, length)
        } else {
            self.read_large(source, start, length)
        }
    }

    fn stream_size(&self, source: &Source<'_>, stream: EntryId) -> Result<u64, ReadError> {
        let size = self.directory.entry(stream).map_or(0, |entry| entry.size);
        if size > source.len() {
            return Err(malformed("a stream of the compound file is longer than the file"));
        }
        Ok(size)
    }

    fn read_large(&mut self, source: &mut Source<'_>, start: u32, length: usize) -> Result<Vec<u8>, ReadError> {
        let mut chain = Chain::new(start);
        let mut data = Vec::with_capacity(length);
        while data.len() < length {
            let sector_size = self.sectors.size();
            let first = data.len() / sector_size;
            let wanted = (length - data.len()).div_ceil(sector_size);
            let run = chain.run(&mut self.sectors, source, first, wanted)?;
            let bytes = (run.count * sector_size).min(length - data.len());
            data.extend_from_slice(source.read(self.sectors.offset(run.first), bytes)?);
        }
        Ok(data)
    }

    fn read_mini(&mut self, source: &mut Source<'_>, start: u32, length: usize) -> Result<Vec<u8>, ReadError> {
        const BAD: ReadError = malformed("a chain of the compound file's mini stream is damaged");
        let mut data = Vec::with_capacity(length);
        let mut sector = start;
        let mut passed = Vec::new();
        // At most 64 steps: the stream is shorter than the cut-off.
        while data.len() < length {
            if passed.contains(&sector) {
                return Err(BAD);
            }
            passed.push(sector);
            let offset = u64::from(sector) * MINI_SECTOR;
            if offset >= self.directory.root().size {
                return Err(BAD);
            }
            let bytes = (MINI_SECTOR as usize).min(length - data.len());
            let place = self.mini_stream.offset_of(&mut self.sectors, source, offset)?;
            data.extend_from_slice(source.read(place, bytes)?);
            if data.len() < length {
                let place = self
                    .mini_table
                    .offset_of(&mut self.sectors, source, u64::from(sector) * 4)?;
                let next = source.read(place, 4)?;
                sector = crate::bytes::u32_le(next, 0).ok_or(BAD)?;
            }
        }
        Ok(data)
    }
}

#[cfg(test)]
mod tests;
