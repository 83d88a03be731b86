//! Filtering in the catalogue is filtering all labels in memory, whatever the filter.

use serde_json::{Value, json};
use signet_contract::Catalog as _;
use signet_contract::Subject;
use signet_contract::catalog::{ExpectedRevision, LabelFamily, ListLabelsRequest};
use signet_domain::content::ContentFormat;
use signet_domain::ids::LabelId;
use signet_domain::query::{Comparison, LabelField, LabelFilter, Literal};
use signet_domain::view::LabelView;
use signet_testkit::calls::application;

use super::{TENANT, apply, empty, list, tenant};

const LABELS: u32 = 40;
const FILTERS: u32 = 3_000;

/// Numbers that are the same in every run (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % bound
    }

    fn one<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

fn id(number: u32) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012x}")
}

/// Parents with sublabels, colours or none, protection, localisations, disabled labels, automatic ones.
fn document() -> Value {
    let labels: Vec<Value> = (0..LABELS)
        .map(|number| {
            let mut label = json!({
                "id": id(number), "name": format!("Label {number}"), "sensitivity": number + 1,
                "description": if number % 3 == 0 { "Same" } else { "Other" },
                "tooltip": format!("tip {number}"), "isEnabled": number % 4 != 0,
                "applicableTo": if number % 5 == 0 { json!(["email"]) } else { json!(["file", "email"]) },
            });
            if number % 2 == 0 {
                label["color"] = json!(format!("#0000{:02x}", number % 4));
            }
            if (1..4).contains(&(number % 8)) {
                label["parentId"] = json!(id(number / 8 * 8));
            }
            label
        })
        .collect();
    json!({
        "id": TENANT, "displayName": "A", "domains": ["a.example"], "users": [], "labels": labels,
        "policies": [{"id": "aaaaaaaa-0000-4000-8000-00000000c001", "name": "All", "scope": {"includeAll": true},
                      "labels": [id(1), id(2), id(9)], "settings": {}}]
    })
}

const FIELDS: [LabelField; 12] = [
    LabelField::Id,
    LabelField::Name,
    LabelField::DisplayName,
    LabelField::Description,
    LabelField::Tooltip,
    LabelField::Color,
    LabelField::Sensitivity,
    LabelField::Priority,
    LabelField::IsEnabled,
    LabelField::IsAppliable,
    LabelField::IsScopedToUser,
    LabelField::Locale,
];

const COMPARISONS: [Comparison; 8] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::StartsWith,
    Comparison::Contains,
];

fn literal(numbers: &mut Numbers) -> Literal {
    let text = |text: &str| Literal::Text(text.to_owned());
    match numbers.below(6) {
        0 => Literal::Null,
        1 => Literal::Boolean(numbers.below(2) == 0),
        2 => Literal::Integer(i64::try_from(numbers.below(45)).unwrap()),
        3 => text(&id(u32::try_from(numbers.below(50)).unwrap()).to_uppercase()),
        4 => text(&format!("Label {}", numbers.below(8))),
        _ => text(numbers.one(&["Same", "same", "", "tip 1", "#000002", "en-US", "EN-us", "abel", "ä"])),
    }
}

fn label_id(numbers: &mut Numbers) -> LabelId {
    LabelId::parse(&id(u32::try_from(numbers.below(50)).unwrap())).unwrap()
}

fn filter(numbers: &mut Numbers, depth: u32) -> LabelFilter {
    let several = |numbers: &mut Numbers| (0..numbers.below(4)).map(|_| filter(numbers, depth - 1)).collect();
    match numbers.below(if depth == 0 { 4 } else { 7 }) {
        0 => LabelFilter::IdIn((0..numbers.below(4)).map(|_| label_id(numbers)).collect()),
        1 => LabelFilter::AppliesToAny(vec![numbers.one(&[ContentFormat::File, ContentFormat::Site])]),
        2 => LabelFilter::In {
            field: numbers.one(&FIELDS),
            literals: (0..numbers.below(4)).map(|_| literal(numbers)).collect(),
        },
        3 => LabelFilter::Compare {
            field: numbers.one(&FIELDS),
            comparison: numbers.one(&COMPARISONS),
            literal: literal(numbers),
        },
        4 => LabelFilter::And(several(numbers)),
        5 => LabelFilter::Or(several(numbers)),
        _ => LabelFilter::Not(Box::new(filter(numbers, depth - 1))),
    }
}

