use std::sync::Arc;

use super::*;
use crate::error::{DomainError, ErrorReason};
use crate::evaluation::UsageRightsIncluded;
use crate::ids::{LabelId, Revision};
use crate::query::{Actor, Visibility};
use crate::snapshot::PolicySnapshot;

const GENERAL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const PUBLIC: &str = "87ba5c36-b7cf-4793-bbc2-bd5b3a9f95ca";
const FTES: &str = "836ff34f-b604-4a62-a68c-d6be4205d569";
const TOP_SECRET: &str = "722a5300-ac39-4c9a-88e3-f54c46676417";
const TRUSTED: &str = "f8a5b3d7-2e91-4f6b-a1c0-7d3e9b8c4a06";
const LEGACY: &str = "91e4a7c6-0d52-4f3b-8a19-c6b5d8e7f212";

fn contoso() -> PolicySnapshot {
    let document = serde_json::from_str(include_str!("../../../../tests/cases/catalogs/contoso.json")).unwrap();
    PolicySnapshot::compile(Arc::new(document), Revision(1))
}

fn id(label: &str) -> LabelId {
    LabelId::parse(label).unwrap()
}

fn asked(snapshot: &PolicySnapshot, owner: Option<&str>, user: Option<&str>, acting: Option<&str>) -> RightsQuestion {
    RightsQuestion {
        owner_email: owner.map(str::to_owned),
        user_email: user.map(str::to_owned),
        acting: acting.map(|acting| snapshot.resolve_user(acting).unwrap().id),
    }
}

fn rights(snapshot: &PolicySnapshot, label: &str, asked: &RightsQuestion) -> Result<UsageRightsIncluded, DomainError> {
    let visibility = Visibility {
        actor: Actor::Organisation,
        published_only: false,
        enabled: None,
    };
    usage_rights(snapshot, &visibility, id(label), asked)
}

#[test]
fn the_person_is_the_user_named_else_the_caller_else_the_owner_else_nobody() {
    let snapshot = contoso();
    let value = |owner, user, acting| {
        rights(&snapshot, TOP_SECRET, &asked(&snapshot, owner, user, acting)).map(|rights| rights.value.to_string())
    };
    let bob = "docEdit, edit, forward, print, reply, replyAll, view, extract, viewRightsData, objModel";
    assert_eq!(
        value(None, Some("gh@contoso.com"), Some("bob@contoso.com")).unwrap(),
        "view, viewRightsData"
    );
    assert_eq!(value(None, None, Some("bob@contoso.com")).unwrap(), bob);
    assert_eq!(
        value(Some("grace@contoso.com"), None, None).unwrap(),
        "view, viewRightsData"
    );
    assert_eq!(value(None, None, None).unwrap(), bob, "everything anybody is granted");
    let refused = value(Some("alice@contoso.com"), None, None).unwrap_err();
    assert_eq!(refused.reason, ErrorReason::RightsAccessDenied);
    let everything = rights(&snapshot, FTES, &asked(&snapshot, None, None, None)).unwrap();
    assert_eq!(
        everything.value,
        UsageRights::ALL,
        "a grant of full control is every right"
    );
}

#[test]
fn labels_without_rights_of_an_administrator_have_none_to_show() {
    let snapshot = contoso();
    let nobody = RightsQuestion::default();
    for label in [GENERAL, PUBLIC, TRUSTED, LEGACY] {
        assert_eq!(
            rights(&snapshot, label, &nobody).unwrap_err().reason,
            ErrorReason::RightsNotAvailable,
            "{label}"
        );
    }
    let unknown = "11111111-1111-4111-8111-111111111111";
    assert_eq!(
        rights(&snapshot, unknown, &nobody).unwrap_err().reason,
        ErrorReason::LabelNotFound
    );
    let alice = Actor::User(snapshot.resolve_user("alice@contoso.com").unwrap().id);
    let published = Visibility {
        actor: alice,
        published_only: true,
        enabled: None,
    };
    let hidden = usage_rights(&snapshot, &published, id(TOP_SECRET), &nobody).unwrap_err();
    assert_eq!(hidden.reason, ErrorReason::LabelNotFound);
}

