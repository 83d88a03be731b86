//! Sectors, the allocation table, and chains through it.

use std::collections::HashSet;

use crate::bytes::u32_le;
use crate::cfb::header::Header;
use crate::error::{ReadError, malformed};
use crate::source::Source;

const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
const BROKEN: ReadError = malformed("a chain of the compound file is damaged");

/// The sectors of a file, and the part of its allocation table known so far.
#[derive(Debug)]
pub(super) struct Sectors {
    shift: u32,
    /// INVARIANT (sectors are inside the file): every sector number handed out is below this.
    count: u32,
    /// Where the sectors of the allocation table are, as far as the list has been followed.
    table: Vec<u32>,
    next_list: u32,
    list_steps: u32,
}

/// Sectors that follow each other both in a chain and in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: u32,
    pub(super) count: usize,
}

impl Sectors {
    pub(super) fn new(header: &Header, file_length: u64) -> Self {
        let sectors = (file_length.div_ceil(1 << header.sector_shift)).saturating_sub(1);
        Self {
            shift: header.sector_shift,
            count: u32::try_from(sectors).unwrap_or(END_OF_CHAIN).min(0xFFFF_FFFA),
            table: header.table_sectors.clone(),
            next_list: header.first_table_list,
            list_steps: 0,
        }
    }

    /// Bytes in a sector.
    pub(super) const fn size(&self) -> usize {
        1 << self.shift
    }

    /// Position of a sector in the file; the header takes the place of one sector.
    pub(super) fn offset(&self, sector: u32) -> u64 {
        (u64::from(sector) + 1) << self.shift
    }

    fn checked(&self, sector: u32) -> Result<u32, ReadError> {
        if sector < self.count { Ok(sector) } else { Err(BROKEN) }
    }

    /// The sector after `sector` in its chain.
    fn next(&mut self, source: &mut Source<'_>, sector: u32) -> Result<Option<u32>, ReadError> {
        let per_sector = self.size() / 4;
        let index = sector as usize / per_sector;
        while self.table.len() <= index {
            self.follow_list(source)?;
        }
        let table_sector = self.checked(self.table.get(index).copied().ok_or(BROKEN)?)?;
        let within = (sector as usize % per_sector) as u64 * 4;
        let entry = source.read(self.offset(table_sector) + within, 4)?;
        match u32_le(entry, 0).ok_or(BROKEN)? {
            END_OF_CHAIN => Ok(None),
            next => self.checked(next).map(Some),
        }
    }

    /// Reads one more sector of the list of table sectors.
    fn follow_list(&mut self, source: &mut Source<'_>) -> Result<(), ReadError> {
        self.list_steps += 1;
        if self.list_steps > self.count / 127 + 1 {
            return Err(BROKEN);
        }
        let sector = self.checked(self.next_list)?;
        let data = source.read(self.offset(sector), self.size())?;
        let numbers = data.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
        self.table.extend(numbers);
        self.next_list = self.table.pop().ok_or(BROKEN)?;
        Ok(())
    }
}

/// A chain of sectors, followed as far as needed.
#[derive(Debug)]
pub(super) struct Chain {
    start: u32,
    sectors: Vec<u32>,
    seen: HashSet<u32>,
    ended: bool,
}

impl Chain {
    pub(super) fn new(start: u32) -> Self {
        Self {
            start,
            sectors: Vec::new(),
            seen: HashSet::new(),
            ended: false,
        }
    }

    /// The sector at a position of the chain; `None` behind its end.
    pub(super) fn nth(
        &mut self,
        sectors: &mut Sectors,
        source: &mut Source<'_>,
        index: usize,
    ) -> Result<Option<u32>, ReadError> {
        while self.sectors.len() <= index && !self.ended {
            let next = match self.sectors.last() {
                Some(last) => sectors.next(source, *last)?,
                None if self.start == END_OF_CHAIN => None,
                None => Some(sectors.checked(self.start)?),
            };
            match next {
                // A sector that comes again makes the chain endless.
                Some(next) if !self.seen.insert(next) => return Err(BROKEN),
                Some(next) => self.sectors.push(next),
                None => self.ended = true,
            }
        }
        Ok(self.sectors.get(index).copied())
    }

    /// Up to `wanted` sectors from position `index` on that lie side by side. At least one.
    pub(super) fn run(
        &mut self,
        sectors: &mut Sectors,
        source: &mut Source<'_>,
        index: usize,
        wanted: usize,
    ) -> Result<Run, ReadError> {
        let first = self.nth(sectors, source, index)?.ok_or(BROKEN)?;
        let mut count = 1;
        while count < wanted {
            let next = self.nth(sectors, source, index + count)?.ok_or(BROKEN)?;
            if u64::from(next) != u64::from(first) + count as u64 {
                break;
            }
            count += 1;
        }
        Ok(Run { first, count })
    }

    /// Position in the file of a position in the chain's content.
    pub(super) fn offset_of(
        &mut self,
        sectors: &mut Sectors,
        source: &mut Source<'_>,
        position: u64,
    ) -> Result<u64, ReadError> {
        let size = sectors.size() as u64;
        let index = usize::try_from(position / size).map_err(|_| BROKEN)?;
        let sector = self.nth(sectors, source, index)?.ok_or(BROKEN)?;
        Ok(sectors.offset(sector) + position % size)
    }
}
