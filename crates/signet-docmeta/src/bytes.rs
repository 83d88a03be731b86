//! Numbers out of byte slices, without panics.

/// The byte at `offset`.
pub(crate) fn u8_at(data: &[u8], offset: usize) -> Option<u8> {
    data.get(offset).copied()
}

/// The little-endian number at `offset`.
pub(crate) fn u16_le(data: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(array(data, offset)?))
}

/// The little-endian number at `offset`.
pub(crate) fn u32_le(data: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(array(data, offset)?))
}

/// The little-endian number at `offset`.
pub(crate) fn u64_le(data: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(array(data, offset)?))
}

/// `N` bytes from `offset` on.
pub(crate) fn array<const N: usize>(data: &[u8], offset: usize) -> Option<[u8; N]> {
    slice(data, offset, N)?.try_into().ok()
}

/// `length` bytes from `offset` on, all of them or none.
pub(crate) fn slice(data: &[u8], offset: usize, length: usize) -> Option<&[u8]> {
    data.get(offset..offset.checked_add(length)?)
}

/// Position of the first `needle` in `data`.
pub(crate) fn find(data: &[u8], needle: &[u8]) -> Option<usize> {
    data.windows(needle.len().max(1)).position(|window| window == needle)
}
