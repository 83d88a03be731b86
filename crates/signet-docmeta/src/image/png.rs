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

pub(super) fn packet(source: &mut Source<'_>, limits: &Limits) -> Result<Option<Vec<u8>>, ReadError> {
    let mut position = SIGNATURE;
    let mut segments = SegmentCount::new(limits);
    let mut in_data = false;
    loop {
        let header = source.read(position, 8)?;
        let length = array(header, 0).map(u32::from_be_bytes).map(u64::from).ok_or(BAD)?;
        let kind: [u8; 4] = array(header, 4).ok_or(BAD)?;
        // A large image has thousands of data chunks in a row; the read budget bounds them.
        if !(in_data && kind == *b"IDAT") {
            segments.one_more()?;
        }
        in_data = kind == *b"IDAT";
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
