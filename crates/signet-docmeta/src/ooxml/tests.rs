use crate::testing::{
    LABEL, LABEL_RELATIONSHIP, OTHER_LABEL, PROPERTIES_RELATIONSHIP, RawArchive, RawEntry, custom_properties,
    label_list, labelled_package, relationships,
};
use crate::{Limits, MemoryRange, Options, Origin, ReadError, Report, read_labels};

fn read(data: &[u8]) -> Result<Report, ReadError> {
    read_labels(
        &mut MemoryRange::new(data),
        "a.docx",
        &Options::default(),
        &Limits::default(),
    )
}

/// Labels of a package with these relationships and the usual two parts, as `label origin`.
fn labels(list: &[(&str, &str)], others: &[(&str, &str)]) -> Result<Vec<(String, Origin)>, ReadError> {
    let mut entries = vec![RawEntry::new("_rels/.rels", relationships(list))];
    entries.extend(others.iter().map(|(name, content)| RawEntry::new(name, content)));
    let report = read(&RawArchive::of(entries).bytes())?;
    Ok(report
        .labels
        .iter()
        .map(|label| (label.label_id.to_string(), label.origin))
        .collect())
}

fn info() -> (String, Origin) {
    (LABEL.to_owned(), Origin::LabelInfo)
}

fn properties() -> (String, Origin) {
    (OTHER_LABEL.to_owned(), Origin::CustomProperties)
}

#[test]
fn both_homes_and_their_precedence() {
    let (list, custom) = (label_list(LABEL), custom_properties(OTHER_LABEL));
    let parts = [("l.xml", list.as_str()), ("docProps/custom.xml", custom.as_str())];
    let strict = "http://purl.oclc.org/ooxml/officeDocument/relationships/customProperties";
    for (relationships, expected) in [
        (vec![], vec![]),
        (vec![(LABEL_RELATIONSHIP, "l.xml")], vec![info()]),
        (vec![(LABEL_RELATIONSHIP, "/L.XML")], vec![info()]),
        (
            vec![(PROPERTIES_RELATIONSHIP, "docProps/custom.xml")],
            vec![properties()],
        ),
        (vec![(strict, "docProps/custom.xml")], vec![properties()]),
        (
            vec![
                (LABEL_RELATIONSHIP, "l.xml"),
                (PROPERTIES_RELATIONSHIP, "docProps/custom.xml"),
            ],
            vec![info()],
        ),
        (
            vec![
                (LABEL_RELATIONSHIP, "gone.xml"),
                (PROPERTIES_RELATIONSHIP, "docProps/custom.xml"),
            ],
            vec![properties()],
        ),
        (
            vec![(LABEL_RELATIONSHIP, "l.xml"), (LABEL_RELATIONSHIP, "/l.xml")],
            vec![info()],
        ),
        (vec![("http://example.org/other", "l.xml")], vec![]),
    ] {
        assert_eq!(labels(&relationships, &parts).unwrap(), expected, "{relationships:?}");
    }
}

#[test]
fn names_with_percent_signs() {
    let list = label_list(LABEL);
    for target in ["x/a%20b.xml", "/X/A%20B.xml", "x/a b.xml"] {
        for name in ["x/a%20b.xml", "x/a b.xml"] {
            let found = labels(&[(LABEL_RELATIONSHIP, target)], &[(name, list.as_str())]);
            assert_eq!(found.unwrap(), [info()], "{target} {name}");
        }
    }
}

#[test]
fn an_item_without_a_relationship_is_not_the_part() {
    let list = label_list(LABEL);
    assert_eq!(
        labels(&[], &[("docMetadata/LabelInfo.xml", list.as_str())]).unwrap(),
        []
    );
}

#[test]
fn external_targets_are_never_followed() {
    let external = relationships(&[(LABEL_RELATIONSHIP, "l.xml\" TargetMode=\"External")]);
    let list = label_list(LABEL);
    let archive = RawArchive::of([RawEntry::new("_rels/.rels", external), RawEntry::new("l.xml", list)]);
    assert_eq!(read(&archive.bytes()).unwrap().labels, []);
}

