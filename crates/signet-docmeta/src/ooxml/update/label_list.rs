//! The label list with the element of one tenant set or removed.

use crate::error::{ReadError, malformed};
use crate::guid::Guid;
use crate::limits::Limits;
use crate::marks::LABEL_NAMESPACE;
use crate::write::{Edits, LabelChange, NewLabel, Outline, encode_like, rewrite_start_tag};
use crate::xml::{Element, decode};

const BAD: ReadError = malformed("the label part is not a label list");

/// A list with one element.
pub(super) fn new_list(change: &LabelChange) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?><clbl:labelList \
         xmlns:clbl=\"{LABEL_NAMESPACE}\">{}</clbl:labelList>",
        element("clbl:", change)
    )
}

/// Whether the list has an element of the tenant.
pub(super) fn speaks_of(data: &[u8], change: &LabelChange, limits: &Limits) -> Result<bool, ReadError> {
    let text = decode(data)?;
    let outline = Outline::of(&text, limits)?;
    Ok(outline
        .children
        .iter()
        .any(|child| is_of(&child.element, &change.tenant_id)))
}

/// The list with the first element of the tenant rewritten, further ones gone, or a new element in front of the
/// extension list. Unknown attributes, extensions and everything between elements stay.
pub(super) fn with_change(data: &[u8], change: &LabelChange, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let text = decode(data)?;
    let outline = Outline::of(&text, limits)?;
    if !outline.root.is(LABEL_NAMESPACE, "labelList") {
        return Err(BAD);
    }
    let mut edits = Edits::default();
    let mut own = outline
        .children
        .iter()
        .filter(|child| is_of(&child.element, &change.tenant_id));
    match own.next() {
        Some(child) => {
            let tag = text.get(child.start.clone()).ok_or(BAD)?;
            edits.replace(
                child.start.clone(),
                rewrite_start_tag(tag, &attributes(change, &child.element))?,
            );
        }
        None => {
            let extensions = outline
                .children
                .iter()
                .find(|child| child.element.is(LABEL_NAMESPACE, "extLst"));
            outline.insert(&text, &mut edits, &element(&outline.root.prefix, change), extensions)?;
        }
    }
    for child in own {
        edits.remove(child.whole.clone());
    }
    Ok(encode_like(data, &edits.apply(&text)?))
}

fn is_of(element: &Element, tenant: &Guid) -> bool {
    element.is(LABEL_NAMESPACE, "label")
        && element
            .attribute("siteId")
            .and_then(|site| Guid::parse(site).ok())
            .as_ref()
            == Some(tenant)
}

fn element(prefix: &str, change: &LabelChange) -> String {
    let mut text = format!("<{prefix}label");
    for (name, value) in standard_attributes(change) {
        if let Some(value) = value {
            text.push_str(&format!(" {name}=\"{value}\""));
        }
    }
    text.push_str(" />");
    text
}

/// The attributes in the order that writers keep. Source: MS-OFFCRYPTO 2.6.5.4.
fn standard_attributes(change: &LabelChange) -> Vec<(&'static str, Option<String>)> {
    let tenant = format!("{{{}}}", change.tenant_id);
    let value = |text: &str| Some(text.to_owned());
    match &change.label {
        Some(label) => vec![
            ("id", Some(format!("{{{}}}", label.label_id))),
            ("enabled", value("1")),
            ("method", value(label.method_word())),
            ("siteId", Some(tenant)),
            ("contentBits", value("0")),
            ("removed", value("0")),
        ],
        None => vec![
            ("id", Some(tenant.clone())),
            ("enabled", value("0")),
            ("method", value("")),
            ("siteId", Some(tenant)),
            ("contentBits", None),
            ("removed", value("1")),
        ],
    }
}

/// As above; what the old element said about the old label beyond the standard is brought up to date or dropped.
fn attributes(change: &LabelChange, old: &Element) -> Vec<(&'static str, Option<String>)> {
    let mut attributes = standard_attributes(change);
    let label = change.label.as_ref();
    let extras = [
        ("setDate", label.map(|label| crate::write::format_date(label.set_date))),
        ("name", label.map(NewLabel::short_name)),
        ("actionId", label.map(|label| format!("{{{}}}", label.action_id))),
    ];
    for (name, value) in extras {
        if old.attribute(name).is_some() {
            attributes.push((name, value));
        }
    }
    attributes
}
