//! Drives, their items, and the labels inside files.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use signet_e2e::{Caller, Pair, Request, Setup, encoded, read_json, send_raw};
use signet_testkit::matcher::mismatch;

use crate::support::{BOB, CORPUS, GROUP, contoso, contoso_with_corpus, copy, golden, graph, graph_tenant, none_wrong};

const ACTION: &str = "extractSensitivityLabels";
const DOWNLOAD: &str = "@microsoft.graph.downloadUrl";

/// Bob of tenant A, with his own files and those of his group and sites.
fn bob() -> Caller {
    Caller::user(&graph_tenant("a"), "bob@contoso.com", "Files.Read.All")
}

/// The published answer of worked example E13.
fn three_labels() -> Value {
    let labels = json!([
        {"sensitivityLabelId": "5feba255-812e-446a-ac59-a7044ef827b5", "assignmentMethod": "standard", "tenantId": "fed495cb-8c27-41ea-8749-00b0a084bc3d"},
        {"sensitivityLabelId": "fa781fdf-68c8-43ec-ae08-c4813deb2144", "assignmentMethod": "standard", "tenantId": "277601b1-6094-456c-a358-95bfc99539d7"},
        {"sensitivityLabelId": "3937098d-df0c-4c8d-8f66-5876b57b75ba", "assignmentMethod": "standard", "tenantId": "f2477f30-c8a2-422d-8995-6f056b494655"},
    ]);
    json!({
        "labels": labels,
        "value": {"@odata.type": "microsoft.graph.extractSensitivityLabelsResult", "labels": labels},
    })
}

/// Ids of a folder's entries by name.
fn ids(pair: &Pair, caller: &Caller, folder: &str) -> BTreeMap<String, String> {
    let page = pair
        .send(&Request::get(format!("{folder}/children")).by(caller))
        .expect(200)
        .json();
    let entries = page["value"].as_array().expect("a list of items");
    let text = |entry: &Value, name: &str| entry[name].as_str().expect("a text").to_owned();
    entries
        .iter()
        .map(|entry| (text(entry, "name"), text(entry, "id")))
        .collect()
}

/// Addresses of the sample document and of the locked one: the routes of the reference, with and without the closing
/// colon, and the spellings seen elsewhere.
fn addresses(name: &str) -> Vec<String> {
    let drives = [
        ("drives/b!bob", "b!bob"),
        (&format!("groups/{GROUP}/drive"), "b!project"),
        ("me/drive", "b!bob"),
        ("sites/root/drive", "b!root"),
        (&format!("users/{BOB}/drive"), "b!bob"),
        ("users/bob@contoso.com/drive", "b!bob"),
        ("users/bob%40contoso.com/drive", "b!bob"),
        ("drive", "b!bob"),
    ]
    .map(|(prefix, drive)| (prefix.to_owned(), drive));
    let further = [
        (format!("groups/{GROUP}/drives/b!project"), "b!project"),
        (format!("users/{BOB}/drives/b!bob"), "b!bob"),
        ("sites/root/drives/b!root".to_owned(), "b!root"),
    ];
    let mut all = Vec::new();
    for (prefix, drive) in drives.into_iter().chain(further) {
        let id = ids(graph(), &bob(), &format!("/v1.0/drives/{drive}/root"))
            .remove(name)
            .expect("the item is there");
        all.push(format!("{prefix}/items/{id}"));
        all.push(format!("{prefix}/root/items/{id}"));
        all.push(format!("{prefix}/root:/{name}"));
        all.push(format!("{prefix}/root:/{name}:"));
        all.push(format!("{prefix}/items/root%3A%2F{name}%3A"));
    }
    all
}

#[test]
fn the_sample_document_has_its_labels_through_every_route() {
    let mut faults = Vec::new();
    for address in addresses("three-tenants.docx") {
        for action in [ACTION, "microsoft.graph.extractSensitivityLabels"] {
            for version in ["v1.0", "beta"] {
                let request = Request::post(format!("/{version}/{address}/{action}")).by(&bob());
                let wrong = match graph().compare(&request) {
                    Ok(answer) if answer.status == 200 => mismatch(&three_labels(), Some(&answer.json())),
                    Ok(answer) => Some(format!("{} {}", answer.status, answer.text())),
                    Err(difference) => Some(difference),
                };
                faults.extend(wrong.map(|wrong| format!("{}: {wrong}", request.name())));
            }
        }
    }
    none_wrong(&faults);
}

