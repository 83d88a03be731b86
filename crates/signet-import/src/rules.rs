//! Auto-labelling policies and rules, which label what lies in mailboxes and sites. Here a label carries its rule itself,
//! so the rules of a policy become the rule of its label, where that is the same thing.

use std::collections::HashMap;

use serde_json::{Map, Value};
use signet_domain::ids::LabelId;
use signet_domain::label::{
    AutoLabeling, AutoLabelingMode, ConditionGroup, Conditions, Label, Operator, SensitiveTypeCondition,
};

use crate::conditions::{TypeNames, limits};
use crate::members::{Members, elements, flag, guid, object};
use crate::notes::{Notes, quoted};
use crate::references::References;
use crate::settings::Settings;

/// Members that narrow a rule when they say anything. A rule without them would match more.
const NARROWING: [&str; 2] = ["ExceptIf", "HeaderMatches"];

/// What a rule is made of and what describes it; any other member that says something narrows the rule.
const KNOWN: &[&str] = &[
    "name",
    "guid",
    "policy",
    "parentpolicyname",
    "contentcontainssensitiveinformation",
    "disabled",
    "mode",
    "workload",
    "logicalworkload",
    "priority",
    "comment",
    "accessscope",
    "reportseveritylevel",
    "rulerrorstate",
    "ruleerroraction",
];

/// Gives labels the rules of the auto-labelling policies that apply them.
pub(crate) fn add(
    values: &[Value],
    references: &References,
    labels: &mut [Label],
    types: &mut TypeNames,
    notes: &mut Notes,
) {
    let mut policies: HashMap<String, String> = HashMap::new();
    let mut rules = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let path = format!("rules[{at}]");
        let Some(object) = value.as_object() else { continue };
        if is_rule(object) {
            rules.push((path, object));
        } else if let Some((names, label)) = policy(&path, object, notes) {
            policies.extend(names.into_iter().map(|name| (name, label.clone())));
        }
    }
    let positions: HashMap<LabelId, usize> = labels.iter().enumerate().map(|(at, label)| (label.id, at)).collect();
    let find = |named: &str| positions.get(&references.find(named).ok()?).copied();
    for (path, object) in rules {
        if let Some((named, conditions)) = rule(&path, object, &policies, types, notes) {
            match find(&named).and_then(|at| labels.get_mut(at)) {
                Some(label) => give(&path, label, conditions, notes),
                None => notes.add(
                    path,
                    format!(
                        "label {} is not among the labels, so the rule is left out",
                        quoted(&named)
                    ),
                ),
            }
        }
    }
}

