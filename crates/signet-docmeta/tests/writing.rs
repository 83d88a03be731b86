//! Labels written into the documents under `tests/cases/extraction`: what other programs wrote must survive.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use signet_docmeta::write::{LabelChange, NewLabel, Segment, WriteError, WriteOptions, set_label};
use signet_docmeta::{Guid, Limits, MemoryRange, Method, Options, RangeRead, Support, read_labels};

const LABEL: &str = "9430c2b6-ad1e-593f-a43a-92aa8962bd24";
const TENANT: &str = "13bd51e1-1a32-557a-b8dd-622f0d55b30c";

fn change(set: bool) -> LabelChange {
    let label = NewLabel {
        label_id: Guid::parse(LABEL).unwrap(),
        method: Method::Auto,
        name: "Vertraulich".to_owned(),
        set_date: 1_709_629_811,
        action_id: Guid::parse("dfd6e48f-5040-5d8a-829b-1d636e9ac9ff").unwrap(),
    };
    LabelChange {
        tenant_id: Guid::parse(TENANT).unwrap(),
        label: set.then_some(label),
    }
}

fn write(name: &str, data: &[u8], set: bool) -> Result<Vec<u8>, WriteError> {
    let mut reader = MemoryRange::new(data);
    let rewrite = set_label(
        &mut reader,
        name,
        &change(set),
        &WriteOptions::default(),
        &Limits::default(),
    )?;
    Ok(rewrite
        .over(&mut reader)
        .read_at(0, usize::try_from(rewrite.length).unwrap())
        .unwrap())
}

/// Labels by tenant.
fn labels(name: &str, data: &[u8]) -> BTreeMap<String, String> {
    let report = read_labels(
        &mut MemoryRange::new(data),
        name,
        &Options::default(),
        &Limits::default(),
    )
    .unwrap();
    report
        .labels
        .iter()
        .map(|label| (label.tenant_id.to_string(), label.label_id.to_string()))
        .collect()
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|extension| extension != "json") {
            found.push(path);
        }
    }
}

/// Entries of an archive by name, with time and content.
fn entries(data: &[u8]) -> BTreeMap<String, (Option<zip::DateTime>, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(data)).unwrap();
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        entries.insert(entry.name().unwrap().into_owned(), (entry.last_modified(), content));
    }
    entries
}

const LISTS: [&str; 4] = [
    "[Content_Types].xml",
    "_rels/.rels",
    "docMetadata/LabelInfo.xml",
    "docProps/custom.xml",
];

#[test]
fn labels_are_written_and_removed_and_everything_else_survives() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction");
    let mut found = Vec::new();
    documents(&folder, &mut found);
    let mut written = 0;
    for path in &found {
        let name = path.file_name().unwrap().to_str().unwrap();
        let data = std::fs::read(path).unwrap();
        if signet_docmeta::write::writable(name) == Support::No {
            assert!(
                matches!(write(name, &data, true), Err(WriteError::NotSupported { .. })),
                "{name}"
            );
            continue;
        }
        // Protected, or hostile.
        let Ok(labelled) = write(name, &data, true) else {
            continue;
        };
        let mut expected = labels(name, &data);
        expected.insert(TENANT.to_owned(), LABEL.to_owned());
        assert_eq!(labels(name, &labelled), expected, "{}", path.display());
        let removed = write(name, &labelled, false).unwrap();
        expected.remove(TENANT);
        assert_eq!(labels(name, &removed), expected, "{}", path.display());
        if data.starts_with(b"PK") {
            for (item, content) in entries(&data) {
                if !LISTS.contains(&item.as_str()) && !item.ends_with("labels.xml") {
                    assert_eq!(entries(&labelled)[&item], content, "{} {item}", path.display());
                }
            }
        } else {
            assert!(
                labelled.starts_with(&data) && removed.starts_with(&labelled),
                "{}",
                path.display()
            );
        }
        written += 1;
    }
    assert!(written >= 18, "only {written} documents were written");
}

/// A large archive is described by what it copies; next to nothing of it is read.
#[test]
fn a_large_document_costs_little_to_label() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let put = |archive: &mut zip::ZipWriter<_>, name: &str, content: &[u8]| {
        archive.start_file(name, stored).unwrap();
        std::io::Write::write_all(archive, content).unwrap();
    };
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    let rels = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"/>";
    put(&mut archive, "[Content_Types].xml", types.as_bytes());
    put(&mut archive, "_rels/.rels", rels.as_bytes());
    put(&mut archive, "ppt/media/video.mp4", &vec![7; 20_000_000]);
    put(&mut archive, "ppt/presentation.xml", b"<x/>");
    let data = archive.finish().unwrap().into_inner();
    let mut reader = Counting {
        inner: MemoryRange::new(&data),
        bytes: 0,
    };
    let rewrite = set_label(
        &mut reader,
        "a.pptx",
        &change(true),
        &WriteOptions::default(),
        &Limits::default(),
    )
    .unwrap();
    assert!(reader.bytes < 100_000, "{}", reader.bytes);
    let new: usize = rewrite
        .segments
        .iter()
        .map(|segment| {
            if let Segment::Bytes(bytes) = segment {
                bytes.len()
            } else {
                0
            }
        })
        .sum();
    assert!(new < 5000, "{new}");
}

struct Counting<'a> {
    inner: MemoryRange<'a>,
    bytes: usize,
}

impl RangeRead for Counting<'_> {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        self.bytes += length;
        self.inner.read_at(offset, length)
    }
}
