//! Objects out of bytes. Source: ISO 32000-2, 7.2 and 7.3.

use crate::error::{ReadError, limit, malformed};
use crate::limits::PdfLimits;
use crate::pdf::object::{Dictionary, Object, ObjectId};

/// Values in one object; an object is a page of text, not a database.
const VALUES: usize = 262_144;

/// Why no object was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The data ends, and more of it exists.
    NeedMore,
    Malformed,
    Limit(&'static str),
}

impl From<Stop> for ReadError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::NeedMore | Stop::Malformed => malformed("an object of the PDF is damaged"),
            Stop::Limit(what) => limit(what),
        }
    }
}

/// Reads objects out of a piece of the file.
pub(super) struct Lexer<'a> {
    data: &'a [u8],
    position: usize,
    complete: bool,
    limits: &'a PdfLimits,
    string_bytes: usize,
    values: usize,
}

impl<'a> Lexer<'a> {
    /// `complete` says that nothing follows `data`; otherwise a token that reaches its end is not trusted.
    pub(super) fn new(data: &'a [u8], complete: bool, limits: &'a PdfLimits) -> Self {
        Self {
            data,
            position: 0,
            complete,
            limits,
            string_bytes: limits.string_bytes,
            values: 0,
        }
    }

    /// Allows longer strings than the limits say.
    pub(super) fn with_strings_of(mut self, string_bytes: usize) -> Self {
        self.string_bytes = string_bytes;
        self
    }

