use super::*;
use crate::testing::{LABEL, OTHER_LABEL, TENANT, labelled_package};
use crate::{Budget, MemoryRange};

/// Sets or removes the label of `TENANT`.
pub(crate) fn change(label: Option<&str>) -> LabelChange {
    LabelChange {
        tenant_id: Guid::parse(TENANT).unwrap(),
        label: label.map(|label| NewLabel {
            label_id: Guid::parse(label).unwrap(),
            method: Method::Privileged,
            name: "Straße & <mehr>".to_owned(),
            set_date: 1_709_629_811,
            action_id: Guid::parse("dfd6e48f-5040-5d8a-829b-1d636e9ac9ff").unwrap(),
        }),
    }
}

/// The new document, as bytes.
pub(crate) fn apply(
    name: &str,
    data: &[u8],
    change: &LabelChange,
    options: &WriteOptions,
) -> Result<(Vec<u8>, Rewrite), WriteError> {
    let mut reader = MemoryRange::new(data);
    let rewrite = set_label(&mut reader, name, change, options, &Limits::default())?;
    let length = usize::try_from(rewrite.length).unwrap();
    let bytes = rewrite.over(&mut reader).read_at(0, length).unwrap();
    assert_eq!(bytes.len(), length);
    Ok((bytes, rewrite))
}

#[test]
fn dates() {
    for (seconds, expected) in [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_629_811, "2024-03-05T09:10:11Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (i64::MIN, "0000-01-01T00:00:00Z"),
        (i64::MAX, "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(format_date(seconds), expected);
    }
    for seconds in (0..4_000_000_000).step_by(86_413_777) {
        assert_eq!(crate::marks::parse_date(&format_date(seconds)), Some(seconds));
    }
}

#[test]
fn names_that_can_be_written() {
    for (name, expected) in [
        ("a.docx", Support::Yes),
        ("a.XLSB", Support::Yes),
        ("a.ppsx", Support::Yes),
        ("a.pdf", Support::Yes),
        ("a.dotx", Support::No),
        ("a.pptm", Support::No),
        ("a.doc", Support::No),
        ("a.msg", Support::No),
        ("a.jpg", Support::No),
        ("a.txt", Support::No),
        ("docx", Support::No),
    ] {
        assert_eq!(writable(name), expected, "{name}");
    }
}

#[test]
fn what_is_not_written() {
    let options = WriteOptions::default();
    let answer = |name: &str, data: &[u8]| apply(name, data, &change(Some(LABEL)), &options).unwrap_err();
    assert!(matches!(answer("a.doc", b"x"), WriteError::NotSupported { extension } if extension == "doc"));
    assert!(matches!(answer("a.docx", b""), WriteError::NotSupported { extension } if extension == "docx"));
    assert!(matches!(
        answer("a.docx", b"no archive"),
        WriteError::Read(ReadError::Malformed { .. })
    ));
    let encrypted = crate::testing::compound_file(
        cfb::Version::V3,
        &[("/EncryptionInfo", b"x"), ("/EncryptedPackage", b"secret")],
    );
    assert!(matches!(
        answer("a.docx", &encrypted),
        WriteError::Read(ReadError::DecryptionNotSupported)
    ));
    let binary = crate::testing::compound_file(cfb::Version::V3, &[("/WordDocument", &[0; 20])]);
    assert!(matches!(answer("a.docx", &binary), WriteError::NotSupported { .. }));
}

#[test]
fn reading_through_a_rewrite_in_pieces() {
    let data = labelled_package().bytes();
    let (bytes, rewrite) = apply("a.docx", &data, &change(Some(OTHER_LABEL)), &WriteOptions::default()).unwrap();
    assert!(rewrite.segments.len() >= 2);
    let mut original = MemoryRange::new(&data);
    let mut range = rewrite.over(&mut original);
    assert_eq!(range.len(), bytes.len() as u64);
    for start in 0..bytes.len() {
        for length in [0, 1, 7, 100, 10_000] {
            let end = (start + length).min(bytes.len());
            assert_eq!(range.read_at(start as u64, length).unwrap(), &bytes[start..end]);
        }
    }
    assert_eq!(range.read_at(u64::MAX, 10).unwrap(), b"");
}

#[test]
fn writing_keeps_to_the_read_budget() {
    let mut data = labelled_package();
    data.prefix = vec![0; 70_000];
    let mut bytes = data.bytes();
    bytes[..4].copy_from_slice(b"PK\x03\x04");
    let poor = Limits {
        budget: Budget {
            requests: 1,
            ..Budget::inline()
        },
        ..Limits::default()
    };
    let answer = set_label(
        &mut MemoryRange::new(&bytes),
        "a.docx",
        &change(Some(LABEL)),
        &WriteOptions::default(),
        &poor,
    );
    assert!(matches!(answer, Err(WriteError::Read(ReadError::BudgetExceeded))));
}