#[test]
fn malformed_packages() {
    let list = label_list(LABEL);
    let other = list.as_str();
    for (name, relationships, parts) in [
        (
            "two parts",
            vec![(LABEL_RELATIONSHIP, "a"), (LABEL_RELATIONSHIP, "b")],
            vec![("a", other), ("b", other)],
        ),
        (
            "leaves the root",
            vec![(LABEL_RELATIONSHIP, "../a")],
            vec![("a", other)],
        ),
        ("not a label list", vec![(LABEL_RELATIONSHIP, "a")], vec![("a", "<a/>")]),
        ("not xml", vec![(LABEL_RELATIONSHIP, "a")], vec![("a", "text")]),
        (
            "twice",
            vec![(LABEL_RELATIONSHIP, "a")],
            vec![("a", other), ("A", other)],
        ),
        (
            "broken properties",
            vec![(PROPERTIES_RELATIONSHIP, "a")],
            vec![("a", "<Properties/>")],
        ),
    ] {
        let answer = labels(&relationships, &parts);
        assert!(matches!(answer, Err(ReadError::Malformed { .. })), "{name}: {answer:?}");
    }
    let plain_archive = RawArchive::of([RawEntry::new("a.txt", "text")]).bytes();
    assert!(matches!(read(&plain_archive), Err(ReadError::Malformed { .. })));
    assert!(matches!(read(b"no archive at all"), Err(ReadError::Malformed { .. })));
    assert!(matches!(read(b"%PDF-1.4"), Err(ReadError::Malformed { .. })));
}

/// Only Power BI writes such packages; another document would open nowhere, and may have lost its label with them.
#[test]
fn a_package_without_relationships_is_sound_only_where_they_are_optional() {
    let bare = RawArchive::of([
        RawEntry::new("[Content_Types].xml", "<Types/>"),
        RawEntry::new("docMetadata/LabelInfo.xml", label_list(LABEL)),
    ]);
    for (name, is_sound) in [
        ("a.docx", false),
        ("a.doc", false),
        ("a.vsdx", false),
        ("a.xps", false),
        ("a.pbix", true),
        ("a.PBIT", true),
    ] {
        let answer = read_labels(
            &mut MemoryRange::new(&bare.bytes()),
            name,
            &Options::default(),
            &Limits::default(),
        );
        match answer {
            Ok(report) => assert!(is_sound && report.labels.is_empty(), "{name}"),
            Err(error) => assert!(
                !is_sound && matches!(error, ReadError::Malformed { .. }),
                "{name}: {error:?}"
            ),
        }
    }
}

#[test]
fn names_with_backslashes_are_damage_and_no_absence() {
    let rels = relationships(&[(LABEL_RELATIONSHIP, "docMetadata/LabelInfo.xml")]);
    let list = label_list(LABEL);
    let archive = |relationships: &str, part: &str| {
        RawArchive::of([
            RawEntry::new("[Content_Types].xml", "<Types/>"),
            RawEntry::new(relationships, &rels),
            RawEntry::new(part, &list),
            RawEntry::new("word\\media\\image1.png", "other parts do not matter"),
        ])
        .bytes()
    };
    for name in ["a.docx", "a.pbix"] {
        let read = |data: &[u8]| {
            read_labels(
                &mut MemoryRange::new(data),
                name,
                &Options::default(),
                &Limits::default(),
            )
        };
        assert_eq!(
            read(&archive("_rels/.rels", "docMetadata/LabelInfo.xml"))
                .unwrap()
                .labels
                .len(),
            1
        );
        for (relationships, part) in [
            ("_rels\\.rels", "docMetadata\\LabelInfo.xml"),
            ("_rels\\.RELS", "docMetadata/LabelInfo.xml"),
            ("_rels/.rels", "docMetadata\\labelinfo.xml"),
        ] {
            let answer = read(&archive(relationships, part));
            assert!(
                matches!(answer, Err(ReadError::Malformed { .. })),
                "{name} {relationships} {part}: {answer:?}"
            );
        }
    }
}

