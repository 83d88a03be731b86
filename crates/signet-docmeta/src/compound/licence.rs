//! Marks of double key encryption in a publishing licence.
//!
//! A licence is several XML documents in a row, with other bytes around them; it is searched as bytes, in one pass.

use crate::options::Options;

const NAMES: [&[u8]; 3] = [b"id", b"name", b"type"];

/// Whether an attribute `id`, `name` or `type` in `licence` holds one of the markers. Text between tags never counts:
/// names of templates are free text.
pub(crate) fn names_double_key(licence: &[u8], options: &Options) -> bool {
    let markers: Vec<String> = options
        .dke_markers
        .iter()
        .map(|marker| marker.to_ascii_lowercase())
        .collect();
    let mut rest = licence;
    while let Some(start) = rest.iter().position(|byte| *byte == b'<') {
        let tag = rest.get(start + 1..).unwrap_or_default();
        let (found, after) = scan_tag(tag, &markers);
        if found {
            return true;
        }
        rest = after;
    }
    false
}

/// Looks through one tag, up to its `>`, and says what follows it.
fn scan_tag<'a>(tag: &'a [u8], markers: &[String]) -> (bool, &'a [u8]) {
    let mut rest = tag;
    loop {
        let Some(position) = rest.iter().position(|byte| matches!(byte, b'>' | b'"' | b'\'')) else {
            return (false, &[]);
        };
        let (before, from) = rest.split_at(position);
        let Some((stop, after)) = from.split_first() else {
            return (false, &[]);
        };
        if *stop == b'>' {
            return (false, after);
        }
        let Some(length) = after.iter().position(|byte| byte == stop) else {
            return (false, &[]);
        };
        let (value, after) = after.split_at(length);
        if is_wanted(before) && holds_marker(value, markers) {
            return (true, &[]);
        }
        rest = after.get(1..).unwrap_or_default();
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
