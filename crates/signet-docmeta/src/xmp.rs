//! XMP packets of PDFs and images.

use std::collections::HashSet;
use std::ops::Range;

use quick_xml::escape::escape;

use crate::error::{ReadError, malformed};
use crate::guid::Guid;
use crate::limits::Limits;
use crate::marks::{PairCollector, PairGroup, is_label_name, label_of_name};
use crate::report::Origin;
use crate::write::{Edits, append_to, encode_like, without_attributes};
use crate::xml::{XmlEvent, XmlReader, decode};

/// What writers fill packets up with.
const PADDING: [char; 6] = ['\0', '\u{feff}', ' ', '\r', '\n', '\t'];

/// Whether a packet holds nothing, as some writers leave room for one: then it is no packet, and no damaged one.
pub(crate) fn is_blank(packet: &[u8]) -> bool {
    packet
        .iter()
        .all(|byte| matches!(byte, 0 | b' ' | b'\r' | b'\n' | b'\t'))
}

/// The label pairs of a packet: elements or attributes of any namespace with the local name of a pair.
pub(crate) fn label_groups(packet: &[u8], limits: &Limits) -> Result<Vec<PairGroup>, ReadError> {
    if is_blank(packet) {
        return Ok(Vec::new());
    }
    let text = decode(packet)?;
    let mut reader = XmlReader::of_packet(text.trim_matches(PADDING), limits);
    let mut collector = PairCollector::default();
    let mut open: Option<(String, String)> = None;
    while let Some(event) = reader.next()? {
        match event {
            XmlEvent::Start(element) => {
                for attribute in &element.attributes {
                    collector.add(&attribute.local_name, &attribute.value);
                }
                open = is_label_name(&element.local_name).then_some((element.local_name, String::new()));
            }
            XmlEvent::Text(text) => {
                if let Some((_, value)) = &mut open {
                    value.push_str(&text);
                }
            }
            XmlEvent::End => {
                if let Some((name, value)) = open.take() {
                    collector.add(&name, &value);
                }
            }
        }
    }
    Ok(collector.finish(Origin::Xmp))
}

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
/// Namespace of label properties. Source: output of the MIP SDK.
const PDFX: &str = "http://ns.adobe.com/pdfx/1.3/";

/// A packet with these pairs and nothing else.
pub(crate) fn new_packet(pairs: &[(String, String)]) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"{RDF}\">{}</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>",
        description("rdf:", "", pairs)
    )
}

/// The packet without the pairs of the labels in `stale`, and with `pairs`.
pub(crate) fn with_pairs(
    packet: &[u8],
    stale: &HashSet<Guid>,
    pairs: &[(String, String)],
    limits: &Limits,
) -> Result<Vec<u8>, ReadError> {
    let text = decode(packet)?;
    let text = text.trim_matches(PADDING);
    let is_stale = |name: &str| label_of_name(name).is_some_and(|label| stale.contains(&label));
    let mut reader = XmlReader::of_packet(text, limits);
    let mut edits = Edits::default();
    let mut removed: Option<(usize, usize)> = None;
    let mut list: Option<List> = None;
    let mut about = String::new();
    while let Some(event) = reader.next()? {
        let (span, depth) = (reader.span(), reader.depth());
        match event {
            XmlEvent::Start(_) if removed.is_some() => {}
            XmlEvent::Start(element) if is_stale(&element.local_name) => removed = Some((span.start, depth)),
            XmlEvent::Start(element) => {
                if element.is(RDF, "Description") && about.is_empty() {
                    let stated = element
                        .attributes
                        .iter()
                        .find(|attribute| attribute.local_name == "about");
                    about = stated.map(|attribute| attribute.value.clone()).unwrap_or_default();
                }
                if element
                    .attributes
                    .iter()
                    .any(|attribute| is_stale(&attribute.local_name))
                {
                    edits.replace(
                        span.clone(),
                        without_attributes(text.get(span).unwrap_or_default(), is_stale)?,
                    );
                } else if element.is(RDF, "RDF") && list.is_none() {
                    list = Some(List {
                        prefix: element.prefix,
                        start: span,
                        end: 0..0,
                        depth,
                    });
                }
            }
            XmlEvent::End => match (&removed, &mut list) {
                (Some((start, open)), _) if depth + 1 == *open => {
                    edits.remove(*start..span.end);
                    removed = None;
                }
                (None, Some(list)) if depth + 1 == list.depth => list.end = span,
                _ => {}
            },
            XmlEvent::Text(_) => {}
        }
    }
    if !pairs.is_empty() {
        let List { prefix, start, end, .. } = list.ok_or(malformed("the XMP packet has no descriptions"))?;
        let name = format!("{prefix}RDF");
        append_to(
            text,
            &mut edits,
            start,
            end,
            &name,
            &description(&prefix, &about, pairs),
        )?;
    }
    Ok(encode_like(packet, &edits.apply(text)?))
}

