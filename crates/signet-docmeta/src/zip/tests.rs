use super::*;
use crate::error::ReadError;
use crate::limits::Limits;
use crate::range::MemoryRange;
use crate::source::Source;
use crate::testing::{RawArchive, RawEntry};

/// Content of the entry `name` of an archive.
fn content_with(data: &[u8], name: &str, limits: &Limits, most: usize) -> Result<Option<Vec<u8>>, ReadError> {
    let mut reader = MemoryRange::new(data);
    let mut source = Source::new(&mut reader, &limits.budget);
    let directory = Directory::read(&mut source, limits)?;
    match directory.find(name.as_bytes())? {
        Some(entry) => directory.content(&mut source, entry, most).map(Some),
        None => Ok(None),
    }
}

fn content(data: &[u8], name: &str) -> Result<Option<Vec<u8>>, ReadError> {
    content_with(data, name, &Limits::default(), 1000)
}

fn two_entries() -> RawArchive {
    RawArchive::of([RawEntry::new("a.xml", "first"), RawEntry::new("b.xml", "second")])
}

fn check(archive: &RawArchive) {
    let data = archive.bytes();
    assert_eq!(content(&data, "a.xml").unwrap().unwrap(), b"first");
    assert_eq!(content(&data, "B.XML").unwrap().unwrap(), b"second");
    assert_eq!(content(&data, "c.xml").unwrap(), None);
}

fn refused(what: &str, change: impl Fn(&mut RawArchive)) {
    let mut archive = two_entries();
    change(&mut archive);
    let answer = content(&archive.bytes(), "a.xml");
    assert!(matches!(answer, Err(ReadError::Malformed { .. })), "{what}: {answer:?}");
}

#[test]
fn ordinary_archives() {
    check(&two_entries());
    for comment in [1, 1000, 20_000, 65_535] {
        check(&RawArchive {
            comment: vec![b'c'; comment],
            ..two_entries()
        });
    }
    let mut stored = two_entries();
    stored.entries[0].compression = 0;
    check(&stored);
}

#[test]
fn sixty_four_bit_archives() {
    check(&RawArchive {
        wide: true,
        ..two_entries()
    });
    let mut archive = RawArchive {
        wide: true,
        ..two_entries()
    };
    for entry in &mut archive.entries {
        entry.wide = true;
    }
    check(&archive);
    check(&RawArchive {
        prefix: vec![b'x'; 777],
        ..archive
    });
}

#[test]
fn sixty_four_bit_records_beside_true_numbers() {
    let archive = RawArchive {
        wide: true,
        wide_beside_true_numbers: true,
        ..two_entries()
    };
    check(&archive);
    for prefix in [30, 200_000] {
        check(&RawArchive {
            prefix: vec![b'x'; prefix],
            ..archive.clone()
        });
    }
    refused("other number of entries", |lie| {
        *lie = RawArchive {
            stated_entries: Some(3),
            ..archive.clone()
        }
    });
    refused("other size", |lie| {
        *lie = RawArchive {
            stated_directory_size: Some(90),
            ..archive.clone()
        }
    });
    refused("other offset", |lie| {
        *lie = RawArchive {
            stated_directory_offset: Some(5),
            ..archive.clone()
        }
    });
    // What only looks like a locator, at the end of the directory, is none.
    let mut looks = two_entries();
    looks.entries[1].name = b"b.xmlPK\x06\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0".to_vec();
    assert_eq!(content(&looks.bytes(), "a.xml").unwrap().unwrap(), b"first");
}

#[test]
fn names_with_percent_signs() {
    let archive = RawArchive::of([
        RawEntry::new("x/a%20b.xml", "first"),
        RawEntry::new("100%.xml", "second"),
        RawEntry::new("x/c d.xml", "third"),
    ]);
    let data = archive.bytes();
    for (name, expected) in [("x/A b.xml", "first"), ("100%.xml", "second"), ("x/c d.xml", "third")] {
        assert_eq!(content(&data, name).unwrap().unwrap(), expected.as_bytes(), "{name}");
    }
    assert_eq!(content(&data, "x/a%2520b.xml").unwrap(), None);
    let twice = RawArchive::of([RawEntry::new("a b", "first"), RawEntry::new("a%20b", "second")]);
    assert!(matches!(
        content(&twice.bytes(), "a b"),
        Err(ReadError::Malformed { .. })
    ));
}

