//! Whatever stands inside a container, the parsers end and do not panic.

use proptest::prelude::*;

use crate::compound::{label_groups as property_groups, names_double_key};
use crate::limits::Limits;
use crate::marks::{PairCollector, parse_date, parse_label_list};
use crate::options::Options;
use crate::report::Origin;
use crate::testing::{
    LABEL, LABEL_RELATIONSHIP, RawArchive, RawEntry, custom_properties, label_list, labelled_summary, relationships,
};
use crate::{Guid, MemoryRange, read_labels, xmp};

/// `base` with a few bytes replaced, inserted or removed.
fn damaged(base: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let change = (
        any::<prop::sample::Index>(),
        any::<u8>(),
        0..6_u8,
        prop::collection::vec(any::<u8>(), 0..9),
    );
    prop::collection::vec(change, 1..5).prop_map(move |changes| {
        let mut data = base.clone();
        for (position, byte, kind, inserted) in changes {
            if data.is_empty() {
                break;
            }
            let position = position.index(data.len());
            match kind {
                0 => data[position] = byte,
                1 => drop(data.remove(position)),
                2 => drop(data.splice(position..position, inserted)),
                3 => data.truncate(position),
                4 => data[position] = b"<>&;\"'/= \n"[usize::from(byte) % 10],
                _ => {
                    let end = (position + inserted.len()).min(data.len());
                    drop(data.splice(position..end, inserted));
                }
            }
        }
        data
    })
}

fn package(name: &str, part: &[u8]) -> Vec<u8> {
    let rels = relationships(&[(LABEL_RELATIONSHIP, "a")]);
    let rels = if name == "_rels/.rels" {
        part.to_vec()
    } else {
        rels.into_bytes()
    };
    RawArchive::of([RawEntry::new("_rels/.rels", rels), RawEntry::new("a", part)]).bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(if cfg!(feature = "exhaustive") { 20_000 } else { 200 }) })]

    #[test]
    fn label_lists(data in damaged(label_list(LABEL).into_bytes())) {
        let _ = parse_label_list(&data, &Limits::default());
    }

    #[test]
    fn packages(data in damaged(relationships(&[(LABEL_RELATIONSHIP, "a/../b%20c")]).into_bytes())) {
        let data = package("_rels/.rels", &data);
        let _ = read_labels(&mut MemoryRange::new(&data), "a.docx", &Options::default(), &Limits::default());
    }

    #[test]
    fn custom_property_parts(data in damaged(custom_properties(LABEL).into_bytes())) {
        let rels = relationships(&[(crate::testing::PROPERTIES_RELATIONSHIP, "c")]);
        let data = RawArchive::of([RawEntry::new("_rels/.rels", rels), RawEntry::new("c", data)]).bytes();
        let _ = read_labels(&mut MemoryRange::new(&data), "a.docx", &Options::default(), &Limits::default());
    }

    #[test]
    fn archives(data in damaged(crate::testing::labelled_package().bytes())) {
        let _ = read_labels(&mut MemoryRange::new(&data), "a.docx", &Options::default(), &Limits::default());
    }

    #[test]
    fn property_sets(data in damaged(labelled_summary(LABEL, 1200))) {
        let _ = property_groups(&data, &Limits::default());
    }

    #[test]
    fn packets(data in damaged(format!("<a xmlns:m='u' m:MSIP_Label_{LABEL}_Enabled='1'><m:MSIP_Label_{LABEL}_SiteId>x</m:MSIP_Label_{LABEL}_SiteId></a>").into_bytes())) {
        let _ = xmp::label_groups(&data, &Limits::default());
    }

    #[test]
    fn messages(data in damaged(format!("From: a\r\nmsip_labels: MSIP_Label_{LABEL}_Enabled=true;\r\n =?utf-8?B?YWJj?=\r\n\r\n").into_bytes())) {
        let _ = read_labels(&mut MemoryRange::new(&data), "a.eml", &Options::default(), &Limits::default());
    }

    #[test]
    fn licences(data in damaged(b"<a id='double-key' name=\"x\">text</a>".to_vec())) {
        let _ = names_double_key(&data, &Options::default());
    }

    #[test]
    fn any_bytes_under_any_name(data in prop::collection::vec(any::<u8>(), 0..600), magic in 0..9_usize) {
        let heads: [&[u8]; 9] = [b"", b"PK\x03\x04", b"%PDF-1.7\n", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"\xFF\xD8\xFF",
            b"\x89PNG\r\n\x1A\n", b"II*\0", b"8BPS\0\x01", b".pfile"];
        let data = [heads[magic], &data].concat();
        for name in ["a.docx", "a.doc", "a.pdf", "a.msg", "a.eml", "a.jpg", "a.pfile"] {
            let _ = read_labels(&mut MemoryRange::new(&data), name, &Options::default(), &Limits::default());
        }
    }

    #[test]
    fn texts(name in ".{0,80}", value in ".{0,60}", date in "[0-9TZ:./+ -]{0,30}|[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4} [0-9:]{1,8} [AP]M") {
        let _ = (Guid::parse(&name), parse_date(&value), parse_date(&date));
        let mut collector = PairCollector::default();
        collector.add(&format!("MSIP_Label_{LABEL}_{name}"), &value);
        collector.add(&name, &value);
        let _ = collector.finish(Origin::Xmp);
    }
}
