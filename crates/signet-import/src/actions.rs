//! `LabelActions`: what a label does, one JSON object in a text each, by kind.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::members::{Members, elements, object};
use crate::notes::{Notes, quoted};
use crate::settings::Settings;

/// What sort of action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Header,
    Footer,
    Watermark,
    Encrypt,
    Group,
    Site,
    Teams,
    Meeting,
}

impl Kind {
    fn of(action: &str, sub_type: &str) -> Option<Self> {
        match (action, sub_type) {
            ("applycontentmarking", "header") => Some(Self::Header),
            ("applycontentmarking", "footer") => Some(Self::Footer),
            ("applywatermarking", _) => Some(Self::Watermark),
            ("encrypt", _) => Some(Self::Encrypt),
            ("protectgroup", _) => Some(Self::Group),
            ("protectsite", _) => Some(Self::Site),
            ("protectteams", _) => Some(Self::Teams),
            ("protectmeeting", _) => Some(Self::Meeting),
            _ => None,
        }
    }
}

/// One action with its settings.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) settings: Settings,
    /// `disabled = true` switches it off.
    pub(crate) enabled: bool,
}

/// The actions of a label.
pub(crate) type Actions = BTreeMap<Kind, Action>;

/// Reads `LabelActions`. What is no action, or one without a counterpart, is noted.
pub(crate) fn read(path: &str, value: Option<&Value>, notes: &mut Notes) -> Actions {
    let mut actions = Actions::new();
    for (at, element) in value.map(elements).unwrap_or_default().iter().enumerate() {
        let place = format!("{path}[{at}]");
        let Some(object) = object(&place, element, notes) else {
            continue;
        };
        let mut members = Members::new(&place, &object);
        let name = members.text("Type").unwrap_or_default();
        let mut settings = Settings::read(&members.at("Settings"), members.take("Settings"), notes);
        let sub_type = members.text("SubType").or_else(|| settings.take("placement"));
        let enabled = !settings.flag("disabled", notes).unwrap_or(false);
        let kind = Kind::of(
            &name.trim().to_ascii_lowercase(),
            &sub_type.unwrap_or_default().trim().to_ascii_lowercase(),
        );
        match kind {
            None if enabled => {
                let message = format!("action {} has no counterpart, so it is left out", quoted(&name));
                notes.add(place, message);
            }
            None => {}
            Some(kind) if actions.contains_key(&kind) => {
                notes.add(place, "is there twice; the first one counts");
            }
            Some(kind) => {
                actions.insert(kind, Action { settings, enabled });
                members.note_rest(&["Id", "Name"], notes);
            }
        }
    }
    actions
}
