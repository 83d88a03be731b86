use std::io::Read;

use crate::testing::{
    LABEL, LABEL_RELATIONSHIP, OTHER_LABEL, PROPERTIES_RELATIONSHIP, RawArchive, RawEntry, TENANT, custom_properties,
    label_list, labelled_package, relationships,
};
use crate::write::tests::{apply, change};
use crate::write::{Warning, WriteError, WriteOptions};
use crate::{Guid, LabelInfoMode, Limits, MemoryRange, Options, Origin, ReadError, read_labels};

const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default \
                     Extension=\"xml\" ContentType=\"application/xml\"/></Types>";
const OTHER_TENANT: &str = "a841e8f6-264a-5e81-b5af-1381e9c5d7bf";

fn practice(mode: LabelInfoMode) -> WriteOptions {
    let tenant = Guid::parse(TENANT).unwrap();
    let read = Options {
        label_info: [(tenant, mode)].into(),
        ..Options::default()
    };
    WriteOptions {
        read,
        ..WriteOptions::default()
    }
}

/// A package with these relationships and parts.
fn package(list: &[(&str, &str)], parts: &[(&str, &str)]) -> RawArchive {
    let mut entries = vec![
        RawEntry::new("[Content_Types].xml", TYPES),
        RawEntry::new("_rels/.rels", relationships(list)),
        RawEntry::new("word/document.xml", "<document>text</document>"),
    ];
    entries.extend(parts.iter().map(|(name, content)| RawEntry::new(name, content)));
    RawArchive::of(entries)
}

/// An entry of an archive, read by an independent reader.
fn item(data: &[u8], name: &str) -> Option<String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(data)).unwrap();
    let mut entry = archive.by_name(name).ok()?;
    let mut text = String::new();
    entry.read_to_string(&mut text).unwrap();
    Some(text)
}

fn labels(data: &[u8], options: &WriteOptions) -> Vec<(String, Origin)> {
    let report = read_labels(&mut MemoryRange::new(data), "a.docx", &options.read, &Limits::default()).unwrap();
    report
        .labels
        .iter()
        .map(|label| (label.label_id.to_string(), label.origin))
        .collect()
}

fn own(label: &str, origin: Origin) -> Vec<(String, Origin)> {
    vec![(label.to_owned(), origin)]
}

#[test]
fn an_unlabelled_package_gets_a_label_list() {
    let data = package(&[("http://example.org/other", "word/document.xml")], &[]).bytes();
    let options = WriteOptions::default();
    let (bytes, rewrite) = apply("a.docx", &data, &change(Some(LABEL)), &options).unwrap();
    assert!(rewrite.changed);
    assert_eq!(labels(&bytes, &options), own(LABEL, Origin::LabelInfo));
    assert_eq!(item(&bytes, "docMetadata/LabelInfo.xml").unwrap(), label_list(LABEL));
    let types = item(&bytes, "[Content_Types].xml").unwrap();
    let expected = "<Override PartName=\"/docMetadata/LabelInfo.xml\" \
                    ContentType=\"application/vnd.ms-office.classificationlabels+xml\"/></Types>";
    assert!(types.ends_with(expected), "{types}");
    let rels = item(&bytes, "_rels/.rels").unwrap();
    let expected = format!(
        "<Relationship Id=\"rId1\" Type=\"{LABEL_RELATIONSHIP}\" Target=\"docMetadata/LabelInfo.xml\"/></Relationships>"
    );
    assert!(rels.ends_with(&expected), "{rels}");
    assert_eq!(item(&bytes, "word/document.xml").unwrap(), "<document>text</document>");
}