fn is_rule(object: &Map<String, Value>) -> bool {
    let has = |name: &str| {
        object
            .iter()
            .any(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
    };
    has("ContentContainsSensitiveInformation") || has("ParentPolicyName") || has("Policy")
}

/// What rules call the policy, and the label it applies; absent when it applies none.
fn policy(path: &str, object: &Map<String, Value>, notes: &mut Notes) -> Option<(Vec<String>, String)> {
    let mut members = Members::new(path, object);
    let names: Vec<String> = ["Guid", "Name", "ImmutableId"]
        .into_iter()
        .filter_map(|name| members.text(name))
        .map(|name| key(&name))
        .collect();
    let mode = members.text("Mode").unwrap_or_else(|| "Enable".to_owned());
    let enabled = members.text("Enabled").and_then(|text| flag(&text)).unwrap_or(true);
    if !enabled || !(mode.eq_ignore_ascii_case("Enable") || mode.eq_ignore_ascii_case("Enforce")) {
        let message = format!(
            "the policy is not in force (mode {}), so its rules are left out",
            quoted(&mode)
        );
        notes.add(members.at("Mode"), message);
        return None;
    }
    let Some(label) = members.text("ApplySensitivityLabel") else {
        notes.add(
            members.at("ApplySensitivityLabel"),
            "names no label, so the rules of the policy are left out",
        );
        return None;
    };
    for (place, spelled) in located(&mut members) {
        let message = format!("{spelled} has no counterpart: the rule of a label looks at every item");
        notes.add(place, message);
    }
    Some((names, label))
}

/// Locations that say something.
fn located(members: &mut Members<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for prefix in ["Exchange", "SharePoint", "OneDrive"] {
        for (_, spelled, value) in members.take_prefixed(prefix) {
            let is_location = spelled.to_ascii_lowercase().contains("location") || spelled.contains("Sender");
            if is_location && elements(value).iter().any(|element| !element.is_null()) {
                found.push((members.at(spelled), format!("`{spelled}`")));
            }
        }
    }
    found
}

/// The label a rule is for and what must be found; absent when it cannot be carried over, which is noted.
fn rule(
    path: &str,
    object: &Map<String, Value>,
    policies: &HashMap<String, String>,
    types: &mut TypeNames,
    notes: &mut Notes,
) -> Option<(String, Conditions)> {
    let mut members = Members::new(path, object);
    let disabled = members.text("Disabled").and_then(|text| flag(&text)).unwrap_or(false);
    if disabled {
        notes.add(members.at("Disabled"), "the rule is switched off, so it is left out");
        return None;
    }
    if let Some(narrowing) = narrowing(object) {
        let message = format!(
            "{} cannot be evaluated here and the rule would match more without it, so the rule is left out",
            quoted(narrowing)
        );
        notes.add(format!("{path}.{narrowing}"), message);
        return None;
    }
    let policy = ["Policy", "ParentPolicyName"]
        .into_iter()
        .filter_map(|name| members.text(name))
        .find_map(|name| policies.get(&key(&name)));
    let Some(named) = members.text("ApplySensitivityLabel").or_else(|| policy.cloned()) else {
        notes.add(
            path,
            "its policy is not in force or not in the export, so the rule is left out",
        );
        return None;
    };
    let place = members.at("ContentContainsSensitiveInformation");
    let written = members.take("ContentContainsSensitiveInformation");
    Some((named, conditions(&place, written, types, notes)?))
}

/// A label has one rule; its own counts.
fn give(path: &str, label: &mut Label, conditions: Conditions, notes: &mut Notes) {
    if label.auto_labeling.is_some() {
        let message = format!(
            "label {} has a rule already, so this one is left out",
            quoted(&label.name)
        );
        notes.add(path, message);
        return;
    }
    label.auto_labeling = Some(AutoLabeling {
        mode: AutoLabelingMode::Automatic,
        message: String::new(),
        conditions,
    });
}

/// A member that says something and is not known to be harmless.
fn narrowing(object: &Map<String, Value>) -> Option<&str> {
    let says = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    };
    let narrows = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let by_name = [
            "contains",
            "matches",
            "memberof",
            "domainis",
            "sentto",
            "iprange",
            "sizeover",
            "passwordprotected",
            "unsupported",
            "createdby",
        ];
        !KNOWN.contains(&lower.as_str())
            && (NARROWING.iter().any(|known| name.starts_with(known))
                || by_name.iter().any(|part| lower.contains(part)))
    };
    let mut found = object.iter().filter(|(name, value)| says(value) && narrows(name));
    found.next().map(|(name, _)| name.as_str())
}

