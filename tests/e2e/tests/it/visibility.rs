//! Who sees which label is one set of rules: what the catalogue lists is what the evaluation takes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use signet_e2e::{Caller, Request};

use crate::support::{contoso, golden, none_wrong};

const READ: &str = "InformationProtectionPolicy.Read SensitivityLabel.Read";
const READ_ALL: &str = "InformationProtectionPolicy.Read.All SensitivityLabel.Read";

/// Labels listed at a path: ids, and those of them that may be applied.
fn listed(base: &str, caller: &Caller) -> (BTreeSet<String>, BTreeSet<String>) {
    let answer = golden()
        .send(&Request::get(format!("{base}/sensitivityLabels?$top=999")).by(caller))
        .expect(200);
    let body = answer.json();
    let labels = body["value"].as_array().expect("a list");
    let id = |label: &Value| label["id"].as_str().expect("an id").to_owned();
    let appliable = labels
        .iter()
        .filter(|label| label["isAppliable"] == true && label["isActive"] == true);
    (labels.iter().map(id).collect(), appliable.map(id).collect())
}

/// What applying a label comes to: its status and specific code.
fn applied(base: &str, caller: &Caller, label: &str) -> (u16, String) {
    let body = json!({
        "contentInfo": {"contentFormat": "File", "identifier": "a.docx", "state": "rest", "metadata": []},
        "labelingOptions": {"labelId": label, "assignmentMethod": "privileged"}
    });
    let request = Request::post(format!("{base}/sensitivityLabels/evaluateApplication")).json(&body);
    let answer = golden().send(&request.by(caller));
    let code = if answer.status == 200 {
        String::new()
    } else {
        answer.inner_code()
    };
    (answer.status, code)
}

#[test]
fn what_is_listed_is_what_can_be_applied_by_everybody() {
    let tenant = contoso();
    let all: Vec<String> = tenant.0["labels"]
        .as_array()
        .expect("labels")
        .iter()
        .map(|label| label["id"].as_str().expect("an id").to_owned())
        .collect();
    let application = Caller::application(&tenant, READ_ALL);
    let mut faults = Vec::new();
    let mut views = BTreeSet::new();
    for user in tenant.0["users"].as_array().expect("users") {
        let (id, name) = (
            user["id"].as_str().expect("an id"),
            user["userPrincipalName"].as_str().expect("a name"),
        );
        let own = Caller::user(&tenant, name, READ);
        let me = "/beta/me/security/informationProtection";
        let (seen, appliable) = listed(me, &own);
        let by_application = format!("/beta/users/{id}/security/informationProtection");
        if listed(&by_application, &application).0 != seen {
            faults.push(format!(
                "{name}: an application sees other labels of the user than the user"
            ));
        }
        for label in &all {
            let (status, code) = applied(me, &own, label);
            if seen.contains(label) == (code == "labelNotFound") && !is_unpublished_parent(&seen, &appliable, label) {
                faults.push(format!(
                    "{name}: {label} is listed: {}, applied: {status} {code}",
                    seen.contains(label)
                ));
            }
            if applied(&by_application, &application, label) != (status, code) {
                faults.push(format!("{name}: {label} is applied otherwise by an application"));
            }
        }
        views.insert(seen);
    }
    assert!(views.len() > 2, "the users of the tenant see different labels");
    let organisation = "/beta/security/informationProtection";
    let (seen, _) = listed(organisation, &application);
    if seen.len() != all.len() {
        faults.push(format!(
            "an application sees {} of {} labels of the organisation",
            seen.len(),
            all.len()
        ));
    }
    for label in &all {
        if applied(organisation, &application, label).1 == "labelNotFound" {
            faults.push(format!("organisation: {label} cannot be applied"));
        }
    }
    none_wrong(&faults);
}

/// Listed for the sake of its sublabels, which does not make it one to apply. Source: labelling semantics A7.
fn is_unpublished_parent(seen: &BTreeSet<String>, appliable: &BTreeSet<String>, label: &str) -> bool {
    let is_parent = contoso().0["labels"]
        .as_array()
        .expect("labels")
        .iter()
        .any(|other| other["parentId"] == label);
    is_parent && seen.contains(label) && !appliable.contains(label)
}
