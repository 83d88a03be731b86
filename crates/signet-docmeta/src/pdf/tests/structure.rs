use super::build::{Pdf, information, packet, simple};
use super::{labels, read};
use crate::Origin;
use crate::testing::{LABEL, OTHER_LABEL, TENANT};

fn info(label: &str) -> Vec<(String, Origin)> {
    vec![(label.to_owned(), Origin::PdfInfo)]
}

#[test]
fn a_table_and_an_information_dictionary() {
    assert_eq!(labels(&simple(&information(LABEL)).data), info(LABEL));
    assert_eq!(labels(&simple("<< /Title (x) >>").data), []);
    assert_eq!(labels(&simple("null").data), []);
}

#[test]
fn a_start_word_without_a_number_is_passed_over() {
    let mut data = simple(&information(LABEL)).data;
    data.extend_from_slice(b"% startxref note\n");
    assert_eq!(labels(&data), info(LABEL));
    data.resize(data.len() + 5000, b' ');
    data.extend_from_slice(b"startxref");
    assert_eq!(labels(&data), info(LABEL));
    let none = b"%PDF-1.7\nstartxref\n-5\n%%EOF";
    assert!(matches!(read(none), Err(crate::ReadError::Malformed { .. })));
}

#[test]
fn every_spelling_of_names_and_strings() {
    let text = information(LABEL);
    let wide: String = "true".encode_utf16().map(|unit| format!("{unit:04x}")).collect();
    for changed in [
        text.replace("MSIP_Label_", "MSIP#5FLabel#5f"),
        text.replace("(true)", "<74727565>"),
        text.replace("(true)", "(\\164ru\\\ne)"),
        text.replace("(true)", &format!("<FEFF{wide}>")),
        text.replace("(true)", "/True"),
        text.replace("(true)", "true"),
        text.replace("(true)", "1"),
        text.replace("(true)", "(false)")
            .replace(" >>", &format!(" /MSIP_Label_{LABEL}_Enabled (1) >>")),
    ] {
        assert_ne!(changed, text);
        assert_eq!(labels(&simple(&changed).data), info(LABEL), "{changed}");
    }
}

#[test]
fn values_and_dictionaries_behind_references() {
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Metadata 6 0 R >>")
        .object(2, &information(LABEL).replace("(true)", "3 0 R"))
        .object(3, "4 0 R")
        .object(4, "(true)")
        .object(5, "2 0 R")
        .table("/Root 1 0 R /Info 5 0 R");
    assert_eq!(labels(&pdf.data), info(LABEL));
}

#[test]
fn metadata() {
    let with = |dictionary: &str, content: &[u8]| {
        let mut pdf = Pdf::new();
        pdf.object(1, "<< /Metadata 3 0 R >>")
            .stream(3, dictionary, content)
            .object(4, "/ASCIIHexDecode");
        pdf.table("/Root 1 0 R");
        labels(&pdf.data)
    };
    let packet = packet(LABEL);
    let expected = [(LABEL.to_owned(), Origin::Xmp)];
    assert_eq!(with("/Type /Metadata", packet.as_bytes()), expected);
    let hex: String = packet.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(with("/Filter 4 0 R", hex.as_bytes()), expected);
    assert_eq!(with("/Filter [4 0 R]", hex.as_bytes()), expected);
}

#[test]
fn the_newest_section_counts() {
    let mut pdf = simple(&information(OTHER_LABEL));
    pdf.object(2, &information(LABEL)).table("/Root 1 0 R /Info 2 0 R");
    assert_eq!(labels(&pdf.data), info(LABEL));
    // A key absent in the newest trailer is taken from an older one.
    pdf.object(2, &information(OTHER_LABEL)).table("/Root 1 0 R");
    assert_eq!(labels(&pdf.data), info(OTHER_LABEL));
    // An object that was deleted is null.
    let mut pdf = simple(&information(OTHER_LABEL));
    let start = pdf.data.len();
    pdf.data.extend_from_slice(b"xref\n2 1\n0000000000 00001 f \n");
    let trailer = format!(
        "trailer << /Size 3 /Root 1 0 R /Info 2 0 R /Prev {} >>\n",
        pdf.last.unwrap()
    );
    pdf.data.extend_from_slice(trailer.as_bytes());
    pdf.start(start);
    assert_eq!(labels(&pdf.data), []);
}