#[test]
fn values_of_other_types_and_other_formats() {
    let text = custom_properties(OTHER_LABEL);
    let parsed = |text: &str| labels(&[(PROPERTIES_RELATIONSHIP, "c")], &[("c", text)]).unwrap();
    for changed in [
        text.replace("<vt:lpwstr>true</vt:lpwstr>", "<vt:bool>true</vt:bool>"),
        text.replace("<vt:lpwstr>true</vt:lpwstr>", "<vt:i4>1</vt:i4>"),
        text.replace("<vt:lpwstr>true</vt:lpwstr>", "<vt:lpstr>T&#114;ue</vt:lpstr>"),
        text.replace("MSIP_Label", "msip_label"),
        text.replace("{D5CDD505", "{d5cdd505"),
        text.replace(
            "<vt:lpwstr>true</vt:lpwstr>",
            "\n<!-- c --><vt:lpwstr><![CDATA[true]]></vt:lpwstr>\n",
        ),
    ] {
        assert_ne!(changed, text);
        assert_eq!(parsed(&changed), [properties()], "{changed}");
    }
    for changed in [
        text.replace("{D5CDD505", "{D5CDD506"),
        text.replace("<vt:lpwstr>true</vt:lpwstr>", ""),
        text.replace("<vt:lpwstr>true</vt:lpwstr>", "<vt:blob>true</vt:blob>"),
        text.replace(
            "<vt:lpwstr>true</vt:lpwstr>",
            "<vt:vector><vt:lpwstr>true</vt:lpwstr></vt:vector>",
        ),
    ] {
        assert_eq!(parsed(&changed), [], "{changed}");
    }
}

#[test]
fn bounds() {
    let big = format!("<!--{}-->{}", "x".repeat(1024 * 1024), label_list(LABEL));
    let answer = labels(&[(LABEL_RELATIONSHIP, "a")], &[("a", &big)]);
    assert!(matches!(answer, Err(ReadError::LimitExceeded { .. })), "{answer:?}");
    let many = vec![("http://example.org/other", "a"); 4097];
    assert!(matches!(labels(&many, &[]), Err(ReadError::LimitExceeded { .. })));
    let property = "<property fmtid='{D5CDD505-2E9C-101B-9397-08002B2CF9AE}' pid='2' name='x'/>".repeat(4097);
    let text = custom_properties(LABEL).replace("</Properties>", &format!("{property}</Properties>"));
    let answer = labels(&[(PROPERTIES_RELATIONSHIP, "a")], &[("a", &text)]);
    assert!(matches!(answer, Err(ReadError::LimitExceeded { .. })));
}

#[test]
fn a_package_by_the_name_of_an_old_document_is_read() {
    let data = labelled_package().bytes();
    let read = |name: &str| {
        read_labels(
            &mut MemoryRange::new(&data),
            name,
            &Options::default(),
            &Limits::default(),
        )
    };
    for name in ["a.doc", "a.xlsb", "a.vsdx", "a.oxps", "A.PPTX"] {
        assert_eq!(read(name).unwrap().labels.len(), 1, "{name}");
    }
    for name in ["a.pdf", "a.jpg", "a.eml", "a.msg"] {
        assert!(matches!(read(name), Err(ReadError::Malformed { .. })), "{name}");
    }
}

/// A document with a hole of zero bytes, which no store would have to hold; counts what is asked of it.
struct Sparse {
    data: Vec<u8>,
    split: u64,
    hole: u64,
    reads: Vec<(u64, usize)>,
}

impl crate::RangeRead for Sparse {
    fn len(&self) -> u64 {
        self.data.len() as u64 + self.hole
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        self.reads.push((offset, length));
        let byte = |position: u64| match position {
            position if position < self.split => self.data[position as usize],
            position if position < self.split + self.hole => 0,
            position => self.data[(position - self.hole) as usize],
        };
        Ok((offset..offset + length as u64).map(byte).collect())
    }
}

/// `archive` with a hole of `hole` bytes in front of the entry with number `before`.
fn with_hole(archive: &RawArchive, before: usize, hole: u32) -> Sparse {
    let data = archive.bytes();
    let headers: Vec<usize> = (0..data.len())
        .filter(|start| data[*start..].starts_with(b"PK\x03\x04"))
        .collect();
    let mut moved = archive.clone();
    for (entry, header) in moved.entries.iter_mut().zip(&headers).skip(before) {
        entry.stated_header = Some(*header as u32 + hole);
    }
    moved.entries[before - 1].stated_compressed_size = Some(hole);
    let directory = data.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    moved.stated_directory_offset = Some(directory as u32 + hole);
    Sparse {
        data: moved.bytes(),
        split: headers[before] as u64,
        hole: hole.into(),
        reads: Vec::new(),
    }
}