#[test]
fn a_locked_document_says_why_through_every_route() {
    let code = "fileDoubleKeyEncrypted";
    let expected = json!({"error": {"code": code, "message": "$nonempty", "innerError": {"code": code}}});
    for address in addresses("double-key.docx") {
        let answer = graph()
            .send(&Request::post(format!("/v1.0/{address}/{ACTION}")).by(&bob()))
            .expect(423);
        assert_eq!(mismatch(&expected, Some(&answer.json())), None, "{address}");
    }
}

#[test]
fn names_with_signs_of_urls_are_found() {
    for path in [
        "Shared%20Documents/Adele's%20copy%20%231.docx",
        "Shared%20Documents/Adele%27s%20copy%20%231.docx",
        "shared%20documents/ADELE'S%20COPY%20%231.DOCX",
    ] {
        for colon in ["", ":"] {
            let request = Request::post(format!("/v1.0/me/drive/root:/{path}{colon}/{ACTION}")).by(&bob());
            let answer = graph().send(&request).expect(200);
            assert_eq!(mismatch(&three_labels(), Some(&answer.json())), None, "{path}");
        }
    }
}

#[test]
fn the_labels_of_a_drive_need_a_permission_that_reaches_it() {
    let own = Caller::user(&graph_tenant("a"), "bob@contoso.com", "Files.Read");
    let application = Caller::application(&graph_tenant("a"), "Files.Read.All");
    let none = Caller::user(
        &graph_tenant("a"),
        "bob@contoso.com",
        "InformationProtectionPolicy.Read",
    );
    let path = |drive: &str| format!("/v1.0/drives/{drive}/root:/three-tenants.docx:/{ACTION}");
    let cases = [
        (&own, path("b!bob"), 200, ""),
        (&own, path("b!project"), 403, "accessDenied"),
        (&own, path("b!root"), 403, "accessDenied"),
        (&application, path("b!bob"), 200, ""),
        (&application, path("b!project"), 200, ""),
        (
            &application,
            format!("/v1.0/me/drive/root:/three-tenants.docx:/{ACTION}"),
            400,
            "BadRequest",
        ),
        (
            &application,
            format!("/v1.0/drive/root:/three-tenants.docx:/{ACTION}"),
            200,
            "",
        ),
        (&none, path("b!bob"), 403, "accessDenied"),
        (&own, path("b!none"), 404, "itemNotFound"),
    ];
    for (caller, path, status, code) in cases {
        let answer = graph().send(&Request::post(&path).by(caller));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{path} {}",
            answer.text()
        );
    }
}

/// What a manifest entry allows as an answer.
fn allowed(entry: &Value) -> Vec<Value> {
    std::iter::once(&entry["expect"])
        .chain(entry["alternatives"].as_array().into_iter().flatten())
        .cloned()
        .collect()
}

fn fits(expected: &Value, status: u16, body: &Value) -> bool {
    if expected["status"] != status {
        return false;
    }
    if status == 200 {
        return body["labels"] == expected["labels"] && body["value"]["labels"] == expected["labels"];
    }
    let inner_fits = expected["inner"].is_null() || body["error"]["innerError"]["code"] == expected["inner"];
    body["error"]["code"] == expected["code"] && inner_fits
}

#[test]
fn every_document_of_the_corpus_has_the_labels_of_its_manifest() {
    none_wrong(&wrong_answers(golden()));
}

/// What is wrong with the answers about the corpus in bob's drive, by id and by path, read and remembered.
pub(crate) fn wrong_answers(pair: &Pair) -> Vec<String> {
    let bob = Caller::user(&contoso(), "bob@contoso.com", "Files.Read");
    let ids = ids(pair, &bob, "/v1.0/me/drive/root");
    let mut faults = Vec::new();
    for entry in read_json(&format!("{CORPUS}/manifest.json"))
        .as_array()
        .expect("a list of files")
    {
        let file = entry["file"].as_str().expect("a file name");
        let Some(id) = ids.get(file) else {
            faults.push(format!("{file}: not among the children"));
            continue;
        };
        let by_id = Request::post(format!("/v1.0/me/drive/items/{id}/{ACTION}")).by(&bob);
        let by_path = Request::post(format!("/v1.0/me/drive/root:/{}:/{ACTION}", encoded(file))).by(&bob);
        // The second call by id is answered from what is stored.
        for request in [&by_id, &by_path, &by_id] {
            let answer = match pair.compare(request) {
                Ok(answer) => answer,
                Err(difference) => {
                    faults.push(difference);
                    continue;
                }
            };
            if !allowed(entry)
                .iter()
                .any(|expected| fits(expected, answer.status, &answer.json()))
            {
                let wanted = &entry["expect"];
                faults.push(format!(
                    "{file} ({}): {} {}, not {wanted}",
                    entry["why"],
                    answer.status,
                    answer.text()
                ));
            }
        }
    }
    faults
}

