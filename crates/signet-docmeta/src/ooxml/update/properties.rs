//! The custom properties with the pairs of one tenant set or removed.

use std::collections::HashSet;

use quick_xml::escape::escape;

use crate::error::{ReadError, limit, malformed};
use crate::guid::Guid;
use crate::limits::Limits;
use crate::marks::label_of_name;
use crate::ooxml::custom_properties::{FORMAT, NAMESPACES, parse};
use crate::write::{Edits, LabelChange, Outline, encode_like};
use crate::xml::{Element, decode};

const BAD: ReadError = malformed("the custom properties part is not a list of properties");
const VALUE_NAMESPACES: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes",
    "http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes",
];

/// A part with the pairs of one label and nothing else.
pub(super) fn new_list(change: &LabelChange, strict: bool) -> String {
    let [transitional, purl] = NAMESPACES;
    let namespace = if strict { purl } else { transitional };
    let values = value_namespace(namespace);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<Properties xmlns=\"{namespace}\" \
         xmlns:vt=\"{values}\">{}</Properties>",
        elements("", change, 2, values)
    )
}

/// Whether the part has a group of the tenant, in force or not.
pub(super) fn speaks_of(data: &[u8], change: &LabelChange, limits: &Limits) -> Result<bool, ReadError> {
    Ok(parse(data, limits)?
        .iter()
        .any(|group| group.tenant == change.tenant_id))
}

/// The part without the tenant's groups, and with the new pairs; `None` when nothing changes.
pub(super) fn with_change(data: &[u8], change: &LabelChange, limits: &Limits) -> Result<Option<Vec<u8>>, ReadError> {
    let groups = parse(data, limits)?;
    let mut stale: HashSet<Guid> = groups
        .iter()
        .filter(|group| group.tenant == change.tenant_id)
        .map(|group| group.label)
        .collect();
    // Rests of the same label without a tenant would stand beside the new pairs under the same names.
    stale.extend(change.label.as_ref().map(|label| label.label_id));
    let text = decode(data)?;
    let outline = Outline::of(&text, limits)?;
    let mut edits = Edits::default();
    let mut highest = 1_u32;
    for child in outline.children.iter().filter(|child| is_property(&child.element)) {
        let label = child.element.attribute("name").and_then(label_of_name);
        if label.is_some_and(|label| stale.contains(&label)) {
            edits.remove(child.whole.clone());
        } else {
            let pid = child.element.attribute("pid").and_then(|pid| pid.trim().parse().ok());
            highest = highest.max(pid.unwrap_or(0));
        }
    }
    if change.label.is_some() {
        let next = highest
            .checked_add(1)
            .ok_or(limit("the document has no free property number"))?;
        let values = value_namespace(&outline.root.namespace);
        outline.append(&text, &mut edits, &elements(&outline.root.prefix, change, next, values))?;
    }
    if edits.is_empty() {
        return Ok(None);
    }
    if !NAMESPACES.contains(&outline.root.namespace.as_str()) {
        return Err(BAD);
    }
    Ok(Some(encode_like(data, &edits.apply(&text)?)))
}

fn is_property(element: &Element) -> bool {
    element.local_name == "property" && NAMESPACES.contains(&element.namespace.as_str())
}

fn value_namespace(namespace: &str) -> &'static str {
    let [transitional, strict] = VALUE_NAMESPACES;
    let [_, strict_properties] = NAMESPACES;
    if namespace == strict_properties {
        strict
    } else {
        transitional
    }
}

/// Property elements with numbers from `first` on. Each declares the namespace of its value, whatever the root does.
fn elements(prefix: &str, change: &LabelChange, first: u32, values: &str) -> String {
    let Some(label) = &change.label else {
        return String::new();
    };
    let mut text = String::new();
    for (pid, (name, value)) in (first..).zip(label.pairs(&change.tenant_id)) {
        text.push_str(&format!(
            "<{prefix}property fmtid=\"{FORMAT}\" pid=\"{pid}\" name=\"{name}\"><vt:lpwstr \
             xmlns:vt=\"{values}\">{}</vt:lpwstr></{prefix}property>",
            escape(value.as_str())
        ));
    }
    text
}
