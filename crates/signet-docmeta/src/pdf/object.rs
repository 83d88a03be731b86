//! Objects of a PDF.

use crate::error::{ReadError, malformed};

/// A value. Source: ISO 32000-2, 7.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Object {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A number that is not an integer, as written.
    Real(Vec<u8>),
    String(Vec<u8>),
    Name(Vec<u8>),
    Array(Vec<Self>),
    Dictionary(Dictionary),
    Reference(ObjectId),
}

/// Number and generation of an indirect object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectId {
    pub(crate) number: u32,
    pub(crate) generation: u16,
}

/// Keys and values in document order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Dictionary {
    pub(crate) entries: Vec<(Vec<u8>, Object)>,
}

impl Dictionary {
    /// The value of a key; the last one when it is given twice.
    pub(crate) fn get(&self, key: &str) -> Option<&Object> {
        self.entries
            .iter()
            .rev()
            .find(|(name, _)| name == key.as_bytes())
            .map(|(_, value)| value)
    }

    /// Bytes the dictionary takes in memory. Nesting is bounded by the lexer.
    pub(crate) fn held(&self) -> usize {
        let entry = |(key, value): &(Vec<u8>, Object)| size_of::<(Vec<u8>, Object)>() + key.len() + value.held();
        self.entries.iter().map(entry).sum()
    }

    /// Whether a key has this name as its value.
    pub(crate) fn names(&self, key: &str, name: &str) -> bool {
        matches!(self.get(key), Some(Object::Name(value)) if value == name.as_bytes())
    }
}

impl Object {
    /// Bytes the value takes beside itself.
    fn held(&self) -> usize {
        match self {
            Self::Real(bytes) | Self::String(bytes) | Self::Name(bytes) => bytes.len(),
            Self::Array(elements) => elements.iter().map(|element| size_of::<Self>() + element.held()).sum(),
            Self::Dictionary(dictionary) => dictionary.held(),
            Self::Null | Self::Boolean(_) | Self::Integer(_) | Self::Reference(_) => 0,
        }
    }

    pub(crate) fn as_integer(&self) -> Option<i64> {
        if let Self::Integer(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub(crate) fn as_name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    pub(crate) fn as_string(&self) -> Option<&[u8]> {
        if let Self::String(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }

    pub(crate) fn as_dictionary(&self) -> Option<&Dictionary> {
        if let Self::Dictionary(dictionary) = self {
            Some(dictionary)
        } else {
            None
        }
    }

    /// The elements of an array; any other value counts as an array of itself, null as an empty one.
    pub(crate) fn elements(&self) -> &[Self] {
        match self {
            Self::Array(elements) => elements,
            Self::Null => &[],
            other => std::slice::from_ref(other),
        }
    }

    /// A position or length in the file.
    pub(crate) fn as_unsigned(&self) -> Result<u64, ReadError> {
        let value = self.as_integer().and_then(|value| u64::try_from(value).ok());
        value.ok_or(malformed("the PDF has another value where a number belongs"))
    }
}

/// Characters of a text string: UTF-16 or UTF-8 with a byte order mark, else one character for each byte.
pub(crate) fn decode_text(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        plain => plain.iter().copied().map(char::from).collect(),
    }
}
