//! Objects and values with the habits of PowerShell: names in any case, single values for lists of one, enumerations as
//! numbers, texts or both, and objects cut off where `ConvertTo-Json` was not told to go deeper.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use signet_domain::ids::parse_guid;

use crate::notes::{Notes, quoted};

/// Members not read yet, by lower-case name. Absent and null are the same.
pub(crate) struct Members<'a> {
    path: String,
    entries: BTreeMap<String, (&'a str, &'a Value)>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(path: &str, object: &'a Map<String, Value>) -> Self {
        let known = object.iter().filter(|(_, value)| !value.is_null());
        Self {
            path: path.to_owned(),
            entries: known
                .map(|(name, value)| (name.to_ascii_lowercase(), (name.as_str(), value)))
                .collect(),
        }
    }

    /// Where a member is.
    pub(crate) fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// A member, which counts as read then.
    pub(crate) fn take(&mut self, name: &str) -> Option<&'a Value> {
        self.entries.remove(&name.to_ascii_lowercase()).map(|(_, value)| value)
    }

    /// A text as it is; absent when empty.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.take(name).and_then(text)
    }

    /// Members whose name begins so, in any case: the rest of the name, the name as spelled and the value.
    pub(crate) fn take_prefixed(&mut self, prefix: &str) -> Vec<(String, &'a str, &'a Value)> {
        let prefix = prefix.to_ascii_lowercase();
        let range = self.entries.range(prefix.clone()..);
        let names: Vec<String> = range
            .take_while(|(name, _)| name.starts_with(&prefix))
            .map(|(name, _)| name.clone())
            .collect();
        let taken = names.into_iter().filter_map(|name| {
            let (spelled, value) = self.entries.remove(&name)?;
            Some((name.get(prefix.len()..)?.to_owned(), spelled, value))
        });
        taken.collect()
    }

    /// Notes every member nobody read, but for those that only describe the object.
    pub(crate) fn note_rest(self, describing: &[&str], notes: &mut Notes) {
        for (name, (spelled, value)) in self.entries {
            if is_empty(value) || describing.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                continue;
            }
            notes.add(
                format!("{}.{spelled}", self.path),
                "has no counterpart, so it is left out",
            );
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A single value as text; absent when it is none or empty. An enumeration that was printed as
/// `{"value": 1, "Value": "Enforce"}` is its name.
pub(crate) fn text(value: &Value) -> Option<String> {
    let found = match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Object(members) => return members.get("Value").or_else(|| members.get("value")).and_then(scalar),
        Value::Null | Value::Array(_) => return None,
    };
    Some(found).filter(|text| !text.trim().is_empty())
}

fn scalar(value: &Value) -> Option<String> {
    if value.is_object() { None } else { text(value) }
}

/// The elements of a list; a single value is a list of one, and `{"value": […], "Count": n}` the list inside.
pub(crate) fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(elements) => elements,
        Value::Object(members) if members.contains_key("Count") => match members.get("value") {
            Some(Value::Array(elements)) => elements,
            _ => std::slice::from_ref(value),
        },
        single => std::slice::from_ref(single),
    }
}

/// An object, where a text may hold it as JSON. What cannot be read is noted.
pub(crate) fn object(path: &str, value: &Value, notes: &mut Notes) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members.clone()),
        Value::String(text) => match embedded(path, text, notes)? {
            Value::Object(members) => Some(members),
            _ => {
                notes.add(path, format!("{} is no object, so it is left out", quoted(text)));
                None
            }
        },
        _ => {
            notes.add(path, "is no object, so it is left out");
            None
        }
    }
}

/// JSON inside a text. What cannot be read is noted.
pub(crate) fn embedded(path: &str, text: &str, notes: &mut Notes) -> Option<Value> {
    if is_cut_off(text) {
        notes.add(
            path,
            "was cut off when it was exported, so write the file with `| ConvertTo-Json -Depth 10`",
        );
        return None;
    }
    match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let message = format!("{} is not JSON ({error}), so it is left out", quoted(text));
            notes.add(path, message);
            None
        }
    }
}

/// What is left of an object that lay deeper than `ConvertTo-Json` was told to go.
pub(crate) fn is_cut_off(text: &str) -> bool {
    text.starts_with("@{") || text.starts_with("System.")
}

/// True or false in the spellings PowerShell prints.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text.trim().trim_start_matches('$').to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// A GUID, with braces or without; the all-zero one means none.
pub(crate) fn guid<T: std::str::FromStr>(text: &str) -> Option<T> {
    let bare = text.trim().trim_start_matches('{').trim_end_matches('}');
    let value = parse_guid(bare).ok().filter(|value| !value.is_nil())?;
    value.to_string().parse().ok()
}
