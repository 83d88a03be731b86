//! A new archive out of an old one: changed entries are written anew, all others are copied as they are.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::bytes::{slice, u16_le, u32_le};
use crate::error::{ReadError, malformed};
use crate::source::Source;
use crate::write::{Rewrite, SegmentList};
use crate::zip::{Directory, Entry};

const BAD: ReadError = malformed("the archive's directory is damaged");
const RECORD: usize = 46;
const LOCAL_HEADER: u64 = 30;
const DEFLATED: u16 = 8;
const UTF_8_NAME: u16 = 0x0800;
/// 1980-01-01, the first day an archive can name.
const FIRST_DAY: u16 = 0x0021;
const NARROW: u64 = 0xFFFF_FFFF;

/// What is to be different in the new archive.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// New content by position in the directory.
    pub(crate) replaced: BTreeMap<usize, Vec<u8>>,
    /// Names and content of new entries.
    pub(crate) added: Vec<(String, Vec<u8>)>,
}

/// Numbers of an entry in the new archive.
struct Written {
    crc: u32,
    compressed_size: u64,
    size: u64,
    /// Position of the local header, bytes in front of the archive not counted.
    header: u64,
}

/// Describes the new archive.
pub(crate) fn rebuild(source: &mut Source<'_>, directory: &Directory, changes: &Changes) -> Result<Rewrite, ReadError> {
    let mut segments = SegmentList::default();
    let order = physical_order(directory)?;
    let first = order.first().map_or(directory.start, |(_, start, _)| *start);
    segments.copy(0, first);
    let mut written: BTreeMap<usize, Written> = BTreeMap::new();
    for (index, start, end) in order {
        let entry = directory.entries.get(index).ok_or(BAD)?;
        let header = segments.len() - directory.shift;
        let numbers = match changes.replaced.get(&index) {
            Some(content) => {
                let time = time_of(source, directory, entry)?;
                write_entry(
                    &mut segments,
                    &entry.name,
                    entry.flags & UTF_8_NAME,
                    header,
                    content,
                    time,
                )
            }
            None => {
                segments.copy(start, end - start);
                Written {
                    crc: entry.crc,
                    compressed_size: entry.compressed_size,
                    size: entry.size,
                    header,
                }
            }
        };
        written.insert(index, numbers);
    }
    let mut records = Vec::new();
    let mut count = 0_u64;
    let old = source.read(directory.start, usize::try_from(directory.size).map_err(|_| BAD)?)?;
    for (index, entry) in directory.entries.iter().enumerate() {
        let (position, length) = entry.record;
        let record = slice(old, position, length).ok_or(BAD)?;
        let numbers = written.get(&index).ok_or(BAD)?;
        records.extend(copied_record(record, numbers, changes.replaced.contains_key(&index))?);
        count += 1;
    }
    for (name, content) in &changes.added {
        let header = segments.len() - directory.shift;
        let numbers = write_entry(
            &mut segments,
            name.as_bytes(),
            name_flag(name),
            header,
            content,
            [0, 0, 0x21, 0],
        );
        records.extend(new_record(name, &numbers)?);
        count += 1;
    }
    let start = segments.len() - directory.shift;
    let size = records.len() as u64;
    segments.bytes(records);
    let comment_length = source.len() - directory.end_record - 22;
    segments.bytes(end_records(
        directory.wide,
        count,
        size,
        start,
        segments.len() - directory.shift,
        comment_length,
    )?);
    segments.copy(directory.end_record + 22, comment_length);
    Ok(segments.finish())
}

