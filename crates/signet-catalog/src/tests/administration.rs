//! Revisions compared, taken back and followed; labels changed one by one.

use signet_contract::catalog::RevisionInfo;
use signet_contract::{ContractError, catalog::TenantApplied};
use signet_domain::ids::LabelId;
use signet_domain::label::Label;
use signet_domain::tenant::LabelChange;

use super::*;

fn reader() -> CallContext {
    application(tenant(), &["Signet.Catalog.Read"])
}

fn label(id: &str, name: &str, sensitivity: i32) -> Label {
    serde_json::from_value(json!({"id": id, "name": name, "sensitivity": sensitivity, "applicableTo": ["file"]}))
        .unwrap()
}

fn create(id: &str, name: &str, sensitivity: i32) -> LabelChange {
    LabelChange::Create(Box::new(label(id, name, sensitivity)))
}

const NEW: &str = "aaaaaaaa-0000-4000-8000-00000000b003";

async fn change(catalog: &Catalog, change: LabelChange, expected: u64) -> Result<TenantApplied, ContractError> {
    catalog
        .change_label(&operator(), change, Revision(expected), None)
        .await
}

async fn history(catalog: &Catalog) -> Vec<(u64, String, String)> {
    let revisions = catalog.list_revisions(&reader(), None, 100).await.unwrap();
    let line = |info: RevisionInfo| (info.revision.0, info.author, info.note.unwrap_or_default());
    revisions.into_iter().map(line).collect()
}

#[tokio::test]
async fn labels_are_changed_one_by_one_and_the_history_says_by_whom() {
    let (_, catalog) = loaded().await;
    let created = change(&catalog, create(NEW, "Top", 3), 1).await.unwrap();
    assert_eq!(
        (created.revision, created.changed, created.changes.len()),
        (Revision(2), true, 1)
    );
    let renamed = LabelChange::Update(Box::new(label(NEW, "Highest", 3)));
    assert_eq!(change(&catalog, renamed, 2).await.unwrap().revision, Revision(3));
    let order = [NEW, PUBLIC, SECRET].map(|id| LabelId::parse(id).unwrap()).to_vec();
    assert_eq!(
        change(&catalog, LabelChange::Reorder(order), 3)
            .await
            .unwrap()
            .changes
            .len(),
        3
    );
    let deletion = LabelChange::Delete(LabelId::parse(NEW).unwrap());
    let mut ben = delegated(tenant(), UserId::parse(ANN).unwrap(), &["Signet.Catalog.Manage"]);
    ben.caller.user_principal_name = Some("ann@a.example".into());
    let note = Some("no longer used".to_owned());
    catalog.change_label(&ben, deletion, Revision(4), note).await.unwrap();

    let app = operator().caller.application_id.unwrap();
    let expected = [
        (5, "ann@a.example", "no longer used"),
        (4, &app, "reorder labels"),
        (3, &app, "update label `Top`"),
        (2, &app, "create label `Top`"),
        (1, &app, ""),
    ];
    let expected = expected.map(|(revision, author, note)| (revision, author.to_owned(), note.to_owned()));
    assert_eq!(history(&catalog).await, expected);
}

#[tokio::test]
async fn a_change_made_against_another_revision_is_refused() {
    let (store, catalog) = loaded().await;
    for expected in [0, 2, 9] {
        let refused = change(&catalog, create(NEW, "Top", 3), expected).await.unwrap_err();
        assert_eq!(refused.reason, ErrorReason::RevisionConflict);
        assert_eq!(refused.fact_value("current_revision"), Some("1"));
    }
    assert_eq!(store.current_revision(tenant()).await.unwrap(), Some(Revision(1)));
}

#[tokio::test]
async fn of_two_changes_made_against_one_revision_one_is_made() {
    let (_, catalog) = loaded().await;
    let one = change(&catalog, create(NEW, "One", 3), 1);
    let other = change(&catalog, create("aaaaaaaa-0000-4000-8000-00000000b004", "Other", 4), 1);
    let (one, other) = futures::join!(one, other);
    let outcomes = [one.map_err(|error| error.reason), other.map_err(|error| error.reason)];
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        1,
        "{outcomes:?}"
    );
    assert!(
        outcomes
            .iter()
            .any(|outcome| matches!(outcome, Err(ErrorReason::RevisionConflict)))
    );
    assert_eq!(history(&catalog).await.len(), 2);
}