/// The value of a property, and whether its case matters.
fn value(view: &LabelView, field: LabelField) -> (Literal, bool) {
    let text = |text: &str| Literal::Text(text.to_owned());
    match field {
        LabelField::Id => (text(&view.id().to_string()), false),
        LabelField::Name => (text(&view.label.name), true),
        LabelField::DisplayName => (text(&view.display_name), true),
        LabelField::Description => (text(&view.label.description), true),
        LabelField::Tooltip => (text(&view.tooltip), true),
        LabelField::Color => (view.color.as_deref().map_or(Literal::Null, text), true),
        LabelField::Sensitivity => (Literal::Integer(i64::from(view.label.sensitivity)), true),
        LabelField::Priority => (Literal::Integer(i64::from(view.priority)), true),
        LabelField::IsEnabled => (Literal::Boolean(view.label.is_enabled), true),
        LabelField::IsAppliable => (Literal::Boolean(!view.is_parent), true),
        LabelField::IsScopedToUser => (Literal::Boolean(view.is_scoped_to_user), true),
        LabelField::Locale => (text(&view.locale), false),
        other => panic!("{other:?} is not tried"),
    }
}

fn equal(view: &LabelView, field: LabelField, with: &Literal) -> bool {
    match (value(view, field), with) {
        ((Literal::Text(own), false), Literal::Text(other)) => own.to_lowercase() == other.to_lowercase(),
        ((own, _), other) => own == *other,
    }
}

fn compares(view: &LabelView, field: LabelField, comparison: Comparison, with: &Literal) -> bool {
    let (own, sensitive) = value(view, field);
    let order = match (&own, with) {
        (Literal::Integer(own), Literal::Integer(other)) => Some(own.cmp(other)),
        (Literal::Boolean(own), Literal::Boolean(other)) => Some(own.cmp(other)),
        (Literal::Text(own), Literal::Text(other)) if sensitive => Some(own.cmp(other)),
        (Literal::Text(own), Literal::Text(other)) => Some(own.to_lowercase().cmp(&other.to_lowercase())),
        _ => None,
    };
    let lower = |found: fn(&str, &str) -> bool| match (&own, with) {
        (Literal::Text(own), Literal::Text(other)) => found(&own.to_lowercase(), &other.to_lowercase()),
        _ => false,
    };
    match comparison {
        Comparison::Equal => equal(view, field, with),
        Comparison::NotEqual => {
            let is_comparable = order.is_some() || own == Literal::Null || *with == Literal::Null;
            is_comparable && !equal(view, field, with)
        }
        Comparison::Greater => order.is_some_and(|order| order.is_gt()),
        Comparison::GreaterOrEqual => order.is_some_and(|order| order.is_ge()),
        Comparison::Less => order.is_some_and(|order| order.is_lt()),
        Comparison::LessOrEqual => order.is_some_and(|order| order.is_le()),
        Comparison::StartsWith => lower(|own, other| own.starts_with(other)),
        Comparison::Contains => lower(|own, other| own.contains(other)),
    }
}

/// The definition of a filter, clause by clause.
fn holds(view: &LabelView, filter: &LabelFilter) -> bool {
    match filter {
        LabelFilter::And(all) => all.iter().all(|one| holds(view, one)),
        LabelFilter::Or(any) => any.iter().any(|one| holds(view, one)),
        LabelFilter::Not(inner) => !holds(view, inner),
        LabelFilter::Compare {
            field,
            comparison,
            literal,
        } => compares(view, *field, *comparison, literal),
        LabelFilter::In { field, literals } => literals.iter().any(|literal| equal(view, *field, literal)),
        LabelFilter::AppliesToAny(formats) => formats.iter().any(|format| view.label.applies_to(*format)),
        LabelFilter::IdIn(ids) => ids.contains(&view.id()),
    }
}

#[tokio::test]
async fn filtering_in_the_catalogue_is_filtering_all_labels() {
    let (_, catalog) = empty();
    apply(&catalog, document(), ExpectedRevision::Absent).await.unwrap();
    let caller = application(
        tenant(),
        &["InformationProtectionPolicy.Read.All", "SensitivityLabel.Read"],
    );
    let all = catalog
        .list_labels(&caller, list(LabelFamily::Policy, Subject::Organisation))
        .await
        .unwrap();
    assert_eq!(all.page.labels.len(), usize::try_from(LABELS).unwrap());
    let mut numbers = Numbers(0x51e7);
    let (mut some, mut none) = (0, 0);
    for _ in 0..FILTERS {
        let filter = filter(&mut numbers, 3);
        let expected: Vec<LabelId> = all
            .page
            .labels
            .iter()
            .filter(|view| holds(view, &filter))
            .map(LabelView::id)
            .collect();
        let request = ListLabelsRequest {
            filter: Some(filter.clone()),
            ..list(LabelFamily::Policy, Subject::Organisation)
        };
        let found = catalog.list_labels(&caller, request).await.unwrap().page;
        let ids: Vec<LabelId> = found.labels.iter().map(|view| view.id()).collect();
        assert_eq!(ids, expected, "{filter:?}");
        assert_eq!(
            found.total.map(|total| usize::try_from(total).unwrap()),
            Some(expected.len()),
            "{filter:?}"
        );
        if expected.is_empty() { none += 1 } else { some += 1 }
    }
    assert!(
        some > 500 && none > 500,
        "{some} filters found something, {none} nothing"
    );
}
