//! Encryption: `LabelActions` of type `encrypt`.

use serde_json::Value;
use signet_domain::label::{Protection, RightsGrant};
use signet_domain::rights::UsageRights;

use crate::actions::Action;
use crate::members::{Members, elements, embedded, guid, text};
use crate::notes::{Notes, quoted};
use crate::settings::Settings;

#[derive(Clone, Copy)]
enum Type {
    Template,
    UserDefined,
    Remove,
}

/// The protection; absent when it is switched off, or when it cannot be carried over. Source: labelling semantics J.
pub(crate) fn protection(action: Action, notes: &mut Notes) -> Option<Protection> {
    let mut settings = Some(action.settings).filter(|_| action.enabled)?;
    let protection = match type_of(&mut settings, notes)? {
        Type::Template => template(&mut settings, notes),
        Type::UserDefined => Some(Protection::UserDefined {
            do_not_forward: settings.flag("donotforward", notes).unwrap_or(false),
            encrypt_only: settings.flag("encryptonly", notes).unwrap_or(false),
            prompt_user: settings.flag("promptuser", notes).unwrap_or(false),
            double_key_encryption_url: settings.take("doublekeyencryptionurl"),
        }),
        Type::Remove => Some(Protection::RemoveProtection {}),
    };
    note_rest(settings, notes);
    protection
}

/// The type as written, or, where that is missing or a bare number, what the other settings leave no doubt about.
fn type_of(settings: &mut Settings, notes: &mut Notes) -> Option<Type> {
    const TYPES: [(&str, Type); 3] = [
        ("template", Type::Template),
        ("userdefined", Type::UserDefined),
        ("removeprotection", Type::Remove),
    ];
    let written = settings.take("protectiontype");
    let is_name = written.as_ref().is_some_and(|name| name.trim().parse::<i64>().is_err());
    if let Some(name) = written.as_deref().filter(|_| is_name) {
        let known = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        if known.is_none() {
            let message = format!(
                "protection type {} is not known here, so the label does not protect",
                quoted(name)
            );
            notes.add(settings.at("protectiontype"), message);
        }
        return known.map(|(_, found)| *found);
    }
    if settings.has("rightsdefinitions") {
        return Some(Type::Template);
    }
    let mut chosen = |key: &str| settings.has(key) && settings.clone().flag(key, notes) == Some(true);
    if chosen("donotforward") || chosen("encryptonly") || chosen("promptuser") {
        return Some(Type::UserDefined);
    }
    notes.add(
        settings.at("protectiontype"),
        "the protection type has no name, so the label does not protect; export with names (`ConvertTo-Json -EnumsAsStrings`)",
    );
    None
}

fn template(settings: &mut Settings, notes: &mut Notes) -> Option<Protection> {
    let own = settings.take("templateid");
    let linked = settings.take("linkedtemplateid");
    let template_id = own
        .as_deref()
        .and_then(guid)
        .or_else(|| linked.as_deref().and_then(guid));
    let Some(template_id) = template_id else {
        notes.add(
            settings.at("templateid"),
            "the template has no id, so the label does not protect; export the label again",
        );
        return None;
    };
    let place = settings.at("rightsdefinitions");
    let rights = settings.take("rightsdefinitions");
    Some(Protection::Template {
        template_id,
        rights: rights.map(|rights| grants(&place, &rights, notes)).unwrap_or_default(),
        content_expiry: settings.take("contentexpiredondateindaysornever"),
        offline_access_days: settings.number("offlineaccessdays", notes),
        double_key_encryption_url: settings.take("doublekeyencryptionurl"),
        disable_automatic_owner_rights: settings.flag("disableautomaticownerrights", notes).unwrap_or(false),
    })
}

/// A setting that is off says nothing about a protection it does not belong to.
fn note_rest(mut settings: Settings, notes: &mut Notes) {
    for key in [
        "donotforward",
        "encryptonly",
        "promptuser",
        "disableautomaticownerrights",
    ] {
        if settings.has(key) && settings.clone().flag(key, &mut Notes::default()) == Some(false) {
            settings.take(key);
        }
    }
    settings.note_rest(notes);
}

/// `[{"Identity": …, "Rights": "A,B"}]`, or `identity:A,B;identity:C` as the flattened members have it.
fn grants(path: &str, written: &str, notes: &mut Notes) -> Vec<RightsGrant> {
    if !written.trim_start().starts_with(['[', '{']) {
        let entries = written.split(';').map(str::trim).filter(|entry| !entry.is_empty());
        let pairs = entries.enumerate().map(|(at, entry)| {
            let (identity, rights) = entry.split_once(':').unwrap_or((entry, ""));
            (format!("{path}[{at}]"), identity.to_owned(), rights.to_owned())
        });
        let pairs: Vec<_> = pairs.collect();
        return pairs
            .into_iter()
            .filter_map(|(place, identity, rights)| grant(&place, &identity, &rights, notes))
            .collect();
    }
    let Some(value) = embedded(path, written, notes) else {
        return Vec::new();
    };
    let mut grants = Vec::new();
    for (at, element) in elements(&value).iter().enumerate() {
        let place = format!("{path}[{at}]");
        let Value::Object(object) = element else {
            notes.add(place, "is no object, so it is left out");
            continue;
        };
        let mut members = Members::new(&place, object);
        let identity = members.text("Identity").unwrap_or_default();
        let rights = members.take("Rights").map(joined).unwrap_or_default();
        members.note_rest(&[], notes);
        grants.extend(grant(&place, &identity, &rights, notes));
    }
    grants
}

/// Rights are one text with commas, or a list.
fn joined(value: &Value) -> String {
    let rights: Vec<String> = elements(value).iter().filter_map(text).collect();
    rights.join(",")
}

fn grant(place: &str, identity: &str, rights: &str, notes: &mut Notes) -> Option<RightsGrant> {
    let identity = identity.trim();
    if !is_identity(identity) {
        let message = format!(
            "{} is neither an address, a domain nor `AuthenticatedUsers`, so nobody is granted anything by it",
            quoted(identity)
        );
        notes.add(place, message);
        return None;
    }
    let mut granted = UsageRights::NONE;
    for right in rights.split(',').map(str::trim).filter(|right| !right.is_empty()) {
        match UsageRights::parse_right(right).or_else(|| UsageRights::parse_level(right)) {
            Some(known) => granted = granted.union(known),
            None => notes.add(
                place,
                format!("right {} is not known here, so it is left out", quoted(right)),
            ),
        }
    }
    Some(RightsGrant {
        identity: identity.to_owned(),
        rights: granted,
    })
}

/// What the tenant document accepts as an identity.
fn is_identity(text: &str) -> bool {
    let is_domain = |domain: &str| {
        let part = |part: &str| {
            (1..=63).contains(&part.len())
                && part
                    .chars()
                    .all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '_')
        };
        domain.len() <= 253 && domain.contains('.') && domain.split('.').all(part)
    };
    let is_address = || {
        let parts = text.rsplit_once('@');
        !text.contains(char::is_whitespace) && parts.is_some_and(|(name, domain)| !name.is_empty() && is_domain(domain))
    };
    text.eq_ignore_ascii_case("AuthenticatedUsers") || is_domain(text) || is_address()
}
