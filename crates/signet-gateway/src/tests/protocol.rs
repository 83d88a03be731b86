//! Headers, codings, origins, the service document, probes and the decision log.

use std::io::{Read, Write};
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;
use tower::ServiceExt;

use super::world::{Ask, Reply, TENANT_A, Token, World};
use crate::CorsOrigins;

const LABELS: &str = "/beta/users/bob@contoso.com/security/informationProtection/sensitivityLabels";
const REMOVAL: &str = "/beta/users/bob@contoso.com/security/informationProtection/sensitivityLabels/evaluateRemoval";
const BODY: &str = r#"{"contentInfo": {}}"#;

fn standard(reply: &Reply) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .filter(|(name, _)| name != "etag")
        .collect();
    headers.sort();
    headers
}

#[tokio::test]
async fn standard_headers() {
    let world = World::new();
    insta::assert_debug_snapshot!("headers_of_a_list", standard(&world.get(LABELS).send().await));
    insta::assert_debug_snapshot!(
        "headers_of_an_evaluation",
        standard(&world.post(REMOVAL, BODY).send().await)
    );
    insta::assert_debug_snapshot!(
        "headers_of_a_refusal",
        standard(&world.get(LABELS).anonymous().send().await)
    );
    *world.fakes.snapshot_age.lock().unwrap() = Some(Duration::from_millis(61_500));
    let aged = world.post(REMOVAL, BODY).send().await;
    assert_eq!(aged.header("signet-snapshot-age"), Some("61"));
}

#[tokio::test]
async fn request_bodies_may_be_compressed() {
    let world = World::new();
    let compressed = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let ask = |body: Vec<u8>| world.post(REMOVAL, "").header("content-encoding", "gzip").body(body);
    assert_eq!(ask(compressed(BODY.as_bytes())).send().await.status.as_u16(), 200);
    let bomb = compressed(&vec![b' '; 50 * 1024 * 1024]);
    assert!(bomb.len() < 100_000);
    ask(bomb).send().await.refused(413, "requestEntityTooLarge", "");
    ask(b"not gzip".to_vec())
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
    let other = world.post(REMOVAL, BODY).header("content-encoding", "br").send().await;
    other.refused(415, "unsupportedMediaType", "");
}

#[tokio::test]
async fn large_answers_are_compressed_when_asked_for() {
    let world = World::contoso();
    let list = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";
    let plain = world.get(list).send().await;
    assert_eq!(plain.header("content-encoding"), None);
    let compressed = world
        .get(list)
        .header("accept-encoding", "gzip, deflate, br")
        .send()
        .await;
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(compressed.bytes.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, plain.text());
    let small = world.post(REMOVAL, BODY).header("accept-encoding", "gzip").send().await;
    assert_eq!(small.header("content-encoding"), None);
}

#[tokio::test]
async fn pages_of_other_origins() {
    let origins = CorsOrigins {
        allowed: vec!["https://tools.contoso.com".to_owned()],
        loopback: false,
    };
    let open = World::with(|config| config.cors = origins);
    let closed = World::new();
    let preflight = |world| {
        Ask::new(world, Method::OPTIONS, REMOVAL)
            .header("origin", "https://tools.contoso.com")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization, x-custom")
    };
    let allowed = preflight(&open).send().await;
    assert_eq!(allowed.status.as_u16(), 204);
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        Some("https://tools.contoso.com")
    );
    assert_eq!(
        allowed.header("access-control-allow-headers"),
        Some("authorization, x-custom")
    );
    let refused = preflight(&closed).send().await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("access-control-allow-origin")),
        (204, None)
    );
    let answer = open
        .get(LABELS)
        .header("origin", "https://tools.contoso.com")
        .send()
        .await;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://tools.contoso.com")
    );
    assert!(
        answer
            .header("access-control-expose-headers")
            .is_some_and(|names| names.contains("Signet-Revision"))
    );
    let other = open.get(LABELS).header("origin", "https://evil.example").send().await;
    assert_eq!(other.header("access-control-allow-origin"), None);
    assert!(other.headers.get_all("vary").iter().any(|value| value == "Origin"));
}

#[tokio::test]
async fn the_service_document_and_the_description_are_open() {
    let world = World::new();
    for version in ["v1.0", "beta"] {
        let document = Ask::new(&world, Method::GET, &format!("/{version}/")).send().await.ok();
        assert_eq!(
            document["@odata.context"],
            format!("https://signet.example/{version}/$metadata").as_str()
        );
        assert_eq!(
            document["value"][0],
            json!({"name": "me", "kind": "Singleton", "url": "me"})
        );
        let metadata = Ask::new(&world, Method::GET, &format!("/{version}/$metadata"))
            .header("accept", "application/xml")
            .send()
            .await;
        assert_eq!(metadata.header("content-type"), Some("application/xml"));
        assert!(metadata.text().starts_with("<?xml"));
        let json = Ask::new(&world, Method::GET, &format!("/{version}/$metadata"))
            .header("accept", "application/json")
            .send()
            .await;
        json.refused(406, "notAcceptable", "invalidAcceptType");
    }
}

