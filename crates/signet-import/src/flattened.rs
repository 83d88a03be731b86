//! The flattened members `-IncludeDetailedLabelActions` prints (`EncryptionEnabled`, …): the same settings under other
//! names. `LabelActions` wins where both speak.

use serde_json::Value;

use crate::actions::{Action, Actions, Kind};
use crate::members::{Members, flag, text};
use crate::notes::Notes;
use crate::settings::Settings;

const PREFIXES: [(&str, Kind); 6] = [
    ("ApplyContentMarkingHeader", Kind::Header),
    ("ApplyContentMarkingFooter", Kind::Footer),
    ("ApplyWaterMarking", Kind::Watermark),
    ("Encryption", Kind::Encrypt),
    ("SiteAndGroupProtection", Kind::Group),
    ("Teams", Kind::Meeting),
];

/// Keys of `SiteAndGroupProtection…` that speak of sites.
const OF_SITES: [&str; 4] = ["allowfullaccess", "allowlimitedaccess", "blockaccess", "level"];

/// Adds what the flattened members say to the actions.
pub(crate) fn add(members: &mut Members<'_>, actions: &mut Actions, notes: &mut Notes) {
    for (prefix, kind) in PREFIXES {
        let taken = members.take_prefixed(prefix);
        let switched_on = taken
            .iter()
            .find(|(key, _, _)| key == "enabled" || key == "protectionenabled")
            .and_then(|(_, _, value)| flag(&text(value)?));
        for (key, spelled, value) in taken {
            if key == "enabled" || key == "protectionenabled" {
                continue;
            }
            let kind = match kind {
                Kind::Group if OF_SITES.contains(&key.as_str()) => Kind::Site,
                other => other,
            };
            if let Some(value) = setting(value) {
                let place = members.at(spelled);
                let action = actions.entry(kind).or_insert_with(|| Action {
                    settings: Settings::none(&members.at(prefix)),
                    enabled: switched_on.unwrap_or(true),
                });
                action.settings.fill(&place, &key, value, notes);
            }
        }
    }
}

/// A list or an object stays JSON, which is what the settings of actions hold.
fn setting(value: &Value) -> Option<String> {
    match value {
        Value::Array(elements) if elements.is_empty() => None,
        Value::Array(_) => Some(value.to_string()),
        other => text(other),
    }
}
