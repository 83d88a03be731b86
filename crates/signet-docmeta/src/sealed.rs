//! Protected kinds that show no label: generic protection (`.pfile` and other p-names) and rights-managed messages.

use crate::bytes::u32_le;
use crate::compound::names_double_key;
use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::options::Options;
use crate::source::Source;

const MAGIC: &[u8] = b".pfile";
/// Position of the number that tells where the encrypted contents start. Source: MSIPC, IPCF_PROTECTED_FILE_HEADER.
const CONTENTS_OFFSET: usize = 292;
const LICENCE_START: usize = 296;

/// Why a sealed document has no answer.
pub(crate) fn read(source: &mut Source<'_>, options: &Options, limits: &Limits) -> Result<ReadError, ReadError> {
    let head = source.read_up_to(0, LICENCE_START)?;
    if !head.starts_with(MAGIC) {
        return Ok(ReadError::DecryptionNotSupported);
    }
    let contents = u32_le(head, CONTENTS_OFFSET).ok_or(malformed("the protected file is cut short"))?;
    if u64::from(contents) > source.len() {
        return Err(malformed("the protected file's contents start behind its end"));
    }
    let length = (contents as usize).saturating_sub(LICENCE_START);
    if length > limits.licence_bytes {
        return Err(limit("the protected file's licence is too long"));
    }
    let licence = source.read(LICENCE_START as u64, length)?;
    let double_key = names_double_key(licence, options);
    Ok(if double_key {
        ReadError::DoubleKeyEncrypted
    } else {
        ReadError::DecryptionNotSupported
    })
}

#[cfg(test)]
mod tests {
    use crate::{Limits, MemoryRange, Options, ReadError, read_labels};

    fn read(name: &str, data: &[u8]) -> ReadError {
        read_labels(
            &mut MemoryRange::new(data),
            name,
            &Options::default(),
            &Limits::default(),
        )
        .unwrap_err()
    }

    fn pfile(licence: &[u8], contents: u32) -> Vec<u8> {
        let mut data = b".pfile".to_vec();
        data.resize(292, 0);
        data.extend_from_slice(&contents.to_le_bytes());
        data.extend_from_slice(licence);
        data.extend_from_slice(b"secret");
        data
    }

    #[test]
    fn answers() {
        let marks = b"<DATA id='DoubleKey'/>";
        let wide: Vec<u8> = marks.iter().flat_map(|byte| [*byte, 0]).collect();
        let end = |licence: &[u8]| (296 + licence.len()) as u32;
        assert!(matches!(
            read("a.txt.pfile", &pfile(b"<x/>", end(b"<x/>"))),
            ReadError::DecryptionNotSupported
        ));
        assert!(matches!(
            read("a.pfile", &pfile(marks, end(marks))),
            ReadError::DoubleKeyEncrypted
        ));
        assert!(matches!(
            read("a.ptxt", &pfile(&wide, end(&wide))),
            ReadError::DoubleKeyEncrypted
        ));
        // Marks behind the licence are content.
        assert!(matches!(
            read("a.pfile", &pfile(marks, 296)),
            ReadError::DecryptionNotSupported
        ));
        assert!(matches!(
            read("a.pfile", &pfile(marks, 0)),
            ReadError::DecryptionNotSupported
        ));
        assert!(matches!(
            read("a.pfile", &pfile(marks, 5000)),
            ReadError::Malformed { .. }
        ));
        assert!(matches!(read("a.pfile", b".pfile\0\0"), ReadError::Malformed { .. }));
        assert!(matches!(
            read("a.rpmsg", b"\x76\xE8\x04\x60\xC4\x11\xE3\x86x"),
            ReadError::DecryptionNotSupported
        ));
        assert!(matches!(read("a.ppdf", b"%PDF-1.7"), ReadError::DecryptionNotSupported));
    }
}
