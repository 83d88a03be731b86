//! Rights and inheritance: worked examples E9, E11, E12 of the contract.

use serde_json::{Value, json};
use signet_testkit::matcher::mismatch;

use super::world::{Ask, Reply, TENANT_A, Token, World};

const PREFIX: &str = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";
const GENERAL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const CONFIDENTIAL: &str = "a7a21bba-8197-491f-a5d6-0d0f955397cf";
const CHILD: &str = "a20cbae4-0c05-448c-b342-cb6c618d0957";
const PARENT: &str = "8cf764ac-ef2b-4787-8ccd-0a8a65e7bafa";

fn bob() -> Token {
    Token::bob(TENANT_A).all()
}

#[track_caller]
fn holds(reply: &Reply, expected: &Value) {
    assert_eq!(mismatch(expected, Some(&reply.ok())), None, "{}", reply.text());
}

#[tokio::test]
async fn e9_rights() {
    let world = World::new();
    let path = format!("{PREFIX}/{GENERAL}/rights?ownerEmail=bob@contoso.com");
    let reply = world.get(&path).token(bob()).send().await;
    holds(
        &reply,
        &json!({"@odata.context": "https://signet.example/v1.0/$metadata#Collection(microsoft.graph.usageRight)",
        "id": "$guid", "ownerEmail": "bob@contoso.com", "userEmail": null,
        "value": "docEdit, edit, forward, print, reply, replyAll, view, extract, viewRightsData, objModel"}),
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let again = world.get(&path).token(bob()).send().await.ok();
    assert_eq!(again["id"], reply.ok()["id"], "the id is stable");
    let selected = world
        .get(&format!("{path}&$select=value"))
        .token(bob())
        .send()
        .await
        .ok();
    assert_eq!(selected.as_object().expect("an object").len(), 3, "{selected}");
}

#[tokio::test]
async fn e9_refusals() {
    let world = World::new();
    let id = "7c9b1b4c-5b5a-4e3e-9f1b-2d9b0b4a9a0a";
    let denied = world
        .get(&format!(
            "{PREFIX}/{CONFIDENTIAL}/rights?userEmail=someone@fabrikam.com"
        ))
        .token(bob())
        .header("client-request-id", id)
        .send()
        .await;
    denied.refused(403, "AccessDenied", "");
    let inner = &denied.json()["error"]["innerError"];
    assert_eq!(
        (&inner["client-request-id"], &inner["date"]),
        (&json!(id), &json!("2026-03-04T05:06:07"))
    );
    assert_eq!(inner["request-id"].as_str(), denied.header("request-id"));
    let none = Token::bob(TENANT_A).with(&["Files.Read"]);
    let missing = world
        .get(&format!("{PREFIX}/{GENERAL}/rights"))
        .token(none)
        .send()
        .await;
    missing.refused(403, "AccessDenied", "Authorization_RequestDenied");
    let unknown = world
        .get(&format!("{PREFIX}/11111111-1111-4111-8111-111111111111/rights"))
        .token(bob())
        .send()
        .await;
    unknown.refused(404, "itemNotFound", "labelNotFound");
    let unprotected = world
        .get(&format!("{PREFIX}/285ccb20-8260-4b1a-9e08-b5e051ffc848/rights"))
        .token(bob())
        .send()
        .await;
    unprotected.refused(404, "itemNotFound", "rightsNotAvailable");
    let or = world
        .get(&format!(
            "{PREFIX}/{GENERAL}/rights?$filter=ownerEmail eq 'a' or ownerEmail eq 'b'"
        ))
        .token(bob())
        .send()
        .await;
    or.refused(400, "ArgumentException", "invalidRequest");
    let unknown_with_fault = format!("{PREFIX}/11111111-1111-4111-8111-111111111111/rights?$select=nope");
    world
        .get(&unknown_with_fault)
        .token(bob())
        .send()
        .await
        .refused(404, "itemNotFound", "labelNotFound");
}

/// The forms of 5.5, for one or two ids.
fn forms(ids: &[&str]) -> Vec<String> {
    let quoted = |mark: &str| {
        ids.iter()
            .map(|id| format!("{mark}{id}{mark}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let encoded = quoted("%22").replace(',', "%2C");
    let plain = ids.join(",");
    let tail = "locale='en-US',contentFormats";
    vec![
        format!("computeInheritance(labelIds=[{}],{tail}=[\"File\"])", quoted("\"")),
        format!("computeInheritance(labelIds=[{}],{tail}=[%22File%22])", quoted("%22")),
        format!("computeInheritance(labelIds=%5B{encoded}%5D,{tail}=%5B%22File%22%5D)"),
        format!("computeInheritance(labelIds={},{tail}=File)", plain.replace(',', "%2C")),
        format!(
            "computeInheritance(labelIds={}locale='en-US'contentFormats=File)",
            plain.replace(',', "%2C")
        ),
        format!("computeInheritance(labelIds={plain}locale='en-US'contentFormats=File,Email)"),
        format!("computeInheritance(labelIds=%5B{encoded}%5Dlocale='en-US'contentFormats=%5B%22File%22%5D)"),
        format!(
            "computeInheritance(labelIds=@l,locale=@x,contentFormats=@c)?@l=[{}]&@x='en-US'&@c=[%22File%22]",
            quoted("%22")
        ),
        format!("computeInheritance?labelIds={plain}&locale=en-US&contentFormats=File,Email"),
        format!(
            "computeInheritance(labelIds=[{}],contentFormats=['File'])",
            quoted("'").replace(',', ",%20")
        ),
        format!(
            "microsoft.graph.computeInheritance(labelIds=[%0A%20%20{}%0A],locale=null)",
            quoted("%22")
        ),
    ]
}

#[tokio::test]
async fn e11_every_form_of_the_call_agrees() {
    let world = World::new();
    for form in forms(&[GENERAL, CONFIDENTIAL]) {
        let reply = Ask::new(&world, http::Method::GET, &format!("{PREFIX}/{form}"))
            .token(bob())
            .send()
            .await;
        holds(
            &reply,
            &json!({"@odata.context": "https://signet.example/v1.0/$metadata#microsoft.graph.security.sensitivityLabel",
            "id": CONFIDENTIAL, "name": "Confidential", "description": "Confidential data.", "color": "#ff0000", "priority": 0,
            "toolTip": "Data that requires protection.", "isEnabled": true, "isEndpointProtectionEnabled": true,
            "autoTooltip": "", "actionSource": "manual", "applicableTo": "email,teamwork,file", "sublabels": []}),
        );
        assert_eq!(reply.header("signet-revision"), Some("7"), "{form}");
    }
}

#[tokio::test]
async fn e11_refusals_and_sublabels() {
    let world = World::new();
    let ask = |arguments: &str| {
        world
            .get(&format!("{PREFIX}/computeInheritance({arguments})"))
            .token(bob())
    };
    ask("labelIds=[\"nope\"]")
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
    ask("")
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
    ask("labelIds=[\"11111111-1111-4111-8111-111111111111\"]")
        .send()
        .await
        .refused(404, "itemNotFound", "labelNotFound");
    let site = format!("labelIds=[\"{GENERAL}\"],contentFormats=[\"Site\"]");
    ask(&site)
        .send()
        .await
        .refused(404, "itemNotFound", "noApplicableLabel");
    let below = format!("{PREFIX}/{PARENT}/sublabels/computeInheritance(labelIds=['{CHILD}'])");
    assert_eq!(world.get(&below).token(bob()).send().await.ok()["id"], CHILD);
    let not_below = below.replace(CHILD, GENERAL);
    world
        .get(&not_below)
        .token(bob())
        .send()
        .await
        .refused(404, "itemNotFound", "labelNotFound");
    let beta = PREFIX.replace("v1.0", "beta");
    let beta = world
        .get(&format!(
            "{beta}/computeInheritance(labelIds=['{GENERAL}'])?$select=name"
        ))
        .token(bob())
        .send()
        .await
        .ok();
    assert_eq!(
        beta,
        json!({"@odata.context": "https://signet.example/beta/$metadata#microsoft.graph.sensitivityLabel",
        "id": GENERAL, "name": "General"})
    );
}

fn contents() -> Value {
    json!({"delegatedUserEmail": "bob@contoso.com", "locale": "en-US", "protectedContents": [
        {"@odata.type": "microsoft.graph.protectedContent", "cid": "c1", "format": "File", "labelId": GENERAL},
        {"cid": "c2", "format": "File", "labelId": CONFIDENTIAL}], "supportedContentFormats": ["File"]})
}

#[tokio::test]
async fn e12_compute_rights_and_inheritance() {
    let world = World::new();
    for spelled in [
        "computeRightsAndInheritance",
        "microsoft.graph.computeRightsAndInheritance",
    ] {
        let reply = world
            .post(&format!("{PREFIX}/{spelled}"), &contents().to_string())
            .token(bob())
            .send()
            .await;
        let flat = json!({"inheritedLabel": {"id": CONFIDENTIAL},
            "contentRights": [{"id": "$guid", "cid": "c1", "format": "File", "label": {"id": GENERAL}},
                              {"id": "$guid", "cid": "c2", "format": "File", "rights": "view", "label": {"id": CONFIDENTIAL}}],
            "sensitivityLabels": [{"id": GENERAL}, {"id": CONFIDENTIAL}]});
        holds(&reply, &flat);
        let answer = reply.ok();
        assert_eq!(mismatch(&flat, Some(&answer["value"])), None);
        assert_eq!(
            answer["value"]["@odata.type"],
            "microsoft.graph.computeRightsAndInheritanceResult"
        );
        assert_eq!(
            answer["@odata.context"],
            "https://signet.example/v1.0/$metadata#microsoft.graph.computeRightsAndInheritanceResult"
        );
    }
}

#[tokio::test]
async fn e12_who_is_asked_about() {
    let world = World::new();
    let path = format!("{PREFIX}/computeRightsAndInheritance");
    let mut body = contents();
    body.as_object_mut().expect("an object").remove("delegatedUserEmail");
    let own = world.post(&path, &body.to_string()).token(bob()).send().await.ok();
    assert_eq!(own["contentRights"][1]["rights"], "view");
    let application = world.post(&path, &body.to_string()).send().await;
    application.refused(400, "invalidRequest", "invalidParameterFormat");
    assert_eq!(application.json()["error"]["target"], "delegatedUserEmail");
    body["protectedContents"] = json!([]);
    let empty = world.post(&path, &body.to_string()).token(bob()).send().await;
    empty.refused(400, "invalidRequest", "invalidParameterFormat");
    let many = vec![json!({"labelId": GENERAL}); 1001];
    body["protectedContents"] = json!(many);
    world
        .post(&path, &body.to_string())
        .token(bob())
        .send()
        .await
        .refused(400, "invalidRequest", "tooManyItems");
}
