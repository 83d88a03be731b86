//! XML with bounds: no document type, no entities of its own, counted depth and events.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceError, ResolveResult};
use quick_xml::reader::NsReader;

use crate::error::{ReadError, limit, malformed};
use crate::limits::{Limits, XmlLimits};

const NOT_WELL_FORMED: ReadError = malformed("an XML part is not well formed");
/// Attributes of one tag; beyond what any document has.
const ATTRIBUTES: usize = 4096;
/// Bytes that are kept of a namespace's name: every element and attribute in it carries a copy, and none that anything
/// is compared with is as long.
const NAMESPACE_BYTES: usize = 256;

/// One step through a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum XmlEvent {
    Start(Element),
    End,
    /// Character data; one text may come in several pieces.
    Text(String),
}

/// A start tag.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// Namespace name, the beginning of it when it is long; empty when the element is in none.
    pub(crate) namespace: String,
    pub(crate) local_name: String,
    /// The name's prefix with its colon, as written; empty when there is none.
    pub(crate) prefix: String,
    pub(crate) attributes: Vec<Attribute>,
}

/// One attribute; declarations of namespaces are not among them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) namespace: String,
    pub(crate) local_name: String,
    pub(crate) value: String,
}

impl Element {
    pub(crate) fn is(&self, namespace: &str, local_name: &str) -> bool {
        self.namespace == namespace && self.local_name == local_name
    }

    /// The value of an attribute that is in no namespace.
    pub(crate) fn attribute(&self, local_name: &str) -> Option<&str> {
        let mut found = self.attributes.iter();
        let found = found.find(|attribute| attribute.namespace.is_empty() && attribute.local_name == local_name);
        found.map(|attribute| attribute.value.as_str())
    }
}

/// Characters of an XML document in UTF-8 or UTF-16, with or without a byte order mark.
pub(crate) fn decode(data: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    match data {
        [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => decode_utf16(data, u16::from_le_bytes),
        [0, b'<', ..] => decode_utf16(data, u16::from_be_bytes),
        _ => {
            let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
            let text = std::str::from_utf8(data).map_err(|_| malformed("an XML part is neither UTF-8 nor UTF-16"))?;
            Ok(Cow::Borrowed(text))
        }
    }
}

fn decode_utf16(data: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, ReadError> {
    let (pairs, odd) = data.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(NOT_WELL_FORMED);
    }
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.map(Cow::Owned).map_err(|_| NOT_WELL_FORMED)
}

/// As `decode`, for a part of a package: it holds no characters that XML does not have. In packets of metadata programs
/// write them, and read over them.
pub(crate) fn decode_part(data: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    let text = decode(data)?;
    let is_none =
        |character| matches!(character, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}');
    if text.contains(is_none) {
        return Err(NOT_WELL_FORMED);
    }
    Ok(text)
}

/// Steps through a document that `decode` gave.
pub(crate) struct XmlReader<'i> {
    reader: NsReader<&'i [u8]>,
    limits: &'i Limits,
    /// Also what programs read over is refused.
    strict: bool,
    depth: usize,
    events: usize,
    root_seen: bool,
    span: Range<usize>,
}

impl<'i> XmlReader<'i> {
    pub(crate) fn new(text: &'i str, limits: &'i Limits) -> Self {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().check_comments = true;
        Self {
            reader,
            limits,
            strict: true,
            depth: 0,
            events: 0,
            root_seen: false,
            span: 0..0,
        }
    }

    /// As `new`, for packets of metadata, which many write by hand: what is not well formed counts only where it keeps
    /// the elements from being told apart.
    pub(crate) fn of_packet(text: &'i str, limits: &'i Limits) -> Self {
        let mut reader = Self::new(text, limits);
        reader.strict = false;
        reader.reader.config_mut().check_comments = false;
        reader
    }

    /// How many elements are open; 1 right after the root's start.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// Where in the text the last event stood; empty for the end of an element without an end tag of its own.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The root's start tag.
    pub(crate) fn root(&mut self) -> Result<Element, ReadError> {
        match self.next()? {
            Some(XmlEvent::Start(element)) => Ok(element),
            _ => Err(NOT_WELL_FORMED),
        }
    }

