//! Stream filters. Source: ISO 32000-2, 7.4.

use crate::error::{ReadError, limit, malformed};
use crate::inflate::inflate_zlib;
use crate::limits::Limits;
use crate::pdf::lzw;
use crate::pdf::object::{Dictionary, Object};

const BAD: ReadError = malformed("a stream of the PDF cannot be decoded");

/// Undoes the filters that `dictionary` names. Both it and its filter entries must be direct objects.
pub(super) fn decode(data: Vec<u8>, dictionary: &Dictionary, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let none = Object::Null;
    let entry = |key: &str| dictionary.get(key).unwrap_or(&none).elements();
    let (filters, parameters) = (entry("Filter"), entry("DecodeParms"));
    if filters.len() > limits.pdf.filters {
        return Err(limit("a stream of the PDF has too many filters"));
    }
    let mut data = data;
    for (index, filter) in filters.iter().enumerate() {
        let parameters = parameters.get(index).and_then(Object::as_dictionary);
        data = match filter.as_name().ok_or(BAD)? {
            b"FlateDecode" | b"Fl" => unpredict(inflate_zlib(&data, limits.stream_bytes)?, parameters, limits)?,
            b"LZWDecode" | b"LZW" => unpredict(lzw(&data, parameters, limits)?, parameters, limits)?,
            b"ASCIIHexDecode" | b"AHx" => ascii_hex(&data)?,
            b"ASCII85Decode" | b"A85" => ascii_85(&data, limits)?,
            b"RunLengthDecode" | b"RL" => run_length(&data, limits)?,
            b"Crypt" if parameters.is_none_or(|parameters| !is_named_crypt_filter(parameters)) => data,
            _ => return Err(malformed("a stream of the PDF uses an unknown filter")),
        };
    }
    if data.len() > limits.stream_bytes {
        return Err(limit("a stream of the PDF is too long"));
    }
    Ok(data)
}

fn is_named_crypt_filter(parameters: &Dictionary) -> bool {
    parameters.get("Name").is_some() && !parameters.names("Name", "Identity")
}

fn ascii_hex(data: &[u8]) -> Result<Vec<u8>, ReadError> {
    let end = data.iter().position(|byte| *byte == b'>').unwrap_or(data.len());
    let digits = data
        .get(..end)
        .unwrap_or_default()
        .iter()
        .filter(|byte| !super::lexer::is_white(**byte));
    let digits: Option<Vec<u32>> = digits.map(|byte| char::from(*byte).to_digit(16)).collect();
    let digits = digits.ok_or(BAD)?;
    let pair = |pair: &[u32]| pair.first().copied().unwrap_or(0) * 16 + pair.get(1).copied().unwrap_or(0);
    digits
        .chunks(2)
        .map(|digits| u8::try_from(pair(digits)).map_err(|_| BAD))
        .collect()
}

fn ascii_85(data: &[u8], limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let data = data.trim_ascii_start();
    let data = data.strip_prefix(b"<~").unwrap_or(data);
    let mut decoded = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    for byte in data {
        match *byte {
            b'~' => break,
            b'z' if group.is_empty() => decoded.extend_from_slice(&[0; 4]),
            byte @ b'!'..=b'u' => {
                group.push(byte - b'!');
                if group.len() == 5 {
                    decoded.extend_from_slice(&group_of_85(&group)?);
                    group.clear();
                }
            }
            byte if super::lexer::is_white(byte) => {}
            _ => return Err(BAD),
        }
        if decoded.len() > limits.stream_bytes {
            return Err(limit("a stream of the PDF is too long"));
        }
    }
    match group.len() {
        0 => Ok(decoded),
        1 => Err(BAD),
        count => {
            group.resize(5, 84);
            decoded.extend(group_of_85(&group)?.iter().take(count - 1));
            Ok(decoded)
        }
    }
}

fn group_of_85(group: &[u8]) -> Result<[u8; 4], ReadError> {
    let value = group.iter().fold(0_u64, |value, digit| value * 85 + u64::from(*digit));
    u32::try_from(value).map(u32::to_be_bytes).map_err(|_| BAD)
}

