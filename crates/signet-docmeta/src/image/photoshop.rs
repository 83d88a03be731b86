//! Photoshop documents: image resource 0x0424.

use crate::bytes::array;
use crate::error::{ReadError, malformed};
use crate::image::{SegmentCount, packet_at};
use crate::limits::Limits;
use crate::source::Source;

const BAD: ReadError = malformed("the image has a damaged resource");
const HEADER: u64 = 26;
const XMP: u16 = 0x0424;

pub(super) fn packet(source: &mut Source<'_>, limits: &Limits) -> Result<Option<Vec<u8>>, ReadError> {
    let colors = long(source, HEADER)?;
    let section = HEADER + 4 + colors;
    let end = section + 4 + long(source, section)?;
    if end > source.len() {
        return Err(BAD);
    }
    let mut position = section + 4;
    let mut segments = SegmentCount::new(limits);
    while position < end {
        segments.one_more()?;
        let head = source.read(position, 7)?;
        if !matches!(head.get(..4), Some(b"8BIM" | b"MeSa" | b"AgHg" | b"PHUT" | b"DCSR")) {
            return Err(BAD);
        }
        let id = array(head, 4).map(u16::from_be_bytes).ok_or(BAD)?;
        let name_length = u64::from(*head.get(6).ok_or(BAD)?);
        // The name counts its own length byte when it is padded to an even length; so does the content.
        let size = position + 6 + (1 + name_length).next_multiple_of(2);
        let length = long(source, size)?;
        if id == XMP {
            return packet_at(source, size + 4, length, limits).map(Some);
        }
        position = size + 4 + length.next_multiple_of(2);
    }
    Ok(None)
}

fn long(source: &mut Source<'_>, position: u64) -> Result<u64, ReadError> {
    array(source.read(position, 4)?, 0)
        .map(u32::from_be_bytes)
        .map(u64::from)
        .ok_or(BAD)
}
