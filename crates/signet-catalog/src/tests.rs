//! Drives the commands with the in-memory store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use serde_json::{Value, json};
use signet_contract::catalog::{ExpectedRevision, GetLabelRequest, LabelFamily, ListLabelsRequest, TenantJson};
use signet_contract::{CallContext, Catalog as _, CatalogAdministration, PolicyDistribution, Subject};
use signet_domain::error::ErrorReason;
use signet_domain::ids::{Revision, TenantId, UserId};
use signet_store::{CatalogStore, Expected, MemoryStore, NewRevision};
use signet_testkit::calls::{application, delegated};
use signet_testkit::environment::FixedClock;

use crate::{Catalog, CatalogConfig};

mod administration;
mod filters;
mod loading;
mod replicas;
mod scale;

const TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const ANN: &str = "aaaaaaaa-0000-4000-8000-0000000000a1";
const PUBLIC: &str = "aaaaaaaa-0000-4000-8000-00000000b001";
const SECRET: &str = "aaaaaaaa-0000-4000-8000-00000000b002";

fn tenant() -> TenantId {
    TenantId::parse(TENANT).unwrap()
}

fn document() -> Value {
    json!({
        "id": TENANT, "displayName": "A", "domains": ["a.example"],
        "users": [
            {"id": ANN, "userPrincipalName": "ann@a.example", "displayName": "Ann"},
            {"id": "aaaaaaaa-0000-4000-8000-0000000000a2", "userPrincipalName": "ben@a.example", "displayName": "Ben"}
        ],
        "labels": [
            {"id": PUBLIC, "name": "Public", "sensitivity": 1, "applicableTo": ["file", "email"]},
            {"id": SECRET, "name": "Secret", "sensitivity": 2, "applicableTo": ["file"]}
        ],
        "policies": [{"id": "aaaaaaaa-0000-4000-8000-00000000c001", "name": "All", "scope": {"includeAll": true},
                      "labels": [PUBLIC], "settings": {"mandatory": true}}]
    })
}

fn operator() -> CallContext {
    application(tenant(), &["Signet.Catalog.Manage"])
}

fn ann() -> CallContext {
    delegated(
        tenant(),
        UserId::parse(ANN).unwrap(),
        &["InformationProtectionPolicy.Read", "SensitivityLabel.Read"],
    )
}

fn empty() -> (Arc<MemoryStore>, Catalog) {
    let store = Arc::new(MemoryStore::default());
    let catalog = Catalog::new(store.clone(), Arc::new(FixedClock::default()), CatalogConfig::default());
    (store, catalog)
}

async fn loaded() -> (Arc<MemoryStore>, Catalog) {
    let (store, catalog) = empty();
    apply(&catalog, document(), ExpectedRevision::Absent).await.unwrap();
    (store, catalog)
}

async fn apply(
    catalog: &Catalog,
    document: Value,
    expected: ExpectedRevision,
) -> Result<signet_contract::catalog::TenantApplied, signet_contract::ContractError> {
    catalog
        .apply_tenant(&operator(), TenantJson(document.to_string()), expected, None)
        .await
}

fn list(family: LabelFamily, subject: Subject) -> ListLabelsRequest {
    ListLabelsRequest {
        family,
        subject,
        scoped: None,
        parent: None,
        nested: false,
        filter: None,
        search: Vec::new(),
        order: Vec::new(),
        skip: 0,
        top: 200,
        after: None,
        count: true,
        locale: Default::default(),
    }
}

async fn names(catalog: &Catalog, context: &CallContext, family: LabelFamily, subject: Subject) -> Vec<String> {
    let answer = catalog.list_labels(context, list(family, subject)).await.unwrap();
    answer.page.labels.iter().map(|view| view.label.name.clone()).collect()
}

#[tokio::test]
async fn a_subject_sees_what_is_published_to_it() {
    let (_, catalog) = loaded().await;
    let app = application(
        tenant(),
        &["InformationProtectionPolicy.Read.All", "SensitivityLabel.Read"],
    );
    let user = || Subject::User("ANN@a.example".to_owned());
    for (context, family, subject, expected) in [
        (ann(), LabelFamily::Policy, Subject::Me, vec!["Public"]),
        (ann(), LabelFamily::Policy, user(), vec!["Public"]),
        (app.clone(), LabelFamily::Policy, user(), vec!["Public"]),
        (
            app.clone(),
            LabelFamily::Policy,
            Subject::Organisation,
            vec!["Public", "Secret"],
        ),
        (ann(), LabelFamily::Governance, Subject::Me, vec!["Public"]),
        (
            ann(),
            LabelFamily::Governance,
            Subject::Organisation,
            vec!["Public", "Secret"],
        ),
        (app, LabelFamily::Governance, user(), vec!["Public", "Secret"]),
    ] {
        let case = format!("{family:?} {subject:?} {:?}", context.caller.kind);
        assert_eq!(names(&catalog, &context, family, subject).await, expected, "{case}");
    }
}