/// The element around all descriptions.
struct List {
    prefix: String,
    start: Range<usize>,
    end: Range<usize>,
    depth: usize,
}

fn description(prefix: &str, about: &str, pairs: &[(String, String)]) -> String {
    let element = |(name, value): &(String, String)| format!("<pdfx:{name}>{}</pdfx:{name}>", escape(value.as_str()));
    let elements: String = pairs.iter().map(element).collect();
    let about = escape(about);
    format!("<{prefix}Description {prefix}about=\"{about}\" xmlns:pdfx=\"{PDFX}\">{elements}</{prefix}Description>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LABEL, TENANT};

    fn packet(body: &str) -> String {
        format!(
            "<?xpacket begin='\u{feff}' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>\
             <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:p='http://ns.adobe.com/pdfx/1.3/'>\
             {body}</rdf:RDF></x:xmpmeta>\n   \n<?xpacket end='w'?>"
        )
    }

    fn enabled(packet: &[u8]) -> Vec<bool> {
        let groups = label_groups(packet, &Limits::default()).unwrap();
        groups.iter().map(|group| group.enabled).collect()
    }

    #[test]
    fn elements_and_attributes_of_any_namespace() {
        let name = |attribute: &str| format!("p:MSIP_Label_{LABEL}_{attribute}");
        let (enabled_name, site) = (name("Enabled"), name("SiteId"));
        let elements = format!(
            "<rdf:Description><{enabled_name}>t<!-- -->rue</{enabled_name}><{site}>{TENANT}</{site}></rdf:Description>"
        );
        let attributes = format!("<rdf:Description {enabled_name}='True' {site}='{TENANT}'/>");
        let mixed = format!("<rdf:Description {enabled_name}='0'><{site}>{TENANT}</{site}></rdf:Description>");
        assert_eq!(enabled(packet(&elements).as_bytes()), [true]);
        assert_eq!(enabled(packet(&attributes).as_bytes()), [true]);
        assert_eq!(enabled(packet(&mixed).as_bytes()), [false]);
        let other = packet(&elements).replace("http://ns.adobe.com/pdfx/1.3/", "urn:other");
        assert_eq!(enabled(other.as_bytes()), [true]);
        let padded = format!("{}\0\0\0", packet(&elements));
        assert_eq!(enabled(padded.as_bytes()), [true]);
    }

    #[test]
    fn other_packets() {
        assert_eq!(enabled(packet("").as_bytes()), [] as [bool; 0]);
        for blank in ["", "\0\0", " \r\n\t"] {
            assert_eq!(enabled(blank.as_bytes()), [] as [bool; 0], "{blank:?}");
        }
        let hostile = format!("<!DOCTYPE x [<!ENTITY a 'b'>]>{}", packet(""));
        assert!(matches!(
            label_groups(hostile.as_bytes(), &Limits::default()),
            Err(ReadError::Malformed { .. })
        ));
    }
}
