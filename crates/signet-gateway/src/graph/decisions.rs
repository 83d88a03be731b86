//! The decision log as a collection.

use serde::Serialize;
use signet_domain::record::DecisionRecord;

/// A page of records, oldest first unless asked otherwise.
#[derive(Serialize)]
pub(crate) struct DecisionsAnswer<'a> {
    #[serde(rename = "@odata.context")]
    pub(crate) context: &'a str,
    pub(crate) value: &'a [DecisionRecord],
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    pub(crate) next_link: Option<String>,
}
