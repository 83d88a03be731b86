use serde_json::{Value, json};

use super::*;
use crate::ids::PolicyId;
use crate::policy::OutlookDefaultLabel;

const SITE: &str = "2f6e1d84-7b3c-4a95-8c20-5e9d0f1b6a08";

fn contoso() -> PolicySnapshot {
    compiled(serde_json::from_str(include_str!("../../../../tests/cases/catalogs/contoso.json")).unwrap())
}

fn compiled(document: Value) -> PolicySnapshot {
    PolicySnapshot::compile(Arc::new(serde_json::from_value(document).unwrap()), Revision(3))
}

fn user(snapshot: &PolicySnapshot, address: &str) -> Actor {
    Actor::User(snapshot.resolve_user(address).unwrap().id)
}

fn names(labels: &[Arc<Label>]) -> Vec<&str> {
    labels.iter().map(|label| label.name.as_str()).collect()
}

#[test]
fn labels_stand_in_tree_order_with_their_derived_priority() {
    let snapshot = compiled(json!({
        "id": "cb46c030-1825-4e81-a295-151c039dbf02",
        "labels": [
            {"id": "00000000-0000-4000-8000-000000000004", "name": "Secret", "sensitivity": 9},
            {"id": "00000000-0000-4000-8000-000000000003", "name": "Inner", "sensitivity": 6,
             "parentId": "00000000-0000-4000-8000-000000000002"},
            {"id": "00000000-0000-4000-8000-000000000001", "name": "Public", "sensitivity": -3, "color": "#000001"},
            {"id": "00000000-0000-4000-8000-000000000002", "name": "Outer", "sensitivity": 2, "color": "#000002"},
            {"id": "00000000-0000-4000-8000-000000000005", "name": "Between", "sensitivity": 7},
        ],
    }));
    let index = snapshot.label_index();
    let told: Vec<_> = index
        .entries()
        .map(|entry| {
            (
                entry.label.name.as_str(),
                entry.priority,
                entry.top,
                entry.is_parent(),
                index.color(entry).map(str::to_owned),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Public", 4, -3, false, Some("#000001".to_owned())),
            ("Outer", 3, 2, true, Some("#000002".to_owned())),
            ("Inner", 2, 2, false, Some("#000002".to_owned())),
            ("Between", 1, 7, false, None),
            ("Secret", 0, 9, false, None),
        ]
    );
}

/// The compiler is given whatever code builds; contradictions are resolved, nothing panics.
#[test]
fn a_document_with_faults_still_compiles() {
    let id = "00000000-0000-4000-8000-000000000001";
    let snapshot = compiled(json!({
        "id": "cb46c030-1825-4e81-a295-151c039dbf02",
        "defaultLocale": "?",
        "users": [{"id": id, "userPrincipalName": ""}, {"id": id, "userPrincipalName": ""}],
        "groups": [{"id": id, "mail": "a@b.c", "members": ["a@b.c", "", "x"]}],
        "sensitiveTypes": [{"id": id}, {"id": id}],
        "labels": [
            {"id": id, "name": "A", "sensitivity": 1, "parentId": id},
            {"id": id, "name": "B", "sensitivity": 0},
            {"id": SITE, "name": "C", "sensitivity": 1, "parentId": "00000000-0000-4000-8000-00000000ffff",
             "autoLabeling": {"conditions": {"groups": [{"sensitiveTypes": [{"id": id, "minCount": 5, "maxCount": -7}]}]}}},
        ],
        "policies": [{"id": id, "name": "P", "scope": {"include": ["", "nobody"]}, "labels": [SITE, SITE, id]}],
    }));
    assert_eq!(
        snapshot.labels().map(|label| label.name.as_str()).collect::<Vec<_>>(),
        ["B", "C"]
    );
    assert_eq!(
        snapshot
            .labels_published_to(Actor::User(UserId::parse(id).unwrap()))
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn people_are_found_by_every_address_and_in_groups_of_groups() {
    let snapshot = contoso();
    for reference in [
        "GRACE@contoso.com",
        "grace.hopper@contoso.com",
        "gh@Contoso.com",
        "6E7B768E-07e2-4810-8459-485f84f8f207",
    ] {
        assert_eq!(
            snapshot.resolve_user(reference).unwrap().display_name,
            "Grace Hofer",
            "{reference}"
        );
    }
    assert!(snapshot.resolve_user("nobody@contoso.com").is_none());
    assert!(snapshot.resolve_user("11111111-1111-4111-8111-111111111111").is_none());
    let finance = snapshot.resolve_group("FINANCE@contoso.com").unwrap().id;
    let treasury = snapshot
        .resolve_group("b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e02")
        .unwrap()
        .id;
    let id = |address: &str| snapshot.resolve_user(address).unwrap().id;
    assert!(snapshot.is_member(id("dave@contoso.com"), treasury));
    assert!(snapshot.is_member(id("dave@contoso.com"), finance));
    assert!(snapshot.is_member(id("carol@contoso.com"), finance));
    assert!(!snapshot.is_member(id("carol@contoso.com"), treasury));
    assert!(!snapshot.is_member(id("bob@contoso.com"), finance));
    assert!(!snapshot.is_member(UserId::from_uuid(uuid::Uuid::nil()), finance));
}

#[test]
fn groups_that_contain_each_other_are_harmless() {
    let snapshot = compiled(json!({
        "id": "cb46c030-1825-4e81-a295-151c039dbf02",
        "users": [{"id": "00000000-0000-4000-8000-000000000001", "userPrincipalName": "u@c.com"}],
        "groups": [
            {"id": "00000000-0000-4000-8000-00000000000a", "mail": "a@c.com", "members": ["b@c.com", "u@c.com"]},
            {"id": "00000000-0000-4000-8000-00000000000b", "mail": "b@c.com", "members": ["a@c.com", "b@c.com"]},
        ],
    }));
    let user = snapshot.resolve_user("u@c.com").unwrap().id;
    for group in ["a@c.com", "b@c.com"] {
        assert!(snapshot.is_member(user, snapshot.resolve_group(group).unwrap().id));
    }
}

#[test]
fn a_user_is_published_what_the_policies_in_scope_list() {
    let snapshot = contoso();
    let count = |actor| snapshot.labels_published_to(actor).unwrap().len();
    assert_eq!(count(Actor::Organisation), 14);
    assert_eq!(count(user(&snapshot, "alice@contoso.com")), 9);
    assert_eq!(count(user(&snapshot, "dave@contoso.com")), 12);
    assert_eq!(count(user(&snapshot, "frank@contoso.com")), 9, "excluded from finance");
    assert_eq!(count(user(&snapshot, "bob@contoso.com")), 14);
    assert_eq!(
        count(user(&snapshot, "pat@fabrikam.com")),
        0,
        "includeAll does not cover guests"
    );
    let unknown = snapshot.labels_published_to(Actor::User(UserId::from_uuid(uuid::Uuid::nil())));
    assert_eq!(unknown.unwrap_err().reason, ErrorReason::UserNotFound);
    let published = snapshot
        .labels_published_to(user(&snapshot, "alice@contoso.com"))
        .unwrap();
    assert_eq!(
        names(&published)[2..5],
        ["General", "Confidential", "Confidential_Anyone"]
    );
}

#[test]
fn settings_of_the_highest_policy_win_one_by_one() {
    let snapshot = contoso();
    let erin = snapshot.settings_of(user(&snapshot, "erin@contoso.com")).unwrap();
    assert_eq!(erin.mandatory, Some(false));
    assert_eq!(erin.require_downgrade_justification, Some(false));
    assert_eq!(erin.disable_mandatory_in_outlook, Some(true));
    assert_eq!(erin.outlook_default_label, Some(OutlookDefaultLabel::None));
    assert_eq!(
        erin.default_label_id.unwrap().to_string(),
        "5a2d7f11-6c1e-4d43-9b7a-2f0a6f6c5e05"
    );
    assert_eq!(
        erin.more_info_url.as_deref(),
        Some("https://contoso.com/labels/executives")
    );

    let effective = snapshot
        .effective_policy_settings(user(&snapshot, "carol@contoso.com"))
        .unwrap();
    assert_eq!(effective.id.to_string(), "d4f0a1b2-6c3e-4d5f-8a7b-9c0d1e2f3a01");
    assert!(effective.is_mandatory && !effective.is_downgrade_justification_required);
    assert_eq!(effective.more_info_url.as_deref(), Some("https://contoso.com/labels"));

    let everyone = snapshot.effective_policy_settings(Actor::Organisation).unwrap();
    assert_eq!(everyone.id.to_string(), "d4f0a1b2-6c3e-4d5f-8a7b-9c0d1e2f3a00");
    assert!(everyone.is_downgrade_justification_required);

    let guest = snapshot
        .effective_policy_settings(user(&snapshot, "pat@fabrikam.com"))
        .unwrap();
    assert_eq!(
        guest,
        EffectivePolicySettings {
            id: PolicyId::from_uuid(uuid::Uuid::nil()),
            default_label_id: None,
            is_downgrade_justification_required: false,
            is_mandatory: false,
            more_info_url: None,
        }
    );
}

#[test]
fn visibility_follows_publication_and_state() {
    let snapshot = contoso();
    let alice = user(&snapshot, "alice@contoso.com");
    let sees = |actor, published_only, enabled, id: &str| {
        snapshot.visible(
            &Visibility {
                actor,
                published_only,
                enabled,
            },
            LabelId::parse(id).unwrap(),
        )
    };
    let (top_secret, legacy) = (
        "722a5300-ac39-4c9a-88e3-f54c46676417",
        "91e4a7c6-0d52-4f3b-8a19-c6b5d8e7f212",
    );
    assert!(sees(alice, true, None, SITE));
    assert!(!sees(alice, true, None, top_secret));
    assert!(sees(alice, false, None, top_secret));
    assert!(sees(Actor::Organisation, true, None, top_secret));
    assert!(sees(Actor::Organisation, true, Some(false), legacy));
    assert!(!sees(Actor::Organisation, true, Some(true), legacy));
    assert!(!sees(
        Actor::Organisation,
        false,
        None,
        "11111111-1111-4111-8111-111111111111"
    ));
    assert!(!sees(
        Actor::User(UserId::from_uuid(uuid::Uuid::nil())),
        false,
        None,
        SITE
    ));
}

/// More users than scopes are kept at once: answers stay the same.
#[test]
fn many_users_share_a_bounded_cache() {
    let users: Vec<Value> = (0..9_000)
        .map(|number| json!({"id": format!("00000000-0000-4000-8000-{number:012}"), "userPrincipalName": format!("u{number}@c.com")}))
        .collect();
    let snapshot = compiled(json!({
        "id": "cb46c030-1825-4e81-a295-151c039dbf02",
        "users": users,
        "labels": [{"id": SITE, "name": "A", "sensitivity": 1}],
        "policies": [{"id": SITE, "name": "P", "scope": {"include": ["u0@c.com", "u8999@c.com"]}, "labels": [SITE]}],
    }));
    for _ in 0..2 {
        let published: Vec<usize> = snapshot
            .document()
            .users
            .iter()
            .map(|user| snapshot.labels_published_to(Actor::User(user.id)).unwrap().len())
            .collect();
        assert_eq!(published.iter().sum::<usize>(), 2);
        assert_eq!((published[0], published[8_999]), (1, 1));
    }
}
