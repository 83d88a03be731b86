//! TIFF and DNG, also in the 64-bit form: tag 700 of the first directory.

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

    fn long_long(self, data: &[u8], offset: usize) -> Result<u64, ReadError> {
        let bytes = array(data, offset).ok_or(BAD)?;
        Ok(if self.little {
            u64::from_le_bytes(bytes)
        } else {
            u64::from_be_bytes(bytes)
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

/// Sizes of the numbers in a file, and where its directory is.
struct Form {
    order: Order,
    directory: u64,
    /// Bytes of the number of entries, and of one entry.
    count: usize,
    entry: usize,
}

impl Form {
    fn read(source: &mut Source<'_>) -> Result<Self, ReadError> {
        let head = source.read_up_to(0, 16)?;
        let order = Order {
            little: head.starts_with(b"II"),
        };
        if order.short(head, 2)? == 42 {
            return Ok(Self {
                order,
                directory: order.long(head, 4)?.into(),
                count: 2,
                entry: 12,
            });
        }
        // The 64-bit form says that its offsets have eight bytes.
        if order.short(head, 4)? != 8 || order.short(head, 6)? != 0 {
            return Err(BAD);
        }
        Ok(Self {
            order,
            directory: order.long_long(head, 8)?,
            count: 8,
            entry: 20,
        })
    }

    const fn is_long(&self) -> bool {
        self.entry == 20
    }

    /// The number of bytes a value takes and where it is; the last two fields of an entry.
    fn value(&self, entry: &[u8]) -> Result<(u64, u64), ReadError> {
        if self.is_long() {
            Ok((self.order.long_long(entry, 4)?, self.order.long_long(entry, 12)?))
        } else {
            Ok((self.order.long(entry, 4)?.into(), self.order.long(entry, 8)?.into()))
        }
    }
}

pub(super) fn packet(source: &mut Source<'_>, limits: &Limits) -> Result<Option<Vec<u8>>, ReadError> {
    let form = Form::read(source)?;
    let order = form.order;
    let count = source.read(form.directory, form.count)?;
    let count = if form.is_long() {
        order.long_long(count, 0)?
    } else {
        order.short(count, 0)?.into()
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > limits.image_segments {
        return Err(limit("the image's directory has too many entries"));
    }
    let first = form.directory.checked_add(form.count as u64).ok_or(BAD)?;
    let entries = source.read(first, count * form.entry)?.to_vec();
    for entry in entries.chunks_exact(form.entry) {
        if order.short(entry, 0)? != XMP {
            continue;
        }
        let kind = order.short(entry, 2)?;
        let (length, place) = form.value(entry)?;
        // A packet of so few bytes would stand in the entry itself; it could hold nothing.
        if !matches!(kind, BYTE | UNDEFINED) || length <= 8 {
            return Err(BAD);
        }
        return packet_at(source, place, length, limits).map(Some);
    }
    Ok(None)
}
