use cfb::Version;

use super::*;
use crate::limits::Limits;
use crate::range::{MemoryRange, RangeRead};
use crate::testing::compound_file;

fn read(data: &[u8], path: &[&str]) -> Result<Option<Vec<u8>>, ReadError> {
    read_with(data, path, &Limits::background(), usize::MAX)
}

fn read_with(data: &[u8], path: &[&str], limits: &Limits, most: usize) -> Result<Option<Vec<u8>>, ReadError> {
    let mut reader = MemoryRange::new(data);
    let mut source = Source::new(&mut reader, &limits.budget);
    let mut compound = Compound::open(&mut source, limits)?;
    match compound.find_stream(path)? {
        Some(stream) => compound.read_stream(&mut source, stream, most).map(Some),
        None => Ok(None),
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|position| (position / 7 % 251) as u8).collect()
}

#[test]
fn streams_of_every_size_in_both_versions() {
    for version in [Version::V3, Version::V4] {
        for length in [0, 1, 63, 64, 65, 511, 513, 4095, 4096, 4097, 70_000] {
            let content = pattern(length);
            let data = compound_file(version, &[("/a/other", &pattern(100)), ("/a/b/stream", &content)]);
            assert_eq!(
                read(&data, &["A", "b", "STREAM"]).unwrap().unwrap(),
                content,
                "{length}"
            );
            assert_eq!(read(&data, &["a", "other"]).unwrap().unwrap(), pattern(100));
        }
    }
}

#[test]
fn a_table_list_of_many_sectors_is_followed() {
    // 109 table sectors of 128 entries cover 7 MB; behind that the list starts.
    let (large, later) = (pattern(9_000_000), pattern(5000));
    let data = compound_file(
        Version::V3,
        &[("/large", &large), ("/later", &later), ("/mini", b"small")],
    );
    assert_eq!(read(&data, &["large"]).unwrap().unwrap(), large);
    assert_eq!(read(&data, &["later"]).unwrap().unwrap(), later);
    assert_eq!(read(&data, &["mini"]).unwrap().unwrap(), b"small");
}

#[test]
fn many_entries() {
    let names: Vec<String> = (0..300).map(|number| format!("/storage/stream{number}")).collect();
    let streams: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    let data = compound_file(Version::V3, &streams);
    for name in &names {
        let path: Vec<&str> = name.split('/').skip(1).collect();
        assert_eq!(read(&data, &path).unwrap().unwrap(), name.as_bytes());
    }
}

#[test]
fn what_is_not_there() {
    let data = compound_file(Version::V3, &[("/a/stream", b"x")]);
    for path in [["a", "other"].as_slice(), &["stream"], &["a"], &["a", "stream", "x"]] {
        assert_eq!(read(&data, path).unwrap(), None, "{path:?}");
    }
}

#[test]
fn a_large_file_costs_little() {
    let mut reader = Counting {
        data: &compound_file(
            Version::V3,
            &[
                ("/large", &pattern(9_000_000)),
                ("/s/info", &pattern(330)),
                ("/s/licence", &pattern(8000)),
            ],
        ),
        bytes: 0,
    };
    let limits = Limits::default();
    let mut source = Source::new(&mut reader, &limits.budget);
    let mut compound = Compound::open(&mut source, &limits).unwrap();
    for (path, length) in [(["s", "info"], 330), (["s", "licence"], 8000)] {
        let stream = compound.find_stream(&path).unwrap().unwrap();
        assert_eq!(
            compound.read_stream(&mut source, stream, 10_000).unwrap(),
            pattern(length)
        );
    }
    assert!(source.stats().requests <= 12, "{:?}", source.stats());
    assert!(reader.bytes < 100_000, "{}", reader.bytes);
}

struct Counting<'a> {
    data: &'a [u8],
    bytes: usize,
}

impl RangeRead for Counting<'_> {
    fn len(&self) -> u64 {
        self.data.len() as u64
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        self.bytes += length;
        MemoryRange::new(self.data).read_at(offset, length)
    }
}

/// Offset in the file of the directory entry of a name.
fn directory_entry(data: &[u8], name: &str) -> usize {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).chain([0, 0]).collect();
    data.windows(name.len()).position(|window| window == name).unwrap()
}

