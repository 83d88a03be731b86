//! Parameters of header fields such as `multipart/mixed; boundary="a;b"`. Source: RFC 2045 5.1, RFC 2231.

/// What stands before the parameters, without blanks and comments.
pub(super) fn media_type(value: &str) -> &str {
    value
        .trim_start()
        .split([';', '(', ' ', '\t'])
        .next()
        .unwrap_or_default()
}

/// The value of the first parameter of a name, quotation marks and comments removed, blanks around it too.
///
/// A name followed by `*` has its value after a character set and a language, percent signs not decoded.
pub(super) fn parameter(value: &str, name: &str) -> Option<String> {
    pieces(value).into_iter().find_map(|piece| {
        let (found, value) = piece.split_once('=')?;
        let found = found.trim();
        let extended = found.strip_suffix('*');
        if !extended.unwrap_or(found).eq_ignore_ascii_case(name) {
            return None;
        }
        let value = match extended {
            Some(_) => value.rsplit('\'').next().unwrap_or_default(),
            None => value,
        };
        Some(value.trim().to_owned())
    })
}

/// What the semicolons part that are in no quoted text and in no comment.
fn pieces(value: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut quoted = false;
    let mut comments = 0_usize;
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        let kept = match character {
            '\\' if quoted || comments > 0 => characters.next(),
            '"' if comments == 0 => {
                quoted = !quoted;
                None
            }
            '(' if !quoted => {
                comments += 1;
                None
            }
            ')' if !quoted && comments > 0 => {
                comments -= 1;
                None
            }
            ';' if !quoted && comments == 0 => {
                pieces.push(String::new());
                None
            }
            other => Some(other),
        };
        if let (Some(kept), Some(piece), 0) = (kept, pieces.last_mut(), comments) {
            piece.push(kept);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries() {
        for (value, expected) in [
            ("multipart/mixed; boundary=b", Some("b")),
            ("multipart/mixed;charset=x;\t BOUNDARY = \"b=1\" ; x", Some("b=1")),
            ("multipart/mixed; boundary=\"a;b\"", Some("a;b")),
            ("multipart/mixed; boundary=b (a; \"comment)", Some("b")),
            ("multipart/mixed (boundary=x; (y)); boundary=b", Some("b")),
            ("multipart/mixed; boundary=\"a(b)\\\"\\c\"", Some("a(b)\"c")),
            ("multipart/mixed; boundary=a; boundary=b", Some("a")),
            ("multipart/mixed; boundary=\"a; b", Some("a; b")),
            ("multipart/mixed; boundary=", Some("")),
            ("multipart/mixed; x=\"boundary=b\"", None),
            ("multipart/mixed; boundary", None),
            ("", None),
        ] {
            assert_eq!(parameter(value, "boundary").as_deref(), expected, "{value}");
        }
        let long = "attachment; filename*=utf-8'en'message.rpmsg";
        assert_eq!(parameter(long, "filename").as_deref(), Some("message.rpmsg"));
    }

    #[test]
    fn media_types() {
        for value in [" a/b", "a/b; c=d", "a/b;c", "a/b (c)", "a/b(c)"] {
            assert_eq!(media_type(value), "a/b", "{value}");
        }
    }
}
