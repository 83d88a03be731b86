//! The evaluation actions: worked examples E3 to E6 of the contract.

use serde_json::{Value, json};
use signet_testkit::matcher::mismatch;

use super::world::{Ask, Reply, TENANT_A, TENANT_B, TENANT_C, Token, World};

const PREFIX: &str = "/beta/users/bob@contoso.com/security/informationProtection/sensitivityLabels";
const ACTIONS: &str =
    "https://signet.example/beta/$metadata#Collection(microsoft.graph.security.informationProtectionAction)";

fn evaluator(tenant: &str) -> Token {
    Token::application(tenant).with(&["InformationProtectionPolicy.Read.All"])
}

fn ask<'w>(world: &'w World, tenant: &str, action: &str, body: &str) -> Ask<'w> {
    world.post(&format!("{PREFIX}/{action}"), body).token(evaluator(tenant))
}

#[track_caller]
fn holds(reply: &Reply, expected: &Value) {
    assert_eq!(mismatch(expected, Some(&reply.ok())), None, "{}", reply.text());
}

/// Seven pairs of a label in the order of the samples.
fn pairs(label: &str, site: &str, name: &str, bits: &str) -> Value {
    let pair = |attribute: &str, value: &str| {
        json!({"@odata.type": "#microsoft.graph.security.keyValuePair",
               "name": format!("MSIP_Label_{label}_{attribute}"), "value": value})
    };
    json!([
        pair("Enabled", "True"),
        pair("Method", "Standard"),
        pair("SetDate", "1/1/0001 12:00:00 AM"),
        pair("SiteId", site),
        pair("Name", name),
        pair("ContentBits", bits),
        pair("ActionId", "00000000-0000-0000-0000-000000000000"),
    ])
}

const FTES_HC: &str = "836ff34f-b604-4a62-a68c-d6be4205d569";

fn application_body(current: &str, label: &str) -> Value {
    json!({
        "contentInfo": {"@odata.type": "#microsoft.graph.security.contentInfo",
            "format@odata.type": "#microsoft.graph.security.contentFormat",
            "contentFormat": "File", "format": "default", "identifier": null,
            "state@odata.type": "#microsoft.graph.security.contentState", "state": "rest",
            "metadata@odata.type": "#Collection(microsoft.graph.security.keyValuePair)",
            "metadata": pairs(current, "cfa4cf1d-a337-4481-aa99-19d8f3d63f7c", "LabelScopedToBob_Tests", "0")},
        "labelingOptions": {"@odata.type": "#microsoft.graph.security.labelingOptions",
            "assignmentMethod@odata.type": "#microsoft.graph.security.assignmentMethod",
            "assignmentMethod": "standard", "labelId@odata.type": "#Guid", "labelId": label,
            "downgradeJustification": {"justificationMessage": "Justified", "isDowngradeJustified": true},
            "extendedProperties@odata.type": "#Collection(microsoft.graph.security.keyValuePair)",
            "extendedProperties": []}
    })
}

fn applied() -> Value {
    let type_of = |name: &str| format!("#microsoft.graph.security.{name}");
    let marking = |name: &str, element: &str| {
        json!({"@odata.type": type_of(name), "uiElementName": element, "text": "HIGHLY CONFIDENTIAL",
               "fontName": "Calibri", "fontSize": 12, "fontColor": "#000000", "alignment": "left", "margin": 5})
    };
    let pair =
        |attribute: &str, value: &str| json!({"name": format!("MSIP_Label_{FTES_HC}_{attribute}"), "value": value});
    json!({"@odata.context": ACTIONS, "value": [
        marking("addContentHeaderAction", "MSIPCM_v1_header"),
        {"@odata.type": type_of("addWatermarkAction"), "uiElementName": "MSIPWM_v1_main", "layout": "diagonal",
         "text": "HIGHLY CONFIDENTIAL", "fontName": "Calibri", "fontSize": 72, "fontColor": "#000000"},
        marking("addContentFooterAction", "MSIPCM_v1_footer"),
        {"@odata.type": type_of("protectByTemplateAction"), "templateId": "684d0d40-83d4-4ce6-a5e7-0efb9fffb2dc"},
        {"@odata.type": type_of("metadataAction"), "metadataToRemove": [], "metadataToAdd": [
            pair("Enabled", "true"), pair("SetDate", "$datetime"), pair("Method", "Standard"), pair("Name", "FTEs_HC"),
            pair("SiteId", TENANT_B), pair("ActionId", "$guid"), pair("ContentBits", "15")]}
    ]})
}