fn refused(what: &str, change: impl Fn(&mut Vec<u8>)) {
    let mut data = compound_file(
        Version::V3,
        &[("/a/stream", &pattern(5000)), ("/a/mini", &pattern(200)), ("/b", b"x")],
    );
    change(&mut data);
    for path in [["a", "stream"], ["a", "mini"]] {
        if let Err(ReadError::Malformed { .. }) = read(&data, &path) {
            return;
        }
    }
    panic!("{what} was not noticed");
}

fn put(data: &mut [u8], offset: usize, value: u32) {
    data[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
}

/// Position of the allocation table's entry of a sector, in a small file.
fn table_entry(data: &[u8], sector: u32) -> usize {
    let table = u32::from_le_bytes(data[76..80].try_into().unwrap());
    (table as usize + 1) * 512 + sector as usize * 4
}

#[test]
fn damage_is_malformed() {
    refused("sector shift", |data| data[30] = 10);
    refused("mini sector shift", |data| data[32] = 7);
    refused("byte order", |data| data[28] = 0xFF);
    refused("cut-off", |data| put(data, 56, 100));
    refused("directory outside", |data| put(data, 48, 1_000_000));
    refused("no directory", |data| put(data, 48, 0xFFFF_FFFE));
    refused("table outside", |data| put(data, 76, 1_000_000));
    refused("empty", |data| data.clear());
    refused("cut", |data| data.truncate(2000));
    refused("directory loop", |data| {
        let first = u32::from_le_bytes(data[48..52].try_into().unwrap());
        let entry = table_entry(data, first);
        put(data, entry, first);
    });
    refused("stream loop", |data| {
        let stream = directory_entry(data, "stream");
        let start = u32::from_le_bytes(data[stream + 116..stream + 120].try_into().unwrap());
        let entry = table_entry(data, start);
        put(data, entry, start);
    });
    refused("stream ends early", |data| {
        let stream = directory_entry(data, "stream");
        let start = u32::from_le_bytes(data[stream + 116..stream + 120].try_into().unwrap());
        let entry = table_entry(data, start);
        put(data, entry, 0xFFFF_FFFE);
    });
    refused("stream start", |data| {
        let stream = directory_entry(data, "stream");
        put(data, stream + 116, 0xFFFF_FFFF);
    });
    refused("stream size", |data| {
        let stream = directory_entry(data, "stream");
        put(data, stream + 120, 0x7FFF_FFFF);
    });
    refused("mini start", |data| {
        let stream = directory_entry(data, "mini");
        put(data, stream + 116, 0xFFFF);
    });
    refused("mini loop", |data| {
        let stream = directory_entry(data, "mini");
        let start = u32::from_le_bytes(data[stream + 116..stream + 120].try_into().unwrap());
        let table = u32::from_le_bytes(data[60..64].try_into().unwrap()) as usize;
        put(data, (table + 1) * 512 + start as usize * 4, start);
    });
    refused("sibling is itself", |data| {
        let stream = directory_entry(data, "stream");
        put(data, stream + 68, 0);
    });
    refused("sibling outside", |data| {
        let stream = directory_entry(data, "stream");
        put(data, stream + 72, 77_777);
    });
    refused("tree with a loop", |data| {
        let root = directory_entry(data, "Root Entry");
        let child = u32::from_le_bytes(data[root + 76..root + 80].try_into().unwrap());
        let stream = directory_entry(data, "stream");
        put(data, stream + 72, child);
    });
    refused("duplicate", |data| {
        let mini = directory_entry(data, "mini");
        let name: Vec<u8> = "STREAM"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .chain([0, 0])
            .collect();
        data[mini..mini + name.len()].copy_from_slice(&name);
        data[mini + 64] = name.len() as u8;
    });
}

#[test]
fn a_file_cut_anywhere_is_never_read_wrongly() {
    let content = pattern(5000);
    let data = compound_file(Version::V3, &[("/a", b"x"), ("/stream", &content)]);
    for length in (0..data.len()).step_by(64) {
        if let Ok(Some(read)) = read(&data[..length], &["stream"]) {
            assert_eq!(read, content, "{length}");
        }
    }
}

#[test]
fn bounds() {
    let data = compound_file(Version::V3, &[("/stream", &pattern(5000))]);
    let limits = Limits::default();
    assert!(matches!(
        read_with(&data, &["stream"], &limits, 4999),
        Err(ReadError::LimitExceeded { .. })
    ));
    let few = Limits {
        compound_entries: 3,
        ..Limits::default()
    };
    assert!(matches!(
        read_with(&data, &["stream"], &few, 5000),
        Err(ReadError::LimitExceeded { .. })
    ));
}
