//! Base64 as documents write it: broken into lines, padded or not.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Decodes `text`, white space in it ignored; empty when it is not base64.
pub(crate) fn decode_base64(text: &[u8]) -> Vec<u8> {
    let engine = GeneralPurpose::new(&STANDARD, LENIENT);
    let dense: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    engine.decode(dense).unwrap_or_default()
}
