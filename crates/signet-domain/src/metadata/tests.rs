use super::*;

#[test]
fn dates_are_read_in_every_spelling_items_carry() {
    let cases = [
        ("2025-03-04T05:06:07Z", Some("2025-03-04T05:06:07Z")),
        ("2025-03-04t05:06:07z", Some("2025-03-04T05:06:07Z")),
        ("2025-03-04 05:06", Some("2025-03-04T05:06:00Z")),
        ("2025-03-04T05:06:07.9999999Z", Some("2025-03-04T05:06:07Z")),
        ("2025-03-04T05:06:07+02:30", Some("2025-03-04T02:36:07Z")),
        ("2025-03-04T05:06-0800", Some("2025-03-04T13:06:00Z")),
        ("2025-03-04", Some("2025-03-04T00:00:00Z")),
        (" 2025-03-04 ", Some("2025-03-04T00:00:00Z")),
        ("1/1/0001 12:00:00 AM", Some("0001-01-01T00:00:00Z")),
        ("12/31/9999 11:59:59 PM", Some("9999-12-31T23:59:59Z")),
        ("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z")),
        ("3/4/2025 5:06", Some("2025-03-04T05:06:00Z")),
        ("3/4/2025 17:06:09", Some("2025-03-04T17:06:09Z")),
        ("3/4/2025 12:30 pm", Some("2025-03-04T12:30:00Z")),
        ("3/4/2025", Some("2025-03-04T00:00:00Z")),
        ("0001-01-01T00:00:00+00:01", None),
        ("9999-12-31T23:59:59-00:01", None),
        ("0000-01-01", None),
        ("2025-02-29", None),
        ("2025-13-01", None),
        ("2025-3-4", None),
        ("2025-03-04T24:00:00Z", None),
        ("2025-03-04T05:06:60Z", None),
        ("2025-03-04T05:06:07.Z", None),
        ("2025-03-04T05Z", None),
        ("2025-03-04Z", None),
        ("2025-03-04T05:06+2", None),
        ("2025-03-04T05:06+25:00", None),
        ("3/4/25", None),
        ("13/1/2025", None),
        ("3/4/2025 13:00 PM", None),
        ("3/4/2025 0:30 AM", None),
        ("3/4/2025 5:06 XM", None),
        ("3/4/2025 5:06 AM Z", None),
        ("yesterday", None),
        ("", None),
        ("²025-03-04", None),
        ("2025-03-04T0５:06Z", None),
    ];
    for (text, expected) in cases {
        assert_eq!(
            parse_set_date(text).map(|at| at.to_string()).as_deref(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn content_bits_are_decimal_or_hexadecimal() {
    let cases = [
        ("0", Some(0)),
        ("11", Some(11)),
        ("0xB", Some(11)),
        ("0X0f", Some(15)),
        ("00000000000000000000000008", Some(8)),
        ("31", Some(15)),
        ("4294967304", Some(8)),
        ("-1", None),
        ("+1", None),
        ("0x", None),
        ("", None),
        ("1.0", None),
        ("b", None),
        ("99999999999999999999999999999999999999999999", Some(15)),
        ("9999999999999999999999999999999999999999999x", None),
        ("٣", None),
    ];
    for (text, expected) in cases {
        assert_eq!(ContentBits::parse(text).map(ContentBits::number), expected, "{text}");
    }
}

#[test]
fn only_keys_of_the_documented_form_belong_to_a_label() {
    let guid = "4e4234dd-377b-42a3-935b-0e42f138fa23";
    let label = parse_guid(guid).unwrap();
    assert_eq!(
        split_key(&format!("MSIP_Label_{guid}_Enabled")),
        Some((label, "Enabled"))
    );
    assert_eq!(
        split_key(&format!("msip_label_{}_x_y", guid.to_uppercase())),
        Some((label, "x_y"))
    );
    assert_eq!(split_key(&key(label, "Note")), Some((label, "Note")));
    for other in [
        format!("MSIP_Label_{guid}_"),
        format!("MSIP_Label_{guid}Enabled"),
        format!("MSIP_Label_{{{guid}}}_Enabled"),
        format!(" MSIP_Label_{guid}_Enabled"),
        format!("MSIP_Label_{}_Enabled", guid.replace('-', "")),
        "MSIP_Label_é".to_owned(),
        "Title".to_owned(),
        String::new(),
    ] {
        assert_eq!(split_key(&other), None, "{other}");
    }
}
