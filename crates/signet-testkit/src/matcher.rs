//! Partial match of JSON values, as golden cases state what an answer must contain.
//!
//! - object: every expected member matches, other members are allowed; array: same length, element by element;
//!   scalar: equal and of the same type;
//! - `"$any"`: anything; `"$absent"`: missing or null; `"$nonempty"`: present and not empty; `"$guid"`: a lower-case
//!   GUID; `"$datetime"`: `YYYY-MM-DDThh:mm:ssZ`;
//! - `{"$flags": […]}`: a text split at commas, or a list of texts, is this set; `{"$contains": […]}`: every item matches
//!   some element; `{"$length": n}`: a list of that length.

#![expect(clippy::panic, reason = "a case with an unknown operator should stop the test")]

use std::collections::BTreeSet;

use serde_json::Value;

/// The first place where a value is not as expected, with what is there instead; absent when it matches.
pub fn mismatch(expected: &Value, actual: Option<&Value>) -> Option<String> {
    differs("$", expected, actual)
}

fn differs(path: &str, expected: &Value, actual: Option<&Value>) -> Option<String> {
    let complain = |wanted: &str| {
        let there = actual.map_or_else(|| "nothing".to_owned(), Value::to_string);
        Some(format!("{path}: expected {wanted}, found {there}"))
    };
    let unless = |holds: bool, wanted: &str| if holds { None } else { complain(wanted) };
    let text = actual.and_then(Value::as_str);
    match expected {
        Value::String(pattern) => match pattern.as_str() {
            "$any" => None,
            "$absent" => unless(actual.is_none_or(Value::is_null), "nothing"),
            "$nonempty" => unless(actual.is_some_and(is_not_empty), "something"),
            "$guid" => unless(text.is_some_and(|text| has_form(text, GUID)), "a lower-case GUID"),
            "$datetime" => unless(text.is_some_and(|text| has_form(text, DATE_TIME)), "a date and time"),
            _ => unless(actual == Some(expected), &expected.to_string()),
        },
        Value::Object(members) => match members.iter().next() {
            Some((operator, operand)) if operator.starts_with('$') && members.len() == 1 => {
                let holds = match operator.as_str() {
                    "$flags" => actual.is_some_and(|actual| flags(actual) == flags(operand)),
                    "$contains" => contains_all(operand, actual),
                    "$length" => actual.and_then(Value::as_array).map(Vec::len) == length(operand),
                    unknown => panic!("{path}: `{unknown}` is no operator of the case format"),
                };
                unless(holds, &expected.to_string())
            }
            _ => match actual {
                Some(Value::Object(there)) => members
                    .iter()
                    .find_map(|(name, wanted)| differs(&format!("{path}.{name}"), wanted, there.get(name))),
                _ => complain("an object"),
            },
        },
        Value::Array(elements) => match actual {
            Some(Value::Array(there)) if there.len() == elements.len() => elements
                .iter()
                .zip(there)
                .enumerate()
                .find_map(|(place, (wanted, there))| differs(&format!("{path}[{place}]"), wanted, Some(there))),
            _ => complain(&format!("{} elements", elements.len())),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => unless(actual == Some(expected), &expected.to_string()),
    }
}

fn is_not_empty(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

const GUID: &str = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
const DATE_TIME: &str = "dddd-dd-ddTdd:dd:ddZ";

/// `h` stands for a lower-case hexadecimal digit, `d` for a decimal one, anything else for itself.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(letter, wanted): (char, char)| match wanted {
        'h' => letter.is_ascii_digit() || ('a'..='f').contains(&letter),
        'd' => letter.is_ascii_digit(),
        other => letter == other,
    };
    text.chars().count() == form.chars().count() && text.chars().zip(form.chars()).all(fits)
}

fn flags(value: &Value) -> Option<BTreeSet<&str>> {
    match value {
        Value::String(text) => Some(text.split(',').map(str::trim).filter(|flag| !flag.is_empty()).collect()),
        Value::Array(elements) => elements.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn contains_all(wanted: &Value, actual: Option<&Value>) -> bool {
    let Some((wanted, there)) = wanted.as_array().zip(actual.and_then(Value::as_array)) else {
        return false;
    };
    wanted
        .iter()
        .all(|item| there.iter().any(|element| mismatch(item, Some(element)).is_none()))
}

fn length(operand: &Value) -> Option<usize> {
    operand.as_u64().and_then(|length| usize::try_from(length).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_match_partially() {
        let guid = "4e4234dd-377b-42a3-935b-0e42f138fa23";
        let actual =
            json!({"a": 1, "b": "x, y", "c": [{"d": null}, {"d": guid}], "e": "2026-02-03T04:05:06Z", "f": []});
        let matching = [
            json!({}),
            json!({"a": 1, "b": "x, y"}),
            json!({"b": {"$flags": ["y", "x"]}, "z": "$absent", "e": "$datetime", "f": "$any"}),
            json!({"c": [{"d": "$absent"}, {"d": "$guid"}]}),
            json!({"c": {"$contains": [{"d": "$guid"}]}, "f": {"$length": 0}, "a": "$nonempty"}),
        ];
        for expected in matching {
            assert_eq!(mismatch(&expected, Some(&actual)), None);
        }
        let other = [
            json!({"a": "1"}),
            json!({"a": "$absent"}),
            json!({"z": 1}),
            json!({"b": {"$flags": ["x"]}}),
            json!({"c": [{"d": "$guid"}, {"d": "$guid"}]}),
            json!({"c": []}),
            json!({"c": {"$contains": [{"d": 1}]}}),
            json!({"e": "$guid"}),
            json!({"a": "$datetime"}),
            json!({"f": "$nonempty"}),
            json!({"f": {"$length": 1}}),
            json!([]),
        ];
        for expected in other {
            assert!(mismatch(&expected, Some(&actual)).is_some(), "{expected}");
        }
        assert_eq!(
            mismatch(&json!({"c": [{}, {"d": 2}]}), Some(&actual)),
            Some(format!("$.c[1].d: expected 2, found \"{guid}\""))
        );
        assert_eq!(mismatch(&json!("$absent"), None), None);
    }
}
