//! What may differ between two answers to the same request.

use serde_json::{Map, Value, json};

use crate::request::Answer;

/// Headers whose values differ from call to call or from socket to socket.
const VOLATILE_HEADERS: &[&str] = &[
    "date",
    "request-id",
    "client-request-id",
    "content-length",
    "www-authenticate",
    "connection",
    "transfer-encoding",
];

/// Members whose values differ from call to call.
const VOLATILE_MEMBERS: &[&str] = &["date", "request-id", "client-request-id"];

/// An answer without what differs from call to call, for comparison.
pub fn redacted(answer: &Answer, origin: &str) -> String {
    let mut headers = Map::new();
    for (name, value) in &answer.headers {
        let value = value.to_str().unwrap_or("(not text)");
        let shown = if VOLATILE_HEADERS.contains(&name.as_str()) {
            "…".to_owned()
        } else {
            text(value, origin)
        };
        headers.insert(name.as_str().to_owned(), Value::String(shown));
    }
    for name in ["connection", "transfer-encoding", "content-length"] {
        headers.remove(name);
    }
    let body = match serde_json::from_slice(&answer.body) {
        Ok(mut body) => {
            redact(&mut body, origin);
            body
        }
        Err(_) => json!(text(&answer.text(), origin)),
    };
    format!(
        "{:#}",
        json!({"status": answer.status, "headers": headers, "body": body})
    )
}

fn redact(value: &mut Value, origin: &str) {
    match value {
        Value::String(found) => *found = text(found, origin),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, origin)),
        Value::Object(members) => redact_object(members, origin),
        _ => {}
    }
}

fn redact_object(members: &mut Map<String, Value>, origin: &str) {
    let attribute = members.get("name").and_then(Value::as_str).unwrap_or_default();
    if attribute.ends_with("_ActionId") || attribute.ends_with("_SetDate") {
        members.insert("value".to_owned(), json!("…"));
    }
    // An entry of contentRights has a fresh id each time.
    if members.contains_key("cid") && members.contains_key("rights") {
        members.insert("id".to_owned(), json!("…"));
    }
    for (name, value) in members.iter_mut() {
        if VOLATILE_MEMBERS.contains(&name.as_str()) {
            *value = json!("…");
        } else {
            redact(value, origin);
        }
    }
}

/// A text without the origin and without page tokens, which are signed with a key of the process.
fn text(value: &str, origin: &str) -> String {
    let value = value.replace(origin, "{origin}");
    match value.split_once("$skiptoken=") {
        None => value,
        Some((before, after)) => {
            let rest = after.find('&').map_or("", |end| &after[end..]);
            format!("{before}$skiptoken=…{rest}")
        }
    }
}
