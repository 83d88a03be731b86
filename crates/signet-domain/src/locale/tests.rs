use super::*;

fn tags(locale: Option<&str>, accept: &str) -> Vec<String> {
    LocalePreference::from_request(locale, Some(accept)).0
}

#[test]
fn accept_language_is_ordered_by_quality_after_the_parameter() {
    let cases: &[(Option<&str>, &str, &[&str])] = &[
        (None, "", &[]),
        (None, "de-DE", &["de-de"]),
        (None, "es;q=0.9, fr-CA, de;q=0.5", &["fr-ca", "es", "de"]),
        (None, "a, de;q=0, *, fr ; q = 0.3, en;q=0.3", &["fr", "en"]),
        (None, "de;q=1.001, fr;q=2, it;q=x, es;level=1, pt;q=1.000", &["pt"]),
        (Some("fr-FR"), "de, FR-fr", &["fr-fr", "de"]),
        (Some("not a tag"), "de", &["de"]),
        (Some(""), "de", &["de"]),
    ];
    for (locale, accept, expected) in cases {
        assert_eq!(tags(*locale, accept), *expected, "{locale:?} {accept}");
    }
}

#[test]
fn a_long_header_gives_a_bounded_list() {
    let header: Vec<String> = (0..5000).map(|number| format!("x{}-a{number}", "y")).collect();
    assert_eq!(tags(None, &header.join(",")).len(), 16);
}

#[test]
fn tags_have_one_canonical_spelling() {
    for (tag, canonical) in [
        ("DE-de", "de-DE"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("ES-419", "es-419"),
        ("en-x-US-ABCD", "en-x-us-abcd"),
        ("fr", "fr"),
    ] {
        assert_eq!(canonical_tag(tag), canonical);
        assert!(is_language_tag(tag));
    }
    for malformed in ["", "d", "de_DE", "de-", "-de", "12-de", "de-toolongsubtag", "*", "é-FR"] {
        assert!(!is_language_tag(malformed), "{malformed}");
    }
}

fn label(entries: &[(&str, Option<&str>, Option<&str>)]) -> Label {
    let mut label: Label = serde_json::from_value(serde_json::json!({
        "id": "4e4234dd-377b-42a3-935b-0e42f138fa23", "name": "General", "displayName": "Base", "tooltip": "base tip",
        "sensitivity": 1, "autoLabeling": {"message": "base message"},
    }))
    .unwrap();
    for (tag, name, tooltip) in entries {
        let texts = LocaleTexts {
            display_name: name.map(str::to_owned),
            tooltip: tooltip.map(str::to_owned),
            auto_tooltip: None,
        };
        label.locales.insert((*tag).to_owned(), texts);
    }
    label
}

#[test]
fn the_first_tag_that_gives_something_decides() {
    let default = DefaultLocale::new("en-us");
    let label = label(&[
        ("de-at", Some("Österreich"), None),
        ("de-de", Some("Allgemein"), Some("Tipp")),
        ("en-gb", Some("British"), None),
        ("fr-fr", None, Some("astuce")),
    ]);
    let cases: &[(&[&str], &str, &str, &str)] = &[
        (&[], "Base", "base tip", "en-US"),
        (&["de-de"], "Allgemein", "Tipp", "de-DE"),
        (&["de"], "Österreich", "base tip", "de-AT"),
        (&["de-ch"], "Österreich", "base tip", "de-AT"),
        (&["es", "de-de"], "Allgemein", "Tipp", "de-DE"),
        (&["en-us", "de-de"], "Base", "base tip", "en-US"),
        (&["en-au", "de-de"], "Base", "base tip", "en-US"),
        (&["en-gb"], "British", "base tip", "en-GB"),
        (&["fr-ca", "de-de"], "Base", "astuce", "fr-FR"),
        (&["es"], "Base", "base tip", "en-US"),
    ];
    for (wanted, name, tooltip, tag) in cases {
        let wanted = LocalePreference(wanted.iter().map(|tag| (*tag).to_owned()).collect());
        let chosen = localise(&label, &wanted, &default);
        assert_eq!(
            (chosen.display_name(), chosen.tooltip(), chosen.tag().as_str()),
            (*name, *tooltip, *tag)
        );
        assert_eq!(chosen.auto_tooltip(), "base message");
    }
}