#[tokio::test]
async fn e3_evaluate_application() {
    let world = World::new();
    let body = application_body("3a80e051-487c-40d4-b491-73ad25d997e6", FTES_HC).to_string();
    let reply = ask(&world, TENANT_B, "evaluateApplication", &body).send().await;
    holds(&reply, &applied());
    insta::assert_snapshot!("e3_evaluate_application", reply.text());
    assert_eq!(world.calls(), ["evaluate"], "a well-formed request costs one call");
}

#[tokio::test]
async fn e3_with_the_body_of_the_sdks() {
    let world = World::new();
    let body = json!({"contentInfo": {"contentFormat": "File", "identifier": "x", "metadata": [], "state": "rest"},
                      "labelingOptions": {"assignmentMethod": "standard", "labelId": FTES_HC}});
    let action = "microsoft.graph.security.evaluateApplication";
    holds(
        &ask(&world, TENANT_B, action, &body.to_string()).send().await,
        &applied(),
    );
}

#[tokio::test]
async fn e3_refusals_and_justification() {
    let world = World::new();
    let mut body = application_body("5b0c7a36-91de-4f28-8a4d-3e6f12c9d870", FTES_HC);
    body["labelingOptions"]["downgradeJustification"] = Value::Null;
    let reply = ask(&world, TENANT_B, "evaluateApplication", &body.to_string())
        .send()
        .await;
    assert_eq!(
        reply.ok(),
        json!({"@odata.context": ACTIONS, "value": [{"@odata.type": "#microsoft.graph.security.justifyAction"}]})
    );
    let with = |label: &str| application_body("3a80e051-487c-40d4-b491-73ad25d997e6", label).to_string();
    let reply = ask(&world, TENANT_B, "evaluateApplication", &with("x")).send().await;
    reply.refused(400, "invalidRequest", "invalidParameterFormat");
    assert_eq!(reply.json()["error"]["target"], "labelingOptions.labelId");
    let unknown = with("11111111-1111-4111-8111-111111111111");
    let reply = ask(&world, TENANT_B, "evaluateApplication", &unknown).send().await;
    reply.refused(404, "itemNotFound", "labelNotFound");
    let delegated = Token::bob(TENANT_B).with(&["InformationProtectionPolicy.Read"]);
    let path = "/beta/users/security/informationProtection/sensitivityLabels/evaluateApplication";
    world
        .post(path, &with(FTES_HC))
        .token(delegated)
        .send()
        .await
        .refused(403, "accessDenied", "");
}

/// As the published page prints it, comment and all.
const CLASSIFICATION: &str = r##"{"contentInfo": {"@odata.type": "#microsoft.graph.security.contentInfo", "format@odata.type": "#microsoft.graph.security.contentFormat", "format": "default",
  "contentFormat": "File", "identifier": "c:\\user\\new.docx", "state@odata.type": "#microsoft.graph.security.contentState", "state": "rest", "metadata": []},
 "classificationResults": [
  {"sensitiveTypeId": "50842eb7-edc8-4019-85dd-5a5c1f2bb085", //Credit Card
   "count": 7, "confidenceLevel": 99}]}"##;

#[tokio::test]
async fn e4_evaluate_classification_results() {
    let world = World::new();
    let ask = ask(&world, TENANT_A, "evaluateClassificationResults", CLASSIFICATION);
    let reply = ask.header("user-agent", "ContosoLOBApp/1.0").send().await;
    let top = "722a5300-ac39-4c9a-88e3-f54c46676417";
    let pair = |attribute: &str, value: &str| json!({"name": format!("MSIP_Label_{top}_{attribute}"), "value": value});
    holds(
        &reply,
        &json!({"@odata.context": ACTIONS, "value": [{
        "@odata.type": "#microsoft.graph.security.applyLabelAction",
        "responsibleSensitiveTypeIds": ["50842eb7-edc8-4019-85dd-5a5c1f2bb085"], "actionSource": "automatic",
        "sensitivityLabelId": top,
        "label": {"id": top, "name": "Top Secret", "description": "", "color": "#000000", "sensitivity": 13,
                  "tooltip": "This information is Top Secret.", "isActive": true},
        "actions": [
            {"@odata.type": "#microsoft.graph.security.protectByTemplateAction", "templateId": "0e7fea72-7bba-4438-a070-95c292cd6f8c"},
            {"@odata.type": "#microsoft.graph.security.metadataAction", "metadataToRemove": [], "metadataToAdd": [
                pair("Enabled", "true"), pair("SetDate", "$datetime"), pair("Method", "Standard"), pair("Name", "Top Secret"),
                pair("SiteId", TENANT_A), pair("ActionId", "$guid"), pair("ContentBits", "8")]}]}]}),
    );
    insta::assert_snapshot!("e4_evaluate_classification_results", reply.text());
    let context = world.fakes.last_context.lock().unwrap().clone().expect("a call");
    assert_eq!(context.user_agent.as_deref(), Some("ContosoLOBApp/1.0"));
}

