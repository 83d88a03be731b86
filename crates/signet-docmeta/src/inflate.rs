//! Inflating with counted output. What a document says about its inflated size is never used.

use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};

use crate::error::{ReadError, limit, malformed};

/// Inflates a raw deflate stream to at most `most` bytes.
pub(crate) fn inflate_raw(data: &[u8], most: usize) -> Result<Vec<u8>, ReadError> {
    counted(DeflateDecoder::new(data), most)
}

/// Inflates a zlib stream to at most `most` bytes. A missing or wrong checksum is forgiven, as every PDF reader does.
pub(crate) fn inflate_zlib(data: &[u8], most: usize) -> Result<Vec<u8>, ReadError> {
    match counted(ZlibDecoder::new(data), most) {
        Err(ReadError::Malformed { .. }) => inflate_raw(data.get(2..).unwrap_or_default(), most),
        answer => answer,
    }
}

fn counted(decoder: impl Read, most: usize) -> Result<Vec<u8>, ReadError> {
    let mut inflated = Vec::new();
    let read = decoder.take((most as u64).saturating_add(1)).read_to_end(&mut inflated);
    if inflated.len() > most {
        return Err(limit("a compressed part inflates to more than is allowed"));
    }
    read.map_err(|_| malformed("a compressed part cannot be inflated"))?;
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, ZlibEncoder};

    use super::*;

    fn deflate(data: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn counts_output_and_refuses_more() {
        let bomb = deflate(&vec![0; 1_000_000]);
        assert!(bomb.len() < 2000);
        assert!(matches!(
            inflate_raw(&bomb, 999_999),
            Err(ReadError::LimitExceeded { .. })
        ));
        assert_eq!(inflate_raw(&bomb, 1_000_000).unwrap().len(), 1_000_000);
    }

    #[test]
    fn refuses_truncated_and_damaged_streams() {
        let data = deflate(b"a text that is long enough to be cut in the middle of it");
        assert!(matches!(
            inflate_raw(&data[..data.len() / 2], 1000),
            Err(ReadError::Malformed { .. })
        ));
        assert!(matches!(
            inflate_raw(b"\xff\xff\xff", 1000),
            Err(ReadError::Malformed { .. })
        ));
        assert!(matches!(inflate_raw(b"", 1000), Err(ReadError::Malformed { .. })));
    }

    #[test]
    fn forgives_a_missing_zlib_checksum() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(b"text").unwrap();
        let data = encoder.finish().unwrap();
        assert_eq!(inflate_zlib(&data, 10).unwrap(), b"text");
        assert_eq!(inflate_zlib(&data[..data.len() - 4], 10).unwrap(), b"text");
    }
}
