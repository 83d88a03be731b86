//! Fuzz targets, one for each format and for the parts that a checksum or a table would keep damage away from.
//!
//! The seeds are the files below `fuzz/`, a folder for each target. Whatever the bytes: reading ends, does not panic,
//! asks only for bytes that exist, stays within the budget, and finds one label for a tenant at most. What is written
//! into damaged documents reads back, or nothing is written.

use std::cell::RefCell;
use std::path::PathBuf;

use signet_testkit::fuzz::{Fuzz, corpus};

use crate::compound::{label_groups, names_double_key};
use crate::limits::Limits;
use crate::marks::parse_label_list;
use crate::options::Options;
use crate::pdf::fuzzing::{decoded_stream, with_table};
use crate::testing::{LABEL, LABEL_RELATIONSHIP, PROPERTIES_RELATIONSHIP, RawArchive, RawEntry, relationships};
use crate::write::tests::{apply, change};
use crate::write::{WriteError, WriteOptions};
use crate::{MemoryRange, RangeRead, ReadError, read_labels, xmp};

const ROUNDS: u64 = if cfg!(feature = "exhaustive") { 30_000 } else { 400 };

fn seeds(target: &str) -> Vec<Vec<u8>> {
    corpus(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(target))
}

fn fuzz(target: &str) -> Fuzz {
    Fuzz::new(target, seeds(target)).rounds(ROUNDS).longest(64 * 1024)
}

/// A document that fails the test when bytes outside it are asked for.
struct Strict<'a> {
    data: &'a [u8],
    bytes: u64,
    requests: u32,
}

impl RangeRead for Strict<'_> {
    fn len(&self) -> u64 {
        self.data.len() as u64
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        self.bytes += length as u64;
        self.requests += 1;
        let start = usize::try_from(offset).unwrap();
        Ok(self.data[start..start + length].to_vec())
    }
}

/// Reads a document, and tells one kind of answer from another.
fn read(name: &str, data: &[u8]) -> String {
    let limits = Limits::default();
    let mut reader = Strict {
        data,
        bytes: 0,
        requests: 0,
    };
    let answer = read_labels(&mut reader, name, &Options::default(), &limits);
    assert!(reader.bytes <= limits.budget.bytes && reader.requests <= limits.budget.requests);
    match answer {
        Ok(report) => {
            assert_eq!(
                (report.stats.bytes, report.stats.requests),
                (reader.bytes, reader.requests)
            );
            let mut tenants: Vec<_> = report.labels.iter().map(|label| label.tenant_id).collect();
            tenants.sort();
            tenants.dedup();
            assert_eq!(tenants.len(), report.labels.len(), "a tenant has two labels");
            format!("{} {:?} {:?}", report.labels.len(), report.kind, report.protection)
        }
        Err(error) => word(&error),
    }
}

fn word(error: &ReadError) -> String {
    assert!(!matches!(error, ReadError::Io(_)), "{error}: {error:?}");
    error.to_string()
}

fn words<T>(answer: Result<Vec<T>, ReadError>) -> String {
    answer.map_or_else(|error| word(&error), |found| found.len().to_string())
}

fn write(name: &str, data: &[u8]) -> String {
    for label in [Some(LABEL), None] {
        match apply(name, data, &change(label), &WriteOptions::default()) {
            Ok((new, _)) => assert!(!name.ends_with("pdf") || new.starts_with(data)),
            Err(WriteError::Verification { what }) => panic!("{what}"),
            Err(WriteError::Read(error)) => return word(&error),
            Err(error) => return error.to_string(),
        }
    }
    read(name, data)
}

const XML: [&str; 14] = [
    "<",
    "/>",
    "</",
    "xmlns:a=\"",
    "\"",
    "&#x41;",
    "&amp;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "<?",
    "<!DOCTYPE a>",
    "\u{feff}",
    "true",
];
const PDF: [&str; 22] = [
    "<<",
    ">>",
    "[",
    "]",
    "obj",
    "endobj",
    "stream\n",
    "endstream",
    "xref",
    "trailer",
    "startxref",
    "/Prev ",
    "/Length ",
    "/Filter /FlateDecode",
    "/Filter /LZWDecode",
    "/Type /XRef",
    "/Type /ObjStm",
    " 0 R",
    "/Encrypt ",
    "/AF ",
    "#41",
    "\\(",
];

#[test]
fn packages() {
    fuzz("package")
        .words([
            "PK\u{3}\u{4}",
            "PK\u{1}\u{2}",
            "PK\u{5}\u{6}",
            "PK\u{6}\u{6}",
            "PK\u{6}\u{7}",
        ])
        .run(|data| read("a.docx", data));
}

#[test]
fn label_lists() {
    fuzz("label-list")
        .words(XML)
        .run(|data| words(parse_label_list(data, &Limits::default())));
}