#[test]
fn a_folder_is_listed_page_by_page_without_gaps() {
    let bob = Caller::user(&contoso(), "bob@contoso.com", "Files.Read");
    let whole = ids(golden(), &bob, "/v1.0/me/drive/root");
    for installation in golden().installations() {
        let mut seen = Vec::new();
        let mut next = Some("/v1.0/me/drive/root/children?$top=4&$select=id,name".to_owned());
        while let Some(path) = next {
            let page = installation.send(&Request::get(path).by(&bob)).expect(200).json();
            let entries = page["value"].as_array().expect("a list of items");
            assert!(entries.len() <= 4, "{page}");
            seen.extend(
                entries
                    .iter()
                    .filter_map(|entry| entry["name"].as_str().map(str::to_owned)),
            );
            let link = page["@odata.nextLink"].as_str();
            next = link.map(|link| {
                link.strip_prefix(installation.origin())
                    .expect("a link to the same origin")
                    .to_owned()
            });
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all, "an item is listed twice");
        assert!(seen.iter().eq(whole.keys()), "{seen:?}");
    }
}

#[test]
fn a_page_token_is_good_for_its_own_request_only() {
    let bob = Caller::user(&contoso(), "bob@contoso.com", "Files.Read");
    for installation in golden().installations() {
        let page = installation
            .send(&Request::get("/v1.0/me/drive/root/children?$top=2").by(&bob))
            .expect(200)
            .json();
        let link = page["@odata.nextLink"].as_str().expect("more items");
        let (_, token) = link.split_once("$skiptoken=").expect("a token");
        for other in [
            format!("/v1.0/me/drive/root/children?$top=3&$skiptoken={token}"),
            format!("/v1.0/me/drive/root/children?$top=2&$skiptoken={token}A"),
            "/v1.0/me/drive/root/children?$skiptoken=nonsense".to_owned(),
        ] {
            let answer = installation.send(&Request::get(other).by(&bob)).expect(400);
            assert_eq!(answer.code(), "invalidRequest");
        }
    }
}

