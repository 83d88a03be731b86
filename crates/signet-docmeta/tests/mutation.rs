//! Damaged documents: whatever is done to the bytes, reading ends, does not panic, asks only for bytes that exist, and
//! stays within the budget. The damage is the same in every run; feature `exhaustive` does more of it.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};

use signet_docmeta::write::{LabelChange, NewLabel, WriteError, WriteOptions, set_label, writable};
use signet_docmeta::{Guid, Limits, MemoryRange, Method, Options, RangeRead, Support, read_labels};

const ROUNDS: u32 = if cfg!(feature = "exhaustive") { 2_000 } else { 60 };
/// Values that parsers get wrong.
const NUMBERS: [u32; 8] = [0, 1, 0x7F, 0xFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF];

/// A generator of numbers that is the same everywhere (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

fn damage(data: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(4) {
        let length = data.len();
        if length == 0 {
            return;
        }
        let position = numbers.below(length);
        let span = numbers.below(64).min(length - position);
        match numbers.below(8) {
            0 => data[position] ^= 1 << numbers.below(8),
            1 => data[position] = numbers.next() as u8,
            2 => data.truncate(position),
            3 => drop(data.drain(position..position + span)),
            4 => {
                let copy = data[position..position + span].to_vec();
                let target = numbers.below(length);
                data.splice(target..target, copy);
            }
            5 => {
                let number = NUMBERS[numbers.below(NUMBERS.len())].to_le_bytes();
                let end = (position + 4).min(length);
                data[position..end].copy_from_slice(&number[..end - position]);
            }
            6 => {
                let digit = b'0' + numbers.below(10) as u8;
                if let Some(byte) = data[position..].iter_mut().find(|byte| byte.is_ascii_digit()) {
                    *byte = digit;
                }
            }
            _ => {
                let copy = data[position..position + span].to_vec();
                let target = numbers.below(length - span.min(length - 1));
                let end = (target + span).min(length);
                data[target..end].copy_from_slice(&copy[..end - target]);
            }
        }
    }
}

/// A document that fails the test when bytes outside it are asked for.
struct Strict {
    data: Vec<u8>,
    bytes: u64,
    requests: u32,
}

impl RangeRead for Strict {
    fn len(&self) -> u64 {
        self.data.len() as u64
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let start = usize::try_from(offset).unwrap();
        self.bytes += length as u64;
        self.requests += 1;
        Ok(self
            .data
            .get(start..start + length)
            .expect("a range inside the document")
            .to_vec())
    }
}

fn read(name: &str, data: Vec<u8>) {
    let limits = Limits::default();
    let mut reader = Strict {
        data,
        bytes: 0,
        requests: 0,
    };
    let answer = read_labels(&mut reader, name, &Options::default(), &limits);
    assert!(reader.bytes <= limits.budget.bytes && reader.requests <= limits.budget.requests);
    if let Ok(report) = answer {
        assert_eq!(
            (report.stats.bytes, report.stats.requests),
            (reader.bytes, reader.requests)
        );
        assert!(report.labels.len() <= limits.labels + limits.properties);
    }
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

#[test]
fn damaged_documents_are_read_or_refused() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction");
    let mut found = Vec::new();
    documents(&folder, &mut found);
    found.sort();
    assert!(found.len() >= 40, "only {} documents were found", found.len());
    for (seed, path) in (1_u64..).zip(&found) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let original = std::fs::read(path).unwrap();
        let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for _ in 0..ROUNDS {
            let mut data = original.clone();
            damage(&mut data, &mut numbers);
            read(name, data);
        }
    }
}

#[test]
fn every_document_under_every_other_name() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction");
    let mut found = Vec::new();
    documents(&folder, &mut found);
    for path in &found {
        for name in [
            "a.docx", "a.doc", "a.pdf", "a.msg", "a.eml", "a.jpg", "a.png", "a.tif", "a.psd", "a.pfile", "a.vsd",
        ] {
            read(name, std::fs::read(path).unwrap());
        }
    }
}

/// What is written into a damaged document reads back, or nothing is written.
#[test]
fn damaged_documents_are_written_or_refused() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction");
    let mut found = Vec::new();
    documents(&folder, &mut found);
    found.sort();
    let id = |text: &str| Guid::parse(text).unwrap();
    let label = NewLabel {
        label_id: id("9430c2b6-ad1e-593f-a43a-92aa8962bd24"),
        method: Method::Standard,
        name: "x".to_owned(),
        set_date: 0,
        action_id: id("dfd6e48f-5040-5d8a-829b-1d636e9ac9ff"),
    };
    for (seed, path) in (1_u64..).zip(&found) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if writable(name) == Support::No {
            continue;
        }
        let original = std::fs::read(path).unwrap();
        let mut numbers = Numbers(seed.wrapping_mul(0xD1B5_4A32_D192_ED03));
        for round in 0..ROUNDS {
            let mut data = original.clone();
            damage(&mut data, &mut numbers);
            let tenant_id = id("13bd51e1-1a32-557a-b8dd-622f0d55b30c");
            let change = LabelChange {
                tenant_id,
                label: (round % 2 == 0).then(|| label.clone()),
            };
            let options = WriteOptions::default();
            let answer = set_label(
                &mut MemoryRange::new(&data),
                name,
                &change,
                &options,
                &Limits::default(),
            );
            assert!(
                !matches!(answer, Err(WriteError::Verification { .. })),
                "{name}: {answer:?}"
            );
        }
    }
}
