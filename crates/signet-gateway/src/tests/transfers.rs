//! Downloads, uploads, assignments and scans: rows 39, 40, 44 to 46.

use http::Method;
use serde_json::json;

use super::fake_content::CONTENT;
use super::fake_drives::FILE_ID;
use super::world::{Ask, TENANT_A, Token, World};

fn bob() -> Token {
    Token::bob(TENANT_A).with(&["Files.ReadWrite.All"])
}

fn ask<'w>(world: &'w World, method: Method, target: &str) -> Ask<'w> {
    Ask::new(world, method, target)
}

#[tokio::test]
async fn content_is_a_redirection_to_a_url_without_a_token() {
    let world = World::new();
    let target = format!("/v1.0/me/drive/items/{FILE_ID}/content");
    let reply = ask(&world, Method::GET, &target).token(bob()).send().await;
    assert_eq!(reply.status, 302);
    let location = reply.header("location").unwrap().to_owned();
    assert_eq!(location, "https://signet.example/signet/v1/content/download");
    let item = ask(&world, Method::GET, &format!("/v1.0/me/drive/items/{FILE_ID}"))
        .token(bob())
        .send()
        .await;
    assert_eq!(item.json()["@microsoft.graph.downloadUrl"], json!(location));
    let reply = ask(&world, Method::GET, "/signet/v1/content/download").send().await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.text().as_bytes(), CONTENT);
    assert_eq!(reply.header("content-length"), Some("35"));
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
}

#[tokio::test]
async fn ranges_are_answered_in_part() {
    let world = World::new();
    for (range, status, text, content_range) in [
        ("bytes=0-3", 206, "0123", Some("bytes 0-3/35")),
        ("bytes=5-20", 206, "5678901234567890", Some("bytes 5-20/35")),
        ("bytes=-2", 206, "34", Some("bytes 33-34/35")),
    ] {
        let reply = ask(&world, Method::GET, "/signet/v1/content/download")
            .header("range", range)
            .send()
            .await;
        assert_eq!(reply.status, status, "{range}");
        assert_eq!(reply.text(), text, "{range}");
        assert_eq!(reply.header("content-range"), content_range, "{range}");
    }
    let outside = ask(&world, Method::GET, "/signet/v1/content/download")
        .header("range", "bytes=35-")
        .send()
        .await;
    assert_eq!(
        (outside.status.as_u16(), outside.json()["error"]["code"].clone()),
        (416, json!("invalidRange"))
    );
    assert_eq!(outside.header("content-range"), Some("bytes */35"));
    let gone = ask(&world, Method::GET, "/signet/v1/content/gone").send().await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn small_uploads_answer_with_the_item() {
    let world = World::new();
    let target = format!("/v1.0/me/drive/items/{FILE_ID}/content");
    let put = |length: Option<&'static str>| {
        let ask = ask(&world, Method::PUT, &target)
            .token(bob())
            .header("content-type", "text/plain");
        match length {
            Some(length) => ask.header("content-length", length).body("hello"),
            None => ask,
        }
    };
    let reply = put(Some("5")).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["id"], json!(FILE_ID));
    let reply = put(None).send().await;
    assert_eq!(
        (reply.status.as_u16(), reply.json()["error"]["code"].clone()),
        (411, json!("lengthRequired"))
    );
    let wrong = format!("{target}?@microsoft.graph.conflictBehavior=maybe");
    let reply = ask(&world, Method::PUT, &wrong)
        .token(bob())
        .header("content-length", "1")
        .body("x")
        .send()
        .await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn sessions_take_parts_of_the_right_size() {
    let world = World::new();
    let target = format!("/v1.0/me/drive/items/{FILE_ID}/createUploadSession");
    let body = r#"{"item": {"@microsoft.graph.conflictBehavior": "fail", "fileSize": 128}, "deferCommit": false}"#;
    let reply = ask(&world, Method::POST, &target)
        .token(bob())
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.json()["uploadUrl"],
        json!("https://signet.example/signet/v1/uploads/upload")
    );
    assert_eq!(reply.json()["nextExpectedRanges"], json!(["26-"]));
    let without_body = ask(&world, Method::POST, &target).token(bob()).send().await;
    assert_eq!(without_body.status, 200);
    for (range, body, status) in [
        ("bytes 0-25/26", 26, 201),
        ("bytes 0-25/128", 26, 400),
        ("bytes 0-327679/400000", 327_680, 202),
        ("bytes 0-25/26", 25, 400),
        ("bytes 0-25/26", 27, 400),
        ("bytes 5-2/26", 1, 400),
        ("bytes 0-62914559/70000000", 1, 413),
        (
            "bytes 18446744073709551613-18446744073709551614/18446744073709551615",
            10,
            400,
        ),
        ("bytes 0-25/18446744073709551616", 26, 400),
        ("", 1, 400),
    ] {
        let ask = ask(&world, Method::PUT, "/signet/v1/uploads/upload").header("content-range", range);
        let reply = ask.body("x".repeat(body)).send().await;
        assert_eq!(reply.status, status, "{range} {body}: {}", reply.text());
    }
    for (method, status) in [(Method::GET, 200), (Method::POST, 200), (Method::DELETE, 204)] {
        let reply = ask(&world, method.clone(), "/signet/v1/uploads/upload").send().await;
        assert_eq!(reply.status, status, "{method}");
        let gone = ask(&world, method, "/signet/v1/uploads/gone").send().await;
        assert_eq!(
            gone.json()["error"]["innerError"]["code"],
            json!("uploadSessionNotFound")
        );
    }
}

