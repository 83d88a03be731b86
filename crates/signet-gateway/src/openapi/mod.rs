//! The OpenAPI 3.1 description of everything served, made from the table of routes and from the types that `$metadata`
//! declares. Nothing in it is written twice: a route that is not in the table is not in here.

mod csdl;
mod operations;
mod paths;
mod schemas;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use self::csdl::Csdl;
use crate::graph::metadata;
use crate::routes::Api;

/// Where it is served, to anybody.
pub(crate) const PATH: &str = "/openapi.json";

/// The document, one path or component per line.
pub fn openapi_document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| print(&document()));
    &DOCUMENT
}

/// Answers with the document.
pub(crate) async fn serve() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, openapi_document())
}

/// The declarations of both versions of the interface.
struct Declarations {
    v1: Csdl,
    beta: Csdl,
}

impl Declarations {
    fn read() -> Self {
        Self {
            v1: csdl::read(metadata::description(Api::V1)),
            beta: csdl::read(metadata::description(Api::Beta)),
        }
    }

    fn of(&self, api: Api) -> &Csdl {
        match api {
            Api::Beta => &self.beta,
            Api::V1 | Api::Signet => &self.v1,
        }
    }
}

fn document() -> Value {
    let declarations = Declarations::read();
    let mut components = schemas::components(&declarations);
    components.extend([
        ("parameters".to_owned(), operations::parameters()),
        ("responses".to_owned(), operations::responses()),
        (
            "securitySchemes".to_owned(),
            json!({"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}),
        ),
    ]);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Signet",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Sensitivity labels over the Microsoft Graph labelling API",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths::paths(&declarations),
        "components": components,
    })
}

const DESCRIPTION: &str = "Segments match in any case; `name('key')` is the same as `name/key`. Actions and functions \
    may be written with their namespace: `microsoft.graph.computeInheritance`, \
    `microsoft.graph.security.evaluateApplication`. Items are also found relative to another item \
    (`items/{id}:/{path}:/children`). `x-signet-permissions` lists the permissions of which a token needs one.";

/// JSON with a line for each path and each component, so that changes can be read.
fn print(document: &Value) -> String {
    let mut text = String::from("{\n");
    let members = document.as_object().into_iter().flatten();
    for (at, (name, member)) in members.enumerate() {
        let before = if at == 0 { "" } else { ",\n" };
        text.push_str(before);
        text.push_str(&format!("{}: ", Value::from(name.as_str())));
        match (name.as_str(), member) {
            ("paths", Value::Object(paths)) => print_lines(&mut text, paths, 1),
            ("components", Value::Object(groups)) => print_groups(&mut text, groups),
            _ => text.push_str(&member.to_string()),
        }
    }
    text.push_str("\n}\n");
    text
}

fn print_groups(text: &mut String, groups: &Map<String, Value>) {
    text.push_str("{\n");
    for (at, (name, group)) in groups.iter().enumerate() {
        let before = if at == 0 { " " } else { ",\n " };
        text.push_str(&format!("{before}{}: ", Value::from(name.as_str())));
        match group {
            Value::Object(members) => print_lines(text, members, 2),
            other => text.push_str(&other.to_string()),
        }
    }
    text.push_str("\n}");
}

fn print_lines(text: &mut String, members: &Map<String, Value>, depth: usize) {
    let indent = " ".repeat(depth);
    let lines: Vec<String> = members
        .iter()
        .map(|(name, member)| format!("{indent}{}: {member}", Value::from(name.as_str())))
        .collect();
    text.push_str(&format!("{{\n{}\n{}}}", lines.join(",\n"), " ".repeat(depth - 1)));
}