#[test]
fn names_with_percent_signs_are_written_once() {
    let list = label_list(LABEL);
    let options = WriteOptions::default();
    let data = package(
        &[(LABEL_RELATIONSHIP, "x/a%20b.xml")],
        &[("x/a%20b.xml", list.as_str())],
    );
    let (bytes, _) = apply("a.docx", &data.bytes(), &change(Some(OTHER_LABEL)), &options).unwrap();
    assert_eq!(labels(&bytes, &options), own(OTHER_LABEL, Origin::LabelInfo));
    assert_eq!(item(&bytes, "x/a%20b.xml").unwrap(), label_list(OTHER_LABEL));
    assert_eq!(item(&bytes, "x/a b.xml"), None);
}

#[test]
fn a_label_is_replaced_and_removed() {
    let mut archive = labelled_package();
    archive.entries[0].content = TYPES.as_bytes().to_vec();
    let data = archive.bytes();
    let options = WriteOptions::default();
    let (bytes, _) = apply("a.docx", &data, &change(Some(OTHER_LABEL)), &options).unwrap();
    assert_eq!(
        item(&bytes, "docMetadata/LabelInfo.xml").unwrap(),
        label_list(OTHER_LABEL)
    );
    assert_eq!(item(&bytes, "_rels/.rels"), item(&data, "_rels/.rels"));
    let (bytes, _) = apply("a.docx", &bytes, &change(None), &options).unwrap();
    let removed =
        format!("<clbl:label id=\"{{{TENANT}}}\" enabled=\"0\" method=\"\" siteId=\"{{{TENANT}}}\" removed=\"1\" />");
    assert!(item(&bytes, "docMetadata/LabelInfo.xml").unwrap().contains(&removed));
    assert_eq!(labels(&bytes, &options), []);
    let (again, rewrite) = apply("a.docx", &bytes, &change(None), &options).unwrap();
    assert_eq!(labels(&again, &options), []);
    assert_eq!(rewrite.length, bytes.len() as u64);
}

#[test]
fn removing_what_is_not_there_changes_nothing() {
    for mode in [LabelInfoMode::On, LabelInfoMode::Off, LabelInfoMode::Infer] {
        let data = package(&[], &[]).bytes();
        let (bytes, rewrite) = apply("a.docx", &data, &change(None), &practice(mode)).unwrap();
        assert!(!rewrite.changed);
        assert_eq!(bytes, data);
    }
}

#[test]
fn everything_else_in_a_list_stays() {
    let list = format!(
        "<?xml version='1.0'?>\n<labelList xmlns='http://schemas.microsoft.com/office/2020/mipLabelMetadata' a='b'>\n \
         <label id='{{{OTHER_LABEL}}}' siteId='{{{OTHER_TENANT}}}' x='\"'/> <!-- c -->\n \
         <label y='&amp;' id='{{{OTHER_LABEL}}}' siteId='{{{TENANT}}}' name='old' setDate='x'><z/></label>\n \
         <label id='{{{OTHER_LABEL}}}' siteId='{{{TENANT}}}'/><extLst><ext/></extLst>\n</labelList>"
    );
    let data = package(&[(LABEL_RELATIONSHIP, "l.xml")], &[("l.xml", &list)]).bytes();
    let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &WriteOptions::default()).unwrap();
    let expected = format!(
        "<?xml version='1.0'?>\n<labelList xmlns='http://schemas.microsoft.com/office/2020/mipLabelMetadata' a='b'>\n \
         <label id='{{{OTHER_LABEL}}}' siteId='{{{OTHER_TENANT}}}' x='\"'/> <!-- c -->\n \
         <label id=\"{{{LABEL}}}\" enabled=\"1\" method=\"Privileged\" siteId=\"{{{TENANT}}}\" contentBits=\"0\" \
         removed=\"0\" setDate=\"2024-03-05T09:10:11Z\" name=\"Straße &amp; &lt;mehr&gt;\" y=\"&amp;\"><z/></label>\n \
         <extLst><ext/></extLst>\n</labelList>"
    );
    assert_eq!(item(&bytes, "l.xml").unwrap(), expected);
}

