//! The content of one entry.

use crate::bytes::{slice, u16_le};
use crate::error::{ReadError, limit, malformed};
use crate::inflate::inflate_raw;
use crate::source::Source;
use crate::zip::{Directory, Entry};

const LOCAL_HEADER: usize = 30;
/// Local headers carry extra fields of their own: Word pads with up to 520 bytes.
const EXTRA_SLACK: usize = 1024;
/// A compressed part may be longer than its content, but not by much.
const COMPRESSION_OVERHEAD: usize = 64 * 1024;
const ENCRYPTED: u16 = 1;

impl Directory {
    /// The content of `entry`, at most `most` bytes. Sizes are the directory's; the local ones may be zero.
    pub(crate) fn content(&self, source: &mut Source<'_>, entry: &Entry, most: usize) -> Result<Vec<u8>, ReadError> {
        if entry.flags & ENCRYPTED != 0 {
            return Err(malformed("a needed entry of the archive is encrypted"));
        }
        let compressed = usize::try_from(entry.compressed_size).unwrap_or(usize::MAX);
        if compressed > most.saturating_add(COMPRESSION_OVERHEAD) {
            return Err(limit("a needed entry of the archive is too large"));
        }
        let data_start = self.data_start(source, entry, compressed)?;
        let data = source.read(data_start, compressed)?;
        let content = match entry.compression {
            0 if data.len() > most => return Err(limit("a needed entry of the archive is too large")),
            0 => data.to_vec(),
            8 => inflate_raw(data, most)?,
            _ => {
                return Err(malformed(
                    "a needed entry of the archive is compressed in an unknown way",
                ));
            }
        };
        if crc32fast::hash(&content) != entry.crc {
            return Err(malformed("a needed entry of the archive has a wrong checksum"));
        }
        Ok(content)
    }

    /// Where the data of `entry` starts, after its local header has been compared with the directory.
    pub(crate) fn data_start(&self, source: &mut Source<'_>, entry: &Entry, expected: usize) -> Result<u64, ReadError> {
        const BAD: ReadError = malformed("a local header of the archive contradicts the directory");
        let usual = LOCAL_HEADER + entry.name.len() + entry.extra_length + EXTRA_SLACK;
        let header = source.read_up_to(entry.header, usual.saturating_add(expected))?;
        if !header.starts_with(b"PK\x03\x04") || slice(header, LOCAL_HEADER, entry.name.len()) != Some(&entry.name) {
            return Err(BAD);
        }
        let name_length = u16_le(header, 26).map(usize::from).ok_or(BAD)?;
        let extra_length = u16_le(header, 28).map(usize::from).ok_or(BAD)?;
        if name_length != entry.name.len() {
            return Err(BAD);
        }
        let start = entry
            .header
            .saturating_add((LOCAL_HEADER + name_length + extra_length) as u64);
        let end = start.checked_add(entry.compressed_size).ok_or(BAD)?;
        if end > self.start {
            return Err(malformed("an entry of the archive overlaps the directory"));
        }
        Ok(start)
    }
}