#[tokio::test]
async fn an_assignment_is_accepted_and_watched() {
    let world = World::new();
    let target = format!("/v1.0/me/drive/items/{FILE_ID}/assignSensitivityLabel");
    let send = |body: &'static str| {
        ask(&world, Method::POST, &target)
            .token(bob())
            .header("content-type", "application/json")
            .body(body)
            .send()
    };
    let reply =
        send(r#"{"sensitivityLabelId": "285ccb20-8260-4b1a-9e08-b5e051ffc848", "assignmentMethod": "standard"}"#).await;
    assert_eq!((reply.status.as_u16(), reply.text().as_str()), (202, ""));
    assert_eq!(
        reply.header("location"),
        Some("https://signet.example/signet/v1/operations/operation")
    );
    for body in [
        r#"{}"#,
        r#"{"sensitivityLabelId": "x"}"#,
        r#"{"sensitivityLabelId": "", "assignmentMethod": "x"}"#,
        r#"{"sensitivityLabelId": 1}"#,
    ] {
        assert_eq!(send(body).await.status, 400, "{body}");
    }
    let refused =
        send(r#"{"sensitivityLabelId": "285ccb20-8260-4b1a-9e08-b5e051ffc848", "assignmentMethod": "auto"}"#).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(refused.json()["error"]["target"], json!("assignmentMethod"));
    for (ticket, status, word) in [
        ("waiting", 202, "notStarted"),
        ("running", 202, "inProgress"),
        ("done", 200, "completed"),
        ("failed", 200, "failed"),
    ] {
        let reply = ask(&world, Method::GET, &format!("/signet/v1/operations/{ticket}"))
            .send()
            .await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["status"].clone()),
            (status, json!(word))
        );
        assert_eq!(reply.header("retry-after").is_some(), status == 202);
    }
}

#[tokio::test]
async fn a_scan_is_a_line_per_file() {
    let world = World::new();
    let reply = ask(&world, Method::GET, "/signet/v1/drives/drive-bob/scan")
        .token(bob())
        .header("accept", "application/x-ndjson")
        .send()
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<serde_json::Value> = reply
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (lines[0]["labels"].clone(), lines[0]["cursor"].clone()),
        (json!([]), json!("1"))
    );
    assert_eq!(lines[1]["error"]["code"], json!("unprocessableEntity"));
    assert_eq!(lines[2]["error"]["code"], json!("serviceNotAvailable"));
    assert!(lines[2].get("cursor").is_none());
}
