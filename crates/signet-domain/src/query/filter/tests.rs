use std::sync::Arc;

use super::*;
use crate::ids::Revision;
use crate::locale::LocalePreference;
use crate::query::{Actor, LabelQuery, Visibility, list_labels};
use crate::snapshot::PolicySnapshot;

fn contoso() -> PolicySnapshot {
    let document = serde_json::from_str(include_str!("../../../../../tests/cases/catalogs/contoso.json")).unwrap();
    PolicySnapshot::compile(Arc::new(document), Revision(1))
}

fn query() -> LabelQuery {
    LabelQuery {
        visibility: Visibility {
            actor: Actor::Organisation,
            published_only: false,
            enabled: None,
        },
        parent: None,
        nested: false,
        filter: None,
        search: Vec::new(),
        order: Vec::new(),
        skip: 0,
        top: 999,
        after: None,
        count: false,
        locale: LocalePreference::default(),
    }
}

fn listed(snapshot: &PolicySnapshot, query: &LabelQuery) -> Vec<String> {
    list_labels(snapshot, query)
        .unwrap()
        .labels
        .iter()
        .map(|view| view.label.name.clone())
        .collect()
}

fn compare(field: LabelField, comparison: Comparison, literal: Literal) -> LabelFilter {
    LabelFilter::Compare {
        field,
        comparison,
        literal,
    }
}

fn text(text: &str) -> Literal {
    Literal::Text(text.to_owned())
}

#[test]
fn conditions_compare_properties() {
    use Comparison::{Contains, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual, StartsWith};
    let snapshot = contoso();
    let cases: Vec<(LabelField, Comparison, Literal, usize)> = vec![
        (LabelField::Name, Equal, text("General"), 1),
        (LabelField::Name, Equal, text("general"), 0),
        (LabelField::Name, NotEqual, text("General"), 13),
        (LabelField::Name, StartsWith, text("confidential"), 5),
        (LabelField::Name, Contains, text("HIGHLY"), 1),
        (LabelField::DisplayName, Equal, text("All Employees"), 2),
        (LabelField::Description, Equal, text(""), 12),
        (LabelField::Tooltip, Contains, text("bank"), 0),
        (LabelField::AutoTooltip, Contains, text("bank"), 1),
        (LabelField::Color, Equal, Literal::Null, 1),
        (LabelField::Color, NotEqual, Literal::Null, 13),
        (LabelField::Color, NotEqual, text("#000000"), 13),
        (LabelField::Color, Greater, Literal::Null, 0),
        (LabelField::Sensitivity, Greater, Literal::Integer(11), 2),
        (LabelField::Sensitivity, GreaterOrEqual, Literal::Integer(11), 3),
        (LabelField::Sensitivity, Less, Literal::Integer(1), 1),
        (LabelField::Sensitivity, LessOrEqual, Literal::Integer(1), 2),
        (LabelField::Sensitivity, Equal, text("1"), 0),
        (LabelField::Sensitivity, NotEqual, text("1"), 0),
        (LabelField::Priority, Equal, Literal::Integer(0), 1),
        (LabelField::IsEnabled, Equal, Literal::Boolean(false), 1),
        (LabelField::IsAppliable, Equal, Literal::Boolean(false), 2),
        (LabelField::HasProtection, Equal, Literal::Boolean(true), 7),
        (LabelField::IsDefault, Equal, Literal::Boolean(true), 1),
        (LabelField::IsScopedToUser, Equal, Literal::Boolean(true), 5),
        (
            LabelField::IsEndpointProtectionEnabled,
            Equal,
            Literal::Boolean(true),
            0,
        ),
        (LabelField::IsSmimeSignEnabled, Equal, Literal::Boolean(false), 14),
        (LabelField::IsSmimeEncryptEnabled, Equal, Literal::Boolean(false), 14),
        (LabelField::Locale, Equal, text("EN-us"), 14),
        (LabelField::ActionSource, Equal, text("None"), 2),
        (LabelField::ApplicationMode, Equal, text("automatic"), 3),
        (LabelField::ApplicationMode, Equal, text("recommended"), 3),
    ];
    for (field, comparison, literal, expected) in cases {
        let filter = compare(field, comparison, literal.clone());
        let found = listed(
            &snapshot,
            &LabelQuery {
                filter: Some(filter),
                ..query()
            },
        );
        assert_eq!(found.len(), expected, "{field:?} {comparison:?} {literal:?}: {found:?}");
    }
    let none = LabelFilter::Or(Vec::new());
    assert_eq!(
        listed(
            &snapshot,
            &LabelQuery {
                filter: Some(none),
                ..query()
            }
        )
        .len(),
        0
    );
    let all = LabelFilter::And(Vec::new());
    assert_eq!(
        listed(
            &snapshot,
            &LabelQuery {
                filter: Some(all),
                ..query()
            }
        )
        .len(),
        14
    );
}

#[test]
fn search_and_locale_work_on_the_texts_shown() {
    let snapshot = contoso();
    let term = |field, text: &str| SearchTerm {
        field,
        text: text.to_owned(),
    };
    let search = |search, locale: &str| {
        listed(
            &snapshot,
            &LabelQuery {
                search,
                locale: LocalePreference(vec![locale.to_owned()]),
                ..query()
            },
        )
    };
    assert_eq!(search(vec![term(None, "EVERYDAY")], "en-us"), ["General"]);
    assert_eq!(search(vec![term(None, "mitarbeiter")], "en-us"), [""; 0]);
    assert_eq!(
        search(vec![term(None, "mitarbeiter")], "de-de"),
        ["Confidential_AllEmployees"]
    );
    assert_eq!(
        search(
            vec![term(None, "confidential"), term(Some(LabelField::Name), "any")],
            "en-us"
        ),
        ["Confidential_Anyone"]
    );
}
