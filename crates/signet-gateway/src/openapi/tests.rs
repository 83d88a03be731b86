//! The document says what is served: nothing more, nothing less.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::Value;

use super::paths::{routes, spellings};
use super::{Declarations, PATH, openapi_document};
use crate::graph::metadata;
use crate::odata::options::offered;
use crate::odata::query_string::SystemOption;
use crate::routes::{Api, Endpoint, Routes};
use crate::tests::table;
use crate::tests::world::{Ask, TENANT_A, Token, World};

fn document() -> Value {
    serde_json::from_str(openapi_document()).expect("JSON")
}

/// Documented methods by path, without what is outside the interface.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let document = document();
    let paths = document["paths"].as_object().expect("paths");
    let methods = |path: &Value| path.as_object().expect("methods").keys().cloned().collect();
    paths
        .iter()
        .filter(|(path, _)| path.matches('/').count() > 1)
        .map(|(path, methods_of)| (path.clone(), methods(methods_of)))
        .collect()
}

/// A path with a value for each key.
fn filled(path: &str) -> String {
    let values = [
        ("{user}", "bob@contoso.com"),
        ("{principal}", "bob@contoso.com"),
        ("{itemPath}", "a/b.docx"),
        ("{labelIds}", "%5B%22a%22%5D"),
        ("{locale}", "null"),
        ("{contentFormats}", "null"),
    ];
    let filled = values
        .iter()
        .fold(path.to_owned(), |path, (key, value)| path.replace(key, value));
    let mut out = String::new();
    for (at, part) in filled.split('{').enumerate() {
        match (at, part.split_once('}')) {
            (0, _) => out.push_str(part),
            (_, Some((_, rest))) => out.push_str(&format!("x{rest}")),
            (_, None) => panic!("{path}"),
        }
    }
    out
}

#[test]
fn every_documented_operation_is_served_and_no_other_method_is() {
    let routes = Routes::new(true);
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    for (path, documented) in documented() {
        for method in &methods {
            let name = method.as_str().to_ascii_lowercase();
            let served = routes.find(&filled(&path), method).is_ok();
            assert_eq!(served, documented.contains(&name), "{name} {path}");
        }
    }
}

#[test]
fn every_served_route_is_documented() {
    let documented = documented();
    let matcher = Routes::new(true);
    for (api, prefix, leaf) in routes() {
        for (path, _) in spellings(api, prefix, leaf) {
            let verb = leaf.verb.name().to_ascii_lowercase();
            assert!(
                documented.get(&path).is_some_and(|verbs| verbs.contains(&verb)),
                "{verb} {path}"
            );
        }
        // And found by an address that was put together by other means.
        let target = table::path(api, prefix, leaf).replace(' ', "%20");
        let found = matcher
            .find(&target, &table::method(leaf.verb))
            .unwrap_or_else(|error| panic!("{target}: {error:?}"));
        let listed = spellings(found.api, found.prefix, found.leaf);
        assert!(listed.iter().all(|(path, _)| documented.contains_key(path)), "{target}");
    }
    let all = documented.values().map(BTreeSet::len).sum::<usize>();
    let spelled = routes()
        .map(|(api, prefix, leaf)| spellings(api, prefix, leaf).len())
        .sum::<usize>();
    assert_eq!(all, spelled, "two routes share a path and a method");
}

#[tokio::test]
async fn the_addresses_beside_the_interface_are_served_to_anybody() {
    use tower::ServiceExt as _;
    let document = document();
    let paths = document["paths"].as_object().expect("paths").keys();
    let beside: Vec<&String> = paths.filter(|path| path.matches('/').count() == 1).collect();
    assert_eq!(beside, ["/healthz", PATH, "/readyz"]);
    for path in beside {
        let request = http::Request::get(path.as_str())
            .body(axum::body::Body::empty())
            .unwrap();
        let answer = World::new().gateway.router().oneshot(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
    }
}

fn collect<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == key => found.push(text),
                    other => collect(other, key, found),
                }
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, key, found)),
        _ => {}
    }
}

#[test]
fn references_lead_somewhere_and_names_are_unique() {
    let document = document();
    let mut references = Vec::new();
    collect(&document, "$ref", &mut references);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let mut names = Vec::new();
    collect(&document["paths"], "operationId", &mut names);
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(unique.len(), names.len());
}

