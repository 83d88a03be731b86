//! Images: the XMP packet, found by walking segment headers.

mod jpeg;
mod photoshop;
mod png;
mod tiff;

use crate::error::{ReadError, limit, malformed};
use crate::kind::Magic;
use crate::limits::Limits;
use crate::marks::resolve;
use crate::options::Options;
use crate::read::Found;
use crate::report::{Kind, Origin, Protection};
use crate::source::Source;
use crate::xmp;

/// Segments lie one after the other.
const BLOCK: u64 = 16 * 1024;

/// Reads the labels of an image.
pub(crate) fn read(
    source: &mut Source<'_>,
    magic: Magic,
    options: &Options,
    limits: &Limits,
) -> Result<Found, ReadError> {
    source.fetch_blocks_of(BLOCK);
    let (kind, packet) = match magic {
        Magic::Jpeg => (Kind::Jpeg, jpeg::packet(source, limits)?),
        Magic::Png => (Kind::Png, png::packet(source, limits)?),
        Magic::Tiff => (Kind::Tiff, tiff::packet(source, limits)?),
        Magic::Photoshop => (Kind::Photoshop, photoshop::packet(source, limits)?),
        _ => return Err(malformed("the content is not what the name says")),
    };
    let groups = match packet {
        Some(packet) => xmp::label_groups(&packet, limits)?,
        None => Vec::new(),
    };
    let labels = resolve(&[], Origin::Xmp, &groups, options);
    Ok(Found {
        labels,
        kind,
        protection: Protection::None,
    })
}

/// Counts segments up to the limit.
struct SegmentCount<'a> {
    count: usize,
    limits: &'a Limits,
}

impl<'a> SegmentCount<'a> {
    const fn new(limits: &'a Limits) -> Self {
        Self { count: 0, limits }
    }

    fn one_more(&mut self) -> Result<(), ReadError> {
        self.count += 1;
        if self.count > self.limits.image_segments {
            return Err(limit("the image has too many segments"));
        }
        self.limits.budget.check_time()
    }
}

/// Bytes of a packet at a position.
fn packet_at(source: &mut Source<'_>, offset: u64, length: u64, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > limits.stream_bytes {
        return Err(limit("the image's metadata is too long"));
    }
    source.read(offset, length).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests;
