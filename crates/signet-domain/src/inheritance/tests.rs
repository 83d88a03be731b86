use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::ids::Revision;

const GENERAL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const CONFIDENTIAL: &str = "a7a21bba-8197-491f-a5d6-0d0f955397cf";
const ANYONE: &str = "c94b3e02-13a5-4d4c-8e9d-6c0a9b1f7d04";
const EMPLOYEES: &str = "5a2d7f11-6c1e-4d43-9b7a-2f0a6f6c5e05";
const LEGACY: &str = "91e4a7c6-0d52-4f3b-8a19-c6b5d8e7f212";

struct Ids;

impl IdSource for Ids {
    fn next_id(&self) -> Uuid {
        Uuid::nil()
    }
}

fn contoso() -> PolicySnapshot {
    let document = serde_json::from_str(include_str!("../../../../tests/cases/catalogs/contoso.json")).unwrap();
    PolicySnapshot::compile(Arc::new(document), Revision(1))
}

fn id(label: &str) -> LabelId {
    LabelId::parse(label).unwrap()
}

fn inherited(labels: &[&str], formats: &[ContentFormat], parent: Option<&str>) -> Result<String, ErrorReason> {
    let ids: Vec<LabelId> = labels.iter().map(|label| id(label)).collect();
    let locale = LocalePreference::default();
    compute_inheritance(&contoso(), &ids, formats, &locale, Actor::Organisation, parent.map(id))
        .map(|view| view.id().to_string())
        .map_err(|error| error.reason)
}

#[test]
fn the_most_sensitive_label_that_can_be_applied_is_inherited() {
    assert_eq!(
        inherited(&[GENERAL, CONFIDENTIAL, ANYONE], &[], None).unwrap(),
        ANYONE,
        "parents are left out"
    );
    assert_eq!(
        inherited(&[GENERAL, LEGACY], &[], None).unwrap(),
        GENERAL,
        "disabled labels are left out"
    );
    assert_eq!(
        inherited(&[GENERAL, ANYONE], &[ContentFormat::Teamwork], None).unwrap(),
        GENERAL
    );
    assert_eq!(
        inherited(&[CONFIDENTIAL], &[], None),
        Err(ErrorReason::NoApplicableLabel)
    );
    assert_eq!(
        inherited(&[GENERAL], &[ContentFormat::Site], None),
        Err(ErrorReason::NoApplicableLabel)
    );
    assert_eq!(inherited(&[], &[], None), Err(ErrorReason::InvalidArgument));
    assert_eq!(inherited(&[GENERAL; 1001], &[], None), Err(ErrorReason::TooManyItems));
    assert_eq!(inherited(&[GENERAL; 1000], &[], None).unwrap(), GENERAL);
}

#[test]
fn below_a_label_only_its_sublabels_are_known() {
    assert_eq!(
        inherited(&[ANYONE, EMPLOYEES], &[], Some(CONFIDENTIAL)).unwrap(),
        EMPLOYEES
    );
    assert_eq!(
        inherited(&[ANYONE, GENERAL], &[], Some(CONFIDENTIAL)),
        Err(ErrorReason::LabelNotFound)
    );
    let unknown = "11111111-1111-4111-8111-111111111111";
    assert_eq!(
        inherited(&[ANYONE], &[], Some(unknown)),
        Err(ErrorReason::LabelNotFound)
    );
    assert_eq!(
        inherited(&[GENERAL], &[], Some(GENERAL)),
        Err(ErrorReason::LabelNotFound)
    );
}

#[test]
fn contents_report_their_faults_one_by_one() {
    let snapshot = contoso();
    let content = |label: &str| ProtectedContent {
        cid: None,
        format_text: None,
        format: ContentFormat::File,
        label_id: label.to_owned(),
    };
    let compute = |contents: &[ProtectedContent], parent| {
        let locale = LocalePreference::default();
        let actor = Actor::Organisation;
        compute_rights_and_inheritance(
            &snapshot,
            "pat@fabrikam.com",
            contents,
            &[],
            &locale,
            actor,
            parent,
            &Ids,
        )
    };
    let result = compute(&["nope", GENERAL, EMPLOYEES, GENERAL, LEGACY].map(content), None).unwrap();
    let rights: Vec<String> = result
        .content_rights
        .iter()
        .map(|content| content.rights.to_string())
        .collect();
    let all = UsageRights::ALL.to_string();
    assert_eq!(
        rights,
        [
            "labelNotFoundException",
            &all,
            "view, viewRightsData",
            &all,
            "encryptedProtectionTypeNotSupportedException"
        ]
    );
    let labels: Vec<String> = result.labels.iter().map(|label| label.id().to_string()).collect();
    assert_eq!(labels, [GENERAL, EMPLOYEES, LEGACY]);
    assert_eq!(result.inherited_label.unwrap().id().to_string(), EMPLOYEES);

    let below = compute(&[GENERAL, ANYONE].map(content), Some(id(CONFIDENTIAL))).unwrap();
    assert_eq!(below.content_rights[0].rights, UsageRights::LABEL_NOT_FOUND);
    assert_eq!(below.inherited_label.unwrap().id().to_string(), ANYONE);
    assert_eq!(compute(&[], None).unwrap_err().reason, ErrorReason::InvalidArgument);
    assert_eq!(
        compute(&vec![content(GENERAL); 1001], None).unwrap_err().reason,
        ErrorReason::TooManyItems
    );
}

#[test]
fn a_label_that_applies_to_nothing_is_not_inherited_from_contents() {
    let mut document = (**contoso().document()).clone();
    for label in &mut document.labels {
        if label.id == id(GENERAL) {
            label.applicable_to.clear();
        }
    }
    let snapshot = PolicySnapshot::compile(Arc::new(document), Revision(2));
    let content = ProtectedContent {
        cid: None,
        format_text: None,
        format: ContentFormat::File,
        label_id: GENERAL.to_owned(),
    };
    for formats in [&[][..], &ContentFormat::ALL] {
        let locale = LocalePreference::default();
        let result = compute_rights_and_inheritance(
            &snapshot,
            "bob@contoso.com",
            std::slice::from_ref(&content),
            formats,
            &locale,
            Actor::Organisation,
            None,
            &Ids,
        );
        assert_eq!(
            result.unwrap().inherited_label.map(|label| label.id()),
            None,
            "{formats:?}"
        );
    }
}
