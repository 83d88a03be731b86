//! Objects as bytes. Source: ISO 32000-2, 7.3.

use crate::pdf::lexer::is_regular;
use crate::pdf::object::{Dictionary, Object};

/// Writes an object; reading it back gives an equal one.
pub(super) fn write_object(object: &Object, out: &mut Vec<u8>) {
    match object {
        Object::Null => out.extend_from_slice(b"null"),
        Object::Boolean(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Object::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Object::Real(written) => out.extend_from_slice(written),
        Object::String(text) => write_string(text, out),
        Object::Name(name) => write_name(name, out),
        Object::Array(elements) => {
            out.push(b'[');
            for element in elements {
                out.push(b' ');
                write_object(element, out);
            }
            out.extend_from_slice(b" ]");
        }
        Object::Dictionary(dictionary) => write_dictionary(dictionary, out),
        Object::Reference(id) => out.extend_from_slice(format!("{} {} R", id.number, id.generation).as_bytes()),
    }
}

/// Writes a dictionary in the order of its entries.
pub(super) fn write_dictionary(dictionary: &Dictionary, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<<");
    for (key, value) in &dictionary.entries {
        out.push(b' ');
        write_name(key, out);
        out.push(b' ');
        write_object(value, out);
    }
    out.extend_from_slice(b" >>");
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if is_regular(*byte) && byte.is_ascii_graphic() && *byte != b'#' {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
}

fn write_string(text: &[u8], out: &mut Vec<u8>) {
    if !text.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        out.push(b'<');
        for byte in text {
            out.extend_from_slice(format!("{byte:02X}").as_bytes());
        }
        out.push(b'>');
        return;
    }
    out.push(b'(');
    for byte in text {
        if matches!(byte, b'(' | b')' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b')');
}

/// A text string: as it is when it is ASCII, else UTF-16 with a byte order mark.
pub(super) fn text_string(text: &str) -> Object {
    if text.is_ascii() {
        return Object::String(text.as_bytes().to_vec());
    }
    Object::String(
        [0xFE, 0xFF]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
            .collect(),
    )
}