#[test]
fn a_name_with_characters_that_no_document_may_hold_is_written_without_them() {
    let list = format!(
        "<labelList xmlns='http://schemas.microsoft.com/office/2020/mipLabelMetadata'>\
         <label id='{{{OTHER_LABEL}}}' siteId='{{{TENANT}}}' name='old'/></labelList>"
    );
    let custom = custom_properties(OTHER_LABEL);
    let data = package(
        &[(LABEL_RELATIONSHIP, "l.xml"), (PROPERTIES_RELATIONSHIP, "c.xml")],
        &[("l.xml", &list), ("c.xml", &custom)],
    )
    .bytes();
    let mut change = change(Some(LABEL));
    change.label.as_mut().unwrap().name = "A\u{1}B\u{fffe}C\n\"D\"".to_owned();
    let (bytes, _) = apply("a.docx", &data, &change, &WriteOptions::default()).unwrap();
    assert!(item(&bytes, "l.xml").unwrap().contains("name=\"ABC&quot;D&quot;\""));
    assert!(item(&bytes, "c.xml").unwrap().contains(">ABC&quot;D&quot;<"));
}

#[test]
fn a_new_element_stands_before_the_extensions_in_the_spelling_of_the_list() {
    let namespace = "http://schemas.microsoft.com/office/2020/mipLabelMetadata";
    for (list, prefix, after) in [
        (
            format!("<q:labelList xmlns:q='{namespace}'><q:extLst/></q:labelList>"),
            "q:",
            "<q:extLst/></q:labelList>",
        ),
        (format!("<labelList xmlns='{namespace}' />"), "", "</labelList>"),
        (
            format!("<labelList xmlns='{namespace}'>\n</labelList>"),
            "",
            "</labelList>",
        ),
    ] {
        let data = package(&[(LABEL_RELATIONSHIP, "l.xml")], &[("l.xml", &list)]).bytes();
        let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &WriteOptions::default()).unwrap();
        let text = item(&bytes, "l.xml").unwrap();
        assert!(
            text.contains(&format!("<{prefix}label id=\"{{{LABEL}}}\"")) && text.ends_with(after),
            "{text}"
        );
    }
}

#[test]
fn a_wide_list_stays_wide() {
    let wide: Vec<u8> = std::iter::once(0xFEFF_u16)
        .chain(label_list(LABEL).replace("utf-8", "utf-16").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut archive = labelled_package();
    archive.entries[3].content = wide;
    let options = WriteOptions::default();
    let (bytes, _) = apply("a.docx", &archive.bytes(), &change(Some(OTHER_LABEL)), &options).unwrap();
    assert_eq!(labels(&bytes, &options), own(OTHER_LABEL, Origin::LabelInfo));
}

#[test]
fn an_item_that_only_has_the_name_stays() {
    let data = package(&[], &[("docMetadata/LabelInfo.xml", "not the part")]).bytes();
    let options = WriteOptions::default();
    let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &options).unwrap();
    assert_eq!(item(&bytes, "docMetadata/LabelInfo.xml").unwrap(), "not the part");
    assert_eq!(item(&bytes, "docMetadata/LabelInfo2.xml").unwrap(), label_list(LABEL));
}

#[test]
fn a_relationship_that_leads_nowhere_is_used() {
    let data = package(&[(LABEL_RELATIONSHIP, "x/y%20z.xml")], &[]).bytes();
    let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &WriteOptions::default()).unwrap();
    assert_eq!(item(&bytes, "x/y z.xml").unwrap(), label_list(LABEL));
    assert_eq!(item(&bytes, "_rels/.rels"), item(&data, "_rels/.rels"));
}