#[test]
fn relationship_parts() {
    fuzz("relationships").words(XML).run(|data| {
        let entries = [RawEntry::new("_rels/.rels", data), RawEntry::new("a", "<a/>")];
        read("a.docx", &RawArchive::of(entries).bytes())
    });
}

#[test]
fn custom_property_parts() {
    let rels = relationships(&[(PROPERTIES_RELATIONSHIP, "c")]);
    fuzz("custom-properties").words(XML).run(|data| {
        let entries = [RawEntry::new("_rels/.rels", &rels), RawEntry::new("c", data)];
        read("a.xlsx", &RawArchive::of(entries).bytes())
    });
}

#[test]
fn compound_files() {
    fuzz("compound").run(|data| [read("a.docx", data), read("a.doc", data)]);
}

#[test]
fn property_sets() {
    fuzz("property-set").run(|data| words(label_groups(data, &Limits::default())));
}

#[test]
fn licences() {
    fuzz("licence")
        .words(["<", ">", "'", "\"", "id=", "name=", "doublekey"])
        .run(|data| names_double_key(data, &Options::default()));
}

#[test]
fn pdf_files() {
    fuzz("pdf").words(PDF).run(|data| read("a.pdf", data));
}

/// Objects with a table that is right for them, so that damage reaches what the table leads to.
#[test]
fn pdf_objects() {
    fuzz("pdf-objects")
        .words(PDF)
        .run(|data| read("a.pdf", &with_table(data)));
}

/// A dictionary, and behind the word `stream` the data it describes.
#[test]
fn pdf_streams() {
    fuzz("pdf-stream")
        .words(["/LZWDecode", "/Fl", "/AHx", "/A85", "/RL", "/Predictor 12", "/Columns "])
        .run(|data| words(decoded_stream(data)));
}

#[test]
fn packets() {
    fuzz("xmp")
        .words(XML)
        .run(|data| words(xmp::label_groups(data, &Limits::default())));
}

#[test]
fn mail() {
    fuzz("eml")
        .words(["\r\n ", "=?utf-8?Q?", "?=", "=", ";", "msip_labels:", "Content-Class:"])
        .run(|data| read("a.eml", data));
}

#[test]
fn outlook_messages() {
    fuzz("msg").run(|data| read("a.msg", data));
}

#[test]
fn protected_files() {
    fuzz("pfile").run(|data| read("a.ptxt", data));
}

#[test]
fn images() {
    for (target, name) in [("jpeg", "a.jpg"), ("png", "a.png"), ("tiff", "a.tif"), ("psd", "a.psd")] {
        fuzz(target).run(|data| read(name, data));
    }
}

#[test]
fn writing_into_packages() {
    fuzz("package").run(|data| write("a.docx", data));
}

/// The three lists a label is written into, damaged each by itself in a sound package.
#[test]
fn writing_into_parts() {
    let rels = relationships(&[
        (LABEL_RELATIONSHIP, "docMetadata/LabelInfo.xml"),
        (PROPERTIES_RELATIONSHIP, "c"),
    ]);
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    let package = |part: &str, data: &[u8]| {
        let content = |name: &str, usual: &[u8]| RawEntry::new(name, if name == part { data } else { usual });
        let entries = [
            content("[Content_Types].xml", types.as_bytes()),
            content("_rels/.rels", rels.as_bytes()),
            content("docMetadata/LabelInfo.xml", &seeds("label-list")[0]),
            content("c", &seeds("custom-properties")[0]),
        ];
        RawArchive::of(entries).bytes()
    };
    for (target, part) in [
        ("label-list", "docMetadata/LabelInfo.xml"),
        ("custom-properties", "c"),
        ("relationships", "_rels/.rels"),
        ("content-types", "[Content_Types].xml"),
    ] {
        let fuzz = Fuzz::new(&format!("write-{target}"), seeds(target))
            .rounds(ROUNDS / 4)
            .longest(16 * 1024);
        fuzz.words(XML).run(|data| write("a.docx", &package(part, data)));
    }
}

#[test]
fn writing_into_pdf() {
    fuzz("pdf").words(PDF).run(|data| write("a.pdf", data));
    fuzz("pdf-objects")
        .words(PDF)
        .run(|data| write("a.pdf", &with_table(data)));
}

/// Every seed of every target under every name: what the bytes are decides.
#[test]
fn every_seed_under_every_name() {
    let seen = RefCell::new(0);
    let all = corpus(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz"));
    Fuzz::new("names", all).rounds(ROUNDS).longest(64 * 1024).run(|data| {
        *seen.borrow_mut() += 1;
        ["docx", "doc", "pdf", "msg", "eml", "jpg", "pfile", "vsd", "txt"].map(|extension| {
            let name = format!("a.{extension}");
            let limits = Limits::background();
            let _ = read_labels(&mut MemoryRange::new(data), &name, &Options::default(), &limits);
            read(&name, data)
        })
    });
    assert!(seen.into_inner() > 60, "too few seeds");
}
