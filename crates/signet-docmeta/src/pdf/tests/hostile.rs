use super::build::{Pdf, information, simple};
use super::{read, read_with};
use crate::testing::LABEL;
use crate::{Budget, Limits, Options, ReadError};

fn malformed(what: &str, data: &[u8]) {
    let answer = read(data);
    assert!(matches!(answer, Err(ReadError::Malformed { .. })), "{what}: {answer:?}");
}

fn exceeds(what: &str, data: &[u8]) {
    let answer = read(data);
    assert!(
        matches!(answer, Err(ReadError::LimitExceeded { .. })),
        "{what}: {answer:?}"
    );
}

/// A file with one cross-reference stream of these entries and content.
fn with_stream_table(entries: &str, content: &[u8]) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let start = pdf.data.len();
    pdf.stream(1, &format!("/Type /XRef /Root 1 0 R {entries}"), content)
        .start(start);
    pdf.data
}

#[test]
fn no_way_in() {
    malformed("nothing", b"%PDF-1.7");
    malformed("no number", b"%PDF-1.7\nstartxref\n");
    malformed("outside", b"%PDF-1.7\nstartxref\n99999\n%%EOF");
    malformed("at the header", b"%PDF-1.7\nstartxref\n0\n%%EOF");
    malformed("huge", b"%PDF-1.7\nstartxref\n99999999999999999999999999\n%%EOF");
    malformed("no trailer", b"%PDF-1.7\nxref\n0 0\nstartxref\n9\n%%EOF");
    malformed("no root", b"%PDF-1.7\nxref\n0 0\ntrailer<<>>\nstartxref\n9\n%%EOF");
    malformed("trailer", b"%PDF-1.7\nxref\n0 0\ntrailer[]\nstartxref\n9\n%%EOF");
}

#[test]
fn circles() {
    let mut pdf = simple(&information(LABEL));
    let first = pdf.last.unwrap();
    pdf.object(3, "null").table("/Root 1 0 R /Info 2 0 R");
    let last = pdf.last.unwrap();
    let text = format!("/Prev {first}");
    let position = pdf
        .data
        .windows(text.len())
        .rposition(|window| window == text.as_bytes())
        .unwrap();
    let itself = format!("/Prev {last:<width$}", width = first.to_string().len());
    pdf.data.splice(position..position + text.len(), itself.into_bytes());
    malformed("section that follows itself", &pdf.data);

    let mut pdf = Pdf::new();
    pdf.object(1, "2 0 R").object(2, "1 0 R").table("/Root 1 0 R");
    malformed("references", &pdf.data);

    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Metadata 3 0 R >>");
    pdf.object(3, "<< /Length 3 0 R >>\nstream\nx\nendstream")
        .table("/Root 1 0 R");
    malformed("length", &pdf.data);

    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Metadata 7 0 R >>");
    pdf.stream_table(8, "/Root 1 0 R", &[(7, 7, 0)]);
    malformed("object stream in itself", &pdf.data);
}

#[test]
fn a_long_chain_of_sections() {
    let mut pdf = simple("<<>>");
    for _ in 0..1100 {
        pdf.table("/Root 1 0 R");
    }
    let background = Limits::background();
    let answer = read_with(&pdf.data, &Options::default(), &background);
    assert!(matches!(answer, Err(ReadError::LimitExceeded { .. })), "{answer:?}");
    let poor = Limits {
        budget: Budget {
            requests: 3,
            ..Budget::inline()
        },
        ..Limits::default()
    };
    let answer = read_with(&pdf.data, &Options::default(), &poor);
    assert!(matches!(answer, Err(ReadError::BudgetExceeded)), "{answer:?}");
}

#[test]
fn tables_that_lie() {
    malformed("no lines", b"%PDF-1.7\nxref\n0 5\ntrailer<<>>\nstartxref\n9\n%%EOF");
    malformed(
        "line",
        b"%PDF-1.7\nxref\n0 1\nxxxxxxxxxx 00000 n \ntrailer<<>>\nstartxref\n9\n%%EOF",
    );
    malformed(
        "kind",
        b"%PDF-1.7\nxref\n0 1\n0000000000 00000 x \ntrailer<<>>\nstartxref\n9\n%%EOF",
    );
    malformed(
        "outside",
        b"%PDF-1.7\nxref\n0 5000\n0000000000 65535 f \ntrailer<<>>\nstartxref\n9\n%%EOF",
    );
    exceeds(
        "count",
        b"%PDF-1.7\nxref\n0 99999999\n0000000000 65535 f \ntrailer<<>>\nstartxref\n9\n%%EOF",
    );
    exceeds(
        "first",
        b"%PDF-1.7\nxref\n99999999 1\n0000000000 65535 f \ntrailer<<>>\nstartxref\n9\n%%EOF",
    );
    for previous in ["/Prev (x)", "/Prev -5", "/Prev 999999", "/XRefStm 1", "/XRefStm -1"] {
        let mut pdf = Pdf::new();
        pdf.object(1, "<<>>").table(&format!("/Root 1 0 R {previous}"));
        malformed(previous, &pdf.data);
    }
}

