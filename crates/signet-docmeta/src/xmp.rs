//! XMP packets of PDFs and images.

use crate::error::ReadError;
use crate::limits::Limits;
use crate::marks::{PairCollector, PairGroup, is_label_name};
use crate::report::Origin;
use crate::xml::{XmlEvent, XmlReader, decode};

/// The label pairs of a packet: elements or attributes of any namespace with the local name of a pair.
pub(crate) fn label_groups(packet: &[u8], limits: &Limits) -> Result<Vec<PairGroup>, ReadError> {
    let text = decode(packet)?;
    // Writers fill the packet up with blanks, some with zeros.
    let mut reader = XmlReader::new(text.trim_matches(['\0', '\u{feff}', ' ', '\r', '\n', '\t']), limits);
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
        let hostile = format!("<!DOCTYPE x [<!ENTITY a 'b'>]>{}", packet(""));
        assert!(matches!(
            label_groups(hostile.as_bytes(), &Limits::default()),
            Err(ReadError::Malformed { .. })
        ));
    }
}
