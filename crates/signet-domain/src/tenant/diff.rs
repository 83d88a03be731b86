//! What distinguishes two documents of a tenant, entity by entity.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TenantDocument;

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntityKind {
    /// The tenant itself: name, domains, default locale.
    Tenant,
    /// A user.
    User,
    /// A group.
    Group,
    /// A sensitive information type.
    SensitiveType,
    /// A label.
    Label,
    /// A label policy.
    Policy,
    /// A drive.
    Drive,
}

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// Some of its members differ.
    Changed,
}

/// One thing that was added, removed or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantChange {
    /// What kind of thing.
    pub entity: EntityKind,
    /// What happened to it.
    pub change: ChangeKind,
    /// Its id.
    pub id: String,
    /// Its name as people know it; may be empty.
    pub name: String,
    /// The members that differ; empty unless it was changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberChange>,
}

/// One member that differs. Absent members are null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberChange {
    /// Where, inside the thing: `protection.templateId`.
    pub path: String,
    /// Value before.
    pub before: Value,
    /// Value after.
    pub after: Value,
}

/// Differences in document order, first the tenant itself; removed things after those that stay. The order of things
/// in the document is no difference. Without a document before, everything was added.
pub fn diff(before: Option<&TenantDocument>, after: &TenantDocument) -> Vec<TenantChange> {
    let empty = TenantDocument {
        key: None,
        display_name: String::new(),
        domains: Vec::new(),
        default_locale: String::new(),
        id: after.id,
        users: Vec::new(),
        groups: Vec::new(),
        sensitive_types: Vec::new(),
        labels: Vec::new(),
        policies: Vec::new(),
        drives: Vec::new(),
    };
    let mut changes = tenant_itself(before, after);
    let before = before.unwrap_or(&empty);
    let mut add = |more: Vec<TenantChange>| changes.extend(more);
    add(entities(
        EntityKind::SensitiveType,
        &before.sensitive_types,
        &after.sensitive_types,
        |known| (known.id, known.name.clone()),
    ));
    add(entities(EntityKind::User, &before.users, &after.users, |user| {
        (user.id, user.user_principal_name.clone())
    }));
    add(entities(EntityKind::Group, &before.groups, &after.groups, |group| {
        (group.id, group.display_name.clone())
    }));
    add(entities(EntityKind::Label, &before.labels, &after.labels, |label| {
        (label.id, label.name.clone())
    }));
    add(entities(
        EntityKind::Policy,
        &before.policies,
        &after.policies,
        |policy| (policy.id, policy.name.clone()),
    ));
    add(entities(EntityKind::Drive, &before.drives, &after.drives, |drive| {
        (drive.id.clone(), drive.name.clone().unwrap_or_default())
    }));
    changes
}

fn tenant_itself(before: Option<&TenantDocument>, after: &TenantDocument) -> Vec<TenantChange> {
    let own = |document: &TenantDocument| {
        serde_json::json!({
            "id": document.id,
            "key": document.key,
            "displayName": document.display_name,
            "domains": document.domains,
            "defaultLocale": document.default_locale,
        })
    };
    let mut members = Vec::new();
    if let Some(before) = before {
        compare("", Some(&own(before)), Some(&own(after)), &mut members);
    }
    let change = match before {
        None => ChangeKind::Added,
        Some(_) if members.is_empty() => return Vec::new(),
        Some(_) => ChangeKind::Changed,
    };
    vec![TenantChange {
        entity: EntityKind::Tenant,
        change,
        id: after.id.to_string(),
        name: after.display_name.clone(),
        members,
    }]
}

fn entities<T, K>(entity: EntityKind, before: &[T], after: &[T], key: impl Fn(&T) -> (K, String)) -> Vec<TenantChange>
where
    T: PartialEq + Serialize,
    K: Hash + Eq + ToString,
{
    let change = |change: ChangeKind, item: &T, members: Vec<MemberChange>| {
        let (id, name) = key(item);
        TenantChange {
            entity,
            change,
            id: id.to_string(),
            name,
            members,
        }
    };
    let earlier: HashMap<K, &T> = before.iter().map(|item| (key(item).0, item)).collect();
    let kept: HashSet<K> = after.iter().map(|item| key(item).0).collect();
    let mut changes = Vec::new();
    for item in after {
        match earlier.get(&key(item).0) {
            None => changes.push(change(ChangeKind::Added, item, Vec::new())),
            Some(old) if *old == item => {}
            Some(old) => changes.push(change(ChangeKind::Changed, item, member_changes(*old, item))),
        }
    }
    let gone = before.iter().filter(|item| !kept.contains(&key(item).0));
    changes.extend(gone.map(|item| change(ChangeKind::Removed, item, Vec::new())));
    changes
}

fn member_changes<T: Serialize>(before: &T, after: &T) -> Vec<MemberChange> {
    let mut members = Vec::new();
    // A value of this crate always has a JSON form: keys are texts and no number is infinite.
    if let (Ok(before), Ok(after)) = (serde_json::to_value(before), serde_json::to_value(after)) {
        compare("", Some(&before), Some(&after), &mut members);
    }
    members
}

/// Goes into objects, and into lists of equal length; other values are compared as a whole.
fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<MemberChange>) {
    match (before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null)) {
        (before, after) if before == after => {}
        (Value::Object(before), Value::Object(after)) => {
            let new = after.keys().filter(|name| !before.contains_key(*name));
            for name in before.keys().chain(new) {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                compare(&path, before.get(name), after.get(name), changes);
            }
        }
        (Value::Array(before), Value::Array(after))
            if before.len() == after.len() && before.iter().chain(after).all(Value::is_object) =>
        {
            for (place, (before, after)) in before.iter().zip(after).enumerate() {
                compare(&format!("{path}[{place}]"), Some(before), Some(after), changes);
            }
        }
        (before, after) => changes.push(MemberChange {
            path: path.to_owned(),
            before: before.clone(),
            after: after.clone(),
        }),
    }
}

#[cfg(test)]
mod tests;
