//! Batches: worked example E16 of the contract.

use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::fake_drives::FILE_ID;
use super::world::{Ask, Reply, TENANT_A, Token, World};

const GENERAL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const LABELS: &str = "/security/dataSecurityAndGovernance/sensitivityLabels";

fn ask<'w>(world: &'w World, requests: &Value) -> Ask<'w> {
    world.post("/v1.0/$batch", &json!({"requests": requests}).to_string())
}

fn item<'r>(reply: &'r Value, id: &str) -> &'r Value {
    let responses = reply["responses"].as_array().expect("responses");
    responses
        .iter()
        .find(|response| response["id"] == id)
        .unwrap_or_else(|| panic!("no answer `{id}` in {reply}"))
}

fn statuses(reply: &Reply) -> Vec<(String, u64)> {
    let reply = reply.ok();
    let responses = reply["responses"].as_array().expect("responses").iter();
    responses
        .map(|one| {
            (
                one["id"].as_str().unwrap_or("").to_owned(),
                one["status"].as_u64().unwrap_or(0),
            )
        })
        .collect()
}

#[tokio::test]
async fn e16_independent_and_dependent_requests() {
    let world = World::new();
    let filter =
        format!("$filter=applicableTo eq 'file' and id in ('{GENERAL}','b7a21bba-8197-491f-a5d6-0d0f955397ca')");
    let reply = ask(
        &world,
        &json!([
            {"id": "a", "method": "GET", "url": format!("{LABELS}?{filter}")},
            {"id": "b", "method": "get", "url": format!("{LABELS}/11111111-1111-4111-8111-111111111111")},
            {"id": "c", "method": "GET", "url": LABELS, "dependsOn": ["B"]},
            {"id": "d", "method": "GET", "url": LABELS.trim_start_matches('/'), "dependsOn": ["a"]},
        ]),
    )
    .header("client-request-id", "the batch")
    .send()
    .await;
    let expected = [("a", 200), ("b", 404), ("c", 424), ("d", 200)].map(|(id, status)| (id.to_owned(), status));
    assert_eq!(statuses(&reply), expected);
    let answer = reply.ok();
    let first = item(&answer, "a");
    assert_eq!(first["body"]["value"][0]["id"], GENERAL);
    assert_eq!(first["headers"]["client-request-id"], "the batch");
    assert_eq!(first["headers"]["Signet-Revision"], "7");
    assert_ne!(
        first["headers"]["request-id"],
        item(&answer, "d")["headers"]["request-id"]
    );
    assert_eq!(item(&answer, "c")["body"]["error"]["code"], "failedDependency");
    assert_eq!(
        item(&answer, "b")["body"]["error"]["innerError"]["code"],
        "labelNotFound"
    );
}

#[tokio::test]
async fn e16_batches_that_are_refused() {
    let world = World::new();
    let one = |id: &str| json!({"id": id, "method": "GET", "url": LABELS});
    let many: Vec<Value> = (0..21).map(|id| one(&id.to_string())).collect();
    ask(&world, &json!(many))
        .send()
        .await
        .refused(400, "invalidRequest", "tooManyItems");
    let most: Vec<Value> = (0..20).map(|id| one(&id.to_string())).collect();
    assert_eq!(statuses(&ask(&world, &json!(most)).send().await).len(), 20);
    let refused = [
        json!([one("x"), one("X")]),
        json!([{"method": "GET", "url": "/me"}]),
        json!([{"id": "1", "url": "/me"}]),
        json!([{"id": "1", "method": "GET"}]),
        json!([{"id": 1, "method": "GET", "url": "/me"}]),
        json!([{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]}]),
        json!([{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["1"]}]),
        json!([{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]}, {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["1"]}]),
        json!([{"id": "1", "method": "GET", "url": "x".repeat(16 * 1024 + 1)}]),
    ];
    for requests in refused {
        ask(&world, &requests)
            .send()
            .await
            .refused(400, "invalidRequest", "invalidParameterFormat");
    }
    world
        .post("/v1.0/$batch", "{}")
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
    ask(&world, &json!([]))
        .anonymous()
        .send()
        .await
        .refused(401, "InvalidAuthenticationToken", "unauthenticated");
    assert_eq!(ask(&world, &json!([])).send().await.ok(), json!({"responses": []}));
}

