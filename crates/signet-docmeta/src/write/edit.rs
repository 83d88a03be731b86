//! Changes in the text of an XML document that leave everything else as it is written.

use std::ops::Range;

use quick_xml::escape::escape;
use quick_xml::events::BytesStart;

use crate::error::{ReadError, malformed};
use crate::limits::Limits;
use crate::xml::{Element, XmlEvent, XmlReader};

const BAD: ReadError = malformed("an XML part is not well formed");

/// A document's root and its children.
pub(crate) struct Outline {
    pub(crate) root: Element,
    root_start: Range<usize>,
    root_end: Range<usize>,
    pub(crate) children: Vec<Child>,
}

/// A child of the root, without attributes that are in a namespace.
pub(crate) struct Child {
    pub(crate) element: Element,
    /// The start tag.
    pub(crate) start: Range<usize>,
    /// The whole element.
    pub(crate) whole: Range<usize>,
}

impl Outline {
    pub(crate) fn of(text: &str, limits: &Limits) -> Result<Self, ReadError> {
        let mut reader = XmlReader::new(text, limits);
        let root = reader.root()?;
        let root_start = reader.span();
        let mut outline = Self {
            root,
            root_start,
            root_end: 0..0,
            children: Vec::new(),
        };
        while let Some(event) = reader.next()? {
            let span = reader.span();
            match (event, reader.depth()) {
                (XmlEvent::Start(mut element), 2) => {
                    // Only these are asked for, and a list may be long.
                    element.attributes.retain(|attribute| attribute.namespace.is_empty());
                    outline.children.push(Child {
                        element,
                        start: span.clone(),
                        whole: span,
                    });
                }
                (XmlEvent::End, 1) => {
                    if let Some(child) = outline.children.last_mut() {
                        child.whole.end = span.end;
                    }
                }
                (XmlEvent::End, 0) => outline.root_end = span,
                _ => {}
            }
        }
        Ok(outline)
    }

    /// Adds `xml` as the root's last child.
    pub(crate) fn append(&self, text: &str, edits: &mut Edits, xml: &str) -> Result<(), ReadError> {
        self.insert(text, edits, xml, None)
    }

    /// Adds `xml` in front of a child, at the end without one.
    pub(crate) fn insert(
        &self,
        text: &str,
        edits: &mut Edits,
        xml: &str,
        before: Option<&Child>,
    ) -> Result<(), ReadError> {
        if let Some(child) = before {
            edits.replace(child.whole.start..child.whole.start, xml.to_owned());
            return Ok(());
        }
        let name = format!("{}{}", self.root.prefix, self.root.local_name);
        append_to(text, edits, self.root_start.clone(), self.root_end.clone(), &name, xml)
    }
}

/// Replacements in one text. They must not overlap.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    list: Vec<(Range<usize>, String)>,
}

impl Edits {
    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn replace(&mut self, range: Range<usize>, text: String) {
        self.list.push((range, text));
    }

    pub(crate) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, String::new());
    }

    /// The text with everything replaced.
    pub(crate) fn apply(mut self, text: &str) -> Result<String, ReadError> {
        // A stable order keeps insertions at one place in the order they were asked for.
        self.list.sort_by_key(|(range, _)| (range.start, range.end));
        let mut edited = String::with_capacity(text.len() + 512);
        let mut position = 0;
        for (range, replacement) in self.list {
            edited.push_str(text.get(position..range.start).ok_or(BAD)?);
            edited.push_str(&replacement);
            position = range.end;
        }
        edited.push_str(text.get(position..).ok_or(BAD)?);
        Ok(edited)
    }
}

/// A start tag with new attributes: those of `values` first, in that order, without those whose value is `None`; then
/// the others as they are written.
pub(crate) fn rewrite_start_tag(tag: &str, values: &[(&str, Option<String>)]) -> Result<String, ReadError> {
    start_tag(tag, values, |key| values.iter().any(|(name, _)| *name == key))
}

/// A start tag without the attributes whose local name is in `dropped`.
pub(crate) fn without_attributes(tag: &str, dropped: impl Fn(&str) -> bool) -> Result<String, ReadError> {
    start_tag(tag, &[], |key| dropped(key.rsplit(':').next().unwrap_or(key)))
}

fn start_tag(
    tag: &str,
    values: &[(&str, Option<String>)],
    dropped: impl Fn(&str) -> bool,
) -> Result<String, ReadError> {
    let empty = tag.ends_with("/>");
    let inner = tag.strip_prefix('<').ok_or(BAD)?;
    let inner = inner
        .strip_suffix("/>")
        .or_else(|| inner.strip_suffix('>'))
        .ok_or(BAD)?;
    let name_length = inner
        .find(|character: char| character.is_ascii_whitespace())
        .unwrap_or(inner.len());
    let name = inner.get(..name_length).ok_or(BAD)?;
    let mut rewritten = format!("<{name}");
    for (name, value) in values {
        if let Some(value) = value {
            rewritten.push_str(&format!(" {name}=\"{}\"", escape(value.as_str())));
        }
    }
    for attribute in BytesStart::from_content(inner, name_length).attributes() {
        let attribute = attribute.map_err(|_| BAD)?;
        let key = attribute.key.0;
        if dropped(key) {
            continue;
        }
        let quote = if attribute.value.contains('"') { '\'' } else { '"' };
        rewritten.push_str(&format!(" {key}={quote}{}{quote}", attribute.value));
    }
    rewritten.push_str(if empty { " />" } else { ">" });
    Ok(rewritten)
}

/// Adds `xml` behind the content of an element, given its start tag, its end tag (empty for an empty element) and its
/// name as written.
pub(crate) fn append_to(
    text: &str,
    edits: &mut Edits,
    start: Range<usize>,
    end: Range<usize>,
    name: &str,
    xml: &str,
) -> Result<(), ReadError> {
    if end.is_empty() {
        let tag = text
            .get(start.clone())
            .and_then(|tag| tag.strip_suffix("/>"))
            .ok_or(BAD)?;
        edits.replace(start, format!("{}>{xml}</{name}>", tag.trim_end()));
    } else {
        edits.replace(end.start..end.start, xml.to_owned());
    }
    Ok(())
}

/// `text` in the encoding that `original` has.
pub(crate) fn encode_like(original: &[u8], text: &str) -> Vec<u8> {
    let wide = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        mark.iter()
            .copied()
            .chain(text.encode_utf16().flat_map(bytes))
            .collect()
    };
    match original {
        [0xFF, 0xFE, ..] => wide(&[0xFF, 0xFE], u16::to_le_bytes),
        [0xFE, 0xFF, ..] => wide(&[0xFE, 0xFF], u16::to_be_bytes),
        [b'<', 0, ..] => wide(&[], u16::to_le_bytes),
        [0, b'<', ..] => wide(&[], u16::to_be_bytes),
        [0xEF, 0xBB, 0xBF, ..] => [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
        _ => text.as_bytes().to_vec(),
    }
}