#[test]
fn properties_for_a_tenant_that_keeps_them() {
    let off = practice(LabelInfoMode::Off);
    let data = package(&[], &[]).bytes();
    let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &off).unwrap();
    assert_eq!(labels(&bytes, &off), own(LABEL, Origin::CustomProperties));
    assert_eq!(item(&bytes, "docMetadata/LabelInfo.xml"), None);
    let custom = item(&bytes, "docProps/custom.xml").unwrap();
    let name = "Straße &amp; &lt;mehr&gt;";
    for (pid, attribute, value) in [
        (2, "Enabled", "true"),
        (3, "SetDate", "2024-03-05T09:10:11Z"),
        (4, "Method", "Privileged"),
        (5, "Name", name),
        (6, "SiteId", TENANT),
        (8, "ContentBits", "0"),
    ] {
        assert!(
            custom.contains(&format!("pid=\"{pid}\" name=\"MSIP_Label_{LABEL}_{attribute}\">")),
            "{custom}"
        );
        assert!(custom.contains(&format!(">{value}</vt:lpwstr></property>")), "{custom}");
    }
    let (bytes, _) = apply("a.docx", &bytes, &change(Some(OTHER_LABEL)), &off).unwrap();
    assert_eq!(labels(&bytes, &off), own(OTHER_LABEL, Origin::CustomProperties));
    assert!(!item(&bytes, "docProps/custom.xml").unwrap().contains(LABEL));
    let (bytes, _) = apply("a.docx", &bytes, &change(None), &off).unwrap();
    assert!(!item(&bytes, "docProps/custom.xml").unwrap().contains("MSIP_Label"));
}

#[test]
fn other_properties_keep_their_place_and_number() {
    let other = "<property fmtid=\"{D5CDD505-2E9C-101B-9397-08002B2CF9AE}\" pid=\"40\" name=\"Other\"><vt:i4>7</vt:i4></property>";
    let foreign = custom_properties(OTHER_LABEL).replace(TENANT, OTHER_TENANT);
    let foreign = foreign.replace("</Properties>", &format!("{other}</Properties>"));
    let data = package(&[(PROPERTIES_RELATIONSHIP, "c.xml")], &[("c.xml", &foreign)]).bytes();
    let off = practice(LabelInfoMode::Off);
    let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &off).unwrap();
    let custom = item(&bytes, "c.xml").unwrap();
    assert!(
        custom.starts_with(foreign.strip_suffix("</Properties>").unwrap()),
        "{custom}"
    );
    assert!(
        custom.contains(&format!("pid=\"41\" name=\"MSIP_Label_{LABEL}_Enabled\"")),
        "{custom}"
    );
    assert_eq!(labels(&bytes, &off).len(), 2);
}

#[test]
fn properties_beside_a_list_are_synchronized_where_the_practice_is_inferred() {
    let list = [(LABEL_RELATIONSHIP, "l.xml"), (PROPERTIES_RELATIONSHIP, "c.xml")];
    let (old_list, old_properties) = (label_list(OTHER_LABEL), custom_properties(OTHER_LABEL));
    let data = package(&list, &[("l.xml", &old_list), ("c.xml", &old_properties)]).bytes();
    let infer = WriteOptions::default();
    let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &infer).unwrap();
    let custom = item(&bytes, "c.xml").unwrap();
    assert!(custom.contains(LABEL) && !custom.contains(OTHER_LABEL), "{custom}");
    let (bytes, _) = apply("a.docx", &bytes, &change(None), &infer).unwrap();
    assert!(!item(&bytes, "c.xml").unwrap().contains("MSIP_Label"));
    for options in [
        practice(LabelInfoMode::On),
        WriteOptions {
            sync_custom_properties: Some(false),
            ..WriteOptions::default()
        },
    ] {
        let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &options).unwrap();
        assert_eq!(item(&bytes, "c.xml").unwrap(), old_properties);
        assert_eq!(labels(&bytes, &options), own(LABEL, Origin::LabelInfo));
    }
}

#[test]
fn removing_a_label_that_only_properties_name() {
    let properties = custom_properties(LABEL);
    let data = package(&[(PROPERTIES_RELATIONSHIP, "c.xml")], &[("c.xml", &properties)]).bytes();
    for options in [
        practice(LabelInfoMode::On),
        practice(LabelInfoMode::Infer),
        practice(LabelInfoMode::Off),
    ] {
        let (bytes, rewrite) = apply("a.docx", &data, &change(None), &options).unwrap();
        assert!(rewrite.changed);
        assert_eq!(labels(&bytes, &options), []);
    }
}