#[test]
fn keys_of_paths_are_declared() {
    let document = document();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let keys: BTreeSet<&str> = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect();
        for (method, operation) in methods.as_object().expect("methods") {
            let mut declared = BTreeSet::new();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let pointer = parameter["$ref"].as_str().expect("a reference").trim_start_matches('#');
                let parameter = document.pointer(pointer).expect(pointer);
                if parameter["in"] == "path" {
                    declared.insert(parameter["name"].as_str().expect("a name"));
                }
            }
            assert_eq!(declared, keys, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_query_options_documented_are_those_that_are_read() {
    let world = World::new();
    let options = [
        (SystemOption::Select, "id"),
        (SystemOption::Expand, ""),
        (SystemOption::Filter, "id eq 'x'"),
        (SystemOption::OrderBy, "name"),
        (SystemOption::Top, "1"),
        (SystemOption::Skip, "1"),
        (SystemOption::SkipToken, "x"),
        (SystemOption::Count, "true"),
        (SystemOption::Search, "x"),
    ];
    for (api, prefix, leaf) in routes() {
        if leaf.endpoint.is_anonymous() || prefix.legacy || leaf.endpoint == Endpoint::Batch {
            continue;
        }
        for (option, value) in options {
            let target = format!("{}?{}={value}", table::path(api, prefix, leaf), option.name());
            let ask = Ask::new(&world, table::method(leaf.verb), &target);
            let ask = ask.token(table::fitting(prefix, leaf).all());
            let ask = match table::body(leaf.endpoint) {
                Some(body) => ask.header("content-type", "application/json").body(body),
                None => ask,
            };
            let reply = ask.send().await;
            if reply.status.as_u16() == 501 {
                continue;
            }
            let refused = reply.text().contains("is not offered here");
            assert_eq!(
                refused,
                !offered(leaf.endpoint).contains(&option),
                "{target}: {}",
                reply.text()
            );
        }
    }
}

#[test]
fn all_declarations_were_read() {
    let declarations = Declarations::read();
    for api in [Api::V1, Api::Beta] {
        let (csdl, text) = (declarations.of(api), metadata::description(api));
        let written = |name: &str| text.matches(&format!("<{name} Name=")).count();
        assert_eq!(csdl.types.len(), written("EntityType") + written("ComplexType"));
        assert_eq!(csdl.enums.len(), written("EnumType"));
        assert_eq!(csdl.operations.len(), written("Action") + written("Function"));
        let properties: usize = csdl.types.values().map(|known| known.properties.len()).sum();
        assert_eq!(properties, written("Property") + written("NavigationProperty"));
        let members: usize = csdl.enums.values().map(|known| known.members.len()).sum();
        assert_eq!(members, written("Member"));
    }
}

/// Answers hold the members that the schema of their type has.
#[tokio::test]
async fn an_answer_has_no_member_that_its_type_lacks() {
    let world = World::new();
    let document = document();
    let bob = || Token::bob(TENANT_A).all();
    for (target, component) in [
        (
            "/beta/me/security/informationProtection/sensitivityLabels",
            "beta.microsoft.graph.security.sensitivityLabel",
        ),
        (
            "/beta/me/dataSecurityAndGovernance/sensitivityLabels",
            "beta.microsoft.graph.sensitivityLabel",
        ),
        ("/v1.0/me/drive/items/FOLDER/children", "v1.0.microsoft.graph.driveItem"),
    ] {
        let answer = Ask::new(&world, Method::GET, target).token(bob()).send().await.ok();
        let mut known = BTreeSet::from(["id".to_owned()]);
        let schema = &document["components"]["schemas"][component];
        for part in std::iter::once(schema).chain(schema["allOf"].as_array().into_iter().flatten()) {
            known.extend(
                part["properties"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone()),
            );
        }
        if component.ends_with("driveItem") {
            let base = &document["components"]["schemas"]["v1.0.microsoft.graph.baseItem"]["allOf"][1]["properties"];
            known.extend(base.as_object().expect("properties").keys().cloned());
        }
        for entry in answer["value"].as_array().expect("entries") {
            for name in entry.as_object().expect("an object").keys() {
                assert!(name.contains('@') || known.contains(name), "{component}: {name}");
            }
        }
    }
}
