//! The first 512 bytes of a compound file.

use crate::bytes::{u16_le, u32_le};
use crate::error::{ReadError, malformed};
use crate::source::Source;

const LENGTH: usize = 512;
const TABLE_SECTORS: usize = 109;

/// What the header says.
#[derive(Debug)]
pub(super) struct Header {
    /// Binary logarithm of the sector size: 9 or 12.
    pub(super) sector_shift: u32,
    pub(super) first_directory_sector: u32,
    pub(super) first_mini_table: u32,
    pub(super) first_table_list: u32,
    /// The first 109 sectors of the allocation table.
    pub(super) table_sectors: Vec<u32>,
}

impl Header {
    pub(super) fn read(source: &mut Source<'_>) -> Result<Self, ReadError> {
        const BAD: ReadError = malformed("the compound file has a damaged header");
        let data = source.read(0, LENGTH)?;
        let long = |offset: usize| u32_le(data, offset).ok_or(BAD);
        let shift = u16_le(data, 30).ok_or(BAD)?;
        let numbers = (u16_le(data, 28), shift, u16_le(data, 32), long(56)?);
        if !matches!(numbers, (Some(0xFFFE), 9 | 12, Some(6), 4096)) {
            return Err(BAD);
        }
        let table_sectors: Result<Vec<u32>, ReadError> = (0..TABLE_SECTORS).map(|index| long(76 + 4 * index)).collect();
        Ok(Self {
            sector_shift: shift.into(),
            first_directory_sector: long(48)?,
            first_mini_table: long(60)?,
            first_table_list: long(68)?,
            table_sectors: table_sectors?,
        })
    }
}
