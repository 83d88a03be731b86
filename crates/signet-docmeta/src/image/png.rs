//! PNG: chunk iTXt with keyword `XML:com.adobe.xmp`.

use crate::bytes::{array, slice};
use crate::error::{ReadError, malformed};
use crate::image::{SegmentCount, packet_at};
use crate::inflate::inflate_zlib;
use crate::limits::Limits;
use crate::source::Source;

const BAD: ReadError = malformed("the image has a damaged chunk");
const KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";
const SIGNATURE: u64 = 8;

/// Bytes from the end in which the chunks behind the image data are looked for, one after the other.
const TAILS: [usize; 3] = [16 * 1024, 64 * 1024, 256 * 1024];

pub(super) fn packet(source: &mut Source<'_>, limits: &Limits) -> Result<Option<Vec<u8>>, ReadError> {
    let mut position = SIGNATURE;
    let mut segments = SegmentCount::new(limits);
    let mut in_data = false;
    loop {
        let header = source.read(position, 8)?;
        let length = array(header, 0).map(u32::from_be_bytes).map(u64::from).ok_or(BAD)?;
        let kind: [u8; 4] = array(header, 4).ok_or(BAD)?;
        let is_data = kind == *b"IDAT";
        // A large image has thousands of data chunks in a row; the read budget bounds them.
        if !(in_data && is_data) {
            segments.one_more()?;
        }
        if is_data
            && !in_data
            && let Some(end) = end_of_data(source, position)?
        {
            // Data chunks stand in a row, so that nothing is passed over.
            (position, in_data) = (end, true);
            continue;
        }
        in_data = is_data;
        match &kind {
            b"IEND" => return Ok(None),
            b"iTXt" if length >= KEYWORD.len() as u64 && source.read(position + 8, KEYWORD.len())? == KEYWORD => {
                let chunk = packet_at(source, position + 4, length + 4, limits)?;
                let stated = source.read(position + 8 + length, 4)?;
                if array(stated, 0).map(u32::from_be_bytes) != Some(crc32fast::hash(&chunk)) {
                    return Err(malformed("the image's metadata has a wrong checksum"));
                }
                return text(chunk.get(4 + KEYWORD.len()..).ok_or(BAD)?, limits).map(Some);
            }
            _ => position += length + 12,
        }
    }
}

/// Position of the last data chunk that starts close to the end of a large image, known by its checksum and by the
/// sound chunks that follow it up to the end. `None` when the chunks have to be walked.
fn end_of_data(source: &mut Source<'_>, first: u64) -> Result<Option<u64>, ReadError> {
    for length in TAILS {
        let start = source.len().saturating_sub(length as u64);
        if start <= first.saturating_add(length as u64) {
            return Ok(None);
        }
        if let Some(place) = last_data(source.read_tail(length)?) {
            return Ok(Some(start + place as u64));
        }
    }
    Ok(None)
}

fn last_data(tail: &[u8]) -> Option<usize> {
    let mut sound = vec![false; tail.len() + 1];
    *sound.last_mut()? = true;
    for place in (0..tail.len()).rev() {
        let Some((kind, next)) = chunk_at(tail, place) else {
            continue;
        };
        let is_last = next == tail.len();
        if sound.get(next) != Some(&true) || is_last != (kind == *b"IEND") || !has_right_checksum(tail, place, next) {
            continue;
        }
        if kind == *b"IDAT" {
            return Some(place);
        }
        *sound.get_mut(place)? = true;
    }
    None
}

/// Kind of a chunk and where the next one starts.
fn chunk_at(tail: &[u8], place: usize) -> Option<([u8; 4], usize)> {
    let kind: [u8; 4] = array(tail, place + 4)?;
    let length = usize::try_from(array(tail, place).map(u32::from_be_bytes)?).ok()?;
    let next = place.checked_add(length)?.checked_add(12)?;
    (kind.iter().all(u8::is_ascii_alphabetic) && next <= tail.len()).then_some((kind, next))
}

fn has_right_checksum(tail: &[u8], place: usize, next: usize) -> bool {
    let stated = array(tail, next.saturating_sub(4)).map(u32::from_be_bytes);
    let covered = tail.get(place + 4..next.saturating_sub(4)).unwrap_or_default();
    stated == Some(crc32fast::hash(covered))
}

/// The text behind the keyword: flag, method, language, translated keyword.
fn text(chunk: &[u8], limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let [compressed, method] = array(chunk, 0).ok_or(BAD)?;
    let mut rest = slice(chunk, 2, chunk.len().saturating_sub(2)).ok_or(BAD)?;
    for _ in 0..2 {
        let end = rest.iter().position(|byte| *byte == 0).ok_or(BAD)?;
        rest = rest.get(end + 1..).ok_or(BAD)?;
    }
    match (compressed, method) {
        (0, _) => Ok(rest.to_vec()),
        (1, 0) => inflate_zlib(rest, limits.stream_bytes),
        _ => Err(BAD),
    }
}
