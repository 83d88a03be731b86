//! Changes of a tenant while Signet runs.

use serde_json::json;
use signet_e2e::{Caller, Pair, Request, Setup, Tenant};

use crate::support::contoso;

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";

fn bob() -> Caller {
    let scopes = "InformationProtectionPolicy.Read SensitivityLabel.Read SensitivityLabel.Evaluate";
    Caller::user(&contoso(), "bob@contoso.com", scopes)
}

/// `contoso` with another tooltip on its first label.
fn with_tooltip(text: &str) -> Tenant {
    let mut tenant = contoso();
    tenant.0["labels"][0]["tooltip"] = json!(text);
    tenant
}

#[test]
fn a_change_is_seen_by_who_demands_its_revision() {
    let pair = Pair::start(&Setup {
        tenants: vec![contoso()],
        ..Setup::default()
    });
    let evaluate = json!({"contentInfo": {"contentFormat": "File", "metadata": []}, "classificationResults": []});
    let compute = json!({"protectedContents": [{"cid": "1", "labelId": contoso().0["labels"][0]["id"]}]});
    let id = contoso().0["labels"][0]["id"]
        .as_str()
        .expect("a label has an id")
        .to_owned();
    for revision in 2..=6_u32 {
        let text = format!("tooltip of revision {revision}");
        pair.one.apply(&with_tooltip(&text));
        pair.separate.apply(&with_tooltip(&text));
        let p2 = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";
        for request in [
            Request::get(format!("{LABELS}/{id}")),
            Request::get(format!("{p2}/{id}")),
            Request::get(format!("{p2}/computeInheritance?labelIds={id}")),
            Request::post(format!("{p2}/computeRightsAndInheritance")).json(&compute),
            Request::post(format!("{LABELS}/evaluateClassificationResults")).json(&evaluate),
        ] {
            let request = request
                .header("Signet-At-Least-Revision", revision.to_string())
                .by(&bob());
            let answer = pair.send(&request).expect(200);
            assert_eq!(
                answer.header("signet-revision"),
                Some(revision.to_string().as_str()),
                "{}",
                request.name()
            );
            let shows_texts = !request.path.ends_with("Results");
            assert_eq!(
                answer.text().contains(&text),
                shows_texts,
                "{}: {}",
                request.name(),
                answer.text()
            );
        }
    }
}

/// "Not found" is an answer of a revision too: a label published a moment ago may be in the next one.
#[test]
fn a_refusal_says_the_revision_it_follows_from() {
    let pair = Pair::start(&Setup {
        tenants: vec![contoso()],
        ..Setup::default()
    });
    for installation in pair.installations() {
        installation.apply(&with_tooltip("another"));
    }
    let unknown = "99999999-9999-4999-8999-999999999999";
    let p2 = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";
    let apply = json!({
        "contentInfo": {"contentFormat": "File", "metadata": []},
        "labelingOptions": {"labelId": unknown},
    });
    let pairs = json!({"contentInfo": {"metadata": vec![json!({"name": "x"}); 1001]}});
    for (request, status) in [
        (Request::get(format!("{LABELS}/{unknown}")), 404),
        (Request::get(format!("{p2}/{unknown}")), 404),
        (Request::get(format!("{p2}/{unknown}/rights")), 404),
        (Request::get(format!("{p2}/{unknown}/sublabels")), 404),
        (Request::get(format!("{p2}/computeInheritance?labelIds={unknown}")), 404),
        (Request::post(format!("{LABELS}/evaluateApplication")).json(&apply), 404),
        (Request::post(format!("{LABELS}/evaluateRemoval")).json(&pairs), 400),
    ] {
        let request = request.header("Signet-At-Least-Revision", "2").by(&bob());
        let answer = pair.send(&request).expect(status);
        assert_eq!(answer.header("signet-revision"), Some("2"), "{}", request.name());
    }
    let malformed = Request::post(format!("{LABELS}/evaluateRemoval"))
        .json(&json!([]))
        .by(&bob());
    let answer = pair.send(&malformed).expect(400);
    assert_eq!(answer.header("signet-revision"), None, "no policy was asked");
}

#[test]
fn the_same_document_makes_no_new_revision() {
    let pair = Pair::start(&Setup {
        tenants: vec![contoso()],
        ..Setup::default()
    });
    for installation in pair.installations() {
        installation.apply(&contoso());
        installation.apply(&with_tooltip("another"));
        let answer = installation.send(&Request::get(LABELS).header("Signet-At-Least-Revision", "2").by(&bob()));
        assert_eq!(answer.expect(200).header("signet-revision"), Some("2"));
    }
}

#[test]
fn a_revision_that_does_not_come_is_not_answered_by_an_older_one() {
    let pair = Pair::start(&Setup {
        tenants: vec![contoso()],
        ..Setup::default()
    });
    let request = Request::get(LABELS).header("Signet-At-Least-Revision", "9").by(&bob());
    let answer = pair.send(&request).expect(503);
    assert_eq!(answer.code(), "serviceNotAvailable");
    assert!(
        answer
            .header("retry-after")
            .is_some_and(|value| value.parse::<u32>().is_ok_and(|seconds| seconds >= 1))
    );
}

#[test]
fn a_change_arrives_without_being_demanded() {
    let pair = Pair::start(&Setup {
        tenants: vec![contoso()],
        ..Setup::default()
    });
    for installation in pair.installations() {
        installation.send(&Request::get(LABELS).by(&bob())).expect(200);
        installation.apply(&with_tooltip("changed"));
        signet_e2e::wait_for("the change to arrive", || {
            let answer = installation.send(&Request::get(LABELS).by(&bob())).expect(200);
            (answer.header("signet-revision") == Some("2")).then(|| assert!(answer.text().contains("changed")))
        });
    }
}

#[test]
fn a_label_list_is_not_sent_again_while_it_is_the_same() {
    let pair = Pair::start(&Setup {
        tenants: vec![contoso()],
        ..Setup::default()
    });
    for installation in pair.installations() {
        for path in [LABELS, "/v1.0/me/dataSecurityAndGovernance/sensitivityLabels"] {
            let answer = installation.send(&Request::get(path).by(&bob())).expect(200);
            let tag = answer.header("etag").expect("a list has a tag").to_owned();
            let again = Request::get(path).header("If-None-Match", &tag).by(&bob());
            assert!(installation.send(&again).expect(304).body.is_empty());
            let german = again.clone().header("Accept-Language", "de-DE");
            installation.send(&german).expect(200);
        }
        let answer = installation.send(&Request::get(LABELS).by(&bob())).expect(200);
        let tag = answer.header("etag").expect("a list has a tag").to_owned();
        installation.apply(&with_tooltip("changed"));
        let request = Request::get(LABELS)
            .header("If-None-Match", &tag)
            .header("Signet-At-Least-Revision", "2");
        installation.send(&request.by(&bob())).expect(200);
    }
}
