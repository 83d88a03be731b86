//! Labels in both projections: worked examples E1, E2, E7, E8, E10 of the contract, and what lists can do.

use serde_json::{Value, json};
use signet_testkit::matcher::mismatch;

use super::world::{Ask, Reply, TENANT_A, Token, World};

const P1: &str = "/beta/users/bob@contoso.com/security/informationProtection/sensitivityLabels";
const P2: &str = "/beta/security/dataSecurityAndGovernance/sensitivityLabels";
const P1_CONTEXT: &str =
    "https://signet.example/beta/$metadata#users('bob%40contoso.com')/security/informationProtection/sensitivityLabels";
const GENERAL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const CONFIDENTIAL: &str = "a7a21bba-8197-491f-a5d6-0d0f955397cf";
const PARENT: &str = "8cf764ac-ef2b-4787-8ccd-0a8a65e7bafa";
const CHILD: &str = "a20cbae4-0c05-448c-b342-cb6c618d0957";

fn bob() -> Token {
    Token::bob(TENANT_A).all()
}

#[track_caller]
fn holds(reply: &Reply, expected: &Value) {
    assert_eq!(mismatch(expected, Some(&reply.ok())), None, "{}", reply.text());
}

fn ids(answer: &Value) -> Vec<String> {
    let entries = answer["value"].as_array().expect("a collection");
    entries
        .iter()
        .map(|entry| entry["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn e1_list_for_a_user() {
    let world = World::new();
    let reply = world.get(P1).send().await;
    let parent_context = |id: &str| format!("{P1_CONTEXT}('{id}')/parent/$entity");
    holds(
        &reply,
        &json!({"@odata.context": P1_CONTEXT, "value": {"$contains": [
        {"id": "285ccb20-8260-4b1a-9e08-b5e051ffc848", "name": "Contoso Public", "description": "", "color": "", "sensitivity": 1,
         "tooltip": "Data labeled as Contoso Confidential.", "isActive": true, "isAppliable": true,
         "contentFormats": ["file", "email"], "hasProtection": false,
         "parent@odata.context": parent_context("285ccb20-8260-4b1a-9e08-b5e051ffc848"), "parent": null},
        {"id": PARENT, "name": "Contoso Confidential", "sensitivity": 4, "isActive": false, "isAppliable": false, "parent": null},
        {"id": CHILD, "name": "Full Time Employees", "sensitivity": 5, "isActive": true, "isAppliable": true,
         "parent@odata.context": parent_context(CHILD),
         "parent": {"id": PARENT, "name": "Contoso Confidential", "description": "", "color": "", "sensitivity": 4,
                    "tooltip": "Data labeled as Contoso Confidential", "isActive": false, "isAppliable": false,
                    "contentFormats": ["file", "email"], "hasProtection": false}}]}}),
    );
    let order = ids(&reply.ok());
    let position = |id: &str| order.iter().position(|known| known == id).expect(id);
    assert!(position("285ccb20-8260-4b1a-9e08-b5e051ffc848") < position(PARENT) && position(PARENT) < position(CHILD));
    insta::assert_json_snapshot!("e1_list_for_a_user", reply.ok());
}

#[tokio::test]
async fn e1_other_callers() {
    let world = World::new();
    let other = Token::user(TENANT_A, "00000000-0000-4000-8000-00000000abcd", "eve@contoso.com").all();
    world.get(P1).token(other).send().await.refused(403, "accessDenied", "");
    let me = "/beta/me/security/informationProtection/sensitivityLabels";
    let reply = world.get(me).send().await;
    reply.refused(400, "BadRequest", "");
    assert_eq!(
        reply.json()["error"]["message"],
        "/me request is only valid with delegated authentication flow."
    );
    let own = world.get(me).token(bob()).send().await.ok();
    let expected = format!(
        "https://signet.example/beta/$metadata#users('{}')/security/informationProtection/sensitivityLabels",
        super::fake_drives::BOB
    );
    assert_eq!(own["@odata.context"], expected.as_str());
    let tenant = "/beta/security/informationProtection/sensitivityLabels";
    world
        .get(tenant)
        .token(bob())
        .send()
        .await
        .refused(403, "accessDenied", "");
    assert_eq!(ids(&world.get(tenant).send().await.ok()).len(), 7);
}

#[tokio::test]
async fn e2_get_for_a_user() {
    let world = World::new();
    let label = "0ed12617-d0ef-4053-b8e4-ecf5bcf2ffb3";
    let expected = json!({"@odata.context": format!("{P1_CONTEXT}/$entity"), "id": label,
        "name": "FTEs, Approved Partners, and Vendors", "description": "", "color": "", "sensitivity": 2, "tooltip": "",
        "isActive": true, "isAppliable": true,
        "contentFormats": ["file", "email", "site", "unifiedgroup", "schematizeddata"], "hasProtection": true});
    let singular = P1.replace("sensitivityLabels", "sensitivityLabel");
    for path in [
        format!("{P1}/{label}"),
        format!("{P1}('{label}')"),
        format!("{singular}/{label}"),
        format!("{P1}/{}", label.to_uppercase()),
    ] {
        assert_eq!(world.get(&path).send().await.ok(), expected, "{path}");
    }
    let unknown = world
        .get(&format!("{P1}/11111111-1111-4111-8111-111111111111"))
        .send()
        .await;
    unknown.refused(404, "itemNotFound", "labelNotFound");
    world
        .get(&format!("{P1}/nope"))
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
}

#[tokio::test]
async fn parents_settings_and_counts() {
    let world = World::new();
    let parent = world.get(&format!("{P1}/{CHILD}/parent")).send().await.ok();
    assert_eq!(
        (&parent["id"], &parent["name"]),
        (&json!(PARENT), &json!("Contoso Confidential"))
    );
    assert_eq!(
        parent["@odata.context"],
        format!("{P1_CONTEXT}('{CHILD}')/parent/$entity").as_str()
    );
    assert!(parent.get("parent").is_none());
    let none = world.get(&format!("{P1}/{GENERAL}/parent")).send().await;
    assert_eq!((none.status.as_u16(), none.text().as_str()), (204, ""));
    let expanded = world
        .get(&format!("{P1}/{CHILD}?$expand=parent($select=name)&$select=name"))
        .send()
        .await
        .ok();
    assert_eq!(
        expanded["parent"],
        json!({"id": PARENT, "name": "Contoso Confidential"})
    );
    assert!(expanded.get("sensitivity").is_none());
    let settings = world
        .get("/beta/users/bob@contoso.com/security/informationProtection/labelPolicySettings")
        .send()
        .await;
    insta::assert_snapshot!(settings.text(), @r#"{"@odata.context":"https://signet.example/beta/$metadata#users('bob%40contoso.com')/security/informationProtection/labelPolicySettings","id":"7d0a2c41-5e8b-4f93-8d16-9b3c5e7f1a02","defaultLabelId":null,"isDowngradeJustificationRequired":true,"isMandatory":false,"moreInfoUrl":null}"#);
    let selected = world
        .get("/beta/users/bob@contoso.com/security/informationProtection/labelPolicySettings?$select=IsMandatory")
        .send()
        .await;
    insta::assert_snapshot!(selected.text(), @r#"{"@odata.context":"https://signet.example/beta/$metadata#users('bob%40contoso.com')/security/informationProtection/labelPolicySettings(isMandatory)","id":"7d0a2c41-5e8b-4f93-8d16-9b3c5e7f1a02","isMandatory":false}"#);
    let count = world
        .get(&format!("{P1}/$count"))
        .header("accept", "text/plain;q=0.9")
        .send()
        .await;
    assert_eq!(
        (count.text().as_str(), count.header("content-type")),
        ("7", Some("text/plain"))
    );
    let filtered = world
        .get(&format!("{P1}/$count?$filter=isActive eq false"))
        .send()
        .await;
    assert_eq!(filtered.text(), "1");
    for (filter, expected) in [
        ("color eq ''", "4"),
        ("color ne ''", "3"),
        ("color eq null", "0"),
        ("color ne null", "7"),
    ] {
        let reply = world.get(&format!("{P1}/$count?$filter={filter}")).send().await;
        assert_eq!(reply.text(), expected, "{filter}");
    }
    let top_level = world.get(&format!("{P2}/$count")).send().await;
    assert_eq!(top_level.text(), "6", "sublabels are nested, not counted");
    assert_eq!(
        world
            .get(&format!("{P2}/{PARENT}/sublabels/$count"))
            .send()
            .await
            .text(),
        "1"
    );
}

const E7_FILTER: &str = "$filter=applicableTo eq 'File' and id in ('4e4234dd-377b-42a3-935b-0e42f138fa23','b7a21bba-8197-491f-a5d6-0d0f955397ca')";

fn general() -> Value {
    json!({"id": GENERAL, "name": "General", "description": "General data, not for public use.", "color": "#000000", "priority": 4,
        "toolTip": "Apply this label to general non-public data.", "isEnabled": true, "isEndpointProtectionEnabled": true,
        "autoTooltip": "", "actionSource": "manual", "applicableTo": "email,teamwork,file", "sublabels": []})
}

#[tokio::test]
async fn e7_list_of_the_tenant_filtered() {
    let world = World::new();
    let id = "a0b9c8d7-e6f5-a4b3-c2d1-e0f9a8b7c6d5";
    let reply = world
        .get(&format!("{P2}?{E7_FILTER}"))
        .header("client-request-id", id)
        .send()
        .await;
    assert_eq!(reply.header("client-request-id"), Some(id));
    let mut beta = general();
    beta["isSmimeSignEnabled"] = json!(true);
    beta["isSmimeEncryptEnabled"] = json!(true);
    let context = "https://signet.example/beta/$metadata#security/dataSecurityAndGovernance/sensitivityLabel";
    holds(&reply, &json!({"@odata.context": context, "value": [beta]}));
    insta::assert_snapshot!("e7_list_of_the_tenant_filtered", reply.text());
    let v1 = P2.replace("/beta", "/v1.0");
    let reply = world
        .get(&format!("{v1}?{}", E7_FILTER.replace("'File'", "'file'")))
        .send()
        .await;
    holds(&reply, &json!({"value": [general()]}));
    assert!(reply.ok()["value"][0].get("isSmimeSignEnabled").is_none());
    let scoped = world.get(&format!("{P2}?$filter=isScopedToUser eq true")).send().await;
    scoped.refused(400, "ArgumentException", "invalidRequest");
    assert!(
        scoped.json()["error"]["message"]
            .as_str()
            .expect("text")
            .starts_with("ArgumentException: ")
    );
}

#[tokio::test]
async fn e8_get_of_the_tenant() {
    let world = World::new();
    let path = format!("/v1.0/security/dataSecurityAndGovernance/sensitivityLabels/{GENERAL}");
    let reply = world.get(&path).send().await;
    holds(&reply, &general());
    let context = "https://signet.example/v1.0/$metadata#security/dataSecurityAndGovernance/sensitivityLabel/$entity";
    assert_eq!(reply.ok()["@odata.context"], context);
    assert!(reply.ok().get("rights").is_none());
    let expanded = world.get(&format!("{path}?$expand=rights")).send().await.ok();
    assert_eq!(
        expanded["rights"]["value"],
        "docEdit, edit, forward, print, reply, replyAll, view, extract, viewRightsData, objModel"
    );
    assert!(expanded["rights"].get("@odata.context").is_none());
    let unprotected = format!("{P2}/285ccb20-8260-4b1a-9e08-b5e051ffc848?$expand=rights&$select=name");
    let expected = json!({"id": "285ccb20-8260-4b1a-9e08-b5e051ffc848", "name": "Contoso Public", "rights": null,
        "@odata.context": "https://signet.example/beta/$metadata#security/dataSecurityAndGovernance/sensitivityLabel(name)/$entity"});
    assert_eq!(world.get(&unprotected).send().await.ok(), expected);
}

#[tokio::test]
async fn e10_tuples_of_id_and_owner() {
    let world = World::new();
    let filter = format!("((id eq '{GENERAL}' and ownerEmail eq 'bob@contoso.com') or (id eq '{CONFIDENTIAL}'))");
    let path = format!(
        "/beta/users/bob@contoso.com/dataSecurityAndGovernance/sensitivityLabels?$expand=rights&$filter={filter}"
    );
    let reply = world.get(&path).send().await;
    holds(
        &reply,
        &json!({"value": [
        {"id": GENERAL, "rights": {"ownerEmail": "bob@contoso.com"}},
        {"id": CONFIDENTIAL, "rights": {"ownerEmail": null, "value": "view"}}]}),
    );
    assert_eq!(world.calls(), ["list_labels", "expand_rights"]);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn sublabels_nest_and_stand_alone() {
    let world = World::new();
    let list = world.get(P2).send().await.ok();
    let parent = list["value"]
        .as_array()
        .expect("labels")
        .iter()
        .find(|label| label["id"] == PARENT)
        .expect("the parent")
        .clone();
    assert_eq!(parent["sublabels"][0]["id"], CHILD);
    assert_eq!(
        (&parent["actionSource"], &parent["isEnabled"]),
        (&json!("none"), &json!(false))
    );
    assert!(!ids(&list).contains(&CHILD.to_owned()));
    let sublabels = world.get(&format!("{P2}/{PARENT}/sublabels")).send().await.ok();
    assert_eq!(ids(&sublabels), [CHILD]);
    let one = world.get(&format!("{P2}/{PARENT}/sublabels/{CHILD}")).send().await.ok();
    assert_eq!(one["id"], CHILD);
    let elsewhere = world.get(&format!("{P2}/{GENERAL}/sublabels/{CHILD}")).send().await;
    elsewhere.refused(404, "itemNotFound", "labelNotFound");
    world
        .get(&format!("{P2}/11111111-1111-4111-8111-111111111111/sublabels"))
        .send()
        .await
        .refused(404, "itemNotFound", "labelNotFound");
}

#[tokio::test]
async fn pages_follow_each_other() {
    let world = World::new();
    let mut target = format!("{P1}?$top=3&$count=true&$select=name");
    let mut seen = Vec::new();
    for _ in 0..5 {
        let page = world.get(&target).send().await.ok();
        assert_eq!(page["@odata.count"], 7);
        assert_eq!(page["@odata.context"], format!("{P1_CONTEXT}(name)").as_str());
        seen.extend(ids(&page));
        let Some(link) = page["@odata.nextLink"].as_str() else {
            break;
        };
        target = link
            .strip_prefix("https://signet.example")
            .expect("an absolute link")
            .to_owned();
    }
    assert_eq!(seen, ids(&world.get(P1).send().await.ok()));
    let foreign = world
        .get(&format!("{P2}?{}", target.split_once('?').expect("a query").1))
        .send()
        .await;
    foreign.refused(400, "invalidRequest", "invalidParameterFormat");
    world
        .get(&format!("{P1}?$skiptoken=x"))
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
}

#[tokio::test]
async fn options_that_are_refused() {
    let world = World::new();
    for (query, inner) in [
        ("$select=nope", "invalidQueryOption"),
        ("$expand=nope", "invalidQueryOption"),
        ("$top=-1", "invalidParameterFormat"),
        ("$apply=x", "invalidQueryOption"),
        ("$top=1&$top=2", "invalidQueryOption"),
    ] {
        let reply = world.get(&format!("{P1}?{query}")).send().await;
        reply.refused(400, "invalidRequest", inner);
    }
    world
        .get(&format!("{P1}?$format=xml"))
        .send()
        .await
        .refused(406, "notAcceptable", "invalidAcceptType");
    let labels = world.get(&format!("{P2}/{GENERAL}?$top=1")).send().await;
    labels.refused(400, "invalidRequest", "invalidQueryOption");
}

#[tokio::test]
async fn unchanged_lists_are_not_sent_again() {
    let world = World::new();
    for path in [
        P1.to_owned(),
        format!("{P1}/{GENERAL}"),
        P2.to_owned(),
        format!("{P2}/{GENERAL}"),
    ] {
        let first = world.get(&path).send().await;
        let etag = first.header("etag").expect("a tag").to_owned();
        let again = world.get(&path).header("if-none-match", &etag).send().await;
        assert_eq!(
            (again.status.as_u16(), again.text().as_str(), again.header("etag")),
            (304, "", Some(etag.as_str())),
            "{path}"
        );
        let other = world
            .get(&format!("{path}?$select=name"))
            .header("if-none-match", &etag)
            .send()
            .await;
        assert_eq!(other.status.as_u16(), 200);
        let language = world
            .get(&path)
            .header("if-none-match", &etag)
            .header("accept-language", "de")
            .send()
            .await;
        assert_eq!(language.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn texts_come_in_the_language_asked_for() {
    let world = World::contoso();
    let label = |query: &str| format!("/v1.0/security/dataSecurityAndGovernance/sensitivityLabels/{GENERAL}{query}");
    let german = world
        .get(&label("?locale=de-DE"))
        .header("accept-language", "fr")
        .send()
        .await;
    assert_eq!(
        (german.ok()["locale"].as_str(), german.header("content-language")),
        (Some("de-DE"), Some("de-DE"))
    );
    assert_eq!(
        german.header("vary"),
        Some("Accept-Encoding, Authorization, Accept-Language")
    );
    let header = world
        .get(&label(""))
        .header("accept-language", "de-AT;q=0.5, en;q=0.1")
        .send()
        .await;
    assert_eq!(header.ok()["locale"], "de-DE");
    assert_eq!(
        header.ok()["name"],
        world.get(&label("")).send().await.ok()["name"],
        "names are not localised"
    );
}

#[tokio::test]
async fn old_paths_say_that_they_are_old() {
    let world = World::new();
    for path in [
        "/beta/informationProtection/sensitivityLabels",
        "/beta/sites/root/informationProtection/sensitivityLabels",
    ] {
        let reply = world.get(path).send().await;
        assert_eq!(reply.header("deprecation"), Some("@1672531200"), "{path}");
        assert_eq!(ids(&reply.ok()).len(), 6);
    }
    let evaluate = world
        .post("/beta/informationProtection/sensitivityLabels/evaluate", "{}")
        .send()
        .await;
    evaluate.refused(501, "notSupported", "");
    assert_eq!(world.get(P2).send().await.header("deprecation"), None);
    let without = World::with(|config| config.legacy_routes = false);
    without
        .get("/beta/informationProtection/sensitivityLabels")
        .send()
        .await
        .refused(400, "BadRequest", "");
}

#[tokio::test]
async fn delegated_reading_can_be_refused_by_configuration() {
    let strict = World::with(|config| config.strict_delegated_labels = true);
    let me = "/v1.0/me/dataSecurityAndGovernance/sensitivityLabels";
    for path in [
        me.to_owned(),
        format!("{me}/$count"),
        format!("{me}/{GENERAL}"),
        format!("{P2}/{GENERAL}"),
    ] {
        strict
            .get(&path)
            .token(bob())
            .send()
            .await
            .refused(403, "accessDenied", "");
        assert_eq!(
            World::new().get(&path).token(bob()).send().await.status.as_u16(),
            200,
            "{path}"
        );
    }
    assert_eq!(
        strict.get(P2).token(bob()).send().await.status.as_u16(),
        200,
        "the tenant list is documented for both"
    );
}

#[tokio::test]
async fn all_actions_of_a_label_are_written() {
    let world = World::contoso();
    let all = world.get(&format!("{P2}?$select=labelActions,autoLabeling,assignedPolicies,customSettings,contentFormats,isActive,isAppliable,sensitivity,displayName,isScopedToUser,isDefault")).send().await;
    insta::assert_json_snapshot!("all_actions_of_labels", all.ok());
}

#[tokio::test]
async fn targets_with_encoded_options() {
    let world = World::new();
    let encoded = format!("{P2}?%24filter=id%20in%20%28%27{GENERAL}%27%29&%24select=id%2Cname");
    let plus = format!("{P2}?$filter=id+in+('{GENERAL}')&select=id,name");
    let one = Ask::new(&world, http::Method::GET, &encoded)
        .token(bob())
        .send()
        .await
        .ok();
    let two = Ask::new(&world, http::Method::GET, &plus)
        .token(bob())
        .send()
        .await
        .ok();
    assert_eq!(one, two);
    assert_eq!(one["value"], json!([{"id": GENERAL, "name": "General"}]));
}