#[test]
fn stream_tables_that_lie() {
    let good = with_stream_table("/Size 2 /W [1 2 1]", &[0; 8]);
    malformed("no catalogue", &good);
    for entries in [
        "/W [1 2 1]",
        "/Size 2",
        "/Size 2 /W [1 2]",
        "/Size 2 /W [1 9 1]",
        "/Size 2 /W [0 0 0]",
        "/Size 2 /W [-1 2 1]",
        "/Size 2 /W [1 2 1] /Index [0]",
        "/Size 2 /W [1 2 1] /Index [0 3]",
        "/Size 2 /W [1 2 1] /Index [0 1 0 2]",
        "/Size 3 /W [1 2 1]",
        "/Size -1 /W [1 2 1]",
    ] {
        malformed(entries, &with_stream_table(entries, &[0; 8]));
    }
    for entries in [
        "/Size 8388608 /W [1 2 1]",
        "/Size 2 /W [1 2 1] /Index [0 9999999999]",
        "/Size 2 /W [1 2 1] /Index [8388607 1]",
    ] {
        exceeds(entries, &with_stream_table(entries, &[0; 8]));
    }
}

#[test]
fn objects_that_are_not_where_they_should_be() {
    for (number, content) in [("3 0 obj", "<<>>"), ("2 0 obx", "<<>>"), ("x", "")] {
        let mut pdf = Pdf::new();
        pdf.object(1, "<<>>").object(2, &information(LABEL));
        let text = b"2 0 obj".to_vec();
        let position = pdf.data.windows(7).position(|window| window == text).unwrap();
        let replaced = format!("{number} {content}");
        pdf.data
            .splice(position..position + 7, replaced.bytes().chain([b' '; 40]).take(7));
        pdf.table("/Root 1 0 R /Info 2 0 R");
        malformed(number, &pdf.data);
    }
}

#[test]
fn streams_that_lie() {
    for length in ["3", "100000", "-1", "(x)", "9 0 R", "2 0 R"] {
        let mut pdf = Pdf::new();
        pdf.object(1, "<< /Metadata 3 0 R >>").object(2, "3");
        pdf.object(3, &format!("<< /Length {length} >>\nstream\n<x></x>\nendstream"))
            .table("/Root 1 0 R");
        malformed(length, &pdf.data);
    }
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Metadata 3 0 R >>")
        .object(3, "<< /NoStream true >>")
        .table("/Root 1 0 R");
    malformed("no stream", &pdf.data);
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Metadata 3 0 R >>")
        .stream(3, "", b"not xml")
        .table("/Root 1 0 R");
    malformed("packet", &pdf.data);
}

#[test]
fn object_streams_that_lie() {
    for (entries, content) in [
        ("/Type /ObjStm /N 1 /First 100", "2 0 <<>>"),
        ("/Type /ObjStm /N 99999999 /First 4", "2 0 <<>>"),
        ("/Type /ObjStm /N 1 /First 4", "5 0 <<>>"),
        ("/Type /ObjStm /N 1 /First 4", "2 9 <<>>"),
        ("/Type /ObjStm /N 2 /First 4", "2 0 <<>>"),
        ("/Type /ObjStm /First 4", "2 0 <<>>"),
        ("/N 1 /First 4", "2 0 <<>>"),
    ] {
        let mut pdf = Pdf::new();
        pdf.object(1, "<<>>").stream(7, entries, content.as_bytes());
        pdf.stream_table(8, "/Root 1 0 R /Info 2 0 R", &[(2, 7, 0)]);
        malformed(entries, &pdf.data);
    }
}

#[test]
fn bounds() {
    let deep = format!("<< /A {}{} >>", "[".repeat(100), "]".repeat(100));
    exceeds("nesting", &simple(&deep).data);
    exceeds("string", &simple(&format!("<< /A ({}) >>", "x".repeat(70_000))).data);
    exceeds(
        "object",
        &simple(&format!("<< /A [{}] >>", "/longer/names".repeat(200_000))).data,
    );
    let many: String = (0..5000).map(|number| format!("/K{number} 1 ")).collect();
    exceeds("properties", &simple(&format!("<< {many} >>")).data);
}

#[test]
fn a_file_cut_anywhere_is_never_read_wrongly() {
    let mut pdf = simple(&information(LABEL));
    pdf.object(2, "<< /Title (no label) >>")
        .table("/Root 1 0 R /Info 2 0 R");
    let first_end = simple(&information(LABEL)).data.len();
    for length in 1..pdf.data.len() {
        if let Ok(report) = read(&pdf.data[..length]) {
            // A file cut behind its first revision is that revision.
            let whole = length >= pdf.data.len() - 8;
            assert!(whole || length >= first_end - 8, "{length}");
            assert_eq!(report.labels.len(), usize::from(!whole), "{length}");
        }
    }
}
