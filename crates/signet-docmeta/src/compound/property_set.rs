//! The user-defined properties of a compound file. Source: MS-OLEPS 2.

use std::collections::HashMap;

use crate::bytes::{array, slice, u16_le, u32_le};
use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::marks::{PairCollector, PairGroup, VALUE, is_label_name};
use crate::report::Origin;

const BAD: ReadError = malformed("the compound file has a damaged property set");
/// `{D5CDD505-2E9C-101B-9397-08002B2CF9AE}` as it is stored.
const USER_DEFINED: [u8; 16] = [
    0x05, 0xD5, 0xCD, 0xD5, 0x9C, 0x2E, 0x1B, 0x10, 0x93, 0x97, 0x08, 0x00, 0x2B, 0x2C, 0xF9, 0xAE,
];
const DICTIONARY: u32 = 0;
const CODE_PAGE: u32 = 1;
const UTF_16: u16 = 1200;
const SETS: u32 = 16;
/// Properties between two looks at the clock.
const PROPERTIES_AT_A_TIME: usize = 64;

/// The label pairs of a stream `\x05DocumentSummaryInformation`.
pub(crate) fn label_groups(stream: &[u8], limits: &Limits) -> Result<Vec<PairGroup>, ReadError> {
    let Some(set) = user_defined_set(stream)? else {
        return Ok(Vec::new());
    };
    let set = PropertySet::read(set, limits)?;
    let names = set.dictionary(limits)?;
    let mut collector = PairCollector::default();
    for (count, (id, position)) in set.properties.iter().enumerate() {
        if count.is_multiple_of(PROPERTIES_AT_A_TIME) {
            limits.budget.check_time()?;
        }
        // Any number of properties may share one long value.
        if let Some(name) = names.get(id)
            && let Some(value) = set.value(*position)?
            && is_label_name(name)
        {
            collector.add(name, &set.text(value));
        }
    }
    Ok(collector.finish(Origin::SummaryProperties))
}

/// The bytes from the start of the user-defined set on.
fn user_defined_set(stream: &[u8]) -> Result<Option<&[u8]>, ReadError> {
    if u16_le(stream, 0) != Some(0xFFFE) {
        return Err(BAD);
    }
    let sets = u32_le(stream, 24).ok_or(BAD)?;
    if sets > SETS {
        return Err(BAD);
    }
    for index in 0..sets as usize {
        let entry = slice(stream, 28 + index * 20, 20).ok_or(BAD)?;
        if array(entry, 0) == Some(USER_DEFINED) {
            let offset = u32_le(entry, 16).ok_or(BAD)? as usize;
            return stream.get(offset..).map(Some).ok_or(BAD);
        }
    }
    Ok(None)
}

/// A property's value, of a type that labels use.
enum Value<'a> {
    /// In the set's code page.
    Narrow(&'a [u8]),
    /// In UTF-16.
    Wide(&'a [u8]),
    Bool(bool),
    Number(i32),
}

/// One property set.
struct PropertySet<'a> {
    data: &'a [u8],
    /// Identifiers and positions, in stored order.
    properties: Vec<(u32, usize)>,
    code_page: u16,
}

impl<'a> PropertySet<'a> {
    fn read(data: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        let size = u32_le(data, 0).ok_or(BAD)? as usize;
        let data = data.get(..size).ok_or(BAD)?;
        let count = u32_le(data, 4).ok_or(BAD)? as usize;
        if count > data.len() / 8 {
            return Err(BAD);
        }
        if count > limits.properties {
            return Err(limit("the document has too many properties"));
        }
        let mut properties = Vec::with_capacity(count);
        for index in 0..count {
            let id = u32_le(data, 8 + index * 8).ok_or(BAD)?;
            let position = u32_le(data, 12 + index * 8).ok_or(BAD)? as usize;
            properties.push((id, position));
        }
        let mut set = Self {
            data,
            properties,
            code_page: 1252,
        };
        if let Some(position) = set.position(CODE_PAGE) {
            set.code_page = u16_le(data, position.saturating_add(4)).ok_or(BAD)?;
        }
        Ok(set)
    }

    fn position(&self, wanted: u32) -> Option<usize> {
        self.properties
            .iter()
            .find(|(id, _)| *id == wanted)
            .map(|(_, position)| *position)
    }

    /// Names by identifier.
    fn dictionary(&self, limits: &Limits) -> Result<HashMap<u32, String>, ReadError> {
        let mut names = HashMap::new();
        let Some(start) = self.position(DICTIONARY) else {
            return Ok(names);
        };
        let count = u32_le(self.data, start).ok_or(BAD)? as usize;
        if count > limits.properties {
            return Err(limit("the document has too many properties"));
        }
        let mut position = start.checked_add(4).ok_or(BAD)?;
        for _ in 0..count {
            let id = u32_le(self.data, position).ok_or(BAD)?;
            let length = u32_le(self.data, position.saturating_add(4)).ok_or(BAD)? as usize;
            let bytes = if self.code_page == UTF_16 {
                length.checked_mul(2).ok_or(BAD)?
            } else {
                length
            };
            let name = slice(self.data, position.checked_add(8).ok_or(BAD)?, bytes).ok_or(BAD)?;
            names.entry(id).or_insert_with(|| self.decode(name));
            // Entries are padded in UTF-16 sets only.
            let padded = if self.code_page == UTF_16 {
                bytes.next_multiple_of(4)
            } else {
                bytes
            };
            position = position + 8 + padded;
        }
        Ok(names)
    }

    /// The value at a position; `None` for types that no label uses.
    fn value(&self, position: usize) -> Result<Option<Value<'a>>, ReadError> {
        let kind = u16_le(self.data, position).ok_or(BAD)?;
        let start = position.checked_add(4).ok_or(BAD)?;
        let counted = |unit: usize| {
            let length = (u32_le(self.data, start).ok_or(BAD)? as usize)
                .checked_mul(unit)
                .ok_or(BAD)?;
            slice(self.data, start.checked_add(4).ok_or(BAD)?, length).ok_or(BAD)
        };
        match kind {
            0x1E => Ok(Some(Value::Narrow(counted(1)?))),
            0x1F => Ok(Some(Value::Wide(counted(2)?))),
            0x0B => Ok(Some(Value::Bool(u16_le(self.data, start).ok_or(BAD)? != 0))),
            0x03 => Ok(Some(Value::Number(u32_le(self.data, start).ok_or(BAD)?.cast_signed()))),
            _ => Ok(None),
        }
    }

    /// A value as text, cut where no label's value reaches.
    fn text(&self, value: Value<'_>) -> String {
        match value {
            Value::Narrow(bytes) => self.decode(bytes.get(..VALUE).unwrap_or(bytes)),
            Value::Wide(bytes) => decode_utf16(bytes.get(..VALUE).unwrap_or(bytes)),
            Value::Bool(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
        }
    }

    /// Text in the set's code page. Everything that matters here is ASCII, which all code pages share.
    fn decode(&self, bytes: &[u8]) -> String {
        if self.code_page == UTF_16 {
            return decode_utf16(bytes);
        }
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
    }
}

fn decode_utf16(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    String::from_utf16_lossy(&units.take_while(|unit| *unit != 0).collect::<Vec<u16>>())
}