    /// Bytes read so far.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    fn end(&self) -> Stop {
        if self.complete { Stop::Malformed } else { Stop::NeedMore }
    }

    fn peek(&self) -> Result<u8, Stop> {
        self.data.get(self.position).copied().ok_or_else(|| self.end())
    }

    fn next(&mut self) -> Result<u8, Stop> {
        let byte = self.peek()?;
        self.position += 1;
        Ok(byte)
    }

    /// White space and comments.
    pub(super) fn skip_blanks(&mut self) {
        while let Some(byte) = self.data.get(self.position) {
            if *byte == b'%' {
                let rest = self.data.get(self.position..).unwrap_or_default();
                let length = rest
                    .iter()
                    .position(|byte| matches!(byte, b'\r' | b'\n'))
                    .unwrap_or(rest.len());
                self.position += length;
            } else if is_white(*byte) {
                self.position += 1;
            } else {
                break;
            }
        }
    }

    /// The word `keyword`, blanks before it skipped.
    pub(super) fn keyword(&mut self, keyword: &str) -> Result<(), Stop> {
        self.skip_blanks();
        for expected in keyword.bytes() {
            if self.next()? != expected {
                return Err(Stop::Malformed);
            }
        }
        Ok(())
    }

    /// Whether `keyword` comes next; it is read if so.
    pub(super) fn try_keyword(&mut self, keyword: &str) -> Result<bool, Stop> {
        let before = self.position;
        match self.keyword(keyword) {
            Ok(()) => Ok(true),
            Err(Stop::Malformed) => {
                self.position = before;
                Ok(false)
            }
            Err(stop) => Err(stop),
        }
    }

    /// A number without sign, blanks before it skipped.
    pub(super) fn unsigned(&mut self) -> Result<u64, Stop> {
        self.skip_blanks();
        let mut value: Option<u64> = None;
        while let Some(byte) = self.data.get(self.position) {
            let Some(digit) = char::from(*byte).to_digit(10) else {
                break;
            };
            let grown = value
                .unwrap_or(0)
                .checked_mul(10)
                .and_then(|value| value.checked_add(digit.into()));
            value = Some(grown.ok_or(Stop::Malformed)?);
            self.position += 1;
        }
        if self.position >= self.data.len() && !self.complete {
            return Err(Stop::NeedMore);
        }
        value.ok_or_else(|| {
            if self.position >= self.data.len() {
                self.end()
            } else {
                Stop::Malformed
            }
        })
    }

    /// `number generation obj`.
    pub(super) fn object_header(&mut self) -> Result<ObjectId, Stop> {
        let number = u32::try_from(self.unsigned()?).map_err(|_| Stop::Malformed)?;
        let generation = u16::try_from(self.unsigned()?).map_err(|_| Stop::Malformed)?;
        self.keyword("obj")?;
        Ok(ObjectId { number, generation })
    }

    /// The line end after the keyword `stream`: the data starts behind it.
    pub(super) fn stream_start(&mut self) -> Result<(), Stop> {
        match self.next()? {
            b'\n' => Ok(()),
            b'\r' => {
                if self.peek()? == b'\n' {
                    self.position += 1;
                }
                Ok(())
            }
            _ => Err(Stop::Malformed),
        }
    }

    /// The next object.
    pub(super) fn object(&mut self) -> Result<Object, Stop> {
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Result<Object, Stop> {
        self.values += 1;
        if depth > self.limits.nesting || self.values > VALUES {
            return Err(Stop::Limit(
                "an object of the PDF is nested too deeply or has too many parts",
            ));
        }
        self.skip_blanks();
        match self.peek()? {
            b'/' => self.name().map(Object::Name),
            b'(' => self.literal_string().map(Object::String),
            b'[' => self.array(depth),
            b'<' => {
                self.position += 1;
                if self.peek()? == b'<' {
                    self.dictionary(depth)
                } else {
                    self.hex_string().map(Object::String)
                }
            }
            b'+' | b'-' | b'.' | b'0'..=b'9' => self.number_or_reference(),
            _ => self.word(),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Object, Stop> {
        self.position += 1;
        let mut elements = Vec::new();
        loop {
            self.skip_blanks();
            if self.peek()? == b']' {
                self.position += 1;
                return Ok(Object::Array(elements));
            }
            elements.push(self.nested(depth + 1)?);
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Object, Stop> {
        self.position += 1;
        let mut entries = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek()? {
                b'>' => {
                    self.keyword(">>")?;
                    return Ok(Object::Dictionary(Dictionary { entries }));
                }
                b'/' => {
                    let key = self.name()?;
                    entries.push((key, self.nested(depth + 1)?));
                }
                _ => return Err(Stop::Malformed),
            }
        }
    }

    fn name(&mut self) -> Result<Vec<u8>, Stop> {
        self.position += 1;
        let mut name = Vec::new();
        loop {
            let Some(byte) = self.data.get(self.position).copied() else {
                return if self.complete { Ok(name) } else { Err(Stop::NeedMore) };
            };
            if !is_regular(byte) {
                return Ok(name);
            }
            self.position += 1;
            name.push(if byte == b'#' { self.escaped_name_byte()? } else { byte });
            self.check_length(&name)?;
        }
    }

    /// The two digits after a number sign; a number sign without digits stands for itself.
    fn escaped_name_byte(&mut self) -> Result<u8, Stop> {
        let digits = self.data.get(self.position..self.position + 2);
        if digits.is_none() && !self.complete {
            return Err(Stop::NeedMore);
        }
        let value = digits.and_then(|digits| Some(hex_digit(*digits.first()?)? * 16 + hex_digit(*digits.get(1)?)?));
        if value.is_some() {
            self.position += 2;
        }
        Ok(value.unwrap_or(b'#'))
    }

    fn literal_string(&mut self) -> Result<Vec<u8>, Stop> {
        self.position += 1;
        let mut text = Vec::new();
        let mut open = 0_usize;
        loop {
            match self.next()? {
                b')' if open == 0 => return Ok(text),
                b'\\' => text.extend(self.escape()?),
                b'\r' => {
                    if self.peek()? == b'\n' {
                        self.position += 1;
                    }
                    text.push(b'\n');
                }
                byte => {
                    if byte == b'(' {
                        open += 1;
                    } else if byte == b')' {
                        open -= 1;
                    }
                    text.push(byte);
                }
            }
            self.check_length(&text)?;
        }
    }

    /// What follows a backslash; `None` for a line that goes on.
    fn escape(&mut self) -> Result<Option<u8>, Stop> {
        Ok(Some(match self.next()? {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'\n' => return Ok(None),
            b'\r' => {
                if self.peek()? == b'\n' {
                    self.position += 1;
                }
                return Ok(None);
            }
            digit @ b'0'..=b'7' => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    match self.peek()? {
                        digit @ b'0'..=b'7' => value = value * 8 + u32::from(digit - b'0'),
                        _ => break,
                    }
                    self.position += 1;
                }
                u8::try_from(value & 0xFF).unwrap_or_default()
            }
            other => other,
        }))
    }

    fn hex_string(&mut self) -> Result<Vec<u8>, Stop> {
        let mut text = Vec::new();
        let mut high: Option<u8> = None;
        loop {
            match self.next()? {
                b'>' => break,
                byte if is_white(byte) => {}
                byte => {
                    let digit = hex_digit(byte).ok_or(Stop::Malformed)?;
                    match high.take() {
                        Some(high) => text.push(high * 16 + digit),
                        None => high = Some(digit),
                    }
                }
            }
            self.check_length(&text)?;
        }
        text.extend(high.map(|digit| digit * 16));
        Ok(text)
    }

    fn check_length(&self, text: &[u8]) -> Result<(), Stop> {
        if text.len() > self.string_bytes {
            return Err(Stop::Limit("a string of the PDF is too long"));
        }
        Ok(())
    }

    fn number_or_reference(&mut self) -> Result<Object, Stop> {
        let written = self.regular()?;
        let Some(value) = std::str::from_utf8(written)
            .ok()
            .and_then(|text| text.parse::<i64>().ok())
        else {
            let is_real = written
                .iter()
                .all(|byte| matches!(byte, b'+' | b'-' | b'.' | b'0'..=b'9'));
            return if is_real {
                Ok(Object::Real(written.to_vec()))
            } else {
                Err(Stop::Malformed)
            };
        };
        let Ok(number) = u32::try_from(value) else {
            return Ok(Object::Integer(value));
        };
        let after = self.position;
        match self.rest_of_reference(number) {
            Ok(reference) => Ok(Object::Reference(reference)),
            Err(Stop::Malformed) => {
                self.position = after;
                Ok(Object::Integer(value))
            }
            Err(stop) => Err(stop),
        }
    }

    /// `generation R` after a number.
    fn rest_of_reference(&mut self, number: u32) -> Result<ObjectId, Stop> {
        let generation = u16::try_from(self.unsigned()?).map_err(|_| Stop::Malformed)?;
        self.skip_blanks();
        if self.regular()? != b"R" {
            return Err(Stop::Malformed);
        }
        Ok(ObjectId { number, generation })
    }

    fn word(&mut self) -> Result<Object, Stop> {
        match self.regular()? {
            b"null" => Ok(Object::Null),
            b"true" => Ok(Object::Boolean(true)),
            b"false" => Ok(Object::Boolean(false)),
            _ => Err(Stop::Malformed),
        }
    }

    /// Regular characters up to the next delimiter; at least one.
    fn regular(&mut self) -> Result<&'a [u8], Stop> {
        let rest = self.data.get(self.position..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_regular(*byte));
        let length = match length {
            Some(length) => length,
            None if self.complete => rest.len(),
            None => return Err(Stop::NeedMore),
        };
        if length == 0 {
            return Err(if rest.is_empty() { self.end() } else { Stop::Malformed });
        }
        self.position += length;
        rest.get(..length).ok_or(Stop::Malformed)
    }
}

pub(super) const fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

pub(super) const fn is_regular(byte: u8) -> bool {
    !is_white(byte)
        && !matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
        )
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
