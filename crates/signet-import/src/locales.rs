//! `LocaleSettings`: texts in other languages.

use std::collections::BTreeMap;

use serde_json::Value;
use signet_domain::label::LocaleTexts;
use signet_domain::locale::is_language_tag;

use crate::members::{Members, elements, object};
use crate::notes::{Notes, quoted};
use crate::settings::Settings;

/// Texts by lower-case language tag. The entry `default` repeats the base value; one that does not is noted.
pub(crate) fn locales(
    path: &str,
    value: Option<&Value>,
    base: &LocaleTexts,
    notes: &mut Notes,
) -> BTreeMap<String, LocaleTexts> {
    let mut locales: BTreeMap<String, LocaleTexts> = BTreeMap::new();
    for (at, element) in value.map(elements).unwrap_or_default().iter().enumerate() {
        let place = format!("{path}[{at}]");
        let Some(object) = object(&place, element, notes) else {
            continue;
        };
        let mut members = Members::new(&place, &object);
        let key = members.text("LocaleKey").unwrap_or_default();
        let Some(member) = member_of(&key) else {
            notes.add(
                place,
                format!("texts of {} have no counterpart, so they are left out", quoted(&key)),
            );
            continue;
        };
        let mut base = base.clone();
        let settings = Settings::read(&members.at("Settings"), members.take("Settings"), notes);
        let settings_at = members.at("Settings");
        for pair in settings.rest() {
            let tag = pair.name.trim().to_ascii_lowercase();
            let place = format!("{settings_at}.{}", pair.name);
            if tag == "default" {
                if member(&mut base).as_deref() != Some(pair.value.as_str()) {
                    notes.add(place, "differs from the text of the label itself, which counts");
                }
            } else if is_language_tag(&tag) {
                *member(locales.entry(tag).or_default()) = Some(pair.value);
            } else {
                notes.add(
                    place,
                    format!("{} is not a language tag, so it is left out", quoted(&pair.name)),
                );
            }
        }
    }
    locales
}

type MemberOf = fn(&mut LocaleTexts) -> &mut Option<String>;

fn member_of(key: &str) -> Option<MemberOf> {
    match key.trim().to_ascii_lowercase().as_str() {
        "displayname" => Some(|texts| &mut texts.display_name),
        "tooltip" => Some(|texts| &mut texts.tooltip),
        "autotooltip" => Some(|texts| &mut texts.auto_tooltip),
        _ => None,
    }
}