/// A list of types, any of which is enough, or groups of them with operators; absent: never holds, and noted.
fn conditions(path: &str, value: Option<&Value>, types: &mut TypeNames, notes: &mut Notes) -> Option<Conditions> {
    let listed = value.map(elements).unwrap_or_default();
    let mut outer = None;
    let mut groups: Vec<Option<ConditionGroup>> = Vec::new();
    let mut loose = Vec::new();
    for (at, element) in listed.iter().enumerate() {
        let place = format!("{path}[{at}]");
        let object = object(&place, element, notes)?;
        let mut members = Members::new(&place, &object);
        match members.take("groups") {
            Some(grouped) => {
                outer = outer.or(members.text("operator").map(|word| operator(&word, Operator::And)));
                for (within, group) in elements(grouped).iter().enumerate() {
                    let place = format!("{place}.groups[{within}]");
                    groups.push(group_of(&place, group, types, notes));
                }
            }
            None => loose.push((place, Value::Object(object.clone()))),
        }
    }
    if !loose.is_empty() {
        let found = loose
            .iter()
            .filter_map(|(place, entry)| sensitive_type(place, entry, types, notes));
        let sensitive_types: Vec<SensitiveTypeCondition> = found.collect();
        groups.push(
            Some(sensitive_types)
                .filter(|found| !found.is_empty())
                .map(|sensitive_types| ConditionGroup {
                    name: String::new(),
                    operator: Operator::Or,
                    sensitive_types,
                }),
        );
    }
    let operator = outer.unwrap_or(Operator::And);
    let never = groups.is_empty()
        || groups.iter().all(Option::is_none)
        || (operator == Operator::And && groups.iter().any(Option::is_none));
    if never {
        notes.add(path, "can never hold here, so the rule is left out");
        return None;
    }
    Some(Conditions {
        operator,
        groups: groups.into_iter().flatten().collect(),
    })
}

/// One group; absent: never holds.
fn group_of(path: &str, value: &Value, types: &mut TypeNames, notes: &mut Notes) -> Option<ConditionGroup> {
    let object = object(path, value, notes)?;
    let mut members = Members::new(path, &object);
    let name = members.text("name").unwrap_or_default();
    let operator = operator(&members.text("operator").unwrap_or_default(), Operator::Or);
    let listed = members.take("sensitivetypes").map(elements).unwrap_or_default();
    let mut sensitive_types = Vec::new();
    for (at, entry) in listed.iter().enumerate() {
        match sensitive_type(&format!("{path}.sensitivetypes[{at}]"), entry, types, notes) {
            Some(condition) => sensitive_types.push(condition),
            None if operator == Operator::And => return None,
            None => {}
        }
    }
    for other in ["labels", "classifiers", "trainableclassifiers"] {
        if members.take(other).is_some_and(|value| !elements(value).is_empty()) {
            notes.add(members.at(other), "cannot be evaluated here, so it never holds");
            if operator == Operator::And {
                return None;
            }
        }
    }
    Some(ConditionGroup {
        name,
        operator,
        sensitive_types,
    })
    .filter(|group| !group.sensitive_types.is_empty())
}

/// One type with its limits; absent: never holds.
fn sensitive_type(
    path: &str,
    entry: &Value,
    types: &mut TypeNames,
    notes: &mut Notes,
) -> Option<SensitiveTypeCondition> {
    let object = object(path, entry, notes)?;
    let mut members = Members::new(path, &object);
    let name = members.text("name").unwrap_or_default();
    let written = members.text("id");
    let Some(id) = written.as_deref().and_then(guid).or_else(|| guid(&name)) else {
        notes.add(
            path,
            format!(
                "sensitive type {} has no id, so the condition never holds",
                quoted(&name)
            ),
        );
        return None;
    };
    let known = types.entry(id).or_default();
    if known.is_empty() && guid::<signet_domain::ids::SensitiveTypeId>(&name).is_none() {
        *known = name;
    }
    let mut settings = Settings::none(path);
    for (key, value) in [
        "mincount",
        "maxcount",
        "minconfidence",
        "maxconfidence",
        "confidencelevel",
    ]
    .into_iter()
    .filter_map(|key| Some((key, members.text(key)?)))
    {
        settings.fill(path, key, value, notes);
    }
    limits(path, id, &mut settings, notes)
}

fn operator(word: &str, default: Operator) -> Operator {
    match word.trim().to_ascii_lowercase().as_str() {
        "and" => Operator::And,
        "or" => Operator::Or,
        _ => default,
    }
}

fn key(name: &str) -> String {
    name.trim().trim_start_matches('{').trim_end_matches('}').to_lowercase()
}