#[tokio::test]
async fn a_change_that_would_leave_faults_is_refused_with_all_of_them() {
    let (store, catalog) = loaded().await;
    let refused = change(&catalog, create(SECRET, "Secret", 1), 1).await.unwrap_err();
    assert_eq!(refused.reason, ErrorReason::TenantDocumentInvalid);
    let paths: Vec<&str> = refused
        .violations
        .iter()
        .map(|violation| violation.path.as_str())
        .collect();
    assert_eq!(paths, ["label.id", "label.name", "label.sensitivity"]);
    let used = LabelChange::Delete(LabelId::parse(PUBLIC).unwrap());
    let refused = change(&catalog, used, 1).await.unwrap_err();
    assert_eq!(refused.violations[0].path, "policies[0].labels[0]");
    assert!(refused.violations[0].message.contains("take it out"), "{refused:?}");
    let unknown = LabelChange::Delete(LabelId::parse(NEW).unwrap());
    let refused = change(&catalog, unknown, 1).await.unwrap_err();
    assert_eq!(
        (refused.reason, refused.fact_value("label_id")),
        (ErrorReason::LabelNotFound, Some(NEW))
    );
    assert_eq!(store.current_revision(tenant()).await.unwrap(), Some(Revision(1)));
}

#[tokio::test]
async fn one_revision_can_be_asked_for() {
    let (_, catalog) = loaded().await;
    change(&catalog, create(NEW, "Top", 3), 1).await.unwrap();
    for (wanted, revision, note) in [(None, 2, Some("create label `Top`")), (Some(Revision(1)), 1, None)] {
        let info = catalog.get_revision(&reader(), wanted).await.unwrap();
        assert_eq!((info.revision, info.note.as_deref()), (Revision(revision), note));
    }
    let missing = catalog.get_revision(&reader(), Some(Revision(3))).await.unwrap_err();
    assert_eq!(missing.reason, ErrorReason::RevisionNotFound);
}

#[tokio::test]
async fn two_revisions_are_compared_in_either_direction() {
    let (_, catalog) = loaded().await;
    change(&catalog, create(NEW, "Top", 3), 1).await.unwrap();
    let forth = catalog.diff_revisions(&reader(), Revision(1), None).await.unwrap();
    let back = catalog
        .diff_revisions(&reader(), Revision(2), Some(Revision(1)))
        .await
        .unwrap();
    assert_eq!(
        (forth.from, forth.to, back.from, back.to),
        (Revision(1), Revision(2), Revision(2), Revision(1))
    );
    use signet_domain::tenant::ChangeKind::{Added, Removed};
    assert_eq!(
        forth.changes.iter().map(|change| change.change).collect::<Vec<_>>(),
        [Added]
    );
    assert_eq!(
        back.changes.iter().map(|change| change.change).collect::<Vec<_>>(),
        [Removed]
    );
    let same = catalog
        .diff_revisions(&reader(), Revision(2), Some(Revision(2)))
        .await
        .unwrap();
    assert!(same.changes.is_empty());
    for (from, to) in [(3, None), (1, Some(Revision(9))), (0, None)] {
        let missing = catalog.diff_revisions(&reader(), Revision(from), to).await.unwrap_err();
        assert_eq!(missing.reason, ErrorReason::RevisionNotFound);
    }
}

