//! What a page costs in a large tenant, counted, and that it is the page everyone would expect.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::tests::query;
use super::*;
use crate::ids::{Revision, UserId};
use crate::query::{Actor, Comparison, LabelFilter, Literal, SearchTerm, work};

const LABELS: usize = 10_000;

/// Ten thousand labels: every tenth is a parent of the nine after it; a policy publishes every seventh to Ann.
fn large(labels: usize) -> PolicySnapshot {
    let id = |number: usize| format!("00000000-0000-4000-8000-{number:012}");
    let label = |number: usize| {
        let parent = (!number.is_multiple_of(10)).then(|| id(number / 10 * 10));
        json!({"id": id(number), "name": format!("label {number}"), "displayName": format!("{}", number * 7919 % labels),
               "sensitivity": number, "parentId": parent, "isEnabled": !number.is_multiple_of(3), "applicableTo": ["file"]})
    };
    let published: Vec<String> = (0..labels).step_by(7).map(id).collect();
    let document = json!({
        "id": id(0), "users": [{"id": id(1), "userPrincipalName": "ann@a.example"}],
        "labels": (0..labels).map(label).collect::<Vec<_>>(),
        "policies": [{"id": id(2), "name": "P", "labels": published, "scope": {"include": ["ann@a.example"]}}],
    });
    PolicySnapshot::compile(Arc::new(serde_json::from_value(document).unwrap()), Revision(1))
}

fn ann() -> Visibility {
    Visibility {
        actor: Actor::User(UserId::parse("00000000-0000-4000-8000-000000000001").unwrap()),
        published_only: true,
        enabled: None,
    }
}

fn page(snapshot: &PolicySnapshot, query: &LabelQuery) -> (LabelPage, usize, usize) {
    work::of(|| list_labels(snapshot, query).unwrap())
}

fn by(field: LabelField) -> Vec<OrderKey> {
    vec![OrderKey {
        field,
        descending: true,
    }]
}

/// The key a page after the label of this number begins with.
fn after(number: usize) -> Option<PageKey> {
    let id = LabelId::parse(&format!("00000000-0000-4000-8000-{number:012}")).unwrap();
    Some(PageKey {
        values: vec![Literal::Integer(i64::try_from(number).unwrap())],
        id,
    })
}

#[test]
fn a_page_costs_what_is_on_it_wherever_it_begins() {
    let snapshot = large(LABELS);
    let top = 20;
    for (start, skip, count) in [
        (None, 0, false),
        (None, 0, true),
        (None, 9_000, false),
        (after(9_900), 0, false),
    ] {
        let query = LabelQuery {
            top,
            after: start,
            skip,
            count,
            ..query()
        };
        let (found, rows, views) = page(&snapshot, &query);
        assert_eq!(found.labels.len(), 20);
        assert_eq!(rows, 0, "every label is an entry, so none is looked at");
        assert!(views <= 40, "{views}: the page and its parents");
    }
    // Only what is published to Ann: the first page, and one deep inside.
    for start in [None, after(9_800)] {
        let query = LabelQuery {
            visibility: ann(),
            top,
            after: start,
            ..query()
        };
        let (found, rows, views) = page(&snapshot, &query);
        assert_eq!(found.labels.len(), 20);
        assert!(rows <= 21, "{rows}: the page, and whether there is more");
        assert!(views <= 40, "{views}");
    }
}

#[test]
fn a_filter_by_id_looks_at_those_labels_only() {
    let snapshot = large(LABELS);
    let ids: Vec<LabelId> = [5, 7_777, 9_999, 5]
        .iter()
        .map(|number| after(*number).unwrap().id)
        .collect();
    for order in [Vec::new(), by(LabelField::DisplayName)] {
        let filter = LabelFilter::And(vec![
            LabelFilter::IdIn(ids.clone()),
            LabelFilter::Or(vec![LabelFilter::IdIn(ids.clone())]),
        ]);
        let query = LabelQuery {
            filter: Some(filter),
            order,
            count: true,
            ..query()
        };
        let (found, rows, views) = page(&snapshot, &query);
        assert_eq!((found.labels.len(), found.total), (3, Some(3)));
        assert!(rows <= 6 && views <= 6, "{rows} rows, {views} views");
    }
}

#[test]
fn a_filter_that_few_labels_pass_builds_few_views() {
    let snapshot = large(LABELS);
    let few = LabelFilter::Compare {
        field: LabelField::Name,
        comparison: Comparison::StartsWith,
        literal: Literal::Text("label 777".to_owned()),
    };
    for order in [Vec::new(), by(LabelField::DisplayName), by(LabelField::Color)] {
        let query = LabelQuery {
            filter: Some(few.clone()),
            order,
            count: true,
            ..query()
        };
        let (found, rows, views) = page(&snapshot, &query);
        assert_eq!(found.total, Some(11));
        assert!(rows <= 2 * LABELS && views <= 22, "{rows} rows, {views} views");
    }
}

