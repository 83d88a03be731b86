use super::*;
use crate::error::ReadError;
use crate::guid::Guid;
use crate::limits::Limits;
use crate::options::{LabelInfoMode, Options};
use crate::report::{Method, Origin};

const LABEL: [&str; 3] = [
    "d76d8d7c-8674-53f0-8c69-79d068219a02",
    "0a508141-8fa2-5079-b148-5a24df214ed0",
    "9430c2b6-ad1e-593f-a43a-92aa8962bd24",
];
const TENANT: [&str; 2] = [
    "13bd51e1-1a32-557a-b8dd-622f0d55b30c",
    "a841e8f6-264a-5e81-b5af-1381e9c5d7bf",
];

fn list(labels: &str) -> Result<Vec<LabelElement>, ReadError> {
    let text = format!(
        "<l:labelList xmlns:l=\"http://schemas.microsoft.com/office/2020/mipLabelMetadata\">{labels}</l:labelList>"
    );
    parse_label_list(text.as_bytes(), &Limits::default())
}

fn element(label: usize, tenant: usize, rest: &str) -> String {
    format!(
        "<l:label id=\"{{{}}}\" siteId=\"{{{}}}\" {rest}/>",
        LABEL[label], TENANT[tenant]
    )
}

/// Groups out of lines `label attribute value`.
fn groups(lines: &[(usize, &str, &str)]) -> Vec<PairGroup> {
    let mut collector = PairCollector::default();
    for (label, attribute, value) in lines {
        collector.add(&format!("MSIP_Label_{}_{attribute}", LABEL[*label]), value);
    }
    collector.finish(Origin::CustomProperties)
}

/// Positions in `LABEL` of the labels in force.
fn in_force(elements: &[LabelElement], groups: &[PairGroup], options: &Options) -> Vec<usize> {
    let found = resolve(elements, Origin::LabelInfo, groups, options);
    found
        .iter()
        .map(|found| {
            LABEL
                .iter()
                .position(|label| *label == found.label_id.to_string())
                .unwrap()
        })
        .collect()
}

#[test]
fn elements_say_everything_about_a_label() {
    let found = list(&element(
        0,
        0,
        "enabled='1' method='Privileged' contentBits='3' removed='0' setDate='1970-01-02'",
    ))
    .unwrap();
    let expected = LabelElement {
        label: Guid::parse(LABEL[0]).unwrap(),
        tenant: Guid::parse(TENANT[0]).unwrap(),
        in_force: true,
        method: Method::Privileged,
        content_bits: Some(3),
        set_date: Some(86_400),
    };
    assert_eq!(found, [expected]);
}

#[test]
fn in_force_needs_enabled_and_not_removed() {
    for (attributes, expected) in [
        ("", true),
        ("enabled='1'", true),
        ("enabled='true' removed='false'", true),
        ("enabled='0'", false),
        ("enabled=''", false),
        ("enabled='no'", false),
        ("removed='1'", false),
        ("enabled='1' removed='true'", false),
        ("removed=''", true),
    ] {
        assert_eq!(
            list(&element(0, 0, attributes)).unwrap()[0].in_force,
            expected,
            "{attributes}"
        );
    }
}

#[test]
fn bad_elements_are_left_out_and_others_count() {
    let nested = format!("<l:extLst>{}</l:extLst>", element(1, 0, ""));
    let foreign = "<x:label xmlns:x='u' id='{d76d8d7c-8674-53f0-8c69-79d068219a02}' siteId='{13bd51e1-1a32-557a-b8dd-622f0d55b30c}'/>";
    for bad in [
        "<l:label/>",
        "<l:label id='x' siteId='y'/>",
        "<l:other/>",
        foreign,
        nested.as_str(),
    ] {
        let found = list(&format!("{bad}{}", element(2, 1, ""))).unwrap();
        assert_eq!(found.len(), 1, "{bad}");
        assert_eq!(found[0].label.to_string(), LABEL[2]);
    }
}

