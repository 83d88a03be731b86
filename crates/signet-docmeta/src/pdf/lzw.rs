//! Streams compressed with LZW, as writers did before deflate. Source: ISO 32000-2, 7.4.4.

use crate::error::{ReadError, limit, malformed};

const BAD: ReadError = malformed("a stream of the PDF cannot be decoded");
const CLEAR: u16 = 256;
const END: u16 = 257;
const FIRST: u16 = 258;
const MOST_CODES: usize = 4096;

/// Decodes at most `most` bytes. `early`: codes become longer one code before they have to.
pub(super) fn decode(data: &[u8], early: bool, most: usize) -> Result<Vec<u8>, ReadError> {
    let mut codes = Codes { data, position: 0 };
    let mut table = Table::default();
    let mut decoded: Vec<u8> = Vec::new();
    // Data that ends without saying so is forgiven, as a missing checksum is.
    while let Some(code) = codes.next(table.width(early)) {
        match code {
            CLEAR => table = Table::default(),
            END => break,
            code => table.add(code, &mut decoded)?,
        }
        if decoded.len() > most {
            return Err(limit("a stream of the PDF is too long"));
        }
    }
    Ok(decoded)
}

/// Codes of nine to twelve bits, the highest bit first.
struct Codes<'a> {
    data: &'a [u8],
    /// In bits.
    position: usize,
}

impl Codes<'_> {
    fn next(&mut self, width: usize) -> Option<u16> {
        let first = self.position / 8;
        let byte = |index: usize| u32::from(self.data.get(first + index).copied().unwrap_or(0));
        let end = self.position.checked_add(width)?;
        if end > self.data.len().checked_mul(8)? {
            return None;
        }
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        let shift = 24 - self.position % 8 - width;
        self.position = end;
        u16::try_from((bits >> shift) & ((1 << width) - 1)).ok()
    }
}

/// Strings by code, as places in what has been decoded: each is the string before it and one byte more.
#[derive(Default)]
struct Table {
    /// Start and length of the strings from code 258 on.
    strings: Vec<(usize, usize)>,
    /// Start and length of the string before.
    previous: Option<(usize, usize)>,
}

impl Table {
    fn width(&self, early: bool) -> usize {
        // The string that the next code completes counts too.
        let codes = usize::from(FIRST) + self.strings.len() + usize::from(self.previous.is_some());
        match codes + usize::from(early) {
            0..=512 => 9,
            513..=1024 => 10,
            1025..=2048 => 11,
            _ => 12,
        }
    }

    fn add(&mut self, code: u16, decoded: &mut Vec<u8>) -> Result<(), ReadError> {
        let start = decoded.len();
        if let Some((place, length)) = self.previous
            && usize::from(FIRST) + self.strings.len() < MOST_CODES
        {
            // The byte after the string before is the first one of this string, which is about to be written there.
            self.strings.push((place, length + 1));
        }
        match u8::try_from(code) {
            Ok(byte) => decoded.push(byte),
            Err(_) => {
                let index = usize::from(code.checked_sub(FIRST).ok_or(BAD)?);
                let (place, length) = self.strings.get(index).copied().ok_or(BAD)?;
                for offset in 0..length {
                    let byte = decoded.get(place + offset).copied().ok_or(BAD)?;
                    decoded.push(byte);
                }
            }
        }
        self.previous = Some((start, decoded.len() - start));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs codes with the widths a decoder expects.
    fn packed(codes: &[(u16, usize)]) -> Vec<u8> {
        let mut bits = Vec::new();
        for (code, width) in codes {
            bits.extend((0..*width).rev().map(|bit| code >> bit & 1));
        }
        bits.resize(bits.len().next_multiple_of(8), 0);
        bits.chunks(8)
            .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | *bit as u8))
            .collect()
    }

    /// A plain encoder: the longest known string, then a new one.
    fn encoded(data: &[u8], early: bool) -> Vec<u8> {
        let mut codes = vec![(CLEAR, 9)];
        let mut known: Vec<Vec<u8>> = Vec::new();
        let mut rest = data;
        while !rest.is_empty() {
            let longest = known
                .iter()
                .enumerate()
                .filter(|(_, string)| rest.starts_with(string))
                .max_by_key(|(_, string)| string.len());
            let (code, length) = longest.map_or((u16::from(rest[0]), 1), |(index, string)| {
                (FIRST + index as u16, string.len())
            });
            let size = 258 + known.len() + usize::from(early);
            let width = if size <= 512 {
                9
            } else if size <= 1024 {
                10
            } else if size <= 2048 {
                11
            } else {
                12
            };
            codes.push((code, width));
            if length < rest.len() {
                known.push(rest[..=length].to_vec());
            }
            rest = &rest[length..];
            if known.len() > 3700 {
                codes.push((CLEAR, 12));
                known.clear();
            }
        }
        packed(&codes)
    }

    #[test]
    fn the_example_of_the_standard() {
        // 45 45 45 45 45 65 45 45 45 66, ISO 32000-2, 7.4.4.2, example 1.
        let data = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(
            decode(&data, true, 100).unwrap(),
            [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]
        );
    }

    #[test]
    fn long_texts_in_both_ways() {
        let text: Vec<u8> = (0..60_000_u32)
            .flat_map(|number| (number * number % 977).to_string().into_bytes())
            .collect();
        let zeros = vec![0; 50_000];
        for data in [b"".as_slice(), b"a", b"aaaa", &zeros, &text] {
            for early in [true, false] {
                assert_eq!(
                    decode(&encoded(data, early), early, 1_000_000).unwrap(),
                    data,
                    "{early}"
                );
            }
        }
    }

    #[test]
    fn refusals() {
        for codes in [[(CLEAR, 9), (300, 9)], [(65, 9), (260, 9)]] {
            assert!(matches!(
                decode(&packed(&codes), true, 10),
                Err(ReadError::Malformed { .. })
            ));
        }
        let long = encoded(&vec![0; 50_000], true);
        assert!(matches!(
            decode(&long, true, 49_000),
            Err(ReadError::LimitExceeded { .. })
        ));
        assert_eq!(decode(b"", true, 10).unwrap(), b"");
    }
}
