//! What belongs to another tenant does not exist.

use serde_json::json;
use signet_e2e::{Answer, Caller, Request};

use crate::support::{graph, graph_tenant, none_wrong};

/// Nobody's id.
const RANDOM: &str = "8d5e0f3a-72b1-4c6d-9e08-1f2a3b4c5d6e";

/// An answer without the id that was asked for.
fn without(answer: &Answer, id: &str) -> (u16, String) {
    let mut body = answer.json();
    for volatile in ["date", "request-id", "client-request-id"] {
        if body["error"]["innerError"].get(volatile).is_some() {
            body["error"]["innerError"][volatile] = json!("…");
        }
    }
    (answer.status, body.to_string().replace(id, "{id}"))
}

/// A request for another tenant's id is answered exactly as for a random one, with the expected status.
fn same_as_random(faults: &mut Vec<String>, theirs: &str, status: u16, request: impl Fn(&str) -> Request) {
    let foreign = graph().send(&request(theirs));
    let random = graph().send(&request(RANDOM));
    let name = request(theirs).name();
    if foreign.status != status {
        faults.push(format!(
            "{name}: {} instead of {status}: {}",
            foreign.status,
            foreign.text()
        ));
    }
    let (foreign, random) = (without(&foreign, theirs), without(&random, RANDOM));
    if foreign != random {
        faults.push(format!("{name}: {foreign:?} tells it from a random id: {random:?}"));
    }
}

#[test]
fn labels_of_another_tenant_are_unknown() {
    // `Board Only` of tenant B.
    let board = "5b0c7a36-91de-4f28-8a4d-3e6f12c9d870";
    let all = "InformationProtectionPolicy.Read SensitivityLabel.Read SensitivityLabel.Evaluate";
    let bob = Caller::user(&graph_tenant("a"), "bob@contoso.com", all);
    let roles = "InformationProtectionPolicy.Read.All SensitivityLabel.Read SensitivityLabel.Evaluate";
    let application = Caller::application(&graph_tenant("a"), roles);
    let p1 = "/beta/me/security/informationProtection/sensitivityLabels";
    let p2 = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";
    let mut faults = Vec::new();
    let mut gets = |path: &dyn Fn(&str) -> String, status: u16, caller: &Caller| {
        same_as_random(&mut faults, board, status, |id| Request::get(path(id)).by(caller));
    };
    gets(&|id| format!("{p1}/{id}"), 404, &bob);
    gets(&|id| format!("{p1}/{id}/parent"), 404, &bob);
    gets(&|id| format!("{p2}/{id}"), 404, &bob);
    gets(&|id| format!("{p2}/{id}/rights"), 404, &bob);
    gets(&|id| format!("{p2}/{id}/sublabels"), 404, &bob);
    gets(&|id| format!("{p2}?$filter=id%20eq%20'{id}'"), 200, &bob);
    gets(&|id| format!("{p2}/computeInheritance(labelIds=['{id}'])"), 404, &bob);
    gets(
        &|id| format!("/beta/security/informationProtection/sensitivityLabels/{id}"),
        404,
        &application,
    );
    let content = json!({"contentFormat": "File", "metadata": []});
    same_as_random(&mut faults, board, 404, |id| {
        let body = json!({"contentInfo": content, "labelingOptions": {"labelId": id}});
        Request::post(format!("{p1}/evaluateApplication")).json(&body).by(&bob)
    });
    same_as_random(&mut faults, board, 204, |id| {
        let metadata = json!([{"name": format!("MSIP_Label_{id}_Enabled"), "value": "true"}]);
        let body = json!({"contentInfo": {"metadata": metadata}});
        Request::post(format!("{p1}/extractContentLabel")).json(&body).by(&bob)
    });
    same_as_random(&mut faults, board, 200, |id| {
        let body =
            json!({"contentInfo": {"metadata": [{"name": format!("MSIP_Label_{id}_Enabled"), "value": "true"}]}});
        Request::post(format!("{p1}/evaluateRemoval")).json(&body).by(&bob)
    });
    none_wrong(&faults);
}

#[test]
fn people_of_another_tenant_are_unknown() {
    let theirs = graph_tenant("b").user("bob@contoso.com")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let roles = "InformationProtectionPolicy.Read.All SensitivityLabel.Read Files.Read.All";
    let application = Caller::application(&graph_tenant("a"), roles);
    let mut faults = Vec::new();
    for path in [
        "/beta/users/{id}/security/informationProtection/sensitivityLabels",
        "/beta/users/{id}/security/informationProtection/labelPolicySettings",
        "/v1.0/users/{id}/dataSecurityAndGovernance/sensitivityLabels",
        "/v1.0/users/{id}/drive",
        "/v1.0/users/{id}/drives",
    ] {
        same_as_random(&mut faults, &theirs, 404, |id| {
            Request::get(path.replace("{id}", id)).by(&application)
        });
    }
    none_wrong(&faults);
}

#[test]
fn drives_and_items_of_another_tenant_are_unknown() {
    let pat = Caller::user(&graph_tenant("personal"), "pat@outlook.example", "Files.Read");
    let application = Caller::application(&graph_tenant("a"), "Files.Read.All");
    let item = graph()
        .send(&Request::get("/v1.0/me/drive/root:/three-tenants.docx").by(&pat))
        .expect(200)
        .json();
    let item = item["id"].as_str().expect("an id").to_owned();
    let mut faults = Vec::new();
    for path in [
        "/v1.0/drives/{id}",
        "/v1.0/drives/{id}/root/children",
        "/v1.0/drives/{id}/root:/three-tenants.docx",
    ] {
        same_as_random(&mut faults, "b!pat", 404, |id| {
            Request::get(path.replace("{id}", id)).by(&application)
        });
    }
    same_as_random(&mut faults, "b!pat", 404, |id| {
        Request::post(format!("/v1.0/drives/{id}/items/{item}/extractSensitivityLabels")).by(&application)
    });
    for path in [
        "/v1.0/drives/b!bob/items/{id}",
        "/v1.0/drives/b!bob/items/{id}/children",
    ] {
        same_as_random(&mut faults, &item, 404, |id| {
            Request::get(path.replace("{id}", id)).by(&application)
        });
    }
    same_as_random(&mut faults, &item, 404, |id| {
        Request::post(format!("/v1.0/drives/b!bob/items/{id}/extractSensitivityLabels")).by(&application)
    });
    none_wrong(&faults);
}

#[test]
fn decisions_of_another_tenant_are_not_shown() {
    let correlation = "71c2d30b-64a5-4e8f-9b11-2a3c4d5e6f70";
    let bob = Caller::user(
        &graph_tenant("b"),
        "bob@contoso.com",
        "InformationProtectionPolicy.Read",
    );
    let body = json!({"contentInfo": {"metadata": []}, "labelingOptions": {"labelId": "5b0c7a36-91de-4f28-8a4d-3e6f12c9d870"}});
    let request = Request::post("/beta/me/security/informationProtection/sensitivityLabels/evaluateApplication");
    graph()
        .send(&request.json(&body).header("client-request-id", correlation).by(&bob))
        .expect(200);
    for installation in graph().installations() {
        let log = |tenant: &str| {
            let reader = Caller::application(&graph_tenant(tenant), "Signet.Decisions.Read");
            let path = "/signet/v1/decisions?$orderby=sequence%20desc&$top=999";
            installation.send(&Request::get(path).by(&reader)).expect(200).text()
        };
        assert!(log("b").contains(correlation), "{:?}", installation.shape);
        assert!(!log("a").contains(correlation), "{:?}", installation.shape);
    }
}
