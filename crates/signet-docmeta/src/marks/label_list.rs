//! The label list: part `LabelInfo.xml` of a package, or stream `LabelInfo` beside an encrypted one.

use crate::error::{ReadError, limit, malformed};
use crate::guid::Guid;
use crate::limits::Limits;
use crate::marks::parse_date;
use crate::report::Method;
use crate::xml::{Element, XmlEvent, XmlReader, decode_part};

/// Namespace of the label list. Source: MS-OFFCRYPTO 2.6.4.3.
pub(crate) const LABEL_NAMESPACE: &str = "http://schemas.microsoft.com/office/2020/mipLabelMetadata";

/// One element `label` that names a label and a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabelElement {
    pub(crate) label: Guid,
    pub(crate) tenant: Guid,
    pub(crate) in_force: bool,
    pub(crate) method: Method,
    pub(crate) content_bits: Option<u32>,
    pub(crate) set_date: Option<i64>,
}

/// Reads a label list. Elements without a GUID in `id` or `siteId` are left out.
pub(crate) fn parse_label_list(data: &[u8], limits: &Limits) -> Result<Vec<LabelElement>, ReadError> {
    let text = decode_part(data)?;
    let mut reader = XmlReader::new(&text, limits);
    if !reader.root()?.is(LABEL_NAMESPACE, "labelList") {
        return Err(malformed("the label part is not a label list"));
    }
    let mut found = Vec::new();
    let mut seen = 0_usize;
    while let Some(event) = reader.next()? {
        let XmlEvent::Start(element) = event else { continue };
        if reader.depth() != 2 || !element.is(LABEL_NAMESPACE, "label") {
            continue;
        }
        seen += 1;
        if seen > limits.labels {
            return Err(limit("the label part has too many labels"));
        }
        found.extend(label_element(&element));
    }
    Ok(found)
}

fn label_element(element: &Element) -> Option<LabelElement> {
    let attribute = |name: &str| element.attribute(name);
    let enabled = attribute("enabled").is_none_or(is_true);
    let removed = attribute("removed").is_some_and(is_true);
    Some(LabelElement {
        label: Guid::parse(attribute("id")?).ok()?,
        tenant: Guid::parse(attribute("siteId")?).ok()?,
        in_force: enabled && !removed,
        method: Method::from_word(attribute("method").unwrap_or_default()),
        content_bits: attribute("contentBits").and_then(|bits| bits.trim().parse().ok()),
        set_date: attribute("setDate").and_then(parse_date),
    })
}

/// `1` or `true`, the two ways to say yes in xsd:boolean and in properties.
pub(crate) fn is_true(text: &str) -> bool {
    let text = text.trim();
    text == "1" || text.eq_ignore_ascii_case("true")
}
