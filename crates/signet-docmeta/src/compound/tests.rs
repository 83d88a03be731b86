use cfb::Version;

use super::property_set::label_groups;
use crate::testing::{LABEL, OTHER_LABEL, compound_file, label_list, labelled_summary, summary_stream};
use crate::{
    Guid, Kind, LabelInfoMode, Limits, MemoryRange, Options, Origin, Protection, ReadError, Report, read_labels,
};

const LICENCE: &str = "/\u{6}DataSpaces/TransformInfo/DRMEncryptedTransform/\u{6}Primary";
const BINARY_LICENCE: &str = "/\u{6}DataSpaces/TransformInfo/\u{9}DRMTransform/\u{6}Primary";
const LABEL_INFO: &str = "/\u{6}DataSpaces/TransformInfo/LabelInfo";
const SUMMARY: &str = "/\u{5}DocumentSummaryInformation";

fn read_with(streams: &[(&str, &[u8])], options: &Options) -> Result<Report, ReadError> {
    read_named("a.docx", streams, options)
}

fn read_named(name: &str, streams: &[(&str, &[u8])], options: &Options) -> Result<Report, ReadError> {
    let data = compound_file(Version::V3, streams);
    read_labels(&mut MemoryRange::new(&data), name, options, &Limits::default())
}

fn read(streams: &[(&str, &[u8])]) -> Result<Report, ReadError> {
    read_with(streams, &Options::default())
}

/// Labels with their origin.
fn labels(report: &Report) -> Vec<(String, Origin)> {
    report
        .labels
        .iter()
        .map(|label| (label.label_id.to_string(), label.origin))
        .collect()
}

#[test]
fn rights_managed_package_with_a_label_list() {
    let list = label_list(LABEL);
    let report = read(&[
        (LICENCE, b"<XrML/>"),
        (LABEL_INFO, list.as_bytes()),
        ("/EncryptedPackage", b"secret"),
    ])
    .unwrap();
    assert_eq!(labels(&report), [(LABEL.to_owned(), Origin::CompoundLabelInfo)]);
    assert_eq!(
        (report.kind, report.protection),
        (Kind::EncryptedOpenXml, Protection::RightsManaged)
    );
}

#[test]
fn rights_managed_binary_document() {
    let list = label_list(LABEL);
    for content in ["/\u{9}DRMContent", "/\u{9}DRMViewerContent"] {
        let streams: &[(&str, &[u8])] = &[
            (BINARY_LICENCE, b"<XrML/>"),
            (LABEL_INFO, list.as_bytes()),
            (content, b"secret"),
            ("/WordDocument", &[0; 20]),
        ];
        let report = read(streams).unwrap();
        assert_eq!(labels(&report), [(LABEL.to_owned(), Origin::CompoundLabelInfo)]);
        assert_eq!(
            (report.kind, report.protection),
            (Kind::BinaryOffice, Protection::RightsManaged)
        );
    }
}

#[test]
fn clear_properties_count_where_the_list_is_silent() {
    let summary = labelled_summary(OTHER_LABEL, 1252);
    let base: Vec<(&str, &[u8])> = vec![
        (LICENCE, b"<XrML/>"),
        ("/EncryptedPackage", b"secret"),
        (SUMMARY, &summary),
    ];
    assert_eq!(
        labels(&read(&base).unwrap()),
        [(OTHER_LABEL.to_owned(), Origin::SummaryProperties)]
    );
    let list = label_list(LABEL);
    let both = [base, vec![(LABEL_INFO, list.as_bytes())]].concat();
    assert_eq!(
        labels(&read(&both).unwrap()),
        [(LABEL.to_owned(), Origin::CompoundLabelInfo)]
    );
}

#[test]
fn an_illegible_label_is_not_no_label() {
    let base: [(&str, &[u8]); 2] = [(LICENCE, b"<XrML/>"), ("/EncryptedPackage", b"secret")];
    let with = |content: &str, options: &Options| {
        read_with(
            &[base.as_slice(), &[(LABEL_INFO, content.as_bytes())]].concat(),
            options,
        )
    };
    let empty = "<l:labelList xmlns:l='http://schemas.microsoft.com/office/2020/mipLabelMetadata'/>";
    for content in [empty, "not xml", "<!DOCTYPE a><a/>", "<labelList/>"] {
        let answer = with(content, &Options::default());
        assert!(
            matches!(answer, Err(ReadError::DecryptionNotSupported)),
            "{content}: {answer:?}"
        );
    }
    assert!(matches!(read(&base), Err(ReadError::DecryptionNotSupported)));
    let removed = label_list(LABEL).replace("removed=\"0\"", "removed=\"1\"");
    assert_eq!(with(&removed, &Options::default()).unwrap().labels, []);
    let tenant = Guid::parse(crate::testing::TENANT).unwrap();
    let off = Options {
        label_info: [(tenant, LabelInfoMode::Off)].into(),
        ..Options::default()
    };
    assert!(matches!(
        with(&label_list(LABEL), &off),
        Err(ReadError::DecryptionNotSupported)
    ));
}

