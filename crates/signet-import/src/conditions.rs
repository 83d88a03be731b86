//! `Conditions`: when a label applies or recommends itself.
//!
//! A condition that cannot be evaluated here never holds. That is worked out to the end: it takes an `and` with it and
//! is dropped from an `or`, so that what remains matches exactly what it would have matched.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use signet_domain::ids::SensitiveTypeId;
use signet_domain::label::{
    AutoLabeling, AutoLabelingMode, ConditionGroup, Conditions, Operator, SensitiveTypeCondition,
};

use crate::members::{Members, elements, embedded, guid};
use crate::notes::{Notes, quoted};
use crate::settings::{Settings, unknown_word};

/// Names of sensitive types as conditions give them.
pub(crate) type TypeNames = BTreeMap<SensitiveTypeId, String>;

/// What conditions say besides what must be found; the first word counts.
#[derive(Default)]
struct Said {
    mode: Option<AutoLabelingMode>,
    message: Option<String>,
    group: Option<String>,
}

/// The rule of a label; absent when it has none, or one that could never match. Source: labelling semantics J.
pub(crate) fn auto_labeling(
    path: &str,
    value: Option<&Value>,
    types: &mut TypeNames,
    notes: &mut Notes,
) -> Option<AutoLabeling> {
    let mut said = Said::default();
    let mut read = Reader { types, notes };
    let mut outer = Vec::new();
    for (at, element) in value.map(elements).unwrap_or_default().iter().enumerate() {
        let place = if value.is_some_and(Value::is_array) {
            format!("{path}[{at}]")
        } else {
            path.to_owned()
        };
        let parsed = match element {
            Value::String(text) if text.trim().is_empty() => continue,
            Value::String(text) => embedded(&place, text, read.notes)?,
            other => other.clone(),
        };
        outer.extend(elements(&parsed).iter().map(|tree| read.outer(&place, tree, &mut said)));
    }
    // Several trees beside each other are not known to occur; the first counts.
    if outer.len() > 1 {
        notes.add(path, "has several conditions beside each other; the first one counts");
    }
    let conditions = match outer.into_iter().next()? {
        Some(conditions) if !conditions.groups.is_empty() => conditions,
        Some(_) => return None,
        None => {
            notes.add(path, "can never hold here, so the label does not apply itself");
            return None;
        }
    };
    Some(AutoLabeling {
        mode: said.mode.unwrap_or_default(),
        message: said.message.unwrap_or_default(),
        conditions,
    })
}

struct Reader<'r> {
    types: &'r mut TypeNames,
    notes: &'r mut Notes,
}