#[tokio::test]
async fn a_subject_out_of_reach_is_refused_with_its_reason() {
    let (_, catalog) = loaded().await;
    let app = application(tenant(), &["InformationProtectionPolicy.Read.All"]);
    let stranger = application(TenantId::parse(ANN).unwrap(), &["InformationProtectionPolicy.Read.All"]);
    let named = |name: &str| Subject::User(name.to_owned());
    for (context, subject, reason) in [
        (app.clone(), Subject::Me, ErrorReason::DelegatedCallerRequired),
        (app.clone(), named("nobody@a.example"), ErrorReason::UserNotFound),
        (app.clone(), named("nobody"), ErrorReason::InvalidArgument),
        (ann(), named("ben@a.example"), ErrorReason::NotTheCaller),
        (ann(), named("nobody@a.example"), ErrorReason::NotTheCaller),
        (ann(), Subject::Organisation, ErrorReason::ApplicationCallerRequired),
        (stranger, Subject::Organisation, ErrorReason::TenantUnknown),
        (
            application(tenant(), &["SensitivityLabel.Read"]),
            Subject::Organisation,
            ErrorReason::PermissionMissing,
        ),
    ] {
        let error = catalog
            .list_labels(&context, list(LabelFamily::Policy, subject.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.reason, reason, "{subject:?}: {error}");
        assert!(!error.message.is_empty());
    }
}

#[tokio::test]
async fn a_label_not_published_is_not_found() {
    let (_, catalog) = loaded().await;
    let get = |id: &str, parent: Option<&str>| GetLabelRequest {
        family: LabelFamily::Policy,
        subject: Subject::Me,
        parent: parent.map(|parent| parent.parse().unwrap()),
        label: id.parse().unwrap(),
        locale: Default::default(),
    };
    assert_eq!(
        catalog
            .get_label(&ann(), get(PUBLIC, None))
            .await
            .unwrap()
            .label
            .label
            .name,
        "Public"
    );
    for (id, parent) in [(SECRET, None), (ANN, None), (PUBLIC, Some(SECRET))] {
        let error = catalog.get_label(&ann(), get(id, parent)).await.unwrap_err();
        assert_eq!(error.reason, ErrorReason::LabelNotFound, "{id}");
    }
    let settings = catalog.get_policy_settings(&ann(), Subject::Me).await.unwrap();
    assert!(settings.settings.is_mandatory);
}

#[tokio::test]
async fn a_faulty_document_changes_nothing_and_names_every_fault() {
    let (store, catalog) = loaded().await;
    let mut faulty = document();
    faulty["labels"][0]["sensitivity"] = json!("high");
    faulty["labels"][1]["id"] = json!("x");
    let error = apply(&catalog, faulty, ExpectedRevision::Any).await.unwrap_err();
    assert_eq!(error.reason, ErrorReason::TenantDocumentInvalid);
    let paths: Vec<&str> = error
        .violations
        .iter()
        .map(|violation| violation.path.as_str())
        .collect();
    assert!(
        paths.contains(&"labels[0].sensitivity") && paths.contains(&"labels[1].id"),
        "{paths:?}"
    );
    assert_eq!(store.current_revision(tenant()).await.unwrap(), Some(Revision(1)));
}

#[tokio::test]
async fn a_document_of_another_tenant_is_refused() {
    let (store, catalog) = loaded().await;
    let mut other = document();
    other["id"] = json!(ANN);
    let error = apply(&catalog, other, ExpectedRevision::Any).await.unwrap_err();
    assert_eq!(error.reason, ErrorReason::TenantDocumentInvalid);
    assert_eq!(
        store.current_revision(TenantId::parse(ANN).unwrap()).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn every_revision_can_be_read_back() {
    let (_, catalog) = loaded().await;
    let mut renamed = document();
    renamed["displayName"] = json!("B");
    let plan = catalog
        .plan_tenant(&operator(), TenantJson(renamed.to_string()))
        .await
        .unwrap();
    assert_eq!((plan.current, plan.changes.len()), (Some(Revision(1)), 1));
    let applied = apply(&catalog, renamed.clone(), ExpectedRevision::Exactly(Revision(1)))
        .await
        .unwrap();
    assert_eq!((applied.revision, applied.changed), (Revision(2), true));
    let again = apply(&catalog, renamed.clone(), ExpectedRevision::Any).await.unwrap();
    assert_eq!((again.revision, again.changed), (Revision(2), false));
    let conflict = apply(&catalog, document(), ExpectedRevision::Exactly(Revision(1)))
        .await
        .unwrap_err();
    assert_eq!(conflict.reason, ErrorReason::RevisionConflict);
    assert_eq!(conflict.fact_value("current_revision"), Some("2"));
    for (revision, name) in [(Some(Revision(1)), "A"), (Some(Revision(2)), "B"), (None, "B")] {
        let at = catalog.export_tenant(&operator(), revision).await.unwrap();
        assert_eq!(at.document.display_name, name, "{revision:?}");
    }
    let missing = catalog.export_tenant(&operator(), Some(Revision(9))).await.unwrap_err();
    assert_eq!(missing.reason, ErrorReason::RevisionNotFound);
    let history = catalog.list_revisions(&operator(), None, 10).await.unwrap();
    assert_eq!(history.iter().map(|entry| entry.revision.0).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn a_change_is_seen_at_once_and_followed_in_order() {
    let (_, catalog) = loaded().await;
    let mut changes = catalog.watch_changes(Some(0)).await.unwrap();
    assert_eq!(changes.next().await.unwrap().unwrap().revision, Revision(1));
    let mut published = document();
    published["policies"][0]["labels"] = json!([PUBLIC, SECRET]);
    apply(&catalog, published, ExpectedRevision::Any).await.unwrap();
    assert_eq!(
        names(&catalog, &ann(), LabelFamily::Policy, Subject::Me).await,
        ["Public", "Secret"]
    );
    let event = changes.next().await.unwrap().unwrap();
    assert_eq!((event.tenant, event.revision), (tenant(), Revision(2)));
}

#[tokio::test]
async fn a_demanded_revision_is_waited_for_and_never_answered_older() {
    let (store, catalog) = loaded().await;
    let catalog = Arc::new(catalog);
    let mut context = ann();
    context.at_least_revision = Some(Revision(2));
    context.deadline = Instant::now() + Duration::from_millis(20);
    let early = catalog.get_policy_settings(&context, Subject::Me).await.unwrap_err();
    assert_eq!(early.reason, ErrorReason::RevisionNotReached);
    assert!(early.retry_after.is_some());

    context.deadline = Instant::now() + Duration::from_secs(30);
    let follower = tokio::spawn({
        let catalog = catalog.clone();
        async move { catalog.follow_store().await }
    });
    let waiting = tokio::spawn({
        let catalog = catalog.clone();
        async move { catalog.get_policy_settings(&context, Subject::Me).await }
    });
    // Another process writes to the same store.
    let mut changed = document();
    changed["policies"][0]["settings"] = json!({"mandatory": false});
    let elsewhere = NewRevision {
        tenant: tenant(),
        expected: Expected::Any,
        document: Arc::new(serde_json::from_value(changed).unwrap()),
        author: "elsewhere".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        note: None,
    };
    store.commit(elsewhere).await.unwrap();
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.revision, Revision(2));
    assert!(!answer.settings.is_mandatory);
    follower.abort();
}

#[tokio::test]
async fn who_may_ask_nothing_is_not_told_who_exists() {
    let (_, catalog) = loaded().await;
    let personal = TenantId::parse("9188040d-6c67-4c5b-b112-36a304b66dad").unwrap();
    let everything = ["InformationProtectionPolicy.Read", "SensitivityLabel.Read"];
    for (context, family, expected) in [
        (
            application(tenant(), &[]),
            LabelFamily::Policy,
            Some(ErrorReason::PermissionMissing),
        ),
        (
            application(tenant(), &["Files.Read.All"]),
            LabelFamily::Governance,
            Some(ErrorReason::PermissionMissing),
        ),
        (
            application(tenant(), &["SensitivityLabel.Read"]),
            LabelFamily::Policy,
            Some(ErrorReason::PermissionMissing),
        ),
        (
            application(tenant(), &["SensitivityLabel.Evaluate.All"]),
            LabelFamily::Governance,
            None,
        ),
        (
            application(tenant(), &["InformationProtectionPolicy.Read.All"]),
            LabelFamily::Policy,
            None,
        ),
        (
            delegated(personal, UserId::parse(ANN).unwrap(), &everything),
            LabelFamily::Policy,
            Some(ErrorReason::PersonalAccountNotSupported),
        ),
    ] {
        for user in ["ann@a.example", "nobody@a.example"] {
            let subject = Subject::User(user.to_owned());
            let answer = catalog.resolve_subject(&context, family, subject).await;
            let absent = (user != "ann@a.example").then_some(ErrorReason::UserNotFound);
            assert_eq!(answer.err().map(|error| error.reason), expected.or(absent), "{user}");
        }
    }
}
