//! Walks a JSON value along its shape, reports every departure and puts something readable in its place.
//!
//! The repaired value keeps every position of the original, so that paths of later findings still point at the right
//! place. An optional member that cannot be read is left out; a required one is replaced by a stand-in.

use serde_json::{Map, Value};

use super::Finding;
use super::structure::{Member, Shape};

/// Most departures that are reported; what is wrong in more places than this is not a tenant document.
const MAX_FINDINGS: usize = 1_000;

/// A readable value of the shape, and where the original departs from it.
///
/// The value is absent when there are more departures than are reported.
pub(super) fn repair(value: &Value, shape: &'static Shape) -> (Option<Value>, Vec<Finding>) {
    let mut walk = Walk::default();
    let repaired = walk.value(value, shape).unwrap_or_else(|| stand_in(shape));
    ((!walk.is_full()).then_some(repaired), walk.findings)
}

/// Something of the shape, for a value that cannot be read.
fn stand_in(shape: &'static Shape) -> Value {
    match shape {
        Shape::Leaf(_, text) => serde_json::from_str(text).unwrap_or_default(),
        Shape::OrNull(_) => Value::Null,
        Shape::List(_) => Value::Array(Vec::new()),
        Shape::Map(_) => Value::Object(Map::new()),
        Shape::Object(members) => Value::Object(required_members(members)),
        Shape::Tagged(variants) => {
            let mut object = Map::new();
            if let Some((tag, members)) = variants.last() {
                object = required_members(members);
                object.insert("type".to_owned(), Value::from(*tag));
            }
            Value::Object(object)
        }
        Shape::OneOf(members) => Value::Object(required_members(members.get(..1).unwrap_or_default())),
    }
}

fn required_members(members: &'static [Member]) -> Map<String, Value> {
    let required = members.iter().filter(|member| member.required);
    required
        .map(|member| (member.name.to_owned(), stand_in(&member.shape)))
        .collect()
}

#[derive(Default)]
struct Walk {
    path: String,
    findings: Vec<Finding>,
}

impl Walk {
    /// The value as far as it can be read; absent when it cannot, which has been reported then.
    fn value(&mut self, value: &Value, shape: &'static Shape) -> Option<Value> {
        match shape {
            Shape::Leaf(reads, _) => match reads(value) {
                Ok(()) => Some(value.clone()),
                Err(message) => self.fault(message),
            },
            Shape::OrNull(_) if value.is_null() => Some(Value::Null),
            Shape::OrNull(inner) => self.value(value, inner),
            Shape::List(element) => match value {
                Value::Array(elements) => Some(self.list(elements, element)),
                _ => self.fault("must be a list"),
            },
            Shape::Map(element) => self.object(value).map(|entries| {
                let repaired = entries.iter().map(|(key, entry)| {
                    let read = self.at(&format!(".{key}"), |walk| walk.value(entry, element));
                    (key.clone(), read.unwrap_or_else(|| stand_in(element)))
                });
                Value::Object(repaired.collect())
            }),
            Shape::Object(members) => self.object(value).map(|entries| self.members(entries, members, None)),
            Shape::Tagged(variants) => self.object(value).and_then(|entries| self.tagged(entries, variants)),
            Shape::OneOf(members) => self.object(value).and_then(|entries| self.one_of(entries, members)),
        }
    }

    fn list(&mut self, elements: &[Value], shape: &'static Shape) -> Value {
        let repaired = elements.iter().enumerate().map(|(position, element)| {
            let read = self.at(&format!("[{position}]"), |walk| walk.value(element, shape));
            read.unwrap_or_else(|| stand_in(shape))
        });
        Value::Array(repaired.collect())
    }

    fn members(&mut self, entries: &Map<String, Value>, members: &'static [Member], tag: Option<&str>) -> Value {
        let known = |name: &str| members.iter().any(|member| member.name == name);
        for name in entries
            .keys()
            .filter(|name| !known(name) && (tag.is_none() || *name != "type"))
        {
            if self.is_full() {
                break;
            }
            let names: Vec<&str> = members.iter().map(|member| member.name).collect();
            self.at(&format!(".{name}"), |walk| {
                walk.fault::<Value>(format!("unknown member `{name}`, use one of `{}`", names.join("`, `")))
            });
        }
        let mut repaired = Map::new();
        if let Some(tag) = tag {
            repaired.insert("type".to_owned(), Value::from(tag));
        }
        for member in members {
            let read = self.at(&format!(".{}", member.name), |walk| match entries.get(member.name) {
                Some(value) => walk.value(value, &member.shape),
                None if member.required => walk.fault(format!("`{}` is missing", member.name)),
                None => None,
            });
            if let Some(value) = read.or_else(|| member.required.then(|| stand_in(&member.shape))) {
                repaired.insert(member.name.to_owned(), value);
            }
        }
        Value::Object(repaired)
    }

    fn tagged(
        &mut self,
        entries: &Map<String, Value>,
        variants: &'static [(&'static str, &'static [Member])],
    ) -> Option<Value> {
        let wanted = entries.get("type").and_then(Value::as_str);
        match variants.iter().find(|(tag, _)| wanted == Some(tag)) {
            Some((tag, members)) => Some(self.members(entries, members, Some(tag))),
            None => {
                let tags: Vec<&str> = variants.iter().map(|(tag, _)| *tag).collect();
                self.at(".type", |walk| {
                    walk.fault(format!("must be one of `{}`", tags.join("`, `")))
                })
            }
        }
    }

    fn one_of(&mut self, entries: &Map<String, Value>, members: &'static [Member]) -> Option<Value> {
        let only = entries.iter().next().filter(|_| entries.len() == 1);
        let chosen = only.and_then(|(name, value)| Some((members.iter().find(|member| member.name == name)?, value)));
        let Some((member, value)) = chosen else {
            let names: Vec<&str> = members.iter().map(|member| member.name).collect();
            return self.fault(format!("must have exactly one of the members `{}`", names.join("`, `")));
        };
        let read = self.at(&format!(".{}", member.name), |walk| walk.value(value, &member.shape))?;
        Some(Value::Object(Map::from_iter([(member.name.to_owned(), read)])))
    }

    fn object<'a>(&mut self, value: &'a Value) -> Option<&'a Map<String, Value>> {
        match value {
            Value::Object(entries) => Some(entries),
            _ => self.fault("must be an object"),
        }
    }

    /// Runs a step one path segment further down.
    fn at<T>(&mut self, segment: &str, step: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(if length == 0 {
            segment.trim_start_matches('.')
        } else {
            segment
        });
        let result = step(self);
        self.path.truncate(length);
        result
    }

    fn fault<T>(&mut self, message: impl Into<String>) -> Option<T> {
        if !self.is_full() {
            self.findings.push(Finding {
                path: self.path.clone(),
                message: message.into(),
            });
        }
        None
    }

    fn is_full(&self) -> bool {
        self.findings.len() >= MAX_FINDINGS
    }
}