impl Reader<'_> {
    /// Groups with their operator; absent: never holds. A tree without entries asks for nothing.
    fn outer(&mut self, path: &str, tree: &Value, said: &mut Said) -> Option<Conditions> {
        let Some((operator, entries)) = self.branch(path, tree) else {
            return self.leaf_alone(path, tree, said);
        };
        let mut groups = Vec::new();
        // Leaves without a group of their own share one.
        let mut loose: Vec<(String, &Value)> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let place = format!("{path}.{}[{at}]", name(operator));
            if self.is_branch(entry) {
                match self.group(&place, entry, said) {
                    Some(group) => groups.extend(group),
                    None if operator == Operator::And => return None,
                    None => {}
                }
            } else {
                loose.push((place, entry));
            }
        }
        if !loose.is_empty() {
            match self.leaves(operator, &loose, said) {
                Some(group) => groups.push(group),
                None if operator == Operator::And => return None,
                None => {}
            }
        }
        if groups.is_empty() && !entries.is_empty() {
            return None;
        }
        Some(Conditions { operator, groups })
    }

    fn leaf_alone(&mut self, path: &str, tree: &Value, said: &mut Said) -> Option<Conditions> {
        if tree.as_object().is_some_and(Map::is_empty) || tree.is_null() {
            return Some(Conditions::default());
        }
        let group = self.leaves(Operator::Or, &[(path.to_owned(), tree)], said)?;
        Some(Conditions {
            operator: Operator::And,
            groups: vec![group],
        })
    }

    /// One group; absent: never holds. An empty group asks for nothing.
    fn group(&mut self, path: &str, tree: &Value, said: &mut Said) -> Option<Option<ConditionGroup>> {
        let (operator, entries) = self.branch(path, tree)?;
        if entries.is_empty() {
            return Some(None);
        }
        let entries: Vec<(String, &Value)> = entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (format!("{path}.{}[{at}]", name(operator)), entry))
            .collect();
        self.leaves(operator, &entries, said).map(Some)
    }

    fn leaves(&mut self, operator: Operator, entries: &[(String, &Value)], said: &mut Said) -> Option<ConditionGroup> {
        said.group = None;
        let mut sensitive_types = Vec::new();
        for (place, entry) in entries {
            match self.leaf(place, entry, said) {
                Some(condition) => sensitive_types.push(condition),
                None if operator == Operator::And => return None,
                None => {}
            }
        }
        if sensitive_types.is_empty() {
            return None;
        }
        Some(ConditionGroup {
            name: said.group.take().unwrap_or_default(),
            operator,
            sensitive_types,
        })
    }

    /// One sensitive type with its limits; absent: never holds.
    fn leaf(&mut self, path: &str, entry: &Value, said: &mut Said) -> Option<SensitiveTypeCondition> {
        let Some(object) = entry.as_object() else {
            self.notes.add(path, "is no condition, so it never holds");
            return None;
        };
        if self.is_branch(entry) {
            self.notes
                .add(path, "is nested deeper than two levels, so it never holds");
            return None;
        }
        let mut members = Members::new(path, object);
        let key = members.text("Key").unwrap_or_default();
        let value = members.text("Value").unwrap_or_default();
        let mut settings = Settings::read(&members.at("Settings"), members.take("Settings"), self.notes);
        if !key.trim().eq_ignore_ascii_case("CCSI") {
            let message = format!("condition {} cannot be evaluated here, so it never holds", quoted(&key));
            self.notes.add(path, message);
            return None;
        }
        let Some(id) = guid(&value) else {
            let message = format!(
                "{} is not the id of a sensitive type, so the condition never holds",
                quoted(&value)
            );
            self.notes.add(members.at("Value"), message);
            return None;
        };
        self.said(&mut settings, said);
        let name = settings.take("name").unwrap_or_default();
        let known = self.types.entry(id).or_default();
        if known.is_empty() {
            *known = name;
        }
        let condition = limits(path, id, &mut settings, self.notes);
        for key in ["rulepackage", "rulepackageid", "classifiertype"] {
            settings.take(key);
        }
        settings.note_rest(self.notes);
        members.note_rest(&[], self.notes);
        condition
    }

    fn said(&mut self, settings: &mut Settings, said: &mut Said) {
        if let Some(group) = settings.take("groupname") {
            said.group.get_or_insert(group);
        }
        if let Some(message) = settings.take("policytip") {
            said.message.get_or_insert(message);
        }
        let modes = [
            ("automatic", AutoLabelingMode::Automatic),
            ("recommend", AutoLabelingMode::Recommended),
            ("recommended", AutoLabelingMode::Recommended),
        ];
        if let Some(mode) = settings.word("autoapplytype", &modes, self.notes) {
            said.mode.get_or_insert(mode);
        }
    }

    fn is_branch(&self, value: &Value) -> bool {
        value.as_object().is_some_and(|object| {
            let is_operator = |key: &String| operator(key).is_some();
            object.len() == 1 && object.keys().all(is_operator)
        })
    }

    /// `{"And": […]}` or `{"Or": […]}`.
    fn branch<'v>(&mut self, _path: &str, value: &'v Value) -> Option<(Operator, &'v [Value])> {
        let object = value.as_object().filter(|object| object.len() == 1)?;
        let (key, entries) = object.iter().next()?;
        Some((operator(key)?, elements(entries)))
    }
}

fn operator(key: &str) -> Option<Operator> {
    match key.trim().to_ascii_lowercase().as_str() {
        "and" => Some(Operator::And),
        "or" => Some(Operator::Or),
        _ => None,
    }
}

const fn name(operator: Operator) -> &'static str {
    match operator {
        Operator::And => "And",
        Operator::Or => "Or",
    }
}

/// Limits with their defaults; absent when nothing can lie between them. Source: labelling semantics A5.
pub(crate) fn limits(
    path: &str,
    id: SensitiveTypeId,
    settings: &mut Settings,
    notes: &mut Notes,
) -> Option<SensitiveTypeCondition> {
    let level = settings.take("confidencelevel");
    let level_at = settings.at("confidencelevel");
    let condition = SensitiveTypeCondition {
        id,
        min_count: settings.number("mincount", notes).unwrap_or(1),
        max_count: max_count(settings, notes),
        min_confidence: settings
            .number("minconfidence", notes)
            .or_else(|| confidence(&level_at, level.as_deref()?, notes))
            .unwrap_or(75),
        max_confidence: settings.number("maxconfidence", notes).unwrap_or(100),
    };
    let counts = condition.max_count == -1 || condition.max_count >= i64::from(condition.min_count);
    let percents = condition.max_confidence <= 100 && condition.min_confidence <= condition.max_confidence;
    if counts && percents && condition.max_count >= -1 {
        return Some(condition);
    }
    notes.add(path, "nothing lies between its limits, so the condition never holds");
    None
}

fn max_count(settings: &mut Settings, notes: &mut Notes) -> i64 {
    let written = settings.clone().take("maxcount");
    if written.is_some_and(|written| written.trim().eq_ignore_ascii_case("any")) {
        settings.take("maxcount");
        return -1;
    }
    settings.number("maxcount", notes).unwrap_or(-1)
}

fn confidence(place: &str, level: &str, notes: &mut Notes) -> Option<u8> {
    match level.trim().to_ascii_lowercase().as_str() {
        "low" => Some(65),
        "medium" => Some(75),
        "high" => Some(85),
        _ => {
            notes.add(place, unknown_word(level, ["Low", "Medium", "High"].into_iter()));
            None
        }
    }
}