#[test]
fn double_key() {
    let list = label_list(LABEL);
    let licence: &[u8] = b"<XrML><DATA id='DoubleKey'/></XrML>";
    let base: [(&str, &[u8]); 2] = [(LICENCE, licence), ("/EncryptedPackage", b"secret")];
    let with_list = [base.as_slice(), &[(LABEL_INFO, list.as_bytes())]].concat();
    assert!(matches!(read(&with_list), Err(ReadError::DoubleKeyEncrypted)));
    let clear = Options {
        dke_return_clear_labels: true,
        ..Options::default()
    };
    assert!(matches!(read_with(&base, &clear), Err(ReadError::DoubleKeyEncrypted)));
    let report = read_with(&with_list, &clear).unwrap();
    assert_eq!((report.labels.len(), report.protection), (1, Protection::DoubleKey));
}

#[test]
fn passwords() {
    let list = label_list(LABEL);
    for streams in [
        vec![("/EncryptionInfo", b"x".as_slice()), ("/EncryptedPackage", b"secret")],
        vec![
            ("/EncryptionInfo", b"x".as_slice()),
            ("/EncryptedPackage", b"secret"),
            (LABEL_INFO, list.as_bytes()),
        ],
        vec![
            ("/EncryptionInfo", b"x".as_slice()),
            ("/EncryptedPackage", b"secret"),
            (LICENCE, b"x"),
        ],
        vec![("/EncryptedPackage", b"secret".as_slice())],
        vec![("/EncryptionInfo", b"x".as_slice()), (SUMMARY, b"x")],
        vec![("/\u{9}DRMContent", b"secret".as_slice()), ("/WordDocument", &[0; 20])],
    ] {
        assert!(
            matches!(read(&streams), Err(ReadError::DecryptionNotSupported)),
            "{streams:?}"
        );
    }
}

#[test]
fn binary_documents_encrypted_or_not() {
    let mut word = vec![0; 64];
    let clear_word = word.clone();
    word[0x0B] = 1;
    let clear_workbook = [9, 8, 4, 0, 0, 6, 5, 0, 0x85, 0, 2, 0, 0, 0, 0x2F, 0, 0, 0];
    let workbook = [9, 8, 4, 0, 0, 6, 5, 0, 0x2F, 0, 2, 0, 0, 0, 10, 0, 0, 0];
    let mut user = vec![0; 20];
    user[12..16].copy_from_slice(&0xE391_C05F_u32.to_le_bytes());
    let clear_user = user.clone();
    user[12..16].copy_from_slice(&0xF3D1_C4DF_u32.to_le_bytes());
    let summary = labelled_summary(LABEL, 1252);
    for (name, content, encrypted) in [
        ("/WordDocument", clear_word.as_slice(), false),
        ("/WordDocument", &word, true),
        ("/Workbook", &clear_workbook, false),
        ("/Workbook", &workbook, true),
        ("/Book", &workbook, true),
        ("/Current User", &clear_user, false),
        ("/Current User", &user, true),
        ("/encryption", b"x", true),
        ("/EncryptedSummary", b"x", true),
        ("/Quill", b"x", false),
    ] {
        let read = |streams: &[(&str, &[u8])]| read_named("a.doc", streams, &Options::default());
        let report = read(&[(name, content), (SUMMARY, &summary)]).unwrap();
        assert_eq!(
            labels(&report),
            [(LABEL.to_owned(), Origin::SummaryProperties)],
            "{name}"
        );
        let protection = if encrypted {
            Protection::Password
        } else {
            Protection::None
        };
        assert_eq!(report.protection, protection, "{name}");
        match read(&[(name, content)]) {
            Ok(report) => assert!(!encrypted && report.labels.is_empty(), "{name}"),
            Err(error) => assert!(
                encrypted && matches!(error, ReadError::DecryptionNotSupported),
                "{name}"
            ),
        }
    }
}