fn presentation(slides: usize, parts_last: bool) -> RawArchive {
    let rels = relationships(&[
        ("http://example.org/other", "ppt/presentation.xml"),
        (LABEL_RELATIONSHIP, "docMetadata/LabelInfo.xml"),
        (PROPERTIES_RELATIONSHIP, "docProps/custom.xml"),
    ]);
    let mut word_like = RawEntry::new("_rels/.rels", rels);
    word_like.local_extra = vec![0; 520];
    let own = [
        RawEntry::new("docMetadata/LabelInfo.xml", label_list(LABEL)),
        RawEntry::new("docProps/custom.xml", custom_properties(OTHER_LABEL)),
    ];
    let slides = (0..slides).map(|number| RawEntry::new(&format!("ppt/slides/slide{number}.xml"), "<sld/>"));
    let mut media = RawEntry::new("ppt/media/video.mp4", "");
    media.compression = 0;
    let mut entries = vec![RawEntry::new("[Content_Types].xml", "<Types/>".repeat(200)), word_like];
    if parts_last {
        entries.extend(slides);
        entries.push(media);
        entries.extend(own);
    } else {
        entries.extend(own);
        entries.push(media);
        entries.extend(slides);
    }
    RawArchive::of(entries)
}

fn costs(archive: &RawArchive, before: usize, hole: u32, requests: u32, bytes: u64) {
    let mut reader = with_hole(archive, before, hole);
    let report = read_labels(&mut reader, "a.pptx", &Options::default(), &Limits::default()).unwrap();
    assert_eq!(report.labels.len(), 1);
    assert_eq!(report.labels[0].origin, Origin::LabelInfo);
    assert!(
        report.stats.requests <= requests && report.stats.bytes <= bytes,
        "{:?} {:?}",
        report.stats,
        reader.reads
    );
    assert_eq!(report.stats.requests as usize, reader.reads.len());
}

#[test]
fn a_large_presentation_costs_two_reads() {
    for hole in [200_000, 1 << 30, 3 << 30] {
        let archive = presentation(40, true);
        costs(&archive, 43, hole, 2, 20 * 1024 + 512);
    }
}

#[test]
fn a_large_presentation_of_another_writer_stays_within_the_budget() {
    // The parts right behind the start, a directory longer than the tail that is read first.
    let archive = presentation(300, false);
    costs(&archive, 5, 1 << 30, 6, 64 * 1024);
    let archive = presentation(300, true);
    costs(&archive, 303, 1 << 30, 6, 64 * 1024);
}

#[test]
fn parts_in_pieces() {
    let rels = relationships(&[(LABEL_RELATIONSHIP, "docMetadata/LabelInfo.xml")]);
    let (first, rest) = rels.split_at(70);
    let (second, third) = rest.split_at(30);
    let list = label_list(LABEL);
    let pieces = |third_name: &str| {
        RawArchive::of([
            RawEntry::new("[Content_Types].xml/[0].piece", "<Types"),
            RawEntry::new("_rels/.rels/[0].piece", first),
            RawEntry::new("_rels/.RELS/[1].piece", second),
            RawEntry::new("[Content_Types].xml/[1].last.piece", "/>"),
            RawEntry::new(third_name, third),
            RawEntry::new("docMetadata/LabelInfo.xml/[0].last.piece", &list),
        ])
        .bytes()
    };
    let read = |data: &[u8]| {
        read_labels(
            &mut MemoryRange::new(data),
            "a.xps",
            &Options::default(),
            &Limits::default(),
        )
    };
    let report = read(&pieces("_rels/.rels/[2].last.piece")).unwrap();
    assert_eq!(report.labels.len(), 1);
    assert!(matches!(
        read(&pieces("_rels/.rels/[3].last.piece")),
        Err(ReadError::Malformed { .. })
    ));
    let bare = RawArchive::of([RawEntry::new("[Content_Types].xml/[0].last.piece", "<Types/>")]).bytes();
    assert!(matches!(read(&bare), Err(ReadError::Malformed { .. })));
}