#[test]
fn a_list_of_another_kind_is_malformed() {
    for text in [
        "<labelList/>",
        "<l:labels xmlns:l='http://schemas.microsoft.com/office/2020/mipLabelMetadata'/>",
        "",
    ] {
        let answer = parse_label_list(text.as_bytes(), &Limits::default());
        assert!(matches!(answer, Err(ReadError::Malformed { .. })), "{text}");
    }
    let many = element(0, 0, "").repeat(1001);
    assert!(matches!(list(&many), Err(ReadError::LimitExceeded { .. })));
}

#[test]
fn names_of_pairs() {
    for (name, expected) in [
        ("MSIP_Label_d76d8d7c-8674-53f0-8c69-79d068219a02_Enabled", true),
        ("msip_label_D76D8D7C-8674-53F0-8C69-79D068219A02_x_y", true),
        ("MSIP_Label_d76d8d7c-8674-53f0-8c69-79d068219a02_", false),
        ("MSIP_Label_d76d8d7c-8674-53f0-8c69-79d068219a02", false),
        ("MSIP_Label_{d76d8d7c-8674-53f0-8c69-79d068219a02}_Enabled", false),
        ("MSIP_Label_d76d8d7c867453f08c6979d068219a02_Enabled", false),
        ("xMSIP_Label_d76d8d7c-8674-53f0-8c69-79d068219a02_Enabled", false),
        ("Sensitivity", false),
        ("MSIP_Labeläääääääääääääääääääääääääääääääääääääääääää", false),
    ] {
        assert_eq!(is_label_name(name), expected, "{name}");
    }
}

#[test]
fn groups_read_every_attribute_once() {
    let found = groups(&[
        (0, "SITEID", "{13BD51E1-1A32-557A-B8DD-622F0D55B30C}"),
        (0, "Enabled", " True "),
        (0, "enabled", "false"),
        (0, "Method", ""),
        (0, "Extended_MSFT_Method", "Manual"),
        (0, "SetDate", "1970-01-01T00:01:00Z"),
        (0, "ContentBits", "8"),
        (0, "Parent", LABEL[1]),
        (0, "Name", "anything"),
        (1, "Enabled", "true"),
    ]);
    let expected = PairGroup {
        label: Guid::parse(LABEL[0]).unwrap(),
        tenant: Guid::parse(TENANT[0]).unwrap(),
        enabled: true,
        method: Method::Privileged,
        content_bits: Some(8),
        set_date: Some(60),
        parent: Some(Guid::parse(LABEL[1]).unwrap()),
        origin: Origin::CustomProperties,
    };
    assert_eq!(found, [expected]);
}

#[test]
fn the_child_then_the_latest_then_the_first_counts() {
    let both = |extra: &[(usize, &'static str, &'static str)]| {
        let mut lines: Vec<(usize, &str, &str)> = Vec::new();
        for label in 0..2 {
            lines.extend([(label, "Enabled", "true"), (label, "SiteId", TENANT[0])]);
        }
        lines.extend(extra);
        in_force(&[], &groups(&lines), &Options::default())
    };
    assert_eq!(both(&[]), [0]);
    assert_eq!(both(&[(1, "SetDate", "2020-01-01")]), [1]);
    assert_eq!(both(&[(0, "SetDate", "2020-01-02"), (1, "SetDate", "1/1/2020")]), [0]);
    assert_eq!(both(&[(0, "SetDate", "2020-01-02"), (1, "Parent", LABEL[0])]), [1]);
    assert_eq!(both(&[(0, "Parent", LABEL[1]), (1, "Parent", LABEL[0])]), [0]);
    assert_eq!(both(&[(0, "Parent", LABEL[0])]), [0]);
}

#[test]
fn a_disabled_child_does_not_hide_its_parent() {
    let found = groups(&[
        (0, "Enabled", "1"),
        (0, "SiteId", TENANT[0]),
        (1, "Enabled", "0"),
        (1, "SiteId", TENANT[0]),
        (1, "Parent", LABEL[0]),
    ]);
    assert_eq!(in_force(&[], &found, &Options::default()), [0]);
}

