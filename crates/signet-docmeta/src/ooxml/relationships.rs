//! The relationships of a package, and where they lead.

use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::xml::{XmlEvent, XmlReader, decode_part};

const NAMESPACE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
/// Source: MS-OI29500 3.4.1.5. The same in transitional and strict files.
const LABEL_INFO: [&str; 1] = ["http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels"];
const CUSTOM_PROPERTIES: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/customProperties",
];

const SIGNATURE: &str = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin";
const STRICT_DOCUMENT: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument";

/// What a part is to the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    LabelInfo,
    CustomProperties,
}

impl Role {
    const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::LabelInfo => &LABEL_INFO,
            Self::CustomProperties => &CUSTOM_PROPERTIES,
        }
    }

    /// Folder and stem of the name that writers give such a part.
    pub(crate) const fn customary_name(self) -> (&'static str, &'static str) {
        match self {
            Self::LabelInfo => ("docMetadata", "LabelInfo"),
            Self::CustomProperties => ("docProps", "custom"),
        }
    }

    /// What the part's content is called. Source: what Office writes, where the published text differs.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::LabelInfo => "application/vnd.ms-office.classificationlabels+xml",
            Self::CustomProperties => "application/vnd.openxmlformats-officedocument.custom-properties+xml",
        }
    }
}

/// The relationships of a package, in document order.
#[derive(Debug)]
pub(crate) struct Relationships {
    list: Vec<Relationship>,
}

#[derive(Debug)]
struct Relationship {
    kind: String,
    target: String,
    external: bool,
}

impl Relationships {
    pub(crate) fn parse(data: &[u8], limits: &Limits) -> Result<Self, ReadError> {
        let text = decode_part(data)?;
        let mut reader = XmlReader::new(&text, limits);
        if !reader.root()?.is(NAMESPACE, "Relationships") {
            return Err(malformed("the relationships part is not a list of relationships"));
        }
        let mut list = Vec::new();
        while let Some(event) = reader.next()? {
            let XmlEvent::Start(element) = event else { continue };
            if reader.depth() != 2 || !element.is(NAMESPACE, "Relationship") {
                continue;
            }
            if list.len() >= limits.relationships {
                return Err(limit("the package has too many relationships"));
            }
            let attribute = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
            list.push(Relationship {
                kind: attribute("Type"),
                target: attribute("Target"),
                external: attribute("TargetMode").eq_ignore_ascii_case("external"),
            });
        }
        Ok(Self { list })
    }

    /// Whether the package is digitally signed.
    pub(crate) fn is_signed(&self) -> bool {
        self.list.iter().any(|relationship| relationship.kind == SIGNATURE)
    }

    /// Whether the package keeps to the strict form of the standard.
    pub(crate) fn is_strict(&self) -> bool {
        self.list
            .iter()
            .any(|relationship| relationship.kind == STRICT_DOCUMENT)
    }

    /// The type of a new relationship.
    pub(crate) fn kind_of(&self, role: Role) -> &'static str {
        let kinds = role.kinds();
        let chosen = if self.is_strict() { kinds.last() } else { kinds.first() };
        chosen.copied().unwrap_or_default()
    }

    /// Name of the item with a role, which may not exist. Such a part exists at most once; several relationships may lead
    /// to it.
    pub(crate) fn target(&self, role: Role) -> Result<Option<String>, ReadError> {
        let mut found: Option<String> = None;
        for relationship in &self.list {
            if relationship.external || !role.kinds().contains(&relationship.kind.as_str()) {
                continue;
            }
            let name = item_name(&relationship.target)?;
            if found.as_ref().is_some_and(|known| !known.eq_ignore_ascii_case(&name)) {
                return Err(malformed("the package has two parts where one is allowed"));
            }
            found = Some(name);
        }
        Ok(found)
    }
}

/// The item a target leads to, seen from the root: percent signs decoded, dot segments removed.
fn item_name(target: &str) -> Result<String, ReadError> {
    const OUTSIDE: ReadError = malformed("a relationship leads out of the package");
    const NO_NAME: ReadError = malformed("a relationship has a target that is not a name");
    // What may follow the path of a reference is no part of the name.
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let decoded = percent_decode(path).ok_or(NO_NAME)?;
    // Some programs take it for a slash, and no part has it in its name. Source: ECMA-376 part 2, 6.2.2.
    if decoded.contains('\\') {
        return Err(NO_NAME);
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop().ok_or(OUTSIDE)?;
            }
            segment => segments.push(segment),
        }
    }
    Ok(segments.join("/"))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        decoded.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        for (target, expected) in [
            ("docMetadata/LabelInfo.xml", Some("docMetadata/LabelInfo.xml")),
            ("/docMetadata/LabelInfo.xml", Some("docMetadata/LabelInfo.xml")),
            ("./a/../docMetadata//LabelInfo.xml", Some("docMetadata/LabelInfo.xml")),
            ("doc%4Detadata/Label%20Info.xml", Some("docMetadata/Label Info.xml")),
            ("docMetadata/LabelInfo.xml#a/b", Some("docMetadata/LabelInfo.xml")),
            ("docMetadata/Label%23Info.xml?a", Some("docMetadata/Label#Info.xml")),
            ("../LabelInfo.xml", None),
            ("a/../../LabelInfo.xml", None),
            ("a/%2E%2E/%2e%2e/b", None),
            ("%", None),
            ("%zz", None),
            ("%ff", None),
            ("docMetadata\\LabelInfo.xml", None),
            ("docMetadata%5CLabelInfo.xml", None),
        ] {
            assert_eq!(item_name(target).ok().as_deref(), expected, "{target}");
        }
    }
}