#[tokio::test]
async fn a_rollback_is_a_new_revision_with_the_old_content() {
    let (_, catalog) = loaded().await;
    change(&catalog, create(NEW, "Top", 3), 1).await.unwrap();
    let to = |expected, note: Option<&str>| catalog_rollback(&catalog, Revision(1), expected, note.map(str::to_owned));
    let conflict = to(ExpectedRevision::Exactly(Revision(1)), None).await.unwrap_err();
    assert_eq!(conflict.reason, ErrorReason::RevisionConflict);
    let done = to(ExpectedRevision::Exactly(Revision(2)), Some("the label was a mistake"))
        .await
        .unwrap();
    assert_eq!(
        (done.revision, done.changed, done.changes.len()),
        (Revision(3), true, 1)
    );
    let (now, then) = (
        catalog.export_tenant(&reader(), None).await.unwrap(),
        catalog.export_tenant(&reader(), Some(Revision(1))).await.unwrap(),
    );
    assert_eq!(now.document, then.document);
    assert_eq!(
        history(&catalog).await[0].2,
        "rollback to revision 1: the label was a mistake"
    );
    let again = to(ExpectedRevision::Any, None).await.unwrap();
    assert_eq!((again.revision, again.changed), (Revision(3), false));
    let missing = catalog_rollback(&catalog, Revision(8), ExpectedRevision::Any, None)
        .await
        .unwrap_err();
    assert_eq!(missing.reason, ErrorReason::RevisionNotFound);
}

async fn catalog_rollback(
    catalog: &Catalog,
    to: Revision,
    expected: ExpectedRevision,
    note: Option<String>,
) -> Result<TenantApplied, ContractError> {
    catalog.rollback_tenant(&operator(), to, expected, note).await
}

#[tokio::test]
async fn an_old_document_the_rules_of_today_refuse_stays_old() {
    let (store, catalog) = empty();
    let mut faulty = document();
    faulty["labels"][0]["color"] = json!("red");
    let earlier = |document: Value| NewRevision {
        tenant: tenant(),
        expected: Expected::Any,
        document: Arc::new(serde_json::from_value(document).unwrap()),
        author: "an older version".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        note: None,
    };
    store.commit(earlier(faulty)).await.unwrap();
    store.commit(earlier(document())).await.unwrap();
    let refused = catalog_rollback(&catalog, Revision(1), ExpectedRevision::Any, None)
        .await
        .unwrap_err();
    assert_eq!(refused.reason, ErrorReason::TenantDocumentInvalid);
    assert_eq!(refused.violations[0].path, "labels[0].color");
}

#[tokio::test]
async fn followers_get_every_revision_of_their_own_tenant_only() {
    let (store, catalog) = loaded().await;
    let mut from_start = catalog.follow_revisions(&reader(), Some(Revision(0))).await.unwrap();
    let mut from_now = catalog.follow_revisions(&reader(), None).await.unwrap();
    let stranger = NewRevision {
        tenant: TenantId::parse(ANN).unwrap(),
        expected: Expected::Any,
        document: Arc::new(serde_json::from_value(json!({"id": ANN})).unwrap()),
        author: "stranger".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        note: None,
    };
    store.commit(stranger).await.unwrap();
    // More than one batch, made while nobody reads.
    for revision in 1..600_u64 {
        let renamed = Label {
            tooltip: revision.to_string(),
            ..label(SECRET, "Secret", 2)
        };
        change(&catalog, LabelChange::Update(Box::new(renamed)), revision)
            .await
            .unwrap();
    }
    for (stream, first) in [(&mut from_start, 1), (&mut from_now, 2)] {
        for expected in first..=600 {
            assert_eq!(stream.next().await.unwrap().unwrap().revision, Revision(expected));
        }
        assert!(futures::poll!(stream.next()).is_pending());
    }
    let mut resumed = catalog.follow_revisions(&reader(), Some(Revision(599))).await.unwrap();
    let info = resumed.next().await.unwrap().unwrap();
    assert_eq!(
        (info.revision, info.author),
        (Revision(600), operator().caller.application_id.unwrap().to_string())
    );
    let ahead = catalog
        .follow_revisions(&reader(), Some(Revision(601)))
        .await
        .err()
        .unwrap();
    assert_eq!(ahead.reason, ErrorReason::RevisionNotFound);
}

#[tokio::test]
async fn a_follower_sees_what_another_process_did() {
    let (store, catalog) = loaded().await;
    let catalog = Arc::new(catalog);
    let mut revisions = catalog.follow_revisions(&reader(), None).await.unwrap();
    let mut changed = document();
    changed["displayName"] = json!("elsewhere");
    let elsewhere = NewRevision {
        tenant: tenant(),
        expected: Expected::Any,
        document: Arc::new(serde_json::from_value(changed).unwrap()),
        author: "elsewhere".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        note: None,
    };
    store.commit(elsewhere).await.unwrap();
    let following = tokio::spawn(async move { catalog.follow_store().await });
    assert_eq!(revisions.next().await.unwrap().unwrap().author, "elsewhere");
    following.abort();
}