    /// The next event; `None` at the end of a complete document.
    pub(crate) fn next(&mut self) -> Result<Option<XmlEvent>, ReadError> {
        loop {
            self.count_event()?;
            let start = self.reader.buffer_position();
            let event = self.reader.read_event().map_err(|error| refusal(&error))?;
            self.span = to_index(start)..to_index(self.reader.buffer_position());
            let text = match event {
                Event::DocType(_) => return Err(malformed("an XML part has a document type declaration")),
                Event::Start(start) | Event::Empty(start) => return self.start(&start).map(Some),
                Event::End(_) => {
                    self.depth = self.depth.checked_sub(1).ok_or(NOT_WELL_FORMED)?;
                    return Ok(Some(XmlEvent::End));
                }
                ref other if self.strict && self.is_misplaced(other, start) => return Err(NOT_WELL_FORMED),
                Event::Text(text) => text.xml10_content().into_owned(),
                Event::CData(text) => text.xml10_content().into_owned(),
                Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|_| NOT_WELL_FORMED)? {
                    Some(character) => character.to_string(),
                    None => predefined(&reference)
                        .ok_or(malformed("an XML part uses an entity"))?
                        .to_owned(),
                },
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
                Event::Eof if self.depth == 0 && self.root_seen => return Ok(None),
                Event::Eof => return Err(NOT_WELL_FORMED),
            };
            if self.depth > 0 {
                return Ok(Some(XmlEvent::Text(text)));
            }
            if !text.trim().is_empty() {
                return Err(NOT_WELL_FORMED);
            }
        }
    }

    /// What the parser takes and XML does not have at this place.
    fn is_misplaced(&self, event: &Event<'_>, start: u64) -> bool {
        match event {
            Event::Text(text) => text.contains("]]>"),
            Event::CData(_) | Event::GeneralRef(_) => self.depth == 0,
            Event::Decl(_) => start > 0,
            Event::PI(instruction) => instruction.target().eq_ignore_ascii_case("xml"),
            _ => false,
        }
    }

    fn count_event(&mut self) -> Result<(), ReadError> {
        self.events += 1;
        if self.events > self.limits.xml.events {
            return Err(limit("an XML part has too many elements"));
        }
        if self.events.is_multiple_of(256) {
            self.limits.budget.check_time()?;
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<XmlEvent, ReadError> {
        if self.depth == 0 && self.root_seen {
            return Err(NOT_WELL_FORMED);
        }
        self.root_seen = true;
        self.depth += 1;
        if self.depth > self.limits.xml.depth {
            return Err(limit("an XML part is nested too deeply"));
        }
        let sound = is_name(start.name().into_inner()) && are_apart(start.attributes_raw());
        if self.strict && !sound {
            return Err(NOT_WELL_FORMED);
        }
        let (namespace, local_name) = self.reader.resolver().resolve_element(start.name());
        Ok(XmlEvent::Start(Element {
            namespace: name_of(namespace)?,
            local_name: local_name.into_inner().to_owned(),
            prefix: start
                .name()
                .prefix()
                .map(|prefix| format!("{}:", prefix.into_inner()))
                .unwrap_or_default(),
            attributes: self.attributes(start, &self.limits.xml)?,
        }))
    }

    fn attributes(&self, start: &BytesStart<'_>, limits: &XmlLimits) -> Result<Vec<Attribute>, ReadError> {
        let mut attributes = Vec::new();
        let mut names = Vec::new();
        // Told from each other all at once below: the library compares each with all others.
        for (count, attribute) in start.attributes().with_checks(false).enumerate() {
            let attribute = attribute.map_err(|_| NOT_WELL_FORMED)?;
            if attribute.value.len() > limits.attribute_bytes || count >= ATTRIBUTES {
                return Err(limit(
                    "an XML part has an attribute or a list of attributes that is too long",
                ));
            }
            let sound = is_name(attribute.key.into_inner()) && !attribute.value.contains('<');
            if self.strict && !sound {
                return Err(NOT_WELL_FORMED);
            }
            names.push(("", attribute.key.into_inner()));
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (namespace, local_name) = self.reader.resolver().resolve_attribute(attribute.key);
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| NOT_WELL_FORMED)?;
            if let (true, ResolveResult::Bound(namespace)) = (self.strict, &namespace) {
                names.push((namespace.into_inner(), local_name.into_inner()));
            }
            attributes.push(Attribute {
                namespace: name_of(namespace)?,
                local_name: local_name.into_inner().to_owned(),
                value: value.into_owned(),
            });
        }
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(NOT_WELL_FORMED);
        }
        Ok(attributes)
    }
}

/// Whether a name has only characters of names, as far as ASCII goes.
fn is_name(name: &str) -> bool {
    let is_first = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || !byte.is_ascii();
    let is_further = |byte: &u8| is_first(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    name.as_bytes().first().is_some_and(is_first) && name.as_bytes().iter().all(is_further)
}

/// Whether blanks part the attributes of a start tag.
fn are_apart(attributes: &str) -> bool {
    let mut quote = None;
    let mut ended = false;
    for byte in attributes.bytes() {
        match quote {
            Some(open) if open == byte => (quote, ended) = (None, true),
            Some(_) => {}
            None if ended && !byte.is_ascii_whitespace() => return false,
            None => {
                ended = false;
                quote = matches!(byte, b'"' | b'\'').then_some(byte);
            }
        }
    }
    true
}

/// The parser bounds the namespaces in force at one place, among which every name is looked up.
fn refusal(error: &quick_xml::Error) -> ReadError {
    match error {
        quick_xml::Error::Namespace(NamespaceError::TooManyBindings(_)) => {
            limit("an XML part declares too many namespaces")
        }
        _ => NOT_WELL_FORMED,
    }
}

fn name_of(resolved: ResolveResult<'_>) -> Result<String, ReadError> {
    match resolved {
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Bound(namespace) => {
            let name = namespace.into_inner();
            let kept = name.get(..name.floor_char_boundary(NAMESPACE_BYTES));
            Ok(kept.unwrap_or(name).to_owned())
        }
        ResolveResult::Unknown(_) => Err(malformed("an XML part uses an undeclared namespace prefix")),
    }
}

fn to_index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn predefined(name: &str) -> Option<&'static str> {
    match name {
        "lt" => Some("<"),
        "gt" => Some(">"),
        "amp" => Some("&"),
        "apos" => Some("'"),
        "quot" => Some("\""),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
