use crate::limits::PdfLimits;
use crate::pdf::lexer::{Lexer, Stop};
use crate::pdf::object::{Object, ObjectId, decode_text};

fn parse_with(text: &[u8], complete: bool) -> Result<Object, Stop> {
    Lexer::new(text, complete, &PdfLimits::default()).object()
}

fn parse(text: &[u8]) -> Object {
    parse_with(text, true).unwrap()
}

#[test]
fn simple_values() {
    for (text, expected) in [
        (b"null".as_slice(), Object::Null),
        (b" true ", Object::Boolean(true)),
        (b"%c\nfalse", Object::Boolean(false)),
        (b"42", Object::Integer(42)),
        (b"-7", Object::Integer(-7)),
        (b"+7", Object::Integer(7)),
        (b"1.50", Object::Real(b"1.50".to_vec())),
        (b"-.5", Object::Real(b"-.5".to_vec())),
        (b"99999999999999999999", Object::Real(b"99999999999999999999".to_vec())),
        (
            b"12 0 R",
            Object::Reference(ObjectId {
                number: 12,
                generation: 0,
            }),
        ),
        (b"12 0 Rx", Object::Integer(12)),
        (b"12 0 obj", Object::Integer(12)),
        (b"/Name#20with#5Fescapes/", Object::Name(b"Name with_escapes".to_vec())),
        (b"/A#zz#", Object::Name(b"A#zz#".to_vec())),
        (b"/ ", Object::Name(Vec::new())),
    ] {
        assert_eq!(parse(text), expected, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn strings() {
    for (text, expected) in [
        (b"()".as_slice(), b"".as_slice()),
        (b"(a(b)c)", b"a(b)c"),
        (b"(\\n\\r\\t\\b\\f\\(\\)\\\\\\x)", b"\n\r\t\x08\x0c()\\x"),
        (b"(\\101\\60\\7x\\5012)", b"A0\x07xA2"),
        (b"(a\\\r\nb\\\nc\\\rd)", b"abcd"),
        (b"(a\r\nb\rc\nd)", b"a\nb\nc\nd"),
        (b"<48 65\n6C6c6F>", b"Hello"),
        (b"<487>", b"Hp"),
        (b"<>", b""),
    ] {
        assert_eq!(
            parse(text),
            Object::String(expected.to_vec()),
            "{}",
            String::from_utf8_lossy(text)
        );
    }
}

#[test]
fn texts() {
    for (bytes, expected) in [
        (b"plain \xe4".as_slice(), "plain ä"),
        (b"\xfe\xff\0a\x20\x13", "a–"),
        (b"\xff\xfea\0", "a"),
        (b"\xef\xbb\xbf\xc3\xa4", "ä"),
    ] {
        assert_eq!(decode_text(bytes), expected);
    }
}

#[test]
fn containers() {
    let parsed = parse(b"<</A[1 2 0 R(x)]/B<</C/D>>/A 5>>");
    let dictionary = parsed.as_dictionary().unwrap();
    assert_eq!(dictionary.get("A"), Some(&Object::Integer(5)));
    assert!(dictionary.get("B").unwrap().as_dictionary().unwrap().names("C", "D"));
    assert_eq!(dictionary.get("C"), None);
}

#[test]
fn damage() {
    for text in [
        b"".as_slice(),
        b"]",
        b">>",
        b"(open",
        b"(\\",
        b"<4",
        b"<4x>",
        b"[1 2",
        b"<</A>>",
        b"<</A 1",
        b"<<1 2>>",
        b"<</A 1>",
        b"word",
        b"1-2x",
        b"{",
        b"%only a comment",
    ] {
        assert_eq!(
            parse_with(text, true),
            Err(Stop::Malformed),
            "{}",
            String::from_utf8_lossy(text)
        );
    }
}

#[test]
fn a_token_at_the_end_of_a_piece_is_not_trusted() {
    let text = b"<</A[1 2 0 R(x\\051)]/B<</C/D#41>>/E<41>/F true/G 1.5>> ";
    assert!(parse_with(text, false).is_ok());
    for length in 0..text.len() - 1 {
        assert_eq!(parse_with(&text[..length], false), Err(Stop::NeedMore), "{length}");
    }
    for token in [b"12".as_slice(), b"12 0", b"12 0 R", b"/Nam", b"tru", b"1.5"] {
        assert_eq!(
            parse_with(token, false),
            Err(Stop::NeedMore),
            "{}",
            String::from_utf8_lossy(token)
        );
    }
}

#[test]
fn bounds() {
    let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    assert!(parse_with(&nested(64), true).is_ok());
    assert!(matches!(parse_with(&nested(66), true), Err(Stop::Limit(_))));
    assert!(matches!(parse_with(&b"[".repeat(1_000_000), true), Err(Stop::Limit(_))));
    let long = [b"(".as_slice(), &[b'x'; 64 * 1024 + 1], b")"].concat();
    assert!(matches!(parse_with(&long, true), Err(Stop::Limit(_))));
    let hex = [b"<".as_slice(), &b"41".repeat(64 * 1024 + 1), b">"].concat();
    assert!(matches!(parse_with(&hex, true), Err(Stop::Limit(_))));
    let many = [b"[".as_slice(), &b"1 ".repeat(300_000), b"]"].concat();
    assert!(matches!(parse_with(&many, true), Err(Stop::Limit(_))));
}
