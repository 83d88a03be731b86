//! TIFF and DNG: tag 700 of the first directory.

use crate::bytes::array;
use crate::error::{ReadError, limit, malformed};
use crate::image::packet_at;
use crate::limits::Limits;
use crate::source::Source;

const BAD: ReadError = malformed("the image has a damaged directory");
const XMP: u16 = 700;
const BYTE: u16 = 1;
const UNDEFINED: u16 = 7;

/// Byte order of a file.
#[derive(Clone, Copy)]
struct Order {
    little: bool,
}

impl Order {
    fn short(self, data: &[u8], offset: usize) -> Result<u16, ReadError> {
        let bytes = array(data, offset).ok_or(BAD)?;
        Ok(if self.little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn long(self, data: &[u8], offset: usize) -> Result<u32, ReadError> {
        let bytes = array(data, offset).ok_or(BAD)?;
        Ok(if self.little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }
}

pub(super) fn packet(source: &mut Source<'_>, limits: &Limits) -> Result<Option<Vec<u8>>, ReadError> {
    let head = source.read(0, 8)?;
    let order = Order {
        little: head.starts_with(b"II"),
    };
    let directory = u64::from(order.long(head, 4)?);
    let count = usize::from(order.short(source.read(directory, 2)?, 0)?);
    if count > limits.image_segments {
        return Err(limit("the image's directory has too many entries"));
    }
    let entries = source.read(directory + 2, count * 12)?.to_vec();
    for entry in entries.as_chunks::<12>().0 {
        if order.short(entry, 0)? != XMP {
            continue;
        }
        let kind = order.short(entry, 2)?;
        let length = u64::from(order.long(entry, 4)?);
        // A packet of four bytes would stand in the entry itself; it could hold nothing.
        if !matches!(kind, BYTE | UNDEFINED) || length <= 4 {
            return Err(BAD);
        }
        return packet_at(source, order.long(entry, 8)?.into(), length, limits).map(Some);
    }
    Ok(None)
}