#[test]
fn bytes_in_front_of_the_archive() {
    check(&RawArchive {
        prefix: vec![b'x'; 1234],
        ..two_entries()
    });
    check(&RawArchive {
        prefix: vec![b'x'; 200_000],
        ..two_entries()
    });
}

#[test]
fn local_headers_have_extra_fields_of_their_own() {
    for length in [4, 264, 520, 5000, 60_000] {
        let mut archive = two_entries();
        archive.entries[0].local_extra = vec![0; length];
        archive.prefix = vec![b'x'; 100_000];
        check(&archive);
    }
}

#[test]
fn sizes_in_the_local_header_and_the_inflated_size_are_not_used() {
    let mut archive = two_entries();
    archive.entries[0].stated_size = Some(1);
    archive.entries[1].flags = 8;
    check(&archive);
}

#[test]
fn an_archive_that_lies_is_malformed() {
    refused("duplicate", |archive| {
        archive.entries.push(RawEntry::new("A.XML", "third"))
    });
    refused("local name", |archive| {
        archive.entries[0].local_name = Some(b"x.xml".to_vec())
    });
    refused("local name length", |archive| {
        archive.entries[0].local_name = Some(b"a.xmlx".to_vec())
    });
    refused("checksum", |archive| archive.entries[0].crc = Some(1));
    refused("encrypted", |archive| archive.entries[0].flags = 1);
    refused("compression", |archive| archive.entries[0].compression = 9);
    refused("header outside", |archive| {
        archive.entries[0].stated_header = Some(1_000_000)
    });
    refused("header elsewhere", |archive| archive.entries[0].stated_header = Some(3));
    refused("overlap", |archive| {
        archive.entries[0].stated_compressed_size = Some(150)
    });
    refused("outside", |archive| {
        archive.entries[0].stated_compressed_size = Some(60_000)
    });
    refused("truncated data", |archive| {
        archive.entries[0].stated_compressed_size = Some(2)
    });
    refused("fewer entries", |archive| archive.stated_entries = Some(1));
    refused("more entries", |archive| archive.stated_entries = Some(3));
    refused("directory size", |archive| archive.stated_directory_size = Some(30));
    refused("directory size outside", |archive| {
        archive.stated_directory_size = Some(100_000)
    });
    refused("directory offset", |archive| {
        archive.stated_directory_offset = Some(100_000)
    });
}

#[test]
fn no_end_record_or_two() {
    let mut data = two_entries().bytes();
    data.push(0);
    assert!(matches!(content(&data, "a.xml"), Err(ReadError::Malformed { .. })));
    let inner = RawArchive::of([RawEntry::new("a.xml", "hidden")]).bytes();
    let doubled = RawArchive {
        comment: inner,
        ..two_entries()
    };
    assert!(matches!(
        content(&doubled.bytes(), "a.xml"),
        Err(ReadError::Malformed { .. })
    ));
    for data in [b"".as_slice(), b"PK\x05\x06", b"not an archive"] {
        assert!(matches!(content(data, "a.xml"), Err(ReadError::Malformed { .. })));
    }
}

#[test]
fn an_archive_cut_anywhere_is_never_read_wrongly() {
    let data = RawArchive {
        wide: true,
        ..two_entries()
    }
    .bytes();
    for length in 0..data.len() {
        assert!(content(&data[..length], "a.xml").is_err(), "{length}");
    }
}

#[test]
fn bounds() {
    let mut archive = two_entries();
    archive.entries[0].content = vec![0; 2000];
    let data = archive.bytes();
    assert!(matches!(content(&data, "a.xml"), Err(ReadError::LimitExceeded { .. })));
    archive.entries[0].compression = 0;
    assert!(matches!(
        content(&archive.bytes(), "a.xml"),
        Err(ReadError::LimitExceeded { .. })
    ));
    archive.entries[0].stated_compressed_size = Some(100_000_000);
    assert!(matches!(
        content(&archive.bytes(), "a.xml"),
        Err(ReadError::LimitExceeded { .. })
    ));
    let data = two_entries().bytes();
    let few = Limits {
        zip_entries: 1,
        ..Limits::default()
    };
    assert!(matches!(
        content_with(&data, "a.xml", &few, 1000),
        Err(ReadError::LimitExceeded { .. })
    ));
    let small = Limits {
        zip_directory_bytes: 50,
        ..Limits::default()
    };
    assert!(matches!(
        content_with(&data, "a.xml", &small, 1000),
        Err(ReadError::LimitExceeded { .. })
    ));
}