#[test]
fn a_page_in_another_order_builds_no_view_beyond_it() {
    let snapshot = large(LABELS);
    let query = LabelQuery {
        order: by(LabelField::DisplayName),
        top: 5,
        skip: 100,
        ..query()
    };
    let (found, rows, views) = page(&snapshot, &query);
    assert_eq!(found.labels.len(), 5);
    assert!(rows <= LABELS && views <= 10, "{rows} rows, {views} views");
}

/// The same by going over everything.
fn plainly(snapshot: &PolicySnapshot, query: &LabelQuery) -> Vec<LabelId> {
    let everything = LabelQuery {
        skip: 0,
        top: 999,
        after: None,
        count: false,
        ..query.clone()
    };
    let all = list_labels(
        snapshot,
        &LabelQuery {
            filter: None,
            search: Vec::new(),
            order: Vec::new(),
            ..everything.clone()
        },
    )
    .unwrap();
    assert_eq!(all.next, None, "the tenant fits a page");
    let holds = |view: &LabelView| {
        let id = LabelFilter::IdIn(vec![view.id()]);
        let filter = LabelFilter::And(query.filter.clone().into_iter().chain([id]).collect());
        let alone = LabelQuery {
            filter: Some(filter),
            nested: false,
            ..everything.clone()
        };
        !list_labels(snapshot, &alone).unwrap().labels.is_empty()
    };
    let mut found: Vec<&LabelView> = all.labels.iter().filter(|view| holds(view)).collect();
    found.sort_by(|one, other| {
        let keys = query.order.iter().map(|key| {
            let order = match key.field {
                LabelField::DisplayName => one.display_name.cmp(&other.display_name),
                LabelField::IsEnabled => one.label.is_enabled.cmp(&other.label.is_enabled),
                _ => one.label.sensitivity.cmp(&other.label.sensitivity),
            };
            if key.descending { order.reverse() } else { order }
        });
        let default = query
            .order
            .is_empty()
            .then(|| one.label.sensitivity.cmp(&other.label.sensitivity));
        keys.chain(default)
            .fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            .then_with(|| one.id().cmp(&other.id()))
    });
    found.into_iter().map(LabelView::id).collect()
}

fn any_filter() -> impl Strategy<Value = Option<LabelFilter>> {
    let compare = |field, comparison, literal| LabelFilter::Compare {
        field,
        comparison,
        literal,
    };
    let leaf = prop_oneof![
        any::<bool>().prop_map(move |on| compare(LabelField::IsEnabled, Comparison::Equal, Literal::Boolean(on))),
        (0_i64..100).prop_map(move |limit| compare(
            LabelField::Sensitivity,
            Comparison::Greater,
            Literal::Integer(limit)
        )),
        (0_u8..10).prop_map(move |digit| compare(
            LabelField::DisplayName,
            Comparison::Contains,
            Literal::Text(digit.to_string())
        )),
        proptest::collection::vec(0_usize..120, 0..6).prop_map(|numbers| LabelFilter::IdIn(
            numbers.into_iter().map(|number| after(number).unwrap().id).collect()
        )),
    ];
    let nested = leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(LabelFilter::And),
            proptest::collection::vec(inner.clone(), 0..3).prop_map(LabelFilter::Or),
            inner.prop_map(|inner| LabelFilter::Not(Box::new(inner))),
        ]
    });
    proptest::option::of(nested)
}

fn any_order() -> impl Strategy<Value = Vec<OrderKey>> {
    let field = prop_oneof![
        Just(LabelField::Sensitivity),
        Just(LabelField::DisplayName),
        Just(LabelField::IsEnabled)
    ];
    let key = (field, any::<bool>()).prop_map(|(field, descending)| OrderKey { field, descending });
    proptest::collection::vec(key, 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Pages one after the other are the whole list, in its order, counted rightly, however they are cut.
    #[test]
    fn pages_together_are_the_whole_list(
        filter in any_filter(), order in any_order(), top in 1_u32..40, skip in 0_u32..30, mine in any::<bool>(),
        searched in proptest::option::of(0_u8..10),
    ) {
        let snapshot = large(100);
        let search = searched.map(|digit| SearchTerm { field: None, text: digit.to_string() }).into_iter().collect();
        let visibility = if mine { ann() } else { query().visibility };
        let whole = LabelQuery { filter, order, search, visibility, ..query() };
        let expected = plainly(&snapshot, &whole);
        let mut seen = Vec::new();
        let mut next = LabelQuery { top, skip, count: true, ..whole };
        loop {
            let page = list_labels(&snapshot, &next).unwrap();
            prop_assert_eq!(page.total, Some(expected.len() as u64));
            prop_assert!(page.labels.len() <= top as usize);
            seen.extend(page.labels.iter().map(LabelView::id));
            match page.next {
                Some(key) => next = LabelQuery { after: Some(key), skip: 0, ..next },
                None => break,
            }
        }
        prop_assert_eq!(&seen[..], expected.get(skip as usize..).unwrap_or_default());
    }
}