#[test]
fn lists_show_flags_where_single_labels_give_errors() {
    let snapshot = contoso();
    let shown = |label: &str, asked: &RightsQuestion| {
        expanded_rights(&snapshot, id(label), asked).map(|rights| rights.value.to_string())
    };
    let alice = asked(&snapshot, None, None, Some("alice@contoso.com"));
    assert_eq!(shown(GENERAL, &alice), None);
    assert_eq!(shown(PUBLIC, &alice), None);
    assert_eq!(
        shown(TRUSTED, &alice).as_deref(),
        Some("userDefinedProtectionTypeNotSupportedException")
    );
    assert_eq!(
        shown(LEGACY, &alice).as_deref(),
        Some("encryptedProtectionTypeNotSupportedException")
    );
    assert_eq!(
        shown("11111111-1111-4111-8111-111111111111", &alice).as_deref(),
        Some("labelNotFoundException")
    );
    assert_eq!(
        shown(FTES, &alice),
        Some(UsageRights::ALL.to_string()),
        "without an owner the label's own rights, whoever asks"
    );
    let of_bob = asked(&snapshot, Some("bob@contoso.com"), None, Some("alice@contoso.com"));
    assert_eq!(shown(FTES, &of_bob).as_deref(), Some("accessDenied"));
    let named = asked(&snapshot, None, Some("alice@contoso.com"), None);
    assert_eq!(shown(FTES, &named).as_deref(), Some("accessDenied"));
    let own = asked(&snapshot, Some("ALICE@contoso.com"), None, Some("alice@contoso.com"));
    assert_eq!(shown(FTES, &own), Some(UsageRights::ALL.to_string()));
}

#[test]
fn ids_are_the_same_for_the_same_question_only() {
    let snapshot = contoso();
    let id = |label, owner, user, acting| {
        expanded_rights(&snapshot, id(label), &asked(&snapshot, owner, user, acting))
            .unwrap()
            .id
    };
    let one = id(FTES, Some("bob@contoso.com"), Some("alice@contoso.com"), None);
    assert_eq!(
        one,
        id(
            FTES,
            Some("BOB@contoso.com"),
            Some("Alice@contoso.com"),
            Some("carol@contoso.com")
        )
    );
    // All addresses of a user are the same person.
    assert_eq!(
        id(FTES, Some("bob@contoso.com"), Some("gh@contoso.com"), None),
        id(FTES, Some("bob@contoso.com"), Some("grace@contoso.com"), None)
    );
    assert_eq!(
        id(FTES, None, Some("carol@contoso.com"), None),
        id(FTES, None, None, Some("carol@contoso.com"))
    );
    let others = [
        id(TOP_SECRET, Some("bob@contoso.com"), Some("alice@contoso.com"), None),
        id(FTES, Some("alice@contoso.com"), Some("bob@contoso.com"), None),
        id(FTES, None, Some("alice@contoso.com"), None),
        id(FTES, Some("bob@contoso.com"), None, None),
        id(FTES, None, None, Some("carol@contoso.com")),
        id(FTES, None, None, None),
    ];
    for (place, other) in others.iter().enumerate() {
        assert_ne!(*other, one);
        assert!(!others[..place].contains(other));
    }
}

#[test]
fn levels_and_rights_are_spelled_as_configuration_spells_them() {
    let cases = [
        ("View", "view"),
        ("DOCEDIT", "docEdit"),
        ("viewer", "reply, replyAll, view, viewRightsData, objModel"),
        (
            "Reviewer",
            "docEdit, edit, forward, reply, replyAll, view, viewRightsData, objModel",
        ),
        (
            "co-author",
            "docEdit, edit, forward, print, reply, replyAll, view, extract, viewRightsData, objModel",
        ),
        (
            "Do Not Forward",
            "docEdit, edit, reply, replyAll, view, viewRightsData, objModel",
        ),
        (
            "Encrypt-Only",
            "docEdit, edit, comment, forward, print, reply, replyAll, view, extract, viewRightsData, editRightsData, \
             objModel",
        ),
    ];
    for (text, expected) in cases {
        let read = UsageRights::parse_right(text)
            .or_else(|| UsageRights::parse_level(text))
            .unwrap();
        assert_eq!(read.to_string(), expected, "{text}");
    }
    assert_eq!(UsageRights::parse_level("Co-Owner"), Some(UsageRights::ALL));
    for text in ["accessDenied", "unknown", "", "exception"] {
        assert_eq!(
            UsageRights::parse_right(text).or_else(|| UsageRights::parse_level(text)),
            None,
            "{text}"
        );
    }
    assert_eq!(UsageRights::ALL.names().count(), 14);
    assert_eq!(UsageRights::LABEL_NOT_FOUND.bits(), 1_048_576);
}

#[test]
fn of_several_answers_rights_count_before_failures() {
    let (view, edit) = (UsageRights::VIEW, UsageRights::EDIT);
    let (denied, own) = (UsageRights::ACCESS_DENIED, UsageRights::USER_DEFINED_PROTECTION);
    for (one, other, expected) in [
        (view, edit, view.union(edit)),
        (view, denied, view),
        (denied, view, view),
        (denied, denied, denied),
        (denied, own, denied.union(own)),
        (UsageRights::NONE, denied, denied),
    ] {
        assert_eq!(one.merged(other), expected, "{one} and {other}");
    }
}
