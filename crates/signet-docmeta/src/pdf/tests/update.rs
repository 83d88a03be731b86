use super::build::{Pdf, information, packet, simple};
use super::labels;
use crate::testing::{LABEL, OTHER_LABEL, TENANT};
use crate::write::tests::{apply, change};
use crate::write::{Warning, WriteError, WriteOptions};
use crate::{Origin, ReadError};

fn set(data: &[u8], label: Option<&str>) -> Vec<u8> {
    let (bytes, rewrite) = apply("a.pdf", data, &change(label), &WriteOptions::default()).unwrap();
    assert_eq!(rewrite.changed, bytes != data);
    assert!(bytes.starts_with(data), "the old document is not a prefix");
    bytes
}

fn update(data: &[u8], label: Option<&str>) -> String {
    String::from_utf8_lossy(&set(data, label)[data.len()..]).into_owned()
}

fn own(label: &str) -> Vec<(String, Origin)> {
    vec![(label.to_owned(), Origin::PdfInfo)]
}

#[test]
fn a_label_is_set_replaced_and_removed() {
    let data = simple("<< /Title (A \\(b\\)) /Author <FEFF00E4> >>").data;
    let first = set(&data, Some(LABEL));
    assert_eq!(labels(&first), own(LABEL));
    let text = String::from_utf8_lossy(&first[data.len()..]).into_owned();
    assert!(
        text.starts_with("\n2 0 obj\n<< /Title (A \\(b\\)) /Author <FEFF00E4> /MSIP_Label_"),
        "{text}"
    );
    assert!(
        text.contains("/Metadata 100 0 R") && text.contains("xref\n0 1\n0000000000 65535 f \n1 1\n"),
        "{text}"
    );
    let second = set(&first, Some(OTHER_LABEL));
    assert_eq!(labels(&second), own(OTHER_LABEL));
    assert!(!String::from_utf8_lossy(&second[first.len()..]).contains(LABEL));
    let third = set(&second, None);
    assert_eq!(labels(&third), []);
    assert!(!String::from_utf8_lossy(&third[second.len()..]).contains("MSIP_Label"));
    assert_eq!(set(&third, None), third);
}

#[test]
fn the_packet_is_kept_and_changed() {
    let other_tenant = packet(OTHER_LABEL).replace(TENANT, "a841e8f6-264a-5e81-b5af-1381e9c5d7bf");
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Metadata 3 0 R /Lang (de) >>");
    pdf.stream(3, "/Type /Metadata /Subtype /XML /Extra 1", other_tenant.as_bytes())
        .table("/Root 1 0 R");
    let bytes = set(&pdf.data, Some(LABEL));
    let text = String::from_utf8_lossy(&bytes[pdf.data.len()..]).into_owned();
    assert!(
        text.contains("/Extra 1") && text.contains("3 0 obj") && !text.contains("1 0 obj"),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "<pdfx:MSIP_Label_{LABEL}_Enabled>true</pdfx:MSIP_Label_{LABEL}_Enabled>"
        )),
        "{text}"
    );
    assert_eq!(
        labels(&bytes),
        [own(LABEL), vec![(OTHER_LABEL.to_owned(), Origin::Xmp)]].concat()
    );
    let removed = set(&bytes, None);
    assert_eq!(labels(&removed), [(OTHER_LABEL.to_owned(), Origin::Xmp)]);
}

#[test]
fn a_blank_packet_is_none() {
    for blank in [b"".as_slice(), b" \n\0"] {
        let mut pdf = Pdf::new();
        pdf.object(1, "<< /Metadata 3 0 R >>");
        pdf.stream(3, "/Type /Metadata /Subtype /XML", blank)
            .object(2, &information(LABEL))
            .table("/Root 1 0 R /Info 2 0 R");
        assert_eq!(labels(&pdf.data), own(LABEL));
        let first = set(&pdf.data, Some(OTHER_LABEL));
        assert_eq!(labels(&first), own(OTHER_LABEL));
        let text = String::from_utf8_lossy(&first[pdf.data.len()..]).into_owned();
        assert!(text.contains("/Metadata 100 0 R"), "{text}");
        assert_eq!(labels(&set(&first, None)), []);
    }
}

#[test]
fn every_home_of_an_old_label_is_cleaned() {
    let element = format!(
        "<a xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:RDF><rdf:Description rdf:about='uuid:1' \
         xmlns:m='u'>\n<m:MSIP_Label_{LABEL}_Enabled>true</m:MSIP_Label_{LABEL}_Enabled>\n<m:x>y</m:x>\
         <m:MSIP_Label_{LABEL}_SiteId>{TENANT}</m:MSIP_Label_{LABEL}_SiteId></rdf:Description></rdf:RDF></a>"
    );
    for packet in [packet(LABEL), element] {
        let mut pdf = Pdf::new();
        pdf.object(1, "<< /Metadata 3 0 R >>")
            .stream(3, "", packet.as_bytes())
            .table("/Root 1 0 R");
        assert_eq!(labels(&set(&pdf.data, None)), []);
        let text = update(&pdf.data, Some(OTHER_LABEL));
        assert!(!text.contains(LABEL), "{text}");
        assert_eq!(
            text.contains("rdf:about=\"uuid:1\" xmlns:pdfx"),
            packet.contains("uuid:1"),
            "{text}"
        );
    }
}

