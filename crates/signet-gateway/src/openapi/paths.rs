//! Routes as paths. A route has one path, but for items, which are found by id, by path and as the root, and for
//! functions, whose arguments stand in parentheses or in the query.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::operations::{Form, operation};
use super::{Declarations, PATH};
use crate::routes::{Api, GROUPS, Leaf, Prefix};

/// The addresses of an item, and what stands between each and the segment that follows.
const ITEMS: [(&str, &str); 3] = [("items/{itemId}", "/"), ("root", "/"), ("root:/{itemPath}", ":/")];

/// Every path with its operations.
pub(super) fn paths(declarations: &Declarations) -> Value {
    let mut paths: BTreeMap<String, Map<String, Value>> = outside_the_table();
    for (api, prefix, leaf) in routes() {
        for (path, form) in spellings(api, prefix, leaf) {
            let described = operation(declarations, api, prefix, leaf, &path, form);
            let verb = leaf.verb.name().to_ascii_lowercase();
            paths.entry(path).or_default().insert(verb, described);
        }
    }
    json!(paths)
}

/// Every route of the table, in each of its versions.
pub(super) fn routes() -> impl Iterator<Item = (Api, &'static Prefix, &'static Leaf)> {
    GROUPS.iter().flat_map(|group| {
        group.prefixes.iter().flat_map(move |prefix| {
            prefix
                .apis
                .iter()
                .flat_map(move |api| group.leaves.iter().map(move |leaf| (*api, prefix, leaf)))
        })
    })
}

/// The paths of a route.
pub(super) fn spellings(api: Api, prefix: &Prefix, leaf: &Leaf) -> Vec<(String, Form)> {
    let pattern = [api.root(), prefix.path, leaf.path].join("/");
    let words = pattern.split('/').filter(|word| !word.is_empty());
    let words: Vec<&str> = words.map(without_kind).collect();
    let path = format!("/{}", words.join("/"));
    if path == format!("/{}", api.root()) {
        return vec![(format!("{path}/"), Form::Plain)];
    }
    if let Some((before, after)) = path.split_once("{item}") {
        let after = after.trim_start_matches('/');
        let spelled = |(address, joint): (&str, &str)| match after {
            "" => format!("{before}{address}"),
            after => format!("{before}{address}{joint}{after}"),
        };
        return ITEMS.into_iter().map(|item| (spelled(item), Form::Plain)).collect();
    }
    if leaf.path.contains("fn:") {
        let arguments = "(labelIds={labelIds},locale={locale},contentFormats={contentFormats})";
        return vec![(format!("{path}{arguments}"), Form::Arguments), (path, Form::Query)];
    }
    vec![(path, Form::Plain)]
}

/// `ns:extractSensitivityLabels` without its mark.
fn without_kind(word: &str) -> &str {
    ["fn:", "ns:", "sec:"]
        .iter()
        .find_map(|kind| word.strip_prefix(kind))
        .unwrap_or(word)
}

/// What the gateway serves beside the interface itself.
fn outside_the_table() -> BTreeMap<String, Map<String, Value>> {
    let plain = |id: &str, summary: &str, media: &str, more: Value| {
        let mut responses = json!({"200": {"description": "Yes.", "content": {media: {}}}});
        if let (Some(responses), Value::Object(more)) = (responses.as_object_mut(), more) {
            responses.extend(more);
        }
        let described = json!({"operationId": id, "summary": summary, "security": [], "responses": responses});
        Map::from_iter([("get".to_owned(), described)])
    };
    let not_ready = json!({"503": {"description": "No.", "content": {"text/plain": {}}}});
    BTreeMap::from([
        (
            "/healthz".to_owned(),
            plain("healthz", "Is the process alive?", "text/plain", json!({})),
        ),
        (
            "/readyz".to_owned(),
            plain("readyz", "Can it answer?", "text/plain", not_ready),
        ),
        (
            PATH.to_owned(),
            plain("openapi", "This document.", "application/json", json!({})),
        ),
    ])
}
