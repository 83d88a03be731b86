//! B: what the metadata of an item says.

use signet_domain::content::{AssignmentMethod, ContentInfo, KeyValuePair};
use signet_domain::evaluation::LabelChange;
use signet_domain::label::{Label, Protection};

use super::{World, find, wanted_bits};

/// One key of the form of B1, with where it belongs.
#[derive(Clone)]
pub(super) struct Key {
    /// As spelled in the request.
    pub(super) spelled: String,
    /// Lower case.
    pub(super) guid: String,
    pub(super) attribute: String,
    pub(super) value: String,
}

/// B2, B5: the header form is expanded, other names are ignored, values are trimmed.
pub(super) fn keys(metadata: &[KeyValuePair]) -> Vec<Key> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in metadata {
        if pair.name.to_lowercase() == "msip_labels" {
            for part in pair.value.split(';') {
                if let Some(equals) = part.find('=') {
                    pairs.push((part[..equals].trim().to_owned(), part[equals + 1..].trim().to_owned()));
                }
            }
        } else {
            pairs.push((pair.name.clone(), pair.value.trim().to_owned()));
        }
    }
    pairs.into_iter().filter_map(|(name, value)| key(name, value)).collect()
}

fn key(spelled: String, value: String) -> Option<Key> {
    let characters: Vec<char> = spelled.chars().collect();
    let text = |from: usize, to: usize| -> String { characters[from..to].iter().collect() };
    if characters.len() < 49 || text(0, 11).to_lowercase() != "msip_label_" || characters[47] != '_' {
        return None;
    }
    let guid = text(11, 47).to_lowercase();
    let is_guid = guid.chars().enumerate().all(|(place, letter)| match place {
        8 | 13 | 18 | 23 => letter == '-',
        _ => "0123456789abcdef".contains(letter),
    });
    is_guid.then(|| Key {
        attribute: text(48, characters.len()),
        guid,
        spelled,
        value,
    })
}

pub(super) const STANDARD: [&str; 8] = [
    "enabled",
    "setdate",
    "method",
    "name",
    "siteid",
    "actionid",
    "contentbits",
    "removed",
];

pub(super) fn is_extended(key: &Key) -> bool {
    !STANDARD.contains(&key.attribute.to_lowercase().as_str())
}

/// The last value of an attribute of a label, in any spelling.
pub(super) fn value<'k>(keys: &'k [Key], guid: &str, attribute: &str) -> Option<&'k str> {
    let same = |key: &&Key| key.guid == guid && key.attribute.to_lowercase() == attribute.to_lowercase();
    keys.iter().rfind(same).map(|key| key.value.as_str())
}

/// B4: known, or orphan.
pub(super) fn is_ours(world: &World<'_>, keys: &[Key], guid: &str) -> bool {
    let site = value(keys, guid, "SiteId").map(str::to_lowercase);
    find(world, guid).is_some() || site == Some(world.tenant.id.to_string())
}

pub(super) fn is_active(keys: &[Key], guid: &str) -> bool {
    let is_true = |attribute| value(keys, guid, attribute).is_some_and(|value| value.to_lowercase() == "true");
    is_true("Enabled") && !is_true("Removed")
}

/// Every GUID of ours, each once.
pub(super) fn our_guids(world: &World<'_>, keys: &[Key]) -> Vec<String> {
    let mut guids: Vec<String> = Vec::new();
    for key in keys {
        if is_ours(world, keys, &key.guid) && !guids.contains(&key.guid) {
            guids.push(key.guid.clone());
        }
    }
    guids
}

pub(super) fn active_guids(world: &World<'_>, keys: &[Key]) -> Vec<String> {
    our_guids(world, keys)
        .into_iter()
        .filter(|guid| is_active(keys, guid))
        .collect()
}

/// B4: the active known label with the highest sensitivity.
pub(super) fn current<'a>(world: &World<'a>, keys: &[Key]) -> Option<&'a Label> {
    let active = active_guids(world, keys)
        .into_iter()
        .filter_map(|guid| find(world, &guid));
    active.max_by_key(|label| label.sensitivity)
}

pub(crate) fn current_label<'a>(world: &World<'a>, content: &ContentInfo) -> Option<&'a Label> {
    current(world, &keys(&content.metadata))
}

pub(super) fn method(keys: &[Key], guid: &str) -> AssignmentMethod {
    match value(keys, guid, "Method").map(str::to_lowercase).as_deref() {
        Some("privileged") => AssignmentMethod::Privileged,
        Some("auto") => AssignmentMethod::Auto,
        _ => AssignmentMethod::Standard,
    }
}

/// B3: ContentBits when present and readable.
pub(super) fn readable_bits(keys: &[Key], guid: &str) -> Option<u8> {
    let text = value(keys, guid, "ContentBits")?.to_lowercase();
    let number = match text.strip_prefix("0x") {
        Some(hexadecimal) if !hexadecimal.contains(['+', '-']) => u64::from_str_radix(hexadecimal, 16).ok()?,
        Some(_) => return None,
        None if text.contains(['+', '-']) => return None,
        None => text.parse().ok()?,
    };
    Some((number % 16) as u8)
}

/// B3: unreadable bits are those of the present configuration; 0 for an unknown label.
pub(super) fn bits(world: &World<'_>, content: &ContentInfo, keys: &[Key], guid: &str) -> u8 {
    let configured = find(world, guid).map_or(0, |label| wanted_bits(label, content.format));
    readable_bits(keys, guid).unwrap_or(configured)
}

/// C6: OR of the bits of every active label of ours.
pub(super) fn old(world: &World<'_>, content: &ContentInfo, keys: &[Key]) -> u8 {
    active_guids(world, keys)
        .iter()
        .fold(0, |old, guid| old | bits(world, content, keys, guid))
}

/// C6: some active label of ours has bit 8 and is not a known label with userDefined protection.
pub(super) fn old8(world: &World<'_>, content: &ContentInfo, keys: &[Key]) -> bool {
    active_guids(world, keys).iter().any(|guid| {
        let label = find(world, guid);
        let user_defined = label.is_some_and(|label| matches!(label.protection, Some(Protection::UserDefined { .. })));
        bits(world, content, keys, guid) >= 8 && !user_defined
    })
}

/// F, I: reading a label is a discovery.
pub(super) fn discovery(world: &World<'_>, content: &ContentInfo) -> Option<LabelChange> {
    current_label(world, content).map(|label| LabelChange {
        operation: "Discover",
        label: Some(label.id),
        old_label: None,
        event_type: None,
        action_source: None,
        justification: None,
        protection: None,
    })
}
