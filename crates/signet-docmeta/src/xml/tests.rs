use super::*;

fn events(data: &[u8]) -> Result<Vec<String>, ReadError> {
    let limits = Limits::default();
    let text = decode(data)?;
    let mut reader = XmlReader::new(&text, &limits);
    let mut seen = Vec::new();
    while let Some(event) = reader.next()? {
        seen.push(match event {
            XmlEvent::Start(element) => {
                let mut line = format!("<{}|{}", element.namespace, element.local_name);
                for attribute in &element.attributes {
                    line.push_str(&format!(
                        " {}|{}={}",
                        attribute.namespace, attribute.local_name, attribute.value
                    ));
                }
                line
            }
            XmlEvent::End => ">".to_owned(),
            XmlEvent::Text(text) => text,
        });
    }
    Ok(seen)
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16()
        .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
        .collect()
}

#[test]
fn namespaces_texts_and_references() {
    let seen = events(
        b"<?xml version='1.0'?><!-- c --><a:r xmlns:a='u' xmlns:b='v' b:x='1&amp;2' y=\"3\">t&lt;&#65;<e/></a:r>\n",
    );
    assert_eq!(seen.unwrap(), ["<u|r v|x=1&2 |y=3", "t", "<", "A", "<|e", ">", ">"]);
}

#[test]
fn every_byte_order_is_read() {
    let text = "<r>ä</r>";
    let mut forms = vec![text.as_bytes().to_vec(), utf16(text, true), utf16(text, false)];
    forms.push([b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat());
    forms.push([b"\xFF\xFE".as_slice(), &utf16(text, true)].concat());
    forms.push([b"\xFE\xFF".as_slice(), &utf16(text, false)].concat());
    for form in forms {
        assert_eq!(events(&form).unwrap(), ["<|r", "ä", ">"], "{form:?}");
    }
}

#[test]
fn malformed_documents() {
    for text in [
        "",
        " ",
        "text",
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>tail",
        "<a x='1' x='2'/>",
        "<a x=1/>",
        "<p:a/>",
        "<a>&unknown;</a>",
        "<a x='&unknown;'/>",
        "<a>&#0;</a>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        "<a",
    ] {
        assert!(
            matches!(events(text.as_bytes()), Err(ReadError::Malformed { .. })),
            "{text}"
        );
    }
    assert!(matches!(events(b"<a>\xff</a>"), Err(ReadError::Malformed { .. })));
    assert!(matches!(
        events(b"\xff\xfe<\0a\0/\0>"),
        Err(ReadError::Malformed { .. })
    ));
}

#[test]
fn bounds() {
    let deep = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(events(deep(64).as_bytes()).is_ok());
    assert!(matches!(
        events(deep(65).as_bytes()),
        Err(ReadError::LimitExceeded { .. })
    ));
    let wide = format!("<a>{}</a>", "<b/>".repeat(40_000));
    assert!(matches!(events(wide.as_bytes()), Err(ReadError::LimitExceeded { .. })));
    let long = format!("<a b='{}'/>", "x".repeat(64 * 1024 + 1));
    assert!(matches!(events(long.as_bytes()), Err(ReadError::LimitExceeded { .. })));
    let some: String = (0..4000).map(|number| format!(" a{number}=''")).collect();
    assert!(events(format!("<a{some}/>").as_bytes()).is_ok());
    assert!(matches!(
        events(format!("<a{some} a7=''/>").as_bytes()),
        Err(ReadError::Malformed { .. })
    ));
    let many: String = (0..4097).map(|number| format!(" a{number}=''")).collect();
    assert!(matches!(
        events(format!("<a{many}/>").as_bytes()),
        Err(ReadError::LimitExceeded { .. })
    ));
}

#[test]
fn long_namespaces_are_kept_in_part() {
    let name = "ä".repeat(2000);
    let seen = events(format!("<a:r xmlns:a='x{name}' a:b=''/>").as_bytes()).unwrap();
    let kept = format!("x{}", "ä".repeat(127));
    assert_eq!(seen, [format!("<{kept}|r {kept}|b="), ">".to_owned()]);
}

#[test]
fn namespaces_in_force_are_bounded() {
    let declarations: String = (0..60).map(|number| format!(" xmlns:p{number}='u'")).collect();
    let nested = |depth: usize| format!("{}{}", format!("<x{declarations}>").repeat(depth), "</x>".repeat(depth));
    assert!(events(nested(2).as_bytes()).is_ok());
    assert!(matches!(
        events(nested(3).as_bytes()),
        Err(ReadError::LimitExceeded { .. })
    ));
    assert!(events(format!("<r>{}</r>", nested(1).repeat(10)).as_bytes()).is_ok());
}
