//! Marks of double key encryption in a publishing licence.
//!
//! A licence is several XML documents in a row, with other bytes around them; it is searched as bytes, in one pass.

use crate::options::Options;

const NAMES: [&[u8]; 3] = [b"id", b"name", b"type"];

/// Whether an attribute `id`, `name` or `type` in `licence` holds one of the markers. Text between tags never counts:
/// names of templates are free text.
///
/// The licence may be written in two-byte characters.
pub(crate) fn names_double_key(licence: &[u8], options: &Options) -> bool {
    if scan(licence, options) {
        return true;
    }
    let narrow: Vec<u8> = licence.iter().copied().filter(|byte| *byte != 0).collect();
    narrow.len() < licence.len() && scan(&narrow, options)
}

fn scan(licence: &[u8], options: &Options) -> bool {
    let markers: Vec<String> = options
        .dke_markers
        .iter()
        .map(|marker| marker.to_ascii_lowercase())
        .collect();
    let mut scan = Scan {
        rest: licence,
        unpaired: Vec::new(),
    };
    while scan.skip_past(b'<') {
        if scan.tag_holds(&markers) {
            return true;
        }
    }
    false
}

/// One pass over the bytes of a licence.
struct Scan<'a> {
    rest: &'a [u8],
    /// Quotation marks known not to come again, so that they are not looked for again.
    unpaired: Vec<u8>,
}

impl<'a> Scan<'a> {
    fn skip_past(&mut self, wanted: u8) -> bool {
        let found = self.rest.iter().position(|byte| *byte == wanted);
        self.rest = found
            .and_then(|position| self.rest.get(position + 1..))
            .unwrap_or_default();
        found.is_some()
    }

    /// Looks through one tag, up to its `>`. A quotation mark that does not follow an equals sign is nothing special.
    fn tag_holds(&mut self, markers: &[String]) -> bool {
        let mut before = self.rest;
        let mut read = 0_usize;
        while let Some((byte, after)) = self.rest.split_first() {
            self.rest = after;
            let name = before.get(..read).unwrap_or_default();
            read += 1;
            if *byte == b'>' {
                return false;
            }
            if !matches!(byte, b'"' | b'\'') || !name.trim_ascii_end().ends_with(b"=") {
                continue;
            }
            let Some(value) = self.quoted(*byte) else { continue };
            if is_wanted(name) && holds_marker(value, markers) {
                return true;
            }
            before = self.rest;
            read = 0;
        }
        false
    }

    /// Reads up to the closing quotation mark, if there is one.
    fn quoted(&mut self, mark: u8) -> Option<&'a [u8]> {
        if self.unpaired.contains(&mark) {
            return None;
        }
        let Some(length) = self.rest.iter().position(|byte| *byte == mark) else {
            self.unpaired.push(mark);
            return None;
        };
        let (value, after) = self.rest.split_at(length);
        self.rest = after.get(1..).unwrap_or_default();
        Some(value)
    }
}

/// Whether the text before a quoted value ends in `name=` for one of the names that count.
fn is_wanted(before: &[u8]) -> bool {
    let Some(name) = before.trim_ascii_end().strip_suffix(b"=") else {
        return false;
    };
    let name = name.trim_ascii_end();
    let start = name
        .iter()
        .rposition(u8::is_ascii_whitespace)
        .map_or(0, |position| position + 1);
    let name = name.get(start..).unwrap_or_default();
    NAMES.iter().any(|wanted| name.eq_ignore_ascii_case(wanted))
}

fn holds_marker(value: &[u8], markers: &[String]) -> bool {
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    markers
        .iter()
        .any(|marker| !marker.is_empty() && value.contains(marker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_attributes_count() {
        let options = Options::default();
        for (licence, expected) in [
            ("<AUTHENTICATEDDATA id=\"DoubleKeyAlgorithm\" name='x'>", true),
            ("<a name = 'double-key'/>", true),
            ("\0\0<a x='1' TYPE=\"my DOUBLE_KEY thing\"", true),
            ("<a>x</a><b\nid='double key'>", true),
            ("<a id='double.key'>", true),
            ("<NAME>double key</NAME>", false),
            ("<a value='doublekey'/>", false),
            ("<a id='double--key'/>", false),
            ("<a valid='doublekey'/>", false),
            ("<a id='x' note='id=\"doublekey\"'/>", false),
            ("<!-- don't --><a id='doublekey'/>", true),
            ("<a x='unpaired><b id=\"doublekey\"/>", true),
            ("<a x='1'y='2' id = \n 'doublekey'/>", true),
            ("<a id='doublekey", false),
            ("id='doublekey'", false),
            ("<a>id='doublekey'</a>", false),
            ("", false),
        ] {
            assert_eq!(names_double_key(licence.as_bytes(), &options), expected, "{licence}");
        }
    }

    #[test]
    fn markers_are_a_setting() {
        let options = Options {
            dke_markers: vec!["HYOK".to_owned(), String::new()],
            ..Options::default()
        };
        assert!(names_double_key(b"<a id='hyok-1'/>", &options));
        assert!(!names_double_key(b"<a id='doublekey'/>", &options));
    }
}
