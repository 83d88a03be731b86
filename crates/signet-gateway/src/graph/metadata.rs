//! The service document and the interface description. Source: rest-api 7.3.

use serde::Serialize;

use super::context::Contexts;
use crate::routes::Api;

/// The entry points of a version.
#[derive(Serialize)]
pub(crate) struct ServiceDocument {
    #[serde(rename = "@odata.context")]
    context: String,
    value: Vec<EntryPoint>,
}

#[derive(Serialize)]
struct EntryPoint {
    name: &'static str,
    kind: &'static str,
    url: &'static str,
}

/// Singletons and sets of the entity container, as the interface description declares them.
const ENTRY_POINTS: [(&str, &str); 7] = [
    ("me", "Singleton"),
    ("security", "Singleton"),
    ("drive", "Singleton"),
    ("users", "EntitySet"),
    ("groups", "EntitySet"),
    ("sites", "EntitySet"),
    ("drives", "EntitySet"),
];

impl ServiceDocument {
    /// The entry points of a version.
    pub(crate) fn new(contexts: &Contexts<'_>, api: Api) -> Self {
        Self {
            context: format!("{}/{}/$metadata", contexts.base, api.root()),
            value: ENTRY_POINTS
                .iter()
                .map(|(name, kind)| EntryPoint { name, kind, url: name })
                .collect(),
        }
    }
}

/// CSDL 4.0 of a version.
pub(crate) fn description(api: Api) -> &'static str {
    match api {
        Api::V1 | Api::Signet => include_str!("metadata/v1.0.xml"),
        Api::Beta => include_str!("metadata/beta.xml"),
    }
}

#[cfg(test)]
mod tests;
