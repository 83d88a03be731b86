//! JPEG: segment APP1 with the XMP identifier. Extended XMP is not read.

use crate::bytes::array;
use crate::error::{ReadError, malformed};
use crate::image::{SegmentCount, packet_at};
use crate::limits::Limits;
use crate::source::Source;

const BAD: ReadError = malformed("the image has a damaged segment");
const IDENTIFIER: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const APP1: u8 = 0xE1;
const START_OF_SCAN: u8 = 0xDA;
const END_OF_IMAGE: u8 = 0xD9;

pub(super) fn packet(source: &mut Source<'_>, limits: &Limits) -> Result<Option<Vec<u8>>, ReadError> {
    let mut position = 2;
    let mut segments = SegmentCount::new(limits);
    loop {
        segments.one_more()?;
        let [mark, kind] = array(source.read(position, 2)?, 0).ok_or(BAD)?;
        match (mark, kind) {
            // Fill bytes may stand before a marker.
            (0xFF, 0xFF) => position += 1,
            (0xFF, START_OF_SCAN | END_OF_IMAGE) => return Ok(None),
            // Markers without a segment.
            (0xFF, 0x01 | 0xD0..=0xD7) => position += 2,
            (0xFF, 0x02..=0xFE) => {
                let length = array(source.read(position + 2, 2)?, 0)
                    .map(u16::from_be_bytes)
                    .ok_or(BAD)?;
                let content = u64::from(length).checked_sub(2).ok_or(BAD)?;
                if kind == APP1 && content >= IDENTIFIER.len() as u64 {
                    let identifier = source.read(position + 4, IDENTIFIER.len())?;
                    if identifier == IDENTIFIER {
                        let skipped = IDENTIFIER.len() as u64;
                        return packet_at(source, position + 4 + skipped, content - skipped, limits).map(Some);
                    }
                }
                position += 2 + u64::from(length);
            }
            _ => return Err(BAD),
        }
    }
}