#[test]
fn object_streams() {
    let text = information(LABEL);
    let first = "<< /Type /Catalog >>";
    let directory = format!("1 0 2 {} ", first.len() + 1);
    let content = format!("{directory}{first} {text}");
    let mut pdf = Pdf::new();
    pdf.stream(
        7,
        &format!("/Type /ObjStm /N 2 /First {}", directory.len()),
        content.as_bytes(),
    );
    pdf.stream_table(8, "/Root 1 0 R /Info 2 0 R", &[(1, 7, 0), (2, 7, 1)]);
    assert_eq!(labels(&pdf.data), info(LABEL));
    // A wrong index is forgiven when the object is in the stream.
    let mut pdf = Pdf::new();
    pdf.stream(
        7,
        &format!("/Type /ObjStm /N 2 /First {}", directory.len()),
        content.as_bytes(),
    );
    pdf.stream_table(8, "/Root 1 0 R /Info 2 0 R", &[(1, 7, 1), (2, 7, 9)]);
    assert_eq!(labels(&pdf.data), info(LABEL));
}

#[test]
fn hybrid_files() {
    // The information dictionary is in an object stream that only the stream section knows; the table calls it free.
    for in_table in ["", "2 1\n0000000000 00000 f \n"] {
        let mut pdf = Pdf::new();
        pdf.object(1, "<< /Type /Catalog >>");
        let catalogue = "%PDF-1.7\n".len();
        let text = format!("2 0 {}", information(LABEL));
        pdf.stream(7, "/Type /ObjStm /N 1 /First 4", text.as_bytes());
        pdf.stream_table(8, "", &[(2, 7, 0)]);
        let stream = pdf.last.unwrap();
        let start = pdf.data.len();
        let table = format!("xref\n1 1\n{catalogue:010} 00000 n \n{in_table}");
        pdf.data.extend_from_slice(table.as_bytes());
        let trailer = format!("trailer << /Size 9 /Root 1 0 R /Info 2 0 R /XRefStm {stream} >>\n");
        pdf.data.extend_from_slice(trailer.as_bytes());
        pdf.start(start);
        assert_eq!(labels(&pdf.data), info(LABEL), "{in_table}");
    }
}

#[test]
fn junk_around_the_file() {
    let data = simple(&information(LABEL)).data;
    let in_front = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &data].concat();
    assert_eq!(labels(&in_front), info(LABEL));
    for length in [10, 5000, 60_000] {
        let behind = [data.as_slice(), &b"\n".repeat(length)].concat();
        assert_eq!(labels(&behind), info(LABEL), "{length}");
    }
}

#[test]
fn tables_of_other_widths() {
    for end in ["\r\n", " \n", " \r", "\n", " \r\n"] {
        let mut pdf = Pdf::new();
        let mut offsets = Vec::new();
        for (number, content) in [(1, "<< /Type /Catalog >>".to_owned()), (2, information(LABEL))] {
            offsets.push(pdf.data.len());
            pdf.data
                .extend_from_slice(format!("{number} 0 obj {content} endobj\n").as_bytes());
        }
        let start = pdf.data.len();
        pdf.data
            .extend_from_slice(format!("xref\r\n0 3\r\n0000000000 65535 f{end}").as_bytes());
        for offset in offsets {
            pdf.data
                .extend_from_slice(format!("{offset:010} 00000 n{end}").as_bytes());
        }
        pdf.data
            .extend_from_slice(b"trailer<</Size 3/Root 1 0 R/Info 2 0 R>>\n");
        pdf.start(start);
        assert_eq!(labels(&pdf.data), info(LABEL), "{end:?}");
    }
}

#[test]
fn the_information_dictionary_wins_for_its_tenants() {
    let with = |text: &str| {
        let mut pdf = Pdf::new();
        pdf.object(1, "<< /Metadata 3 0 R >>")
            .object(2, text)
            .stream(3, "", packet(OTHER_LABEL).as_bytes());
        pdf.table("/Root 1 0 R /Info 2 0 R");
        labels(&pdf.data)
    };
    assert_eq!(with(&information(LABEL)), info(LABEL));
    assert_eq!(with(&information(LABEL).replace("(true)", "(false)")), []);
    let no_tenant = information(LABEL).replace(TENANT, "x");
    assert_eq!(with(&no_tenant), [(OTHER_LABEL.to_owned(), Origin::Xmp)]);
}

#[test]
fn a_large_file_costs_little() {
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Type /Catalog >>");
    for number in 10..40 {
        pdf.stream(number, "", &vec![b'x'; 100_000]);
    }
    pdf.object(2, &information(LABEL)).table("/Root 1 0 R /Info 2 0 R");
    let report = read(&pdf.data).unwrap();
    assert_eq!(report.labels.len(), 1);
    assert!(
        report.stats.requests <= 4 && report.stats.bytes < 40_000,
        "{:?}",
        report.stats
    );
}