#[test]
fn which_home_counts() {
    let own = Guid::parse(TENANT[0]).unwrap();
    let mode = |mode| Options {
        label_info: [(own, mode)].into(),
        ..Options::default()
    };
    let elements = list(&element(0, 0, "")).unwrap();
    let removed = list(&element(0, 0, "removed='1'")).unwrap();
    let pairs = groups(&[
        (1, "Enabled", "true"),
        (1, "SiteId", TENANT[0]),
        (2, "Enabled", "true"),
        (2, "SiteId", TENANT[1]),
    ]);
    for (name, elements, options, expected) in [
        ("infer", &elements, Options::default(), vec![0, 2]),
        ("on", &elements, mode(LabelInfoMode::On), vec![0, 2]),
        ("off", &elements, mode(LabelInfoMode::Off), vec![1, 2]),
        ("removed", &removed, Options::default(), vec![2]),
        ("removed, off", &removed, mode(LabelInfoMode::Off), vec![1, 2]),
        ("no element, on", &Vec::new(), mode(LabelInfoMode::On), vec![1, 2]),
    ] {
        assert_eq!(in_force(elements, &pairs, &options), expected, "{name}");
    }
}

#[test]
fn the_first_element_of_a_tenant_counts() {
    let elements = list(&[element(0, 0, "removed='1'"), element(1, 0, ""), element(2, 1, "")].concat()).unwrap();
    assert_eq!(in_force(&elements, &[], &Options::default()), [2]);
}

#[test]
fn secondary_groups_speak_only_for_other_tenants() {
    let primary = groups(&[(0, "Enabled", "false"), (0, "SiteId", TENANT[0])]);
    let secondary = groups(&[
        (1, "Enabled", "true"),
        (1, "SiteId", TENANT[0]),
        (2, "Enabled", "true"),
        (2, "SiteId", TENANT[1]),
    ]);
    let left = without_tenants_of(secondary, &primary);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].label.to_string(), LABEL[2]);
}

#[test]
fn dates() {
    for (text, expected) in [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("2020-04-10T18:22:24Z", Some(1_586_542_944)),
        ("2020-04-10T18:22:24.1234567Z", Some(1_586_542_944)),
        ("2020-04-10T10:22:24-0800", Some(1_586_542_944)),
        ("2020-04-10T20:22:24+02:00", Some(1_586_542_944)),
        ("2020-04-10 18:22:24", Some(1_586_542_944)),
        ("4/10/2020 6:22:24 PM", Some(1_586_542_944)),
        ("4/10/2020 12:00 AM", Some(1_586_476_800)),
        ("2020-04-10", Some(1_586_476_800)),
        ("2000-02-29", Some(951_782_400)),
        ("1969-12-31T23:59:59Z", Some(-1)),
        ("", None),
        ("soon", None),
        ("2020-13-01", None),
        ("2020-04-10T25:00:00Z", None),
        ("2020-04-10T+", None),
        ("99999999999999999999-01-01", None),
        ("2020-04-10T18:22:24+9999999999999999999", None),
    ] {
        assert_eq!(parse_date(text), expected, "{text}");
    }
}

/// Source: file formats 9: a malformed label part is answered as such, wherever in it the damage is.
#[test]
fn damage_behind_the_label_element_is_damage_of_the_part() {
    let list = crate::testing::label_list(crate::testing::LABEL);
    let end = list.rfind("</").unwrap();
    let with = |inside: &str| format!("{}{inside}{}", &list[..end], &list[end..]);
    let parse = |text: &str| parse_label_list(text.as_bytes(), &Limits::default());
    for text in [
        with(""),
        with("<!-- a - b --><x a='1' b='2'/><?go?>"),
        format!("{list}\n<!-- c -->"),
    ] {
        assert_eq!(parse(&text).unwrap().len(), 1, "{text}");
    }
    for text in [
        with("<!-- a -- b -->"),
        with("<?xml version='1.0'?>"),
        with("<?XML a?>"),
        with("a ]]> b"),
        with("a < b"),
        with("\u{1}"),
        with("\u{fffe}"),
        with("<x a='<'/>"),
        with("<x a='1'b='2'/>"),
        with("<1x/>"),
        with("<x!y/>"),
        with("<x 1a=''/>"),
        with("<x xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'/>"),
        format!("{list}<![CDATA[ ]]>"),
        format!("{list}&#32;"),
        format!("{list}\0"),
        format!(" {list}"),
    ] {
        assert!(matches!(parse(&text), Err(ReadError::Malformed { .. })), "{text}");
    }
}