#[test]
fn a_compound_file_without_a_document() {
    let streams: [(&str, &[u8]); 1] = [("/Quill", b"x")];
    for (name, expected) in [
        ("a.docx", false),
        ("a.vsdx", false),
        ("a.pub", true),
        ("a.mpp", true),
        ("a.doc", true),
    ] {
        let answer = read_named(name, &streams, &Options::default());
        assert_eq!(answer.is_ok(), expected, "{name}: {answer:?}");
    }
}

#[test]
fn a_message_is_not_a_document() {
    let answer = read(&[("/__properties_version1.0", b"x")]);
    assert!(matches!(answer, Err(ReadError::Malformed { .. })), "{answer:?}");
}

#[test]
fn property_sets_in_every_code_page() {
    for code_page in [1200, 1252, 65001, 932] {
        let groups = label_groups(&labelled_summary(LABEL, code_page), &Limits::default()).unwrap();
        assert_eq!(groups.len(), 1, "{code_page}");
        assert!(groups[0].enabled);
    }
    assert!(
        label_groups(&summary_stream(&[("Other", "x")], 1252), &Limits::default())
            .unwrap()
            .is_empty()
    );
}

/// Properties of these names that share one text of `length` characters.
fn shared_value(names: &[String], length: usize) -> Vec<u8> {
    let mut dictionary = (names.len() as u32).to_le_bytes().to_vec();
    for (number, name) in (2_u32..).zip(names) {
        dictionary.extend_from_slice(&number.to_le_bytes());
        dictionary.extend_from_slice(&(name.len() as u32).to_le_bytes());
        dictionary.extend_from_slice(name.as_bytes());
    }
    let start = (8 + 8 * (names.len() + 1)) as u32;
    let value = start + dictionary.len() as u32;
    let mut set = (names.len() as u32 + 1).to_le_bytes().to_vec();
    set.extend([0, start].map(u32::to_le_bytes).concat());
    for (number, _) in (2_u32..).zip(names) {
        set.extend([number, value].map(u32::to_le_bytes).concat());
    }
    set.extend(dictionary);
    set.extend([0x1E, length as u32].map(u32::to_le_bytes).concat());
    set.resize(set.len() + length, b'x');
    let empty = summary_stream(&[], 1252);
    // Everything before the second set stays.
    let mut stream = empty[..empty_prefix(&empty)].to_vec();
    stream.extend_from_slice(&(set.len() as u32 + 4).to_le_bytes());
    stream.extend(set);
    stream
}

/// Where the user-defined set of a stream with no other starts.
fn empty_prefix(stream: &[u8]) -> usize {
    u32::from_le_bytes(stream[44..48].try_into().unwrap()) as usize
}

#[test]
fn a_value_that_many_properties_share_is_not_read_for_each() {
    let started = std::time::Instant::now();
    for name in ["p", "MSIP_Label_"] {
        let names: Vec<String> = (0..4000)
            .map(|number| match name {
                "p" => format!("p{number}"),
                _ => format!("{name}{number:08x}-8674-53f0-8c69-79d068219a02_SiteId"),
            })
            .collect();
        let stream = shared_value(&names, 500_000);
        assert!(label_groups(&stream, &Limits::default()).unwrap().is_empty());
    }
    // Two thousand million characters take far longer.
    assert!(started.elapsed() < std::time::Duration::from_secs(10));
}

#[test]
fn the_clock_is_looked_at_between_properties() {
    let late = Limits {
        budget: crate::Budget {
            deadline: Some(crate::Deadline::new(|| true)),
            ..crate::Budget::inline()
        },
        ..Limits::default()
    };
    assert!(matches!(
        label_groups(&labelled_summary(LABEL, 1252), &late),
        Err(ReadError::BudgetExceeded)
    ));
}

#[test]
fn damaged_property_sets() {
    let good = labelled_summary(LABEL, 1252);
    let answer = |data: &[u8]| label_groups(data, &Limits::default());
    for length in 0..good.len() {
        assert!(
            matches!(answer(&good[..length]), Err(ReadError::Malformed { .. })),
            "{length}"
        );
    }
    // Byte order, number of sets, offset of the set, size, number of properties, position of the first property.
    for offset in [0, 24, 44, 48, 52, 60] {
        let mut bad = good.clone();
        bad[offset..offset + 4].copy_from_slice(&[0xFF; 4]);
        assert!(matches!(answer(&bad), Err(ReadError::Malformed { .. })), "{offset}");
    }
    let few = Limits {
        properties: 3,
        ..Limits::default()
    };
    assert!(matches!(
        label_groups(&good, &few),
        Err(ReadError::LimitExceeded { .. })
    ));
}
