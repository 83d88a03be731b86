//! Whether a binary Office document is encrypted. Source: MS-OFFCRYPTO 2.3.5, MS-DOC 2.5.1, MS-XLS 2.4.117, MS-PPT 2.3.2.

use crate::bytes::{u8_at, u16_le, u32_le};
use crate::cfb::Compound;
use crate::error::ReadError;
use crate::source::Source;

/// A workbook says that it is encrypted within its first few records.
const WORKBOOK_HEAD: usize = 1024;
const RECORD_FILE_PASS: u16 = 0x002F;
const RECORD_BOUND_SHEET: u16 = 0x0085;
const RECORD_END: u16 = 0x000A;
/// What the current-user stream of an encrypted presentation says.
const ENCRYPTED_PRESENTATION: u32 = 0xF3D1_C4DF;

pub(super) fn is_encrypted(compound: &mut Compound, source: &mut Source<'_>) -> Result<bool, ReadError> {
    // Property streams moved away by RC4 CryptoAPI encryption.
    for name in ["encryption", "EncryptedSummary"] {
        if compound.find_stream(&[name])?.is_some() {
            return Ok(true);
        }
    }
    let mut head = |name: &str, length: usize| match compound.find_stream(&[name])? {
        Some(stream) => compound.read_first(source, stream, length).map(Some),
        None => Ok(None),
    };
    if let Some(head) = head("WordDocument", 12)? {
        return Ok(u8_at(&head, 0x0B).is_some_and(|flags| flags & 1 != 0));
    }
    for name in ["Workbook", "Book"] {
        if let Some(head) = head(name, WORKBOOK_HEAD)? {
            return Ok(has_file_pass(&head));
        }
    }
    let user = head("Current User", 16)?;
    Ok(user.is_some_and(|head| u32_le(&head, 12) == Some(ENCRYPTED_PRESENTATION)))
}

fn has_file_pass(head: &[u8]) -> bool {
    let mut position = 0;
    while let (Some(kind), Some(length)) = (u16_le(head, position), u16_le(head, position + 2)) {
        match kind {
            RECORD_FILE_PASS => return true,
            RECORD_BOUND_SHEET | RECORD_END => return false,
            _ => position += 4 + usize::from(length),
        }
    }
    false
}