#[tokio::test]
async fn queries_of_the_service_document_and_the_description_are_checked() {
    let world = World::new();
    for (target, status, inner) in [
        ("", 200, ""),
        ("?x=1&$format=json", 200, ""),
        ("?$filter=x", 400, "invalidQueryOption"),
        ("?$wings=1", 400, "invalidQueryOption"),
        ("?$format=xml", 406, "invalidAcceptType"),
        ("$metadata", 200, ""),
        ("$metadata?x=1&$format=application/xml", 200, ""),
        ("$metadata?$top=1", 400, "invalidQueryOption"),
        ("$metadata?$format=xml&$format=xml", 400, "invalidQueryOption"),
        ("$metadata?$format=json", 406, "invalidAcceptType"),
    ] {
        let reply = Ask::new(&world, Method::GET, &format!("/v1.0/{target}")).send().await;
        let code = match status {
            200 => "",
            400 => "invalidRequest",
            _ => "notAcceptable",
        };
        assert_eq!(reply.outcome(), (status, code.to_owned(), inner.to_owned()), "{target}");
    }
}

#[tokio::test]
async fn probes_answer_without_a_token() {
    let world = World::new();
    let router = world.gateway.router();
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/v1.0/$metadata", 200),
        ("/beta/me", 401),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
    }
    let merged = world
        .gateway
        .router()
        .merge(axum::Router::new().route("/token", axum::routing::post(|| async { "t" })));
    let response = merged
        .oneshot(Request::post("/token").body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 200);
}

#[tokio::test]
async fn the_origin_is_that_of_the_request_unless_configured() {
    let world = World::with(|config| config.public_base_url = None);
    let reply = world.get(LABELS).header("host", "signet:8080").send().await.ok();
    assert!(
        reply["@odata.context"]
            .as_str()
            .expect("text")
            .starts_with("http://signet:8080/beta/$metadata#")
    );
}

#[tokio::test]
async fn the_decision_log_is_a_collection() {
    let world = World::new();
    let reader = Token::application(TENANT_A).with(&["Signet.Decisions.Read"]);
    let ask = |query: &str| world.get(&format!("/signet/v1/decisions{query}")).token(reader.clone());
    let sequences = |reply: &Reply| -> Vec<u64> {
        let answer = reply.ok();
        answer["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record["sequence"].as_u64().unwrap())
            .collect()
    };
    let first = ask("?$top=2").send().await;
    assert_eq!(sequences(&first), [1, 2]);
    let link = first.ok()["@odata.nextLink"].as_str().expect("a link").to_owned();
    assert_eq!(link, "https://signet.example/signet/v1/decisions?$top=2&$skiptoken=2");
    assert_eq!(sequences(&ask("?$top=2&$skiptoken=2").send().await), [3, 4]);
    assert_eq!(sequences(&ask("?$orderby=sequence%20desc&$top=2").send().await), [5, 4]);
    let most = ask("?$top=99999999999999999999").send().await;
    assert_eq!(sequences(&most).len(), 5);
    // What cannot hold, or is not understood, must not answer with everything.
    for query in ["?user=", "?label=%20", "?application=", "?userId=x", "?foo=1"] {
        let reply = ask(query).send().await;
        reply.refused(400, "invalidRequest", "invalidQueryOption");
    }
    assert_eq!(
        sequences(&ask("?operation=evaluateRemoval&outcome=changed").send().await),
        [2, 4]
    );
    assert_eq!(
        sequences(&ask("?operation=EvaluateRemoval&outcome=refused").send().await),
        [] as [u64; 0]
    );
    assert_eq!(
        sequences(&ask("?from=2026-03-04T04:53:23Z&to=2026-03-04T04:53:24Z").send().await),
        [3]
    );
    for (query, target) in [
        ("from=yesterday", "from"),
        ("user=bob", "user"),
        ("label=x", "label"),
        ("operation=nope", "operation"),
        ("outcome=nope", "outcome"),
        ("$top=-1", "$top"),
        ("$top=%2B1", "$top"),
        ("$skiptoken=x", "$skiptoken"),
        ("$orderby=user", "$orderby"),
    ] {
        let reply = ask(&format!("?{query}")).send().await;
        reply.refused(400, "invalidRequest", "invalidParameterFormat");
        assert_eq!(reply.json()["error"]["target"], target);
    }
    let other = Token::application(TENANT_A).with(&["SensitivityLabels.Read.All"]);
    world.get("/signet/v1/decisions").token(other).send().await.refused(
        403,
        "accessDenied",
        "Authorization_RequestDenied",
    );
}