#[tokio::test]
async fn e4_without_a_match_and_out_of_range() {
    let world = World::new();
    let empty = json!({"@odata.context": ACTIONS, "value": []});
    let low = CLASSIFICATION.replace("99", "10");
    assert_eq!(
        ask(&world, TENANT_A, "evaluateClassificationResults", &low)
            .send()
            .await
            .ok(),
        empty
    );
    let none = r#"{"contentInfo": {}, "classificationResults": []}"#;
    assert_eq!(
        ask(&world, TENANT_A, "evaluateClassificationResults", none)
            .send()
            .await
            .ok(),
        empty
    );
    let high = CLASSIFICATION.replace("99", "101");
    let reply = ask(&world, TENANT_A, "evaluateClassificationResults", &high)
        .send()
        .await;
    reply.refused(400, "invalidRequest", "invalidParameterFormat");
    assert_eq!(
        reply.json()["error"]["target"],
        "classificationResults[0].confidenceLevel"
    );
}

fn removal_body(bits: &str) -> Value {
    json!({"contentInfo": {"identifier": null, "state": "rest",
               "metadata": pairs(FTES_HC, TENANT_C, "LabelScopedToBob_Tests", bits)},
           "downgradeJustification": {"justificationMessage": "The information has been declassified.", "isDowngradeJustified": true}})
}

#[tokio::test]
async fn e5_evaluate_removal() {
    let world = World::new();
    let names: Vec<String> = [
        "Enabled",
        "Method",
        "SetDate",
        "SiteId",
        "Name",
        "ContentBits",
        "ActionId",
    ]
    .map(|attribute| format!("MSIP_Label_{FTES_HC}_{attribute}"))
    .into();
    let metadata = json!({"@odata.type": "#microsoft.graph.security.metadataAction",
                          "metadataToRemove": names, "metadataToAdd": []});
    let expected = json!({"@odata.context": ACTIONS, "value": [metadata]});
    let app = evaluator(TENANT_C);
    let bob = Token::bob(TENANT_C).with(&["InformationProtectionPolicy.Read"]);
    for (path, token) in [
        ("/beta/users/bob@contoso.com/security", &app),
        ("/beta/users/bob%40contoso.com/security", &bob),
        ("/beta/users/me/security", &bob),
        ("/beta/me/security", &bob),
        ("/beta/users/security", &app),
        ("/beta/security", &app),
    ] {
        for action in ["evaluateRemoval", "microsoft.graph.security.evaluateRemoval"] {
            let path = format!("{path}/informationProtection/sensitivityLabels/{action}");
            let reply = world
                .post(&path, &removal_body("0").to_string())
                .token(token.clone())
                .send()
                .await;
            assert_eq!(reply.ok(), expected, "{path}");
        }
    }
    let marked = ask(&world, TENANT_C, "evaluateRemoval", &removal_body("15").to_string())
        .send()
        .await
        .ok();
    let types: Vec<&str> = marked["value"]
        .as_array()
        .expect("actions")
        .iter()
        .filter_map(|a| a["@odata.type"].as_str())
        .collect();
    assert_eq!(
        types,
        [
            "#microsoft.graph.security.removeContentHeaderAction",
            "#microsoft.graph.security.removeWatermarkAction",
            "#microsoft.graph.security.removeContentFooterAction",
            "#microsoft.graph.security.removeProtectionAction",
            "#microsoft.graph.security.metadataAction",
        ]
    );
    let mut unjustified = removal_body("0");
    unjustified
        .as_object_mut()
        .expect("an object")
        .remove("downgradeJustification");
    let reply = ask(&world, TENANT_C, "evaluateRemoval", &unjustified.to_string())
        .send()
        .await
        .ok();
    assert_eq!(
        reply["value"],
        json!([{"@odata.type": "#microsoft.graph.security.justifyAction"}])
    );
}