#[test]
fn an_item_looks_the_same_by_id_and_by_path_and_knows_its_tags() {
    let item = graph()
        .send(&Request::get("/v1.0/me/drive/root:/three-tenants.docx").by(&bob()))
        .expect(200);
    let body = item.json();
    let expected = json!({
        "id": "$nonempty", "name": "three-tenants.docx", "size": 1443, "eTag": "$nonempty", "cTag": "$nonempty",
        "webUrl": "$nonempty", "createdDateTime": "$datetime", "lastModifiedDateTime": "$datetime",
        "file": {"mimeType": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        "parentReference": {"driveId": "b!bob", "path": "/drives/b!bob/root:"},
        "folder": "$absent",
    });
    assert_eq!(mismatch(&expected, Some(&body)), None, "{body:#}");
    let id = body["id"].as_str().expect("an id");
    let by_id = graph()
        .send(&Request::get(format!("/v1.0/me/drive/items/{id}")).by(&bob()))
        .expect(200);
    // The address to download from says until when it is good, which is a second later perhaps.
    let lasting = |mut item: Value| {
        let address = item.as_object_mut().and_then(|item| item.remove(DOWNLOAD));
        assert!(address.is_some(), "{item:#}");
        item
    };
    assert_eq!(lasting(by_id.json()), lasting(body.clone()));
    for tag in ["eTag", "cTag"] {
        let tag = body[tag].as_str().expect("a tag");
        let again = Request::get(format!("/v1.0/me/drive/items/{id}"))
            .header("If-None-Match", tag)
            .by(&bob());
        assert!(graph().send(&again).expect(304).body.is_empty());
    }
}

#[test]
fn a_folder_has_no_labels_and_other_kinds_are_not_supported() {
    let folder = graph()
        .send(&Request::post(format!("/v1.0/me/drive/root/{ACTION}")).by(&bob()))
        .expect(400);
    assert_eq!(folder.code(), "invalidRequest");
    let folder = format!("/v1.0/me/drive/root:/Shared%20Documents:/{ACTION}");
    assert_eq!(
        graph().send(&Request::post(folder).by(&bob())).expect(400).code(),
        "invalidRequest"
    );
    let bob = Caller::user(&contoso(), "bob@contoso.com", "Files.Read");
    let text = golden()
        .send(&Request::post(format!("/v1.0/me/drive/root:/plain.txt:/{ACTION}")).by(&bob))
        .expect(400);
    assert_eq!(text.code(), "notSupported");
    let missing = golden().send(&Request::post(format!("/v1.0/me/drive/root:/none.docx:/{ACTION}")).by(&bob));
    assert_eq!(missing.expect(404).code(), "itemNotFound");
}

#[test]
fn a_path_that_leaves_its_drive_is_refused() {
    let bob = Caller::user(&contoso(), "bob@contoso.com", "Files.Read");
    for path in [
        "..",
        "a/../b.docx",
        "%2E%2E",
        "a/%2e%2e/b.docx",
        "./b.docx",
        "a%2Fb.docx",
        "a%5Cb.docx",
        "a%3Ab.docx",
    ] {
        for installation in golden().installations() {
            // A client library would resolve the dots by itself.
            let head = format!(
                "POST /v1.0/me/drive/root:/{path}:/{ACTION} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\
                 Authorization: Bearer {}\r\nConnection: close\r\n\r\n",
                installation.token(&bob)
            );
            let answer = send_raw(installation.origin(), head.as_bytes());
            assert_eq!(
                (answer.status, answer.inner_code().as_str()),
                (400, "invalidPath"),
                "{path} {}",
                answer.text()
            );
        }
    }
}

#[test]
fn a_changed_file_gives_its_new_labels_and_a_renamed_one_keeps_its_id() {
    let (tenant, folder) = contoso_with_corpus();
    let files = folder.path().to_owned();
    let pair = Pair::start_with_drives(
        &Setup {
            tenants: vec![tenant],
            ..Setup::default()
        },
        folder,
    );
    let bob = Caller::user(&contoso(), "bob@contoso.com", "Files.Read");
    let id = ids(&pair, &bob, "/v1.0/me/drive/root")
        .remove("contract.docx")
        .expect("the file is there");
    let labels = || {
        let answer = pair
            .send(&Request::post(format!("/v1.0/me/drive/items/{id}/{ACTION}")).by(&bob))
            .expect(200);
        answer.json()["labels"].as_array().map_or(0, Vec::len)
    };
    let item = || {
        pair.send(&Request::get(format!("/v1.0/me/drive/items/{id}")).by(&bob))
            .expect(200)
            .json()
    };
    assert_eq!(labels(), 1);
    let before = item();

    copy(&format!("{CORPUS}/blank.docx"), &files.join("contract.docx"));
    assert_eq!(labels(), 0, "a stale label was returned");
    let changed = item();
    assert_ne!(changed["cTag"], before["cTag"]);
    assert_ne!(changed["eTag"], before["eTag"]);

    fs::rename(files.join("contract.docx"), files.join("renamed.docx")).expect("a file can be renamed");
    let renamed = item();
    assert_eq!(renamed["name"], "renamed.docx");
    assert_eq!(renamed["cTag"], changed["cTag"], "the content stayed as it was");
    assert_eq!(labels(), 0);
    let path = Request::post(format!("/v1.0/me/drive/root:/contract.docx:/{ACTION}")).by(&bob);
    assert_eq!(pair.send(&path).expect(404).code(), "itemNotFound");
}

#[test]
fn an_extraction_is_in_the_decision_log() {
    let reader = Caller::application(&graph_tenant("a"), "Signet.Decisions.Read");
    let correlation = "3f0d2c41-5e8b-4f93-8d16-9b3c5e7f1ae1";
    let path = format!("/v1.0/me/drive/root:/three-tenants.docx:/{ACTION}");
    graph()
        .send(&Request::post(path).header("client-request-id", correlation).by(&bob()))
        .expect(200);
    for installation in graph().installations() {
        let path = "/signet/v1/decisions?operation=extractSensitivityLabels&$orderby=sequence%20desc&$top=999";
        let page = installation.send(&Request::get(path).by(&reader)).expect(200).json();
        let found = page["value"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|entry| entry["clientRequestId"] == correlation);
        let expected = json!({"operation": "extractSensitivityLabels", "userId": BOB, "outcome": "read"});
        assert_eq!(mismatch(&expected, found), None, "{:?}", installation.shape);
    }
}
