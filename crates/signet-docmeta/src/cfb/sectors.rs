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

/// Every how many sectors of a chain one is remembered.
const STEP: usize = 64;
/// How many sectors of a chain are compared with every later one.
const COMPARED: usize = 65_536;

/// A chain of sectors, followed as far as needed. Only some of them are remembered: a chain may be as long as the file.
#[derive(Debug)]
pub(super) struct Chain {
    start: u32,
    /// The sectors at positions 0, `STEP`, twice `STEP` and so on.
    marks: Vec<u32>,
    /// A position and its sector: where the last look-up ended.
    cursor: Option<(usize, u32)>,
    /// How far the chain has been followed.
    furthest: usize,
    /// The first sectors. None of them may come again.
    seen: HashSet<u32>,
    /// A later position and its sector, which may not come again either. It moves on ever more rarely, so that it comes
    /// to lie on any circle.
    anchor: (usize, u32),
    /// How many sectors there are, once the end has been seen.
    length: Option<usize>,
}

impl Chain {
    pub(super) fn new(start: u32) -> Self {
        Self {
            start,
            marks: Vec::new(),
            cursor: None,
            furthest: 0,
            seen: HashSet::from([start]),
            anchor: (COMPARED, END_OF_CHAIN),
            length: None,
        }
    }

    /// The sector at a position of the chain; `None` behind its end.
    pub(super) fn nth(
        &mut self,
        sectors: &mut Sectors,
        source: &mut Source<'_>,
        index: usize,
    ) -> Result<Option<u32>, ReadError> {
        if self.start == END_OF_CHAIN || self.length.is_some_and(|length| index >= length) {
            return Ok(None);
        }
        let (mut position, mut sector) = self.nearest(sectors, index)?;
        while position < index {
            let Some(next) = sectors.next(source, sector)? else {
                self.length = Some(position + 1);
                return Ok(None);
            };
            (position, sector) = (position + 1, next);
            self.pass(position, sector)?;
        }
        self.cursor = Some((position, sector));
        Ok(Some(sector))
    }

    /// The last known position up to `index`.
    fn nearest(&mut self, sectors: &Sectors, index: usize) -> Result<(usize, u32), ReadError> {
        if self.marks.is_empty() {
            self.marks.push(sectors.checked(self.start)?);
        }
        let mark = (index / STEP).min(self.marks.len() - 1);
        let marked = (mark * STEP, self.marks.get(mark).copied().ok_or(BROKEN)?);
        let cursor = self
            .cursor
            .filter(|(position, _)| (marked.0..=index).contains(position));
        Ok(cursor.unwrap_or(marked))
    }

    /// Remembers a sector reached for the first time; one that comes again makes the chain endless.
    fn pass(&mut self, position: usize, sector: u32) -> Result<(), ReadError> {
        if position <= self.furthest {
            return Ok(());
        }
        self.furthest = position;
        if position == self.marks.len() * STEP {
            self.marks.push(sector);
        }
        let again = if self.seen.len() < COMPARED {
            !self.seen.insert(sector)
        } else {
            sector == self.anchor.1 || self.seen.contains(&sector)
        };
        if again {
            return Err(BROKEN);
        }
        if position >= 2 * self.anchor.0 {
            self.anchor = (position, sector);
        }
        Ok(())
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
