//! A tenant administered by programs over gRPC, in both shapes.

use std::time::{Duration, Instant};

use futures::StreamExt;
use serde_json::{Value, json};
use signet_contract::catalog::{ExpectedRevision, RevisionInfo, TenantJson};
use signet_contract::{CallContext, CatalogAdministration, Credential};
use signet_domain::error::ErrorReason;
use signet_domain::ids::{LabelId, Revision, TenantId};
use signet_domain::label::Label;
use signet_domain::tenant::{ChangeKind, LabelChange};
use signet_e2e::{Caller, Installation, Pair, Request, Setup, Tenant};
use signet_rpc::client::{CatalogAdministrationClient, ClientOptions, Connection};
use signet_testkit::calls::application;

use crate::support::{contoso, graph_tenant};

const NEW: &str = "99999999-0000-4000-8000-000000000001";

fn client(installation: &Installation) -> CatalogAdministrationClient {
    let connection = Connection::open("catalog", &[installation.grpc("catalog")], &ClientOptions::default());
    CatalogAdministrationClient::new(connection.expect("an address"))
}

/// The tenant of a call is the one of its token; what else the context says of the caller does not travel.
fn context(installation: &Installation, tenant: &Tenant, roles: &str) -> CallContext {
    let token = installation.token(&Caller::application(tenant, roles));
    let nobody = TenantId::parse("00000000-0000-4000-8000-000000000000").expect("a GUID");
    CallContext {
        credential: Some(Credential::new(&token)),
        deadline: Instant::now() + Duration::from_secs(30),
        ..application(nobody, &[])
    }
}

fn label(value: Value) -> Label {
    serde_json::from_value(value).expect("a label")
}

fn top(name: &str) -> Label {
    label(json!({"id": NEW, "name": name, "sensitivity": 1000, "applicableTo": ["file"]}))
}

fn revisions(infos: &[RevisionInfo]) -> Vec<u64> {
    infos.iter().map(|info| info.revision.0).collect()
}