#[test]
fn strict_packages_stay_strict() {
    let document = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument";
    let data = package(&[(document, "word/document.xml")], &[]).bytes();
    let off = practice(LabelInfoMode::Off);
    let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &off).unwrap();
    assert!(
        item(&bytes, "_rels/.rels")
            .unwrap()
            .contains("purl.oclc.org/ooxml/officeDocument/relationships/customProperties")
    );
    let custom = item(&bytes, "docProps/custom.xml").unwrap();
    assert!(
        custom.contains("http://purl.oclc.org/ooxml/officeDocument/customProperties"),
        "{custom}"
    );
    assert!(
        custom.contains("http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes"),
        "{custom}"
    );
}

#[test]
fn signed_packages_are_written_with_a_warning() {
    let origin = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin";
    let data = package(&[(origin, "_xmlsignatures/origin.sigs")], &[]).bytes();
    let (_, rewrite) = apply("a.docx", &data, &change(Some(LABEL)), &WriteOptions::default()).unwrap();
    assert_eq!(rewrite.warnings, [Warning::Signed]);
}

#[test]
fn archives_of_every_make() {
    let mut wide = package(&[], &[]);
    wide.wide = true;
    for entry in &mut wide.entries {
        entry.wide = true;
    }
    let mut padded = package(&[], &[]);
    for entry in &mut padded.entries {
        entry.local_extra = vec![0x20, 0xA2, 4, 0, 0, 0, 0, 0];
    }
    let commented = RawArchive {
        comment: b"a comment".to_vec(),
        ..package(&[], &[])
    };
    let prefixed = RawArchive {
        prefix: b"MZ some bytes in front".to_vec(),
        ..package(&[], &[])
    };
    for (name, archive) in [
        ("wide", wide),
        ("padded", padded),
        ("commented", commented),
        ("prefixed", prefixed),
    ] {
        let data = archive.bytes();
        let options = WriteOptions::default();
        let (bytes, _) = apply("a.docx", &data, &change(Some(LABEL)), &options).unwrap();
        assert_eq!(labels(&bytes, &options), own(LABEL, Origin::LabelInfo), "{name}");
        assert_eq!(
            item(&bytes, "word/document.xml").unwrap(),
            "<document>text</document>",
            "{name}"
        );
        assert!(
            bytes.ends_with(&archive.comment) && bytes.starts_with(&archive.prefix),
            "{name}"
        );
        let entry = b"word/document.xml";
        let find = |data: &[u8]| data.windows(entry.len()).position(|window| window == entry).unwrap();
        let (old, new) = (find(&data), find(&bytes));
        assert_eq!(data[old - 30..old + 35], bytes[new - 30..new + 35], "{name}");
    }
}

#[test]
fn damaged_packages_are_not_written() {
    let refused = |archive: RawArchive| {
        let answer = apply(
            "a.docx",
            &archive.bytes(),
            &change(Some(LABEL)),
            &WriteOptions::default(),
        );
        assert!(
            matches!(answer, Err(WriteError::Read(ReadError::Malformed { .. }))),
            "{answer:?}"
        );
    };
    let mut overlapping = package(&[], &[]);
    let entry = overlapping.entries[2].clone();
    overlapping.entries.push(entry);
    overlapping.entries[3].name = b"word/other.xml".to_vec();
    overlapping.entries[3].stated_header = Some(10);
    refused(overlapping);
    let mut no_types = package(&[], &[]);
    no_types.entries.remove(0);
    refused(no_types);
    let mut other_types = package(&[], &[]);
    other_types.entries[0].content = b"<Types/>".to_vec();
    refused(other_types);
}
