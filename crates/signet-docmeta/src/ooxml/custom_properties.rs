//! The custom document properties of a package.

use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::marks::{PairCollector, PairGroup};
use crate::report::Origin;
use crate::xml::{Element, XmlEvent, XmlReader, decode_part};

pub(super) const NAMESPACES: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    "http://purl.oclc.org/ooxml/officeDocument/customProperties",
];
/// The property set of user-defined properties.
pub(super) const FORMAT: &str = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}";
const VALUE_KINDS: [&str; 5] = ["lpwstr", "lpstr", "bstr", "bool", "i4"];

/// Reads the label pairs of a custom properties part.
pub(super) fn parse(data: &[u8], limits: &Limits) -> Result<Vec<PairGroup>, ReadError> {
    let text = decode_part(data)?;
    let mut reader = XmlReader::new(&text, limits);
    let root = reader.root()?;
    if root.local_name != "Properties" || !NAMESPACES.contains(&root.namespace.as_str()) {
        return Err(malformed("the custom properties part is not a list of properties"));
    }
    let mut collector = PairCollector::default();
    let mut count = 0_usize;
    while let Some(event) = reader.next()? {
        let XmlEvent::Start(element) = event else { continue };
        if reader.depth() != 2 || !is_property(&element) {
            continue;
        }
        count += 1;
        if count > limits.properties {
            return Err(limit("the document has too many properties"));
        }
        let value = value(&mut reader)?;
        if let (Some(name), Some(value)) = (element.attribute("name"), value) {
            collector.add(name, &value);
        }
    }
    Ok(collector.finish(Origin::CustomProperties))
}

fn is_property(element: &Element) -> bool {
    NAMESPACES.contains(&element.namespace.as_str())
        && element.local_name == "property"
        && element
            .attribute("fmtid")
            .is_some_and(|format| format.trim().eq_ignore_ascii_case(FORMAT))
}

/// Text of the one child of the property whose start was just read; reads up to the property's end.
fn value(reader: &mut XmlReader<'_>) -> Result<Option<String>, ReadError> {
    let mut value: Option<String> = None;
    let mut known = false;
    while let Some(event) = reader.next()? {
        match event {
            XmlEvent::Start(element) => {
                known = reader.depth() == 3 && value.is_none() && VALUE_KINDS.contains(&element.local_name.as_str());
                if known {
                    value = Some(String::new());
                }
            }
            XmlEvent::Text(text) => {
                if let (true, 3, Some(value)) = (known, reader.depth(), value.as_mut()) {
                    value.push_str(&text);
                }
            }
            XmlEvent::End if reader.depth() == 1 => break,
            XmlEvent::End => known = known && reader.depth() >= 3,
        }
    }
    Ok(value)
}