#[tokio::test]
async fn e6_extract_content_label() {
    let world = World::new();
    let label = "0ed12617-d0ef-4053-b8e4-ecf5bcf2ffb3";
    let body = json!({"contentInfo": {"format": "default", "identifier": "MyDoc.docx", "state": "rest",
                      "metadata": pairs(label, TENANT_C, "FTEs", "0")}});
    let reply = ask(&world, TENANT_C, "extractContentLabel", &body.to_string())
        .send()
        .await;
    assert_eq!(
        reply.ok(),
        json!({
        "@odata.context": "https://signet.example/beta/$metadata#microsoft.graph.security.contentLabel",
        "createdDateTime": "0001-01-01T00:00:00Z", "creationDateTime": "0001-01-01T00:00:00Z",
        "assignmentMethod": "standard", "sensitivityLabelId": label})
    );
    let none = ask(
        &world,
        TENANT_C,
        "extractContentLabel",
        r#"{"contentInfo": {"metadata": []}}"#,
    )
    .send()
    .await;
    assert_eq!((none.status.as_u16(), none.text().as_str()), (204, ""));
    assert_eq!(
        (none.header("signet-revision"), none.header("content-type")),
        (Some("7"), None)
    );
}

#[tokio::test]
async fn reasons_are_given_when_asked_for_and_change_nothing_else() {
    let world = World::new();
    let ask = |world| ask(world, TENANT_A, "evaluateClassificationResults", CLASSIFICATION);
    let plain = ask(&world).send().await;
    let explained = ask(&world)
        .header("prefer", "include-unknown-enum-members, signet-explain")
        .send()
        .await;
    let mut explained = explained.ok();
    let reasons = explained
        .as_object_mut()
        .expect("an object")
        .remove("@signet.explanation")
        .expect("reasons");
    assert!(
        reasons["rules"].as_array().is_some_and(|rules| !rules.is_empty()),
        "{reasons}"
    );
    let mut plain = plain.ok();
    assert!(plain.get("@signet.explanation").is_none());
    for answer in [&mut plain, &mut explained] {
        answer["value"][0]["actions"][1]["metadataToAdd"][5]["value"] = Value::Null;
    }
    assert_eq!(plain, explained);
}

#[tokio::test]
async fn every_kind_of_action_has_its_type_name() {
    use signet_domain::action::*;
    use signet_domain::content::KeyValuePair;
    let element = || vec!["MSIPCM_v1_header".to_owned()];
    let actions = [
        Action::RemoveContentHeader {
            ui_element_names: element(),
        },
        Action::RemoveContentFooter {
            ui_element_names: element(),
        },
        Action::RemoveWatermark {
            ui_element_names: element(),
        },
        Action::Custom {
            name: "encryptOnly".to_owned(),
            properties: vec![KeyValuePair::new("a", "b")],
        },
        Action::Justify,
        Action::ProtectAdhoc,
        Action::ProtectDoNotForward,
        Action::RemoveProtection,
    ];
    let text = serde_json::to_string(&crate::graph::actions::Actions(&actions)).expect("JSON");
    insta::assert_snapshot!(text, @r##"[{"@odata.type":"#microsoft.graph.security.removeContentHeaderAction","uiElementNames":["MSIPCM_v1_header"]},{"@odata.type":"#microsoft.graph.security.removeContentFooterAction","uiElementNames":["MSIPCM_v1_header"]},{"@odata.type":"#microsoft.graph.security.removeWatermarkAction","uiElementNames":["MSIPCM_v1_header"]},{"@odata.type":"#microsoft.graph.security.customAction","name":"encryptOnly","properties":[{"name":"a","value":"b"}]},{"@odata.type":"#microsoft.graph.security.justifyAction"},{"@odata.type":"#microsoft.graph.security.protectAdhocAction"},{"@odata.type":"#microsoft.graph.security.protectDoNotForwardAction"},{"@odata.type":"#microsoft.graph.security.removeProtectionAction"}]"##);
}
