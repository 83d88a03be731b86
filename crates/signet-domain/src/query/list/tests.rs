use std::sync::Arc;

use super::*;
use crate::content::ContentFormat;
use crate::ids::Revision;
use crate::query::{Actor, Comparison, LabelFilter, Literal};

fn contoso() -> PolicySnapshot {
    let document = serde_json::from_str(include_str!("../../../../../tests/cases/catalogs/contoso.json")).unwrap();
    PolicySnapshot::compile(Arc::new(document), Revision(1))
}

pub(super) fn query() -> LabelQuery {
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

fn id(snapshot: &PolicySnapshot, name: &str) -> LabelId {
    snapshot.labels().find(|label| label.name == name).unwrap().id
}

fn names(page: &LabelPage) -> Vec<&str> {
    page.labels.iter().map(|view| view.label.name.as_str()).collect()
}

fn listed(snapshot: &PolicySnapshot, query: &LabelQuery) -> Vec<String> {
    names(&list_labels(snapshot, query).unwrap())
        .into_iter()
        .map(str::to_owned)
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
fn a_flat_list_has_every_label_with_its_parent() {
    let snapshot = contoso();
    let page = list_labels(&snapshot, &LabelQuery { count: true, ..query() }).unwrap();
    assert_eq!(page.labels.len(), 14);
    assert_eq!((page.total, page.next), (Some(14), None));
    let sensitivities: Vec<i32> = page.labels.iter().map(|view| view.label.sensitivity).collect();
    assert!(sensitivities.is_sorted());
    let sublabel = &page.labels[5];
    assert_eq!(sublabel.parent.as_ref().unwrap().label.name, "Confidential");
    assert!(sublabel.parent.as_ref().unwrap().is_parent);
    assert!(page.labels.iter().all(|view| view.sublabels.is_empty()));
}

#[test]
fn a_nested_list_has_sublabels_under_their_parent() {
    let snapshot = contoso();
    let page = list_labels(
        &snapshot,
        &LabelQuery {
            nested: true,
            count: true,
            ..query()
        },
    )
    .unwrap();
    assert_eq!(
        names(&page),
        [
            "Personal",
            "Public",
            "General",
            "Confidential",
            "Extranet_Workspace",
            "HighlyConfidential",
            "Partner_Legacy",
            "Top Secret"
        ]
    );
    assert_eq!(page.total, Some(8));
    let sublabels: Vec<&str> = page.labels[3]
        .sublabels
        .iter()
        .map(|view| view.label.name.as_str())
        .collect();
    assert_eq!(
        sublabels,
        [
            "Confidential_Anyone",
            "Confidential_AllEmployees",
            "Confidential_TrustedPeople",
            "Confidential_EncryptEmail"
        ]
    );
    assert!(page.labels[3].sublabels.iter().all(|view| view.parent.is_none()));
}

#[test]
fn an_id_condition_makes_a_sublabel_an_entry_of_its_own() {
    let snapshot = contoso();
    let (parent, sublabel) = (id(&snapshot, "Confidential"), id(&snapshot, "Confidential_Anyone"));
    let nested = |filter| {
        listed(
            &snapshot,
            &LabelQuery {
                nested: true,
                filter: Some(filter),
                ..query()
            },
        )
    };
    assert_eq!(
        nested(LabelFilter::IdIn(vec![sublabel, parent, sublabel])),
        ["Confidential", "Confidential_Anyone"]
    );
    let upper = text(&sublabel.to_string().to_uppercase());
    assert_eq!(
        nested(compare(LabelField::Id, Comparison::Equal, upper.clone())),
        ["Confidential_Anyone"]
    );
    assert_eq!(
        nested(LabelFilter::In {
            field: LabelField::Id,
            literals: vec![upper, text("x")]
        }),
        ["Confidential_Anyone"]
    );
    assert_eq!(
        nested(compare(
            LabelField::Name,
            Comparison::Equal,
            text("Confidential_Anyone")
        )),
        [""; 0]
    );
    let any = LabelFilter::Or(vec![
        compare(LabelField::HasProtection, Comparison::Equal, Literal::Boolean(true)),
        LabelFilter::IdIn(vec![sublabel]),
    ]);
    assert_eq!(nested(any), ["Confidential_Anyone", "Partner_Legacy", "Top Secret"]);
    let both = LabelFilter::And(vec![
        LabelFilter::IdIn(vec![parent, sublabel]),
        LabelFilter::AppliesToAny(vec![ContentFormat::Teamwork]),
    ]);
    assert_eq!(nested(both), ["Confidential"]);
    let not = LabelFilter::Not(Box::new(LabelFilter::IdIn(vec![sublabel])));
    assert_eq!(nested(not).len(), 8);
}

#[test]
fn a_sublabel_whose_parent_is_hidden_is_not_lost() {
    let mut document: crate::tenant::TenantDocument =
        serde_json::from_str(include_str!("../../../../../tests/cases/catalogs/contoso.json")).unwrap();
    document.labels[3].is_enabled = false;
    let snapshot = PolicySnapshot::compile(Arc::new(document), Revision(1));
    let visibility = |enabled| Visibility {
        enabled: Some(enabled),
        ..query().visibility
    };
    let enabled = listed(
        &snapshot,
        &LabelQuery {
            nested: true,
            visibility: visibility(true),
            ..query()
        },
    );
    assert!(enabled.contains(&"Confidential_Anyone".to_owned()) && !enabled.contains(&"Confidential".to_owned()));
    let page = list_labels(
        &snapshot,
        &LabelQuery {
            nested: true,
            visibility: visibility(false),
            ..query()
        },
    )
    .unwrap();
    assert_eq!(names(&page), ["Confidential", "Partner_Legacy"]);
    assert!(page.labels[0].sublabels.is_empty(), "its sublabels are enabled");
}

#[test]
fn users_see_published_labels_and_their_parents() {
    let mut document: crate::tenant::TenantDocument =
        serde_json::from_str(include_str!("../../../../../tests/cases/catalogs/contoso.json")).unwrap();
    document.policies[0].labels.truncate(5);
    document.policies[0].labels.remove(3);
    let snapshot = PolicySnapshot::compile(Arc::new(document), Revision(1));
    let alice = Actor::User(snapshot.resolve_user("alice@contoso.com").unwrap().id);
    let visibility = Visibility {
        actor: alice,
        published_only: true,
        enabled: None,
    };
    let published = LabelQuery { visibility, ..query() };
    assert_eq!(
        listed(&snapshot, &published),
        ["Personal", "Public", "General", "Confidential", "Confidential_Anyone"]
    );
    let locale = LocalePreference::default();
    assert!(get_label(&snapshot, &visibility, id(&snapshot, "Confidential"), &locale).is_ok());
    let hidden = get_label(&snapshot, &visibility, id(&snapshot, "Top Secret"), &locale).unwrap_err();
    assert_eq!(hidden.reason, ErrorReason::LabelNotFound);
    let unknown = Visibility {
        actor: Actor::User(crate::ids::UserId::from_uuid(uuid::Uuid::nil())),
        ..visibility
    };
    assert_eq!(
        list_labels(
            &snapshot,
            &LabelQuery {
                visibility: unknown,
                ..query()
            }
        )
        .unwrap_err()
        .reason,
        ErrorReason::UserNotFound
    );
}

#[test]
fn sublabels_of_one_label_are_a_collection() {
    let snapshot = contoso();
    let parent = id(&snapshot, "HighlyConfidential");
    let of = |parent| LabelQuery {
        parent: Some(parent),
        nested: true,
        ..query()
    };
    assert_eq!(listed(&snapshot, &of(parent)), ["HC_AllEmployees", "FTEs_HC"]);
    assert_eq!(listed(&snapshot, &of(id(&snapshot, "General"))), [""; 0]);
    let unknown = LabelId::parse("11111111-1111-4111-8111-111111111111").unwrap();
    assert_eq!(
        list_labels(&snapshot, &of(unknown)).unwrap_err().reason,
        ErrorReason::LabelNotFound
    );
    let hidden = Visibility {
        enabled: Some(false),
        ..query().visibility
    };
    let error = list_labels(
        &snapshot,
        &LabelQuery {
            visibility: hidden,
            ..of(parent)
        },
    )
    .unwrap_err();
    assert_eq!(error.reason, ErrorReason::LabelNotFound);
}

#[test]
fn pages_continue_where_the_last_one_ended_whatever_changed() {
    let snapshot = contoso();
    let orders: [Vec<OrderKey>; 4] = [
        Vec::new(),
        vec![OrderKey {
            field: LabelField::Priority,
            descending: true,
        }],
        vec![
            OrderKey {
                field: LabelField::IsEnabled,
                descending: false,
            },
            OrderKey {
                field: LabelField::Name,
                descending: true,
            },
        ],
        vec![OrderKey {
            field: LabelField::Color,
            descending: false,
        }],
    ];
    for order in orders {
        for nested in [false, true] {
            let all = listed(
                &snapshot,
                &LabelQuery {
                    order: order.clone(),
                    nested,
                    ..query()
                },
            );
            for top in [1, 3, 5] {
                let mut query = LabelQuery {
                    order: order.clone(),
                    nested,
                    top,
                    ..query()
                };
                let mut found: Vec<String> = Vec::new();
                loop {
                    let page = list_labels(&snapshot, &query).unwrap();
                    assert!(page.labels.len() <= usize::try_from(top).unwrap());
                    found.extend(names(&page).into_iter().map(str::to_owned));
                    let Some(next) = page.next else { break };
                    query.after = Some(next);
                }
                assert_eq!(found, all, "{order:?} {nested} {top}");
            }
        }
    }
    // The last label of the page is gone when the next page is asked for.
    let first = list_labels(&snapshot, &LabelQuery { top: 3, ..query() }).unwrap();
    let mut document = (**snapshot.document()).clone();
    document.labels.retain(|label| label.name != "General");
    let changed = PolicySnapshot::compile(Arc::new(document), Revision(2));
    let second = LabelQuery {
        after: first.next,
        top: 2,
        ..query()
    };
    assert_eq!(listed(&changed, &second), ["Confidential", "Confidential_Anyone"]);
}

#[test]
fn pages_have_bounds() {
    let snapshot = contoso();
    let page = |skip, top| {
        list_labels(
            &snapshot,
            &LabelQuery {
                skip,
                top,
                count: true,
                ..query()
            },
        )
        .unwrap()
    };
    assert_eq!(names(&page(12, 5)), ["Partner_Legacy", "Top Secret"]);
    assert_eq!(page(14, 5).labels.len(), 0);
    assert_eq!(page(u32::MAX, u32::MAX).labels.len(), 0);
    let empty = page(0, 0);
    assert_eq!((empty.labels.len(), empty.total, empty.next), (0, Some(14), None));
    let foreign = PageKey {
        values: vec![Literal::Integer(1), Literal::Null],
        id: id(&snapshot, "General"),
    };
    let error = list_labels(
        &snapshot,
        &LabelQuery {
            after: Some(foreign),
            ..query()
        },
    )
    .unwrap_err();
    assert_eq!(error.reason, ErrorReason::InvalidPageToken);
}

#[test]
fn a_view_says_what_follows_from_the_tenant_and_the_caller() {
    let snapshot = contoso();
    let bob = Actor::User(snapshot.resolve_user("bob@contoso.com").unwrap().id);
    let visibility = Visibility {
        actor: bob,
        published_only: true,
        enabled: None,
    };
    let german = LocalePreference(vec!["de-at".to_owned()]);
    let view = get_label(&snapshot, &visibility, id(&snapshot, "HC_AllEmployees"), &german).unwrap();
    assert_eq!(
        (view.priority, view.is_parent, view.is_default, view.is_scoped_to_user),
        (3, false, false, true)
    );
    let policies: Vec<&str> = view
        .assigned_policies
        .iter()
        .map(|policy| policy.name.as_str())
        .collect();
    assert_eq!(policies, ["Finance policy", "Executives policy"]);
    assert_eq!(
        (view.display_name.as_str(), view.locale.as_str()),
        ("All Employees", "en-US")
    );
    assert_eq!(view.auto_tooltip, "Many personal records were found.");
    assert_eq!(view.parent.unwrap().display_name, "Streng vertraulich");

    let general = get_label(&snapshot, &visibility, id(&snapshot, "General"), &german).unwrap();
    assert!(general.is_default && !general.is_scoped_to_user && general.parent.is_none());
    assert_eq!(
        (
            general.display_name.as_str(),
            general.locale.as_str(),
            general.auto_tooltip.as_str()
        ),
        ("Allgemein", "de-DE", "")
    );
    let parent = get_label(&snapshot, &visibility, id(&snapshot, "HighlyConfidential"), &german).unwrap();
    assert_eq!(parent.sublabels.len(), 2);
    assert!(parent.is_parent);
}