/// Entries with the bytes they take, in the order they lie in. What lies between two entries belongs to the first.
fn physical_order(directory: &Directory) -> Result<Vec<(usize, u64, u64)>, ReadError> {
    let mut starts: Vec<(u64, usize)> = directory
        .entries
        .iter()
        .enumerate()
        .map(|(index, entry)| (entry.header, index))
        .collect();
    starts.sort_unstable();
    let mut order = Vec::with_capacity(starts.len());
    for (place, (start, index)) in starts.iter().enumerate() {
        let end = starts.get(place + 1).map_or(directory.start, |(next, _)| *next);
        let entry = directory.entries.get(*index).ok_or(BAD)?;
        let least = (LOCAL_HEADER + entry.name.len() as u64).checked_add(entry.compressed_size);
        let fits = least
            .and_then(|least| start.checked_add(least))
            .is_some_and(|least| least <= end);
        if !fits {
            return Err(malformed("entries of the archive overlap"));
        }
        order.push((*index, *start, end));
    }
    Ok(order)
}

/// Time and date of an entry, as its record has them.
fn time_of(source: &mut Source<'_>, directory: &Directory, entry: &Entry) -> Result<[u8; 4], ReadError> {
    let record = source.read(directory.start + entry.record.0 as u64, entry.record.1)?;
    crate::bytes::array(record, 12).ok_or(BAD)
}

/// A local header and compressed data.
fn write_entry(
    segments: &mut SegmentList,
    name: &[u8],
    flags: u16,
    header: u64,
    content: &[u8],
    time: [u8; 4],
) -> Written {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing into a vector cannot fail.
    let _ = encoder.write_all(content);
    let compressed = encoder.finish().unwrap_or_default();
    let written = Written {
        crc: crc32fast::hash(content),
        compressed_size: compressed.len() as u64,
        size: content.len() as u64,
        header,
    };
    let mut bytes = b"PK\x03\x04\x14\0".to_vec();
    bytes.extend_from_slice(&flags.to_le_bytes());
    bytes.extend_from_slice(&DEFLATED.to_le_bytes());
    bytes.extend_from_slice(&time);
    bytes.extend_from_slice(&written.crc.to_le_bytes());
    bytes.extend_from_slice(&narrow(written.compressed_size).to_le_bytes());
    bytes.extend_from_slice(&narrow(written.size).to_le_bytes());
    bytes.extend_from_slice(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&compressed);
    segments.bytes(bytes);
    written
}