fn pair() -> Pair {
    Pair::start(&Setup {
        tenants: vec![contoso(), graph_tenant("b")],
        ..Setup::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_changed_one_by_one_and_every_change_is_seen() {
    let pair = tokio::task::spawn_blocking(pair).await.expect("both start");
    for installation in pair.installations() {
        let administration = client(installation);
        let manage = context(installation, &contoso(), "Signet.Catalog.Manage");
        let change = |change, expected| administration.change_label(&manage, change, Revision(expected), None);

        let created = change(LabelChange::Create(Box::new(top("Top"))), 1)
            .await
            .expect("it is created");
        assert_eq!(
            (created.revision, created.changes[0].change),
            (Revision(2), ChangeKind::Added)
        );
        let stale = change(LabelChange::Update(Box::new(top("Highest"))), 1)
            .await
            .expect_err("stale");
        assert_eq!(
            (stale.reason, stale.fact_value("current_revision")),
            (ErrorReason::RevisionConflict, Some("2"))
        );
        change(LabelChange::Update(Box::new(top("Highest"))), 2)
            .await
            .expect("it is updated");
        let id = LabelId::parse(NEW).expect("a GUID");
        let used = contoso().0["labels"][0]["id"]
            .as_str()
            .and_then(|id| LabelId::parse(id).ok())
            .expect("an id");
        let refused = change(LabelChange::Delete(used), 3)
            .await
            .expect_err("a policy names it");
        assert_eq!(refused.reason, ErrorReason::TenantDocumentInvalid);
        assert!(
            refused
                .violations
                .iter()
                .any(|fault| fault.path == "policies[0].labels[0]"),
            "{refused:?}"
        );
        let twice = change(LabelChange::Create(Box::new(top("Highest"))), 3)
            .await
            .expect_err("it is there");
        let paths: Vec<&str> = twice.violations.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["label.id", "label.name", "label.sensitivity"]);

        // Who asks for the revision sees it, over REST too.
        let path = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";
        let reader = Caller::application(&contoso(), "SensitivityLabel.Read");
        let request = Request::get(format!("{path}/{NEW}"))
            .header("Signet-At-Least-Revision", "3")
            .by(&reader);
        let answer = tokio::task::block_in_place(|| installation.send(&request)).expect(200);
        assert!(answer.text().contains("Highest"));

        let labels = administration
            .export_tenant(&manage, None)
            .await
            .expect("the tenant")
            .document;
        let mut order: Vec<(i32, LabelId)> = labels
            .labels
            .iter()
            .map(|label| (label.sensitivity, label.id))
            .collect();
        order.sort_unstable();
        let mut order: Vec<LabelId> = order.into_iter().map(|(_, id)| id).collect();
        order.rotate_right(1);
        change(LabelChange::Reorder(order), 3).await.expect("a new order");
        change(LabelChange::Delete(id), 4).await.expect("it is deleted");
        let history = administration
            .list_revisions(&manage, None, 10)
            .await
            .expect("the history");
        assert_eq!(revisions(&history), [5, 4, 3, 2, 1]);
        assert_eq!(history[0].note.as_deref(), Some("delete label `Highest`"));
        assert_ne!(history[0].author, "operator");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_are_compared_taken_back_and_followed() {
    let pair = tokio::task::spawn_blocking(pair).await.expect("both start");
    for installation in pair.installations() {
        let administration = client(installation);
        let manage = context(installation, &contoso(), "Signet.Catalog.Manage");
        let read = context(installation, &contoso(), "Signet.Catalog.Read");
        let mut followed = administration
            .follow_revisions(&read, Some(Revision(0)))
            .await
            .expect("a stream");
        let mut other = administration
            .follow_revisions(
                &context(installation, &graph_tenant("b"), "Signet.Catalog.Read"),
                Some(Revision(0)),
            )
            .await
            .expect("a stream");
        assert_eq!(other.next().await.expect("one").expect("one").revision, Revision(1));

        let mut changed = contoso().0;
        changed["displayName"] = json!("Changed");
        let expected = ExpectedRevision::Exactly(Revision(1));
        let document = TenantJson(changed.to_string());
        administration
            .apply_tenant(&manage, document, expected, None)
            .await
            .expect("it is applied");
        // The operator's command is another process.
        let mut again = changed.clone();
        again["displayName"] = json!("Changed again");
        tokio::task::block_in_place(|| installation.apply(&Tenant(again)));
        let back = administration
            .rollback_tenant(
                &manage,
                Revision(1),
                ExpectedRevision::Exactly(Revision(3)),
                Some("never mind".to_owned()),
            )
            .await
            .expect("taken back");
        assert_eq!((back.revision, back.changed), (Revision(4), true));

        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(followed.next().await.expect("a revision").expect("a revision"));
        }
        assert_eq!(revisions(&seen), [1, 2, 3, 4]);
        assert_eq!(seen[3].note.as_deref(), Some("rollback to revision 1: never mind"));
        let last = administration.get_revision(&read, None).await.expect("a revision");
        assert_eq!(last, seen[3]);
        let mut resumed = administration
            .follow_revisions(&read, Some(Revision(3)))
            .await
            .expect("a stream");
        assert_eq!(resumed.next().await.expect("one").expect("one"), seen[3]);
        assert!(
            futures::poll!(other.next()).is_pending(),
            "the other tenant did not change"
        );

        let diff = administration
            .diff_revisions(&read, Revision(2), None)
            .await
            .expect("a difference");
        assert_eq!((diff.from, diff.to), (Revision(2), Revision(4)));
        assert_eq!(diff.changes[0].members[0].path, "displayName");
        let none = administration
            .diff_revisions(&read, Revision(1), Some(Revision(4)))
            .await
            .expect("a difference");
        assert!(none.changes.is_empty());

        // To a tenant of its own the number of another's revision is as good as any.
        let stranger = context(installation, &graph_tenant("b"), "Signet.Catalog.Read");
        for revision in [4, 4711] {
            let error = administration
                .export_tenant(&stranger, Some(Revision(revision)))
                .await
                .expect_err("none");
            assert_eq!(error.reason, ErrorReason::RevisionNotFound);
        }
        let manager = context(installation, &graph_tenant("b"), "Signet.Catalog.Manage");
        let theirs = contoso().0["labels"][0]["id"].as_str().expect("an id").to_owned();
        for id in [theirs.as_str(), NEW] {
            let deletion = LabelChange::Delete(LabelId::parse(id).expect("a GUID"));
            let error = administration
                .change_label(&manager, deletion, Revision(1), None)
                .await
                .expect_err("none");
            assert_eq!(
                (error.reason, error.fact_value("label_id")),
                (ErrorReason::LabelNotFound, Some(id))
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_asks_for_its_role() {
    let pair = tokio::task::spawn_blocking(pair).await.expect("both start");
    for installation in pair.installations() {
        let administration = client(installation);
        for (roles, reads) in [("Signet.Catalog.Read", true), ("SensitivityLabels.Read.All", false)] {
            let context = context(installation, &contoso(), roles);
            let document = || TenantJson(contoso().0.to_string());
            let change = LabelChange::Create(Box::new(top("Top")));
            let reading = [
                administration.plan_tenant(&context, document()).await.err(),
                administration.export_tenant(&context, None).await.err(),
                administration.list_revisions(&context, None, 1).await.err(),
                administration.get_revision(&context, None).await.err(),
                administration.diff_revisions(&context, Revision(1), None).await.err(),
                administration.follow_revisions(&context, None).await.err(),
            ];
            let any = ExpectedRevision::Any;
            let managing = [
                administration.apply_tenant(&context, document(), any, None).await.err(),
                administration
                    .rollback_tenant(&context, Revision(1), any, None)
                    .await
                    .err(),
                administration
                    .change_label(&context, change, Revision(1), None)
                    .await
                    .err(),
            ];
            for refused in reading {
                let reason = refused.map(|error| error.reason);
                assert_eq!(reason, (!reads).then_some(ErrorReason::PermissionMissing), "{roles}");
            }
            for refused in managing {
                assert_eq!(
                    refused.map(|error| error.reason),
                    Some(ErrorReason::PermissionMissing),
                    "{roles}"
                );
            }
        }
    }
}

#[test]
fn commands_show_compare_and_take_back_revisions() {
    let pair = pair();
    for installation in pair.installations() {
        let mut changed = contoso();
        changed.0["labels"][0]["tooltip"] = json!("a new tooltip");
        installation.apply(&changed);
        let tenant =
            |arguments: &[&str]| installation.command(&[&["tenant"], arguments, &["--tenant", "contoso"]].concat());
        let listed = tenant(&["revisions"]).success().stdout;
        let lines: Vec<&str> = listed.lines().collect();
        assert!(
            lines[0].starts_with("REVISION") && lines[1].starts_with("2 ") && lines[2].starts_with("1 "),
            "{listed}"
        );
        let diff = tenant(&["diff", "1"]).success().stdout;
        assert!(
            diff.contains("a new tooltip") && diff.contains("1 changes from revision 1 to revision 2"),
            "{diff}"
        );
        tenant(&["rollback", "1", "--expect-revision", "7"]).refused();
        tenant(&["rollback", "9"]).refused();
        let back = tenant(&["rollback", "1", "--expect-revision", "2", "--note", "a mistake"])
            .success()
            .stdout;
        assert!(back.contains("is at revision 3"), "{back}");
        let listed = tenant(&["revisions", "--limit", "1"]).success().stdout;
        assert!(
            listed.contains("rollback to revision 1: a mistake") && listed.lines().count() == 2,
            "{listed}"
        );
        assert!(tenant(&["diff", "1", "3"]).success().stdout.starts_with("0 changes"));
    }
}
