//! Drives, items and extraction: worked example E13 of the contract and rows 26 to 43.

use serde_json::{Value, json};

use super::fake_drives::{BOB, FILE_ID, GROUP};
use super::world::{Ask, PERSONAL, TENANT_A, Token, World};

fn bob() -> Token {
    Token::bob(TENANT_A).with(&["Files.Read.All"])
}

fn extracted(version: &str) -> Value {
    let label = |label: &str, tenant: &str| json!({"sensitivityLabelId": label, "assignmentMethod": "standard", "tenantId": tenant});
    let labels = json!([
        label(
            "5feba255-812e-446a-ac59-a7044ef827b5",
            "fed495cb-8c27-41ea-8749-00b0a084bc3d"
        ),
        label(
            "fa781fdf-68c8-43ec-ae08-c4813deb2144",
            "277601b1-6094-456c-a358-95bfc99539d7"
        ),
        label(
            "3937098d-df0c-4c8d-8f66-5876b57b75ba",
            "f2477f30-c8a2-422d-8995-6f056b494655"
        ),
    ]);
    json!({
        "@odata.context": format!("https://signet.example/{version}/$metadata#microsoft.graph.extractSensitivityLabelsResult"),
        "labels": labels,
        "value": {"@odata.type": "microsoft.graph.extractSensitivityLabelsResult", "labels": labels}})
}

#[tokio::test]
async fn e13_every_route_extracts_the_same() {
    let world = World::new();
    let drives = [
        "drives/drive-bob",
        "groups/{g}/drive",
        "me/drive",
        "sites/root/drive",
        "users/bob@contoso.com/drive",
        "drive",
        "users/{b}/drives/drive-bob",
        "groups/{g}/drives/drive-group",
        "sites/root/drives/drive-root",
    ];
    let file = "Folder/Report%20(1).docx";
    let items = [
        format!("items/{FILE_ID}"),
        format!("root/items/{FILE_ID}"),
        format!("root:/{file}"),
        format!("root:/{file}:"),
        "items/root%3A%2FFolder%2Freport%20%281%29.docx%3A".to_owned(),
        "items/FOLDER:/report%20(1).docx:".to_owned(),
    ];
    for version in ["v1.0", "beta"] {
        for drive in drives.map(|drive| drive.replace("{g}", GROUP).replace("{b}", BOB)) {
            for item in &items {
                for action in ["extractSensitivityLabels", "microsoft.graph.extractSensitivityLabels"] {
                    let target = format!("/{version}/{drive}/{item}/{action}");
                    let reply = Ask::new(&world, http::Method::POST, &target).token(bob()).send().await;
                    assert_eq!(reply.ok(), extracted(version), "{target}");
                }
            }
        }
    }
}

#[tokio::test]
async fn e13_bodies_and_content_types_do_not_matter() {
    let world = World::new();
    let target = format!("/v1.0/me/drive/items/{FILE_ID}/extractSensitivityLabels");
    let ask = || world.post(&target, "").token(bob());
    assert_eq!(ask().send().await.ok(), extracted("v1.0"));
    assert_eq!(ask().body("{}").send().await.ok(), extracted("v1.0"));
    assert_eq!(
        ask()
            .body("not json")
            .header("content-type", "text/plain")
            .send()
            .await
            .ok(),
        extracted("v1.0")
    );
    assert_eq!(
        ask()
            .without("content-type")
            .header("content-length", "0")
            .send()
            .await
            .ok(),
        extracted("v1.0")
    );
    let large = ask().body(vec![b'x'; 1024 * 1024 + 1]).send().await;
    large.refused(413, "requestEntityTooLarge", "");
    let missing = target.replace(FILE_ID, "nope");
    let large = world
        .post(&missing, "")
        .token(bob())
        .body(vec![b'x'; 1024 * 1024 + 1])
        .send()
        .await;
    large.refused(404, "itemNotFound", "");
}

#[tokio::test]
async fn e13_refusals() {
    let world = World::new();
    let ask = |target: &str| {
        world
            .post(&format!("/v1.0/{target}/extractSensitivityLabels"), "")
            .token(bob())
    };
    ask("me/drive/items/DKE")
        .send()
        .await
        .refused(423, "fileDoubleKeyEncrypted", "fileDoubleKeyEncrypted");
    ask("me/drive/root:/nope.docx:")
        .send()
        .await
        .refused(404, "itemNotFound", "");
    ask("me/drive/root:/folder:")
        .send()
        .await
        .refused(400, "invalidRequest", "");
    ask("drives/nope/items/x").send().await.refused(404, "itemNotFound", "");
    ask("me/drive/root:/../x:")
        .send()
        .await
        .refused(400, "invalidRequest", "invalidPath");
    let application = Token::application(TENANT_A).with(&["Files.Read.All"]);
    ask("me/drive/items/x")
        .token(application.clone())
        .send()
        .await
        .refused(400, "BadRequest", "");
    let default = format!("drive/items/{FILE_ID}");
    assert_eq!(ask(&default).token(application).send().await.ok(), extracted("v1.0"));
    let none = Token::application(TENANT_A).with(&["Files.Read"]);
    ask(&default)
        .token(none)
        .send()
        .await
        .refused(403, "accessDenied", "Authorization_RequestDenied");
}