/// Every method, what opens it, and that nothing else does.
#[tokio::test]
async fn every_method_asks_for_its_role() {
    let (_, catalog) = loaded().await;
    let read = ["plan", "export", "list", "get", "diff", "follow"];
    let manage = ["apply", "rollback", "create", "update", "delete", "reorder"];
    let others = [
        "InformationProtectionPolicy.Read.All",
        "SensitivityLabels.Read.All",
        "Signet.Decisions.Read",
    ];
    for method in read.into_iter().chain(manage) {
        for (roles, opens) in [
            (vec!["Signet.Catalog.Manage"], true),
            (vec!["signet.catalog.manage"], true),
            (vec!["Signet.Catalog.Read"], read.contains(&method)),
            (others.to_vec(), false),
            (Vec::new(), false),
        ] {
            for context in [
                application(tenant(), &roles),
                delegated(tenant(), UserId::parse(ANN).unwrap(), &roles),
            ] {
                let refused = called(&catalog, &context, method).await.err().map(|error| error.reason);
                let missing = refused == Some(ErrorReason::PermissionMissing);
                assert_eq!(missing, !opens, "{method} with {roles:?}: {refused:?}");
            }
        }
        let stranger = application(TenantId::parse(ANN).unwrap(), &["Signet.Catalog.Manage"]);
        let refused = called(&catalog, &stranger, method)
            .await
            .err()
            .map(|error| error.reason);
        let expected = match method {
            "plan" | "apply" => Some(ErrorReason::TenantDocumentInvalid),
            "list" => None,
            _ => Some(ErrorReason::TenantUnknown),
        };
        assert_eq!(refused, expected, "{method} by a tenant that is not here");
    }
}

async fn called(catalog: &Catalog, context: &CallContext, method: &str) -> Result<(), ContractError> {
    let json = || TenantJson(document().to_string());
    let id = LabelId::parse(NEW).unwrap();
    let change = |change| catalog.change_label(context, change, Revision(1), None);
    match method {
        "plan" => drop(catalog.plan_tenant(context, json()).await?),
        "export" => drop(catalog.export_tenant(context, None).await?),
        "list" => assert!(catalog.list_revisions(context, None, 10).await?.len() < 2),
        "get" => drop(catalog.get_revision(context, None).await?),
        "diff" => drop(catalog.diff_revisions(context, Revision(1), None).await?),
        "follow" => drop(catalog.follow_revisions(context, None).await?),
        "apply" => drop(
            catalog
                .apply_tenant(context, json(), ExpectedRevision::Any, None)
                .await?,
        ),
        "rollback" => drop(
            catalog
                .rollback_tenant(context, Revision(1), ExpectedRevision::Any, None)
                .await?,
        ),
        "create" => drop(change(create(SECRET, "Secret", 1)).await?),
        "update" => drop(change(LabelChange::Update(Box::new(label(NEW, "Top", 3)))).await?),
        "delete" => drop(change(LabelChange::Delete(id)).await?),
        "reorder" => drop(change(LabelChange::Reorder(vec![id])).await?),
        other => panic!("{other}"),
    }
    Ok(())
}

#[tokio::test]
async fn a_note_has_a_limit() {
    let (_, catalog) = loaded().await;
    let json = || TenantJson(document().to_string());
    let apply = |length: usize| {
        catalog.apply_tenant(
            reader_and_writer(),
            json(),
            ExpectedRevision::Any,
            Some("ä".repeat(length)),
        )
    };
    assert!(apply(1_024).await.is_ok());
    let refused = apply(1_025).await.unwrap_err();
    assert_eq!(
        (refused.reason, refused.target.as_deref()),
        (ErrorReason::InvalidArgument, Some("note"))
    );
}

fn reader_and_writer() -> &'static CallContext {
    static CONTEXT: std::sync::OnceLock<CallContext> = std::sync::OnceLock::new();
    CONTEXT.get_or_init(operator)
}
