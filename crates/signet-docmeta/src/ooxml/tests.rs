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

#[test]
fn a_package_without_relationships_has_no_labels() {
    let archive = RawArchive::of([RawEntry::new("[Content_Types].xml", "<Types/>")]);
    assert_eq!(read(&archive.bytes()).unwrap().labels, []);
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
