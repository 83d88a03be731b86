//! What may differ between two answers to the same request.

use serde_json::{Map, Value, json};

use crate::request::Answer;

/// Headers whose values differ from call to call or from socket to socket. Entity tags cover the origin.
const VOLATILE_HEADERS: &[&str] = &["date", "request-id", "client-request-id", "www-authenticate", "etag"];

/// Headers that say how the answer is cut into pieces.
const FRAMING_HEADERS: &[&str] = &["connection", "transfer-encoding", "content-length"];

/// Members whose values differ from call to call.
const VOLATILE_MEMBERS: &[&str] = &[
    "date",
    "request-id",
    "client-request-id",
    "ETag",
    "@microsoft.graph.downloadUrl",
];

/// An answer without what differs from call to call, for comparison.
pub fn redacted(answer: &Answer, origin: &str) -> Value {
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
    for name in FRAMING_HEADERS {
        headers.remove(*name);
    }
    let body = match serde_json::from_slice(&answer.body) {
        Ok(mut body) => {
            redact(&mut body, origin);
            body
        }
        Err(_) => json!(text(&answer.text(), origin)),
    };
    json!({"status": answer.status, "headers": headers, "body": body})
}

/// Every place in which two values differ.
pub(crate) fn differences(one: &Value, other: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", Some(one), Some(other), &mut found);
    found
}

fn compare(place: &str, one: Option<&Value>, other: Option<&Value>, found: &mut Vec<String>) {
    match (one, other) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            for name in one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))) {
                compare(&format!("{place}.{name}"), one.get(name), other.get(name), found);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for index in 0..one.len().max(other.len()) {
                compare(&format!("{place}[{index}]"), one.get(index), other.get(index), found);
            }
        }
        (one, other) if one == other => {}
        (one, other) => {
            let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
            found.push(format!("{place}: {} against {}", shown(one), shown(other)));
        }
    }
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
