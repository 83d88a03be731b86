//! Types as JSON schemas.

use serde_json::{Map, Value, json};

use super::Declarations;
use super::csdl::{Csdl, Structure, Typed};
use crate::routes::Api;

/// The schemas of all declared types, and those of what only REST has.
pub(super) fn components(declarations: &Declarations) -> Map<String, Value> {
    let mut schemas = Map::new();
    for api in [Api::V1, Api::Beta] {
        let csdl = declarations.of(api);
        for (name, known) in &csdl.enums {
            let schema = match known.is_flags {
                true => {
                    json!({"type": "string", "description": format!("Any of {}, parted by commas.", known.members.join(", "))})
                }
                false => json!({"type": "string", "enum": known.members}),
            };
            schemas.insert(component(api, name), schema);
        }
        for (name, known) in &csdl.types {
            schemas.insert(component(api, name), structure(api, csdl, known));
        }
    }
    schemas.extend(own());
    Map::from_iter([("schemas".to_owned(), Value::Object(schemas))])
}

/// The key of a type among the components.
fn component(api: Api, type_name: &str) -> String {
    format!("{}.{type_name}", api.root())
}

/// A reference to a schema that only REST has.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn structure(api: Api, csdl: &Csdl, known: &Structure) -> Value {
    let properties: Map<String, Value> = known
        .properties
        .iter()
        .filter(|property| property.type_name != "Edm.Stream")
        .map(|property| (property.name.clone(), property_schema(api, csdl, property)))
        .collect();
    // What `$select` leaves out is not there, but for the key.
    let required: Vec<&str> = known
        .properties
        .iter()
        .filter(|property| !property.nullable && (!known.is_entity || property.name == "id"))
        .map(|property| property.name.as_str())
        .collect();
    let mut own = json!({"type": "object", "properties": properties});
    if let (false, Some(own)) = (required.is_empty(), own.as_object_mut()) {
        own.insert("required".to_owned(), json!(required));
    }
    match &known.base {
        Some(base) => json!({"allOf": [reference(&component(api, base)), own]}),
        None => own,
    }
}

fn property_schema(api: Api, csdl: &Csdl, property: &Typed) -> Value {
    let schema = type_schema(api, csdl, &property.type_name);
    match property.nullable && !property.type_name.starts_with("Collection(") {
        true => json!({"anyOf": [schema, {"type": "null"}]}),
        false => schema,
    }
}

/// The schema of a type by its name in the declarations.
pub(super) fn type_schema(api: Api, csdl: &Csdl, type_name: &str) -> Value {
    if let Some(inner) = element(type_name) {
        return json!({"type": "array", "items": type_schema(api, csdl, inner)});
    }
    match type_name {
        "Edm.String" => json!({"type": "string"}),
        "Edm.Guid" => json!({"type": "string", "format": "uuid"}),
        "Edm.Int32" => json!({"type": "integer", "format": "int32"}),
        "Edm.Int64" => json!({"type": "integer", "format": "int64"}),
        "Edm.Boolean" => json!({"type": "boolean"}),
        "Edm.DateTimeOffset" => json!({"type": "string", "format": "date-time"}),
        name => {
            let mut any: Vec<Value> = vec![reference(&component(api, name))];
            any.extend(csdl.derived(name).map(|derived| reference(&component(api, derived))));
            match any.as_slice() {
                [only] => only.clone(),
                _ => json!({"anyOf": any}),
            }
        }
    }
}

/// The element type of a collection.
pub(super) fn element(type_name: &str) -> Option<&str> {
    type_name.strip_prefix("Collection(")?.strip_suffix(')')
}

/// The body of an action.
pub(super) fn parameters_schema(api: Api, csdl: &Csdl, parameters: &[Typed]) -> Value {
    let properties: Map<String, Value> = parameters
        .iter()
        .map(|parameter| (parameter.name.clone(), property_schema(api, csdl, parameter)))
        .collect();
    json!({"type": "object", "properties": properties})
}

/// What a collection of a type is wrapped in.
pub(super) fn collection(items: Value) -> Value {
    json!({"type": "object", "required": ["value"], "properties": {
        "@odata.context": {"type": "string"},
        "@odata.count": {"type": "integer"},
        "@odata.nextLink": {"type": "string", "format": "uri"},
        "value": {"type": "array", "items": items},
    }})
}

fn own() -> [(String, Value); 4] {
    let text = || json!({"type": "string"});
    let inner = json!({"type": "object", "required": ["date", "request-id", "client-request-id"], "properties": {
        "code": text(), "date": text(), "request-id": text(), "client-request-id": text(),
    }});
    let detail = json!({"type": "object", "properties": {"code": text(), "message": text(), "target": text()}});
    let error = json!({"type": "object", "required": ["code", "message", "innerError"], "properties": {
        "code": text(), "message": text(), "target": text(),
        "details": {"type": "array", "items": detail},
        "innerError": inner,
    }});
    let request = json!({"type": "object", "required": ["id", "method", "url"], "properties": {
        "id": text(), "method": text(), "url": text(), "body": {},
        "headers": {"type": "object", "additionalProperties": text()},
        "dependsOn": {"type": "array", "items": text()},
    }});
    let response = json!({"type": "object", "required": ["id", "status"], "properties": {
        "id": text(), "status": {"type": "integer"}, "body": {},
        "headers": {"type": "object", "additionalProperties": text()},
    }});
    let batch = |name: &str, items: Value, extra: Value| {
        let mut list = json!({"type": "array", "items": items});
        if let (Some(list), Value::Object(extra)) = (list.as_object_mut(), extra) {
            list.extend(extra);
        }
        json!({"type": "object", "required": [name], "properties": {name: list}})
    };
    [
        (
            "error".to_owned(),
            json!({"type": "object", "required": ["error"], "properties": {"error": error}}),
        ),
        (
            "batchRequest".to_owned(),
            batch("requests", request, json!({"maxItems": 20})),
        ),
        ("batchResponse".to_owned(), batch("responses", response, json!({}))),
        (
            "serviceDocument".to_owned(),
            collection(json!({"type": "object", "properties": {"name": text(), "kind": text(), "url": text()}})),
        ),
    ]
}
