//! Encoded words in header fields. Source: RFC 2047.

use crate::base64::decode_base64;

/// Replaces the encoded words of a field's value; blanks between two of them do not count.
pub(super) fn decode_words(value: &str) -> String {
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at(start);
        let Some((text, after)) = decode_word(from) else {
            let (mark, after) = from.split_at(2);
            decoded.push_str(before);
            decoded.push_str(mark);
            rest = after;
            after_word = false;
            continue;
        };
        if !(after_word && before.trim().is_empty()) {
            decoded.push_str(before);
        }
        decoded.push_str(&text);
        rest = after;
        after_word = true;
    }
    decoded.push_str(rest);
    decoded
}

/// Decodes `=?charset?encoding?text?=` at the start of `word`, and says what follows it.
fn decode_word(word: &str) -> Option<(String, &str)> {
    let rest = word.strip_prefix("=?")?;
    let (charset, rest) = rest.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (text, after) = rest.split_once("?=")?;
    if charset.is_empty() || text.contains(char::is_whitespace) {
        return None;
    }
    let bytes = match encoding {
        "B" | "b" => decode_base64(text.as_bytes()),
        "Q" | "q" => decode_quoted(text.as_bytes()),
        _ => return None,
    };
    Some((decode_charset(&bytes), after))
}

fn decode_quoted(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match byte {
            b'_' => b' ',
            b'=' => match escaped(after) {
                Some(value) => {
                    rest = after.get(2..).unwrap_or_default();
                    value
                }
                None => b'=',
            },
            byte => *byte,
        });
    }
    decoded
}

fn escaped(digits: &[u8]) -> Option<u8> {
    let digit = |index: usize| char::from(*digits.get(index)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// Everything that matters in a label is ASCII, which the character sets of mail share; names are not reported.
fn decode_charset(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (value, expected) in [
            ("plain", "plain"),
            ("=?utf-8?B?w6TDtg==?=", "äö"),
            ("=?UTF-8?q?a_=C3=A4=?=", "a ä="),
            ("=?iso-8859-1?Q?=E4?= x", "ä x"),
            ("a =?utf-8?q?b?=\t =?utf-8?q?c?= d", "a bc d"),
            ("a =?utf-8?q?b?= x =?utf-8?q?c?=", "a b x c"),
            ("=?utf-8?X?b?= =?", "=?utf-8?X?b?= =?"),
            ("=??q?b?=", "=??q?b?="),
            ("=?utf-8?q?a b?=", "=?utf-8?q?a b?="),
            ("x=?", "x=?"),
        ] {
            assert_eq!(decode_words(value), expected, "{value}");
        }
    }
}