#[test]
fn sections_keep_their_style_and_trailer() {
    let mut table = Pdf::new();
    table
        .object(1, "<< /Type /Catalog >>")
        .table("/Root 1 0 R /ID [<01><02>] /Other 5");
    let text = update(&table.data, Some(LABEL));
    assert!(
        text.contains("\nxref\n0 1\n0000000000 65535 f \n1 1\n")
            && text.contains("/Other 5")
            && text.contains("/ID [ <01> <"),
        "{text}"
    );
    assert!(
        text.contains(&format!("/Prev {}", table.last.unwrap())) && text.contains("/Size 102"),
        "{text}"
    );
    let mut stream = Pdf::new();
    stream
        .object(1, "<< /Type /Catalog >>")
        .object(2, &information(OTHER_LABEL));
    stream.stream_table(8, "/Root 1 0 R /Info 2 0 R", &[]);
    let bytes = set(&stream.data, Some(LABEL));
    assert_eq!(labels(&bytes), own(LABEL));
    let text = String::from_utf8_lossy(&bytes[stream.data.len()..]).into_owned();
    assert!(
        !text.contains("\nxref\n") && text.contains("/Type /XRef") && text.contains("/W [ 1 8 2 ]"),
        "{text}"
    );
    let again = set(&bytes, Some(OTHER_LABEL));
    assert_eq!(labels(&again), own(OTHER_LABEL));
}

#[test]
fn an_object_out_of_an_object_stream_and_junk_in_front() {
    let text = format!("2 0 {}", information(OTHER_LABEL));
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Type /Catalog >>")
        .stream(7, "/Type /ObjStm /N 1 /First 4", text.as_bytes());
    pdf.stream_table(8, "/Root 1 0 R /Info 2 0 R", &[(2, 7, 0)]);
    assert_eq!(labels(&set(&pdf.data, Some(LABEL))), own(LABEL));
    let data = [b"junk\n".as_slice(), &simple(&information(OTHER_LABEL)).data].concat();
    assert_eq!(labels(&set(&data, Some(LABEL))), own(LABEL));
    assert_eq!(
        labels(&set(&set(&data, Some(LABEL)), Some(OTHER_LABEL))),
        own(OTHER_LABEL)
    );
}

#[test]
fn certified_and_signed_documents() {
    let certified = |level: &str| {
        let mut pdf = Pdf::new();
        pdf.object(1, "<< /Perms << /DocMDP 2 0 R >> /AcroForm << /SigFlags 3 >> >>");
        pdf.object(
            2,
            &format!("<< /Reference [<< /TransformMethod /DocMDP /TransformParams << {level} >> >>] >>"),
        );
        pdf.table("/Root 1 0 R");
        apply("a.pdf", &pdf.data, &change(Some(LABEL)), &WriteOptions::default())
    };
    assert!(matches!(certified("/P 1"), Err(WriteError::DocumentCertified)));
    for level in ["/P 2", "/P 3", ""] {
        assert_eq!(certified(level).unwrap().1.warnings, [Warning::Signed], "{level}");
    }
}

#[test]
fn protected_and_damaged_documents_are_not_written() {
    let answer = |data: &[u8]| apply("a.pdf", data, &change(Some(LABEL)), &WriteOptions::default()).unwrap_err();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/extraction");
    for name in [
        "pdf-empty-password-r4/input.pdf",
        "pdf-password/input.pdf",
        "corpus/protected.pdf",
    ] {
        let data = std::fs::read(format!("{folder}/{name}")).unwrap();
        assert!(
            matches!(answer(&data), WriteError::Read(ReadError::DecryptionNotSupported)),
            "{name}"
        );
    }
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Metadata 3 0 R >>")
        .stream(3, "", b"<a/>")
        .table("/Root 1 0 R");
    assert!(matches!(
        answer(&pdf.data),
        WriteError::Read(ReadError::Malformed { .. })
    ));
}

/// A label's number stands for two tenants, in one home each.
#[test]
fn a_label_of_two_tenants() {
    let mut pdf = Pdf::new();
    let foreign = packet(LABEL).replace(TENANT, "a841e8f6-264a-5e81-b5af-1381e9c5d7bf");
    pdf.object(1, "<< /Metadata 3 0 R >>").object(2, &information(LABEL));
    pdf.stream(3, "/Type /Metadata", foreign.as_bytes())
        .table("/Root 1 0 R /Info 2 0 R");
    assert_eq!(labels(&pdf.data).len(), 2);
    let options = WriteOptions::default();
    let (set, _) = apply("a.pdf", &pdf.data, &change(Some(LABEL)), &options).unwrap();
    assert_eq!(labels(&set), [(LABEL.to_owned(), Origin::PdfInfo)]);
    let (removed, _) = apply("a.pdf", &pdf.data, &change(None), &options).unwrap();
    assert_eq!(labels(&removed), [(LABEL.to_owned(), Origin::Xmp)]);
}