#[tokio::test]
async fn bodies_headers_and_other_forms_of_answers() {
    let world = World::new();
    let removal = "/beta/users/bob@contoso.com/security/informationProtection/sensitivityLabels";
    let absolute = |action: &str| format!("https://SIGNET.example{removal}/{action}");
    let json_type = json!({"Content-Type": "application/json", "Authorization": "Bearer nonsense"});
    let reply = ask(&world, &json!([
        {"id": "1", "method": "POST", "url": absolute("evaluateRemoval"), "headers": json_type, "body": {"contentInfo": {}}},
        {"id": "2", "method": "POST", "url": absolute("evaluateRemoval"), "body": {"contentInfo": {}}},
        {"id": "3", "method": "POST", "url": absolute("extractContentLabel"), "headers": json_type, "body": {"contentInfo": {"metadata": []}}},
        {"id": "4", "method": "GET", "url": format!("{LABELS}/$count")},
        {"id": "5", "method": "POST", "url": "/$batch", "headers": json_type, "body": {"requests": []}},
        {"id": "6", "method": "GET", "url": "https://elsewhere.example/v1.0/me"},
        {"id": "7", "method": "POST", "url": absolute("evaluateRemoval"), "headers": {"content-type": "text/plain"}, "body": "eA"},
        {"id": "8", "method": "POST", "url": absolute("evaluateRemoval"), "headers": {"content-type": "text/plain"}, "body": {"x": 1}},
        {"id": "9", "method": "GET", "url": format!("{LABELS}/computeInheritance(labelIds=[\"{GENERAL}\"])?$select=name")},
        {"id": "10", "method": "?", "url": "/me"},
        {"id": "11", "method": "GET", "url": "/me", "headers": {"a b": "c"}},
        {"id": "12", "method": "GET", "url": "/nothing"},
    ]))
    .send()
    .await;
    let expected = [200, 400, 204, 200, 400, 400, 415, 400, 200, 400, 400, 400];
    let got: Vec<u64> = statuses(&reply).into_iter().map(|(_, status)| status).collect();
    assert_eq!(got, expected, "{}", reply.text());
    let answer = reply.ok();
    assert!(item(&answer, "3").get("body").is_none());
    assert_eq!(item(&answer, "4")["body"], "Ng==", "text in base64");
    assert_eq!(item(&answer, "9")["body"]["name"], "General");
}

#[tokio::test]
async fn files_are_put_but_not_fetched() {
    let world = World::new();
    let content = format!("/me/drive/items/{FILE_ID}/content");
    let own = "https://signet.example/signet/v1";
    let text = json!({"Content-Type": "text/plain", "Content-Length": "7", "Transfer-Encoding": "gzip"});
    let reply = ask(
        &world,
        &json!([
            {"id": "1", "method": "PUT", "url": content, "headers": text, "body": "aGVsbG8"},
            {"id": "2", "method": "PUT", "url": content, "headers": text},
            {"id": "3", "method": "GET", "url": content},
            {"id": "4", "method": "GET", "url": format!("{own}/content/download")},
            {"id": "5", "method": "GET", "url": format!("{own}/drives/drive-bob/scan")},
            {"id": "6", "method": "GET", "url": format!("{own}/uploads/upload")},
        ]),
    )
    .token(Token::bob(TENANT_A).all())
    .send()
    .await;
    let got: Vec<u64> = statuses(&reply).into_iter().map(|(_, status)| status).collect();
    assert_eq!(got, [200, 411, 302, 400, 400, 200], "{}", reply.text());
}

/// A proxy writes what it knows into the head of the batch. Requests inside are the client's own words.
#[tokio::test]
async fn only_the_batch_says_where_it_comes_from() {
    let world = World::with(|config| {
        config.public_base_url = None;
        config.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a range")];
    });
    let claimed = json!({"X-Forwarded-For": "203.0.113.66", "Forwarded": "for=203.0.113.66;host=evil.example",
        "X-Forwarded-Host": "evil.example"});
    let body = json!({"requests": [{"id": "1", "method": "GET", "url": LABELS, "headers": claimed}]});
    let mut request = http::Request::post("/v1.0/$batch")
        .header("host", "signet")
        .header("content-type", "application/json")
        .header(
            "authorization",
            format!("Bearer {}", Token::application(TENANT_A).all().mint()),
        )
        .header("x-forwarded-for", "198.51.100.9")
        .header("x-forwarded-host", "graph.contoso.com")
        .header("x-forwarded-proto", "https")
        .body(axum::body::Body::from(body.to_string()))
        .expect("a request");
    let proxy = crate::Connection::new("10.0.0.1:1".parse().expect("a peer"), false);
    request.extensions_mut().insert(proxy);
    let response = world.gateway.handle(request).await;
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    let reply: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(
        item(&reply, "1")["body"]["@odata.context"],
        "https://graph.contoso.com/v1.0/$metadata#security/dataSecurityAndGovernance/sensitivityLabel"
    );
    let context = world.fakes.last_context.lock().unwrap().clone().expect("a call");
    assert_eq!(context.client_ip.as_deref(), Some("198.51.100.9"));
}

#[tokio::test]
async fn each_request_is_authorised_on_its_own() {
    let world = World::new();
    let token = Token::application(TENANT_A).with(&["SensitivityLabel.Read"]);
    let reply = ask(
        &world,
        &json!([
            {"id": "1", "method": "GET", "url": LABELS},
            {"id": "2", "method": "GET", "url": "/drive"},
            {"id": "3", "method": "GET", "url": "/me/drive"},
        ]),
    )
    .token(token)
    .send()
    .await;
    assert_eq!(
        statuses(&reply)
            .into_iter()
            .map(|(_, status)| status)
            .collect::<Vec<_>>(),
        [200, 403, 400]
    );
}