const fn name_flag(name: &str) -> u16 {
    if name.is_ascii() { 0 } else { UTF_8_NAME }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The record of an entry with its new numbers; name, attributes, comment and foreign extra fields stay.
fn copied_record(old: &[u8], numbers: &Written, replaced: bool) -> Result<Vec<u8>, ReadError> {
    let short = |offset: usize| u16_le(old, offset).map(usize::from).ok_or(BAD);
    let was_wide = |offset: usize| u32_le(old, offset) == Some(u32::MAX);
    let (name_length, extra_length, comment_length) = (short(28)?, short(30)?, short(32)?);
    let name = slice(old, RECORD, name_length).ok_or(BAD)?;
    let extra = slice(old, RECORD + name_length, extra_length).ok_or(BAD)?;
    let comment = slice(old, RECORD + name_length + extra_length, comment_length).ok_or(BAD)?;
    let mut wide = Vec::new();
    let mut field = |number: u64, keep_wide: bool| {
        if number < NARROW && !keep_wide {
            return narrow(number);
        }
        wide.extend_from_slice(&number.to_le_bytes());
        u32::MAX
    };
    let size = field(numbers.size, !replaced && was_wide(24));
    let compressed_size = field(numbers.compressed_size, !replaced && was_wide(20));
    let header = field(numbers.header, !replaced && was_wide(42));
    let mut new_extra = Vec::new();
    if !wide.is_empty() {
        new_extra.extend_from_slice(&1_u16.to_le_bytes());
        new_extra.extend_from_slice(&u16::try_from(wide.len()).map_err(|_| BAD)?.to_le_bytes());
        new_extra.extend_from_slice(&wide);
    }
    new_extra.extend(foreign_extra(extra));
    let mut record = slice(old, 0, 8).ok_or(BAD)?.to_vec();
    if replaced {
        let flags = u16_le(old, 8).ok_or(BAD)? & UTF_8_NAME;
        record.extend_from_slice(&flags.to_le_bytes());
        record.extend_from_slice(&DEFLATED.to_le_bytes());
    } else {
        record.extend_from_slice(slice(old, 8, 4).ok_or(BAD)?);
    }
    record.extend_from_slice(slice(old, 12, 4).ok_or(BAD)?);
    for number in [numbers.crc, compressed_size, size] {
        record.extend_from_slice(&number.to_le_bytes());
    }
    record.extend_from_slice(slice(old, 28, 2).ok_or(BAD)?);
    record.extend_from_slice(&u16::try_from(new_extra.len()).map_err(|_| BAD)?.to_le_bytes());
    record.extend_from_slice(slice(old, 32, 2).ok_or(BAD)?);
    // The archive is one part.
    record.extend_from_slice(&[0, 0]);
    record.extend_from_slice(slice(old, 36, 6).ok_or(BAD)?);
    record.extend_from_slice(&header.to_le_bytes());
    record.extend_from_slice(name);
    record.extend_from_slice(&new_extra);
    record.extend_from_slice(comment);
    Ok(record)
}

/// The extra fields other than the 64-bit numbers.
fn foreign_extra(extra: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut rest = extra;
    while let (Some(id), Some(length)) = (u16_le(rest, 0), u16_le(rest, 2)) {
        let Some(field) = slice(rest, 0, 4 + usize::from(length)) else {
            break;
        };
        if id != 1 {
            kept.extend_from_slice(field);
        }
        rest = rest.get(field.len()..).unwrap_or_default();
    }
    kept
}

fn new_record(name: &str, numbers: &Written) -> Result<Vec<u8>, ReadError> {
    let mut record = b"PK\x01\x02\x14\0\x14\0".to_vec();
    for number in [name_flag(name), DEFLATED, 0, FIRST_DAY] {
        record.extend_from_slice(&number.to_le_bytes());
    }
    let wide = numbers.header >= NARROW;
    for number in [numbers.crc, narrow(numbers.compressed_size), narrow(numbers.size)] {
        record.extend_from_slice(&number.to_le_bytes());
    }
    let name_length = u16::try_from(name.len()).map_err(|_| BAD)?;
    for number in [name_length, if wide { 12 } else { 0 }, 0, 0, 0, 0, 0] {
        record.extend_from_slice(&number.to_le_bytes());
    }
    record.extend_from_slice(&narrow(numbers.header).to_le_bytes());
    record.extend_from_slice(name.as_bytes());
    if wide {
        record.extend_from_slice(&[1, 0, 8, 0]);
        record.extend_from_slice(&numbers.header.to_le_bytes());
    }
    Ok(record)
}

/// The records that end the archive, without the comment; `start` and `position` do not count bytes in front of it.
fn end_records(
    wide: bool,
    count: u64,
    size: u64,
    start: u64,
    position: u64,
    comment_length: u64,
) -> Result<Vec<u8>, ReadError> {
    let wide = wide || count >= 0xFFFF || start >= NARROW || size >= NARROW;
    let mut bytes = Vec::new();
    if wide {
        bytes.extend_from_slice(b"PK\x06\x06");
        bytes.extend_from_slice(&44_u64.to_le_bytes());
        bytes.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [count, count, size, start] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(b"PK\x06\x07\0\0\0\0");
        bytes.extend_from_slice(&position.to_le_bytes());
        bytes.extend_from_slice(&1_u32.to_le_bytes());
    }
    let short = if wide {
        u16::MAX
    } else {
        u16::try_from(count).map_err(|_| BAD)?
    };
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend_from_slice(&short.to_le_bytes());
    bytes.extend_from_slice(&short.to_le_bytes());
    for number in [size, start] {
        bytes.extend_from_slice(&(if wide { u32::MAX } else { narrow(number) }).to_le_bytes());
    }
    bytes.extend_from_slice(&u16::try_from(comment_length).map_err(|_| BAD)?.to_le_bytes());
    Ok(bytes)
}