fn run_length(data: &[u8], limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let mut decoded = Vec::new();
    let mut rest = data;
    while let Some((length, after)) = rest.split_first() {
        rest = match *length {
            128 => break,
            length @ 0..=127 => {
                let count = usize::from(length) + 1;
                decoded.extend_from_slice(after.get(..count).ok_or(BAD)?);
                after.get(count..).ok_or(BAD)?
            }
            length => {
                let (byte, after) = after.split_first().ok_or(BAD)?;
                decoded.resize(decoded.len() + 257 - usize::from(length), *byte);
                after
            }
        };
        if decoded.len() > limits.stream_bytes {
            return Err(limit("a stream of the PDF is too long"));
        }
    }
    Ok(decoded)
}

/// Codes grow one code early unless the parameters say otherwise.
fn lzw(data: &[u8], parameters: Option<&Dictionary>, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let early = parameters.and_then(|parameters| parameters.get("EarlyChange"));
    lzw::decode(data, early != Some(&Object::Integer(0)), limits.stream_bytes)
}

/// Undoes the prediction that made the data more compressible.
fn unpredict(data: Vec<u8>, parameters: Option<&Dictionary>, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let Some(parameters) = parameters else { return Ok(data) };
    let number = |key: &str, default: u64| parameters.get(key).map_or(Ok(default), Object::as_unsigned);
    let predictor = number("Predictor", 1)?;
    if predictor <= 1 {
        return Ok(data);
    }
    let (colors, bits, columns) = (
        number("Colors", 1)?,
        number("BitsPerComponent", 8)?,
        number("Columns", 1)?,
    );
    if columns > limits.pdf.predictor_columns as u64 {
        return Err(limit("a predictor of the PDF has too many columns"));
    }
    if !(1..=32).contains(&colors) || !matches!(bits, 1 | 2 | 4 | 8 | 16) || columns == 0 {
        return Err(BAD);
    }
    let row = usize::try_from((colors * bits * columns).div_ceil(8)).map_err(|_| BAD)?;
    let pixel = usize::try_from((colors * bits).div_ceil(8)).map_err(|_| BAD)?;
    match predictor {
        2 if bits == 8 => Ok(tiff(data, row, pixel)),
        10..=15 => png(&data, row, pixel),
        _ => Err(BAD),
    }
}

fn tiff(mut data: Vec<u8>, row: usize, pixel: usize) -> Vec<u8> {
    for line in data.chunks_mut(row) {
        let mut previous: Vec<u8> = vec![0; pixel];
        for pixel in line.chunks_mut(pixel) {
            for (byte, before) in pixel.iter_mut().zip(&mut previous) {
                *byte = byte.wrapping_add(*before);
                *before = *byte;
            }
        }
    }
    data
}

fn png(data: &[u8], row: usize, pixel: usize) -> Result<Vec<u8>, ReadError> {
    let mut decoded = Vec::with_capacity(data.len());
    let mut above = vec![0_u8; row];
    for line in data.chunks(row + 1) {
        let (kind, bytes) = line.split_first().ok_or(BAD)?;
        let mut current: Vec<u8> = Vec::with_capacity(row);
        for (index, byte) in bytes.iter().enumerate() {
            let up = above.get(index).copied().unwrap_or(0);
            let left_index = index.checked_sub(pixel);
            let left = left_index.and_then(|index| current.get(index)).copied().unwrap_or(0);
            let corner = left_index.and_then(|index| above.get(index)).copied().unwrap_or(0);
            let predicted = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => return Err(BAD),
            };
            current.push(byte.wrapping_add(predicted));
        }
        decoded.extend_from_slice(&current);
        current.resize(row, 0);
        above = current;
    }
    Ok(decoded)
}

/// Of left, up and corner the one nearest to `left + up - corner`.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let distance = |value: i16| (a + b - c - value).abs();
    if distance(a) <= distance(b) && distance(a) <= distance(c) {
        left
    } else if distance(b) <= distance(c) {
        up
    } else {
        corner
    }
}
