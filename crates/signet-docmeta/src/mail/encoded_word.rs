//! Encoded words in header fields. Source: RFC 2047.

use crate::base64::decode_base64;

/// Replaces the encoded words of a field's value; blanks between two of them do not count.
///
/// The value is passed over once, however many words in it begin and never end.
pub(super) fn decode_words(value: &str) -> String {
    let mut decoded = String::with_capacity(value.len());
    let mut words = Words::of(value);
    let mut done = 0;
    let mut after_word = false;
    let mut from = 0;
    while let Some(start) = words.starts.at_or_after(from) {
        let Some((text, end)) = words.decode(start) else {
            from = start + 2;
            continue;
        };
        let before = value.get(done..start).unwrap_or_default();
        if !(after_word && before.trim().is_empty()) {
            decoded.push_str(before);
        }
        decoded.push_str(&text);
        after_word = true;
        done = end;
        from = end;
    }
    decoded.push_str(value.get(done..).unwrap_or_default());
    decoded
}

/// Where the marks of encoded words are. Each is looked for from where it was last seen on, so that all searches
/// together pass over the value once.
struct Words<'a> {
    value: &'a str,
    starts: Ahead<'a>,
    ends: Ahead<'a>,
    blanks: Ahead<'a>,
}

/// The next place of something in a text, for questions about places that only grow.
struct Ahead<'a> {
    text: &'a str,
    search: fn(&str) -> Option<usize>,
    /// Place that was found last; `None` when there is no further one.
    next: Option<usize>,
}

impl<'a> Ahead<'a> {
    fn new(text: &'a str, search: fn(&str) -> Option<usize>) -> Self {
        Self {
            text,
            search,
            next: search(text),
        }
    }

    fn at_or_after(&mut self, from: usize) -> Option<usize> {
        if self.next? < from {
            let found = self.text.get(from..).and_then(self.search);
            self.next = found.map(|place| from + place);
        }
        self.next
    }
}

impl<'a> Words<'a> {
    fn of(value: &'a str) -> Self {
        Self {
            value,
            starts: Ahead::new(value, |text| text.find("=?")),
            ends: Ahead::new(value, |text| text.find("?=")),
            blanks: Ahead::new(value, |text| text.find(char::is_whitespace)),
        }
    }

    /// Decodes `=?charset?encoding?text?=` at `start`, and says where it ends.
    fn decode(&mut self, start: usize) -> Option<(String, usize)> {
        // Neither search goes beyond the start of the next word but one.
        let (charset, rest) = self.value.get(start + 2..)?.split_once('?')?;
        let (encoding, rest) = rest.split_once('?')?;
        let text_start = self.value.len() - rest.len();
        let end = self.ends.at_or_after(text_start)?;
        let blank = self.blanks.at_or_after(text_start);
        if charset.is_empty() || blank.is_some_and(|blank| blank < end) {
            return None;
        }
        let text = self.value.get(text_start..end)?.as_bytes();
        let bytes = match encoding {
            "B" | "b" => decode_base64(text),
            "Q" | "q" => decode_quoted(text),
            _ => return None,
        };
        Some((decode_charset(charset, &bytes), end + 2))
    }
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

/// Everything that matters in a label is ASCII, which the character sets of mail share but for UTF-16; names are not
/// reported.
fn decode_charset(charset: &str, bytes: &[u8]) -> String {
    // A language may follow the character set. Source: RFC 2231, 5.
    let charset = charset.split('*').next().unwrap_or_default();
    if charset
        .get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case("utf-16"))
    {
        return decode_utf16(charset.get(6..).unwrap_or_default(), bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// UTF-16 in the order of bytes that `order` names (`le` or `be`), else the mark in front. Without either it is
/// big-endian, unless the first character would then be one that only ASCII with its bytes exchanged makes.
fn decode_utf16(order: &str, bytes: &[u8]) -> String {
    let (little, bytes) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (true, rest),
        [0xFE, 0xFF, rest @ ..] => (false, rest),
        [first, second, ..] if order.is_empty() => (*first != 0 && *second == 0, bytes),
        _ => (order.eq_ignore_ascii_case("le"), bytes),
    };
    let unit = if little { u16::from_le_bytes } else { u16::from_be_bytes };
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units)
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine;

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

    #[test]
    fn utf_16() {
        let text = "MSIP_Label_ä";
        let encode = |unit: fn(u16) -> [u8; 2], mark: bool| {
            let mark = mark.then_some(0xFEFF);
            let units = mark.into_iter().chain(text.encode_utf16());
            base64::engine::general_purpose::STANDARD.encode(units.flat_map(unit).collect::<Vec<u8>>())
        };
        for (charset, unit, mark) in [
            ("utf-16", u16::to_le_bytes as fn(u16) -> [u8; 2], true),
            ("UTF-16", u16::to_be_bytes, true),
            ("utf-16", u16::to_be_bytes, false),
            ("utf-16", u16::to_le_bytes, false),
            ("utf-16le", u16::to_le_bytes, false),
            ("UTF-16LE*en", u16::to_le_bytes, true),
            ("UTF-16BE", u16::to_be_bytes, false),
            ("utf-16be", u16::to_be_bytes, true),
        ] {
            let word = format!("=?{charset}?B?{}?=", encode(unit, mark));
            assert_eq!(decode_words(&word), text, "{word}");
        }
        assert_eq!(decode_words("=?utf-16?B?AA==?="), "");
        assert_eq!(decode_words("=?utf-16?B??="), "");
    }

    #[test]
    fn words_without_an_end_cost_no_more_than_their_length() {
        for part in ["=?a", "=?a?q? ", "=?a?q?x", "=?a?b?x ", "=?", "?="] {
            let value = part.repeat(2_000_000 / part.len());
            assert_eq!(decode_words(&value), value, "{part}");
            // One blank and one end, far behind every start.
            let value = format!("{} ?=", part.repeat(500_000));
            assert_eq!(decode_words(&value).len(), value.len(), "{part}");
        }
    }
}
