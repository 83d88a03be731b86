//! usageRightsIncluded and computeRightsAndInheritanceResult. Source: rest-api 4.5, 4.6.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use signet_domain::evaluation::{ContentRight, RightsAndInheritance, UsageRightsIncluded};
use signet_domain::rights::UsageRights;
use uuid::Uuid;

use super::labels::{GovernanceLabel, GovernanceLabels};
use crate::odata::select::Selection;
use crate::odata::shape::GovernanceShape;

/// Rights as one text, names in bit order.
pub(crate) struct Flags(pub(crate) UsageRights);

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The rights of one label as an answer of their own.
pub(crate) struct RightsAnswer<'a> {
    /// Their context.
    pub(crate) context: &'a str,
    /// The rights.
    pub(crate) rights: &'a UsageRightsIncluded,
    /// Which members.
    pub(crate) selection: &'a Selection,
}

impl Serialize for RightsAnswer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("@odata.context", self.context)?;
        for property in self.selection.properties() {
            rights_member(&mut map, self.rights, property.name)?;
        }
        map.end()
    }
}

/// computeRightsAndInheritanceResult, once flat as the metadata has it and once nested as the sample has it.
#[derive(Serialize)]
pub(crate) struct ComputedAnswer<'a> {
    #[serde(rename = "@odata.context")]
    pub(crate) context: &'a str,
    #[serde(flatten)]
    pub(crate) flat: Computed<'a>,
    pub(crate) value: Nested<'a>,
}

/// The nested copy, with its type name in front.
#[derive(Serialize)]
pub(crate) struct Nested<'a> {
    #[serde(rename = "@odata.type")]
    type_name: &'static str,
    #[serde(flatten)]
    result: Computed<'a>,
}

impl<'a> ComputedAnswer<'a> {
    /// The answer for a result.
    pub(crate) fn new(context: &'a str, result: &'a RightsAndInheritance, shape: &'a GovernanceShape) -> Self {
        let computed = || Computed {
            inherited_label: result
                .inherited_label
                .as_ref()
                .map(|view| GovernanceLabel::new(view, shape)),
            content_rights: result
                .content_rights
                .iter()
                .map(|right| Right::new(right, shape))
                .collect(),
            sensitivity_labels: GovernanceLabels {
                views: &result.labels,
                shape,
                rights: None,
            },
        };
        Self {
            context,
            flat: computed(),
            value: Nested {
                type_name: "microsoft.graph.computeRightsAndInheritanceResult",
                result: computed(),
            },
        }
    }
}

/// The members of the result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Computed<'a> {
    inherited_label: Option<GovernanceLabel<'a>>,
    content_rights: Vec<Right<'a>>,
    sensitivity_labels: GovernanceLabels<'a>,
}

#[derive(Serialize)]
struct Right<'a> {
    id: Uuid,
    cid: Option<&'a str>,
    format: Option<&'a str>,
    rights: Flags,
    label: Option<GovernanceLabel<'a>>,
}

impl<'a> Right<'a> {
    fn new(right: &'a ContentRight, shape: &'a GovernanceShape) -> Self {
        Self {
            id: right.id,
            cid: right.cid.as_deref(),
            format: right.format_text.as_deref(),
            rights: Flags(right.rights),
            label: right.label.as_ref().map(|view| GovernanceLabel::new(view, shape)),
        }
    }
}

/// The rights of a label, by the names of their members.
pub(crate) fn rights_member<M: SerializeMap>(
    map: &mut M,
    rights: &UsageRightsIncluded,
    name: &str,
) -> Result<(), M::Error> {
    match name {
        "id" => map.serialize_entry("id", &rights.id),
        "ownerEmail" => map.serialize_entry("ownerEmail", &rights.owner_email),
        "userEmail" => map.serialize_entry("userEmail", &rights.user_email),
        "value" => map.serialize_entry("value", &Flags(rights.value)),
        _ => Ok(()),
    }
}