#[tokio::test]
async fn personal_accounts_extract_and_nothing_else() {
    let world = World::new();
    let person =
        Token::user(PERSONAL, "6e7b768e-07e2-4810-8459-485f84f8f2ff", "pat@outlook.example").with(&["Files.Read"]);
    let target = format!("/v1.0/me/drive/items/{FILE_ID}/extractSensitivityLabels");
    assert_eq!(
        world.post(&target, "").token(person.clone()).send().await.ok(),
        extracted("v1.0")
    );
    let labels = "/beta/me/security/informationProtection/sensitivityLabels";
    let refused = world
        .get(labels)
        .token(person.with(&["InformationProtectionPolicy.Read"]))
        .send()
        .await;
    refused.refused(401, "InvalidAuthenticationToken", "unauthenticated");
    assert!(refused.header("www-authenticate").is_some());
}

#[tokio::test]
async fn drives_are_described() {
    let world = World::new();
    let drive = world.get("/v1.0/me/drive").token(bob()).send().await;
    insta::assert_snapshot!(drive.text(), @r#"{"@odata.context":"https://signet.example/v1.0/$metadata#drives/$entity","id":"drive-bob","driveType":"business","name":"Documents","webUrl":"https://signet.example/v1.0/drives/drive-bob","owner":{"user":{"id":"6e7b768e-07e2-4810-8459-485f84f8f201","displayName":"Bob Baker"}},"quota":{"total":1000,"used":400,"remaining":600,"state":"normal"}}"#);
    for (path, id) in [
        ("/v1.0/me/drives", "drive-bob"),
        ("/beta/users/bob@contoso.com/drives", "drive-bob"),
        ("/v1.0/sites/root/drives", "drive-root"),
        (&format!("/v1.0/groups/{GROUP}/drives"), "drive-group"),
    ] {
        let drives = world.get(path).token(bob()).send().await.ok();
        assert_eq!(
            (&drives["value"][0]["id"], drives["value"].as_array().map(Vec::len)),
            (&json!(id), Some(1)),
            "{path}"
        );
    }
    let group = world
        .get(&format!("/v1.0/groups/{GROUP}/drive"))
        .token(bob())
        .send()
        .await
        .ok();
    assert_eq!(
        group["owner"],
        json!({"group": {"id": GROUP, "displayName": "Project"}})
    );
    world
        .get("/v1.0/users/eve@contoso.com/drive")
        .token(bob())
        .send()
        .await
        .refused(404, "itemNotFound", "userNotFound");
}

#[tokio::test]
async fn drives_are_reduced_to_what_is_selected() {
    let world = World::new();
    let ask = |target: &str| world.get(target).token(bob()).send();
    assert_eq!(
        ask("/v1.0/me/drive?$select=name,description").await.ok(),
        json!({"@odata.context": "https://signet.example/v1.0/$metadata#drives(name,description)/$entity",
            "id": "drive-bob", "name": "Documents"})
    );
    assert_eq!(
        ask("/v1.0/me/drives?$select=id,driveType").await.ok(),
        json!({"@odata.context": "https://signet.example/v1.0/$metadata#drives(id,driveType)",
            "value": [{"id": "drive-bob", "driveType": "business"}]})
    );
    for query in ["$select=wings", "$top=1", "$expand=items"] {
        let reply = ask(&format!("/v1.0/me/drive?{query}")).await;
        reply.refused(400, "invalidRequest", "invalidQueryOption");
    }
}

#[tokio::test]
async fn items_are_described() {
    let world = World::new();
    let file = world
        .get("/v1.0/me/drive/root:/folder/report%20(1).docx")
        .token(bob())
        .send()
        .await;
    insta::assert_snapshot!("an_item", file.text());
    let root = world
        .get("/v1.0/me/drive/root?$select=name,root,folder,file")
        .token(bob())
        .send()
        .await;
    insta::assert_snapshot!(root.text(), @r#"{"@odata.context":"https://signet.example/v1.0/$metadata#drives('drive-bob')/items(name,root,folder,file)/$entity","id":"ROOT","name":"root","folder":{"childCount":2},"root":{}}"#);
    for path in ["items/root", "items/ROOT", "root:/", "root"] {
        let root = world
            .get(&format!("/v1.0/me/drive/{path}"))
            .token(bob())
            .send()
            .await
            .ok();
        assert_eq!((&root["id"], &root["root"]), (&json!("ROOT"), &json!({})), "{path}");
    }
}

#[tokio::test]
async fn unchanged_items_are_not_sent_again() {
    let world = World::new();
    let ask = |tag: &str| {
        world
            .get(&format!("/v1.0/me/drive/items/{FILE_ID}"))
            .token(bob())
            .header("if-none-match", tag)
    };
    for tag in [
        format!("\"{{{FILE_ID}}},1\""),
        format!("\"c:{{{FILE_ID}}},0\""),
        format!("\"x\", \"{{{FILE_ID}}},1\""),
        "*".to_owned(),
    ] {
        assert_eq!(ask(&tag).send().await.status.as_u16(), 304, "{tag}");
    }
    assert_eq!(ask("\"x\"").send().await.status.as_u16(), 200);
}

fn names(answer: &Value) -> Vec<&str> {
    let entries = answer["value"].as_array().expect("a collection");
    entries
        .iter()
        .map(|entry| entry["name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test]
async fn folders_are_listed_in_pages() {
    let world = World::new();
    let all = world
        .get("/v1.0/me/drive/root/children?$select=name")
        .token(bob())
        .send()
        .await
        .ok();
    assert_eq!(
        names(&all),
        ["adele's files.docx", "break#out", "folder", "locked.docx"]
    );
    assert_eq!(
        all["@odata.context"],
        "https://signet.example/v1.0/$metadata#drives('drive-bob')/items('ROOT')/children(name)"
    );
    let mut target = "/v1.0/me/drive/root/children?$top=3&$orderby=name desc".to_owned();
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..4 {
        let page = world.get(&target).token(bob()).send().await.ok();
        seen.extend(names(&page).into_iter().map(str::to_owned));
        let Some(link) = page["@odata.nextLink"].as_str() else {
            break;
        };
        target = link
            .strip_prefix("https://signet.example")
            .expect("an absolute link")
            .to_owned();
    }
    assert_eq!(seen, ["locked.docx", "folder", "break#out", "adele's files.docx"]);
    let none = world
        .get("/v1.0/me/drive/root/children?$top=0")
        .token(bob())
        .send()
        .await
        .ok();
    assert_eq!((names(&none).len(), none.get("@odata.nextLink")), (0, None));
    let file = world
        .get(&format!("/v1.0/me/drive/items/{FILE_ID}/children"))
        .token(bob())
        .send()
        .await;
    file.refused(400, "invalidRequest", "invalidParameterFormat");
}

#[tokio::test]
async fn children_are_shown_inside_their_folder() {
    let world = World::new();
    let folder = world
        .get("/v1.0/me/drive/items/FOLDER?$select=name&$expand=children($select=name)")
        .token(bob())
        .send()
        .await
        .ok();
    let children: Vec<&Value> = folder["children"]
        .as_array()
        .expect("children")
        .iter()
        .map(|child| &child["name"])
        .collect();
    assert_eq!(children, ["extractsensitivitylabels", "report (1).docx"]);
    let list = world
        .get("/v1.0/me/drive/root/children?$select=name&$expand=children($select=name)")
        .token(bob())
        .send()
        .await
        .ok();
    assert_eq!(
        list["value"][1]["children"],
        json!([{"id": "GAME", "name": "saved_game[1].bin"}])
    );
    assert!(list["value"][0].get("children").is_none(), "a file has no children");
}

#[tokio::test]
async fn writing_is_checked_before_anything_is_read() {
    let world = World::new();
    let writer = Token::bob(TENANT_A).with(&["Files.ReadWrite.All"]);
    for (method, target) in [
        (http::Method::POST, "/v1.0/drive/root/items/x/assignSensitivityLabel"),
        (http::Method::POST, "/v1.0/me/drive/root:/a.docx:/createUploadSession"),
        (http::Method::PUT, "/v1.0/me/drive/root:/FolderA/FileB.txt:/content"),
        (http::Method::GET, "/v1.0/me/drive/items/x/content"),
    ] {
        let ask = |token| Ask::new(&world, method.clone(), target).token(token);
        let without = Token::bob(TENANT_A).with(&["SensitivityLabel.Read"]);
        ask(without)
            .send()
            .await
            .refused(403, "accessDenied", "Authorization_RequestDenied");
        ask(writer.clone())
            .anonymous()
            .send()
            .await
            .refused(401, "InvalidAuthenticationToken", "unauthenticated");
    }
}
