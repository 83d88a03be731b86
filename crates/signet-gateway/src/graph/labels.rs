//! Labels in both projections. Source: rest-api 4.1, 4.2.

use std::collections::HashMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use signet_domain::content::ContentFormat;
use signet_domain::evaluation::UsageRightsIncluded;
use signet_domain::ids::{LabelId, SensitiveTypeId};
use signet_domain::label::{AutoLabeling, AutoLabelingMode};
use signet_domain::view::LabelView;

use super::label_actions::LabelActions;
use super::rights::rights_member;
use crate::odata::select::Selection;
use crate::odata::shape::{GovernanceShape, PolicyShape};

/// The order of `contentFormats`. Source: rest-api 4.1.
const CONTENT_FORMATS: [(ContentFormat, &str); 6] = [
    (ContentFormat::File, "file"),
    (ContentFormat::Email, "email"),
    (ContentFormat::Site, "site"),
    (ContentFormat::UnifiedGroup, "unifiedgroup"),
    (ContentFormat::Teamwork, "teamwork"),
    (ContentFormat::SchematizedData, "schematizeddata"),
];

/// A collection with its context, count and link.
#[derive(Serialize)]
pub(crate) struct CollectionAnswer<'a, V> {
    #[serde(rename = "@odata.context")]
    pub(crate) context: &'a str,
    #[serde(rename = "@odata.count", skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
    pub(crate) value: V,
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    pub(crate) next_link: Option<String>,
}

/// A label, first projection.
pub(crate) struct PolicyLabel<'a> {
    /// The label.
    pub(crate) view: &'a LabelView,
    /// Which members.
    pub(crate) shape: &'a PolicyShape,
    /// The collection's context without `$select`, from which the parent's is made.
    pub(crate) collection: &'a str,
    /// Its own context, when it stands alone.
    pub(crate) context: Option<&'a str>,
}

/// Labels, first projection.
pub(crate) struct PolicyLabels<'a> {
    /// The labels.
    pub(crate) views: &'a [LabelView],
    /// Which members of each.
    pub(crate) shape: &'a PolicyShape,
    /// The collection's context without `$select`.
    pub(crate) collection: &'a str,
}

impl Serialize for PolicyLabels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            views,
            shape,
            collection,
        } = self;
        serializer.collect_seq(views.iter().map(|view| PolicyLabel {
            view,
            shape,
            collection,
            context: None,
        }))
    }
}

impl Serialize for PolicyLabel<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(context) = self.context {
            map.serialize_entry("@odata.context", context)?;
        }
        policy_members(&mut map, self.view, &self.shape.selection)?;
        if let Some(selection) = &self.shape.parent {
            let context = format!("{}('{}')/parent/$entity", self.collection, self.view.id());
            map.serialize_entry("parent@odata.context", &context)?;
            let parent = self.view.parent.as_deref().map(|view| PolicyParent { view, selection });
            map.serialize_entry("parent", &parent)?;
        }
        map.end()
    }
}

/// A parent inside a label; it has no parent of its own.
struct PolicyParent<'a> {
    view: &'a LabelView,
    selection: &'a Selection,
}

impl Serialize for PolicyParent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        policy_members(&mut map, self.view, self.selection)?;
        map.end()
    }
}

fn policy_members<M: SerializeMap>(map: &mut M, view: &LabelView, selection: &Selection) -> Result<(), M::Error> {
    for property in selection.properties() {
        match property.name {
            "color" => map.serialize_entry("color", view.color.as_deref().unwrap_or_default())?,
            name => shared_member(map, view, name)?,
        }
    }
    Ok(())
}

/// Members both projections can have, by name. Others are left to the caller.
fn shared_member<M: SerializeMap>(map: &mut M, view: &LabelView, name: &str) -> Result<(), M::Error> {
    let label = &view.label;
    match name {
        "id" => map.serialize_entry(name, &label.id),
        "name" => map.serialize_entry(name, &label.name),
        "description" => map.serialize_entry(name, &label.description),
        "tooltip" | "toolTip" => map.serialize_entry(name, &view.tooltip),
        "sensitivity" => map.serialize_entry(name, &label.sensitivity),
        "isActive" | "isEnabled" => map.serialize_entry(name, &label.is_enabled),
        "isAppliable" => map.serialize_entry(name, &!view.is_parent),
        "contentFormats" => map.serialize_entry(name, &content_formats(view)),
        "hasProtection" => map.serialize_entry(name, &label.has_protection()),
        _ => Ok(()),
    }
}

fn content_formats(view: &LabelView) -> Vec<&'static str> {
    let supported = CONTENT_FORMATS
        .iter()
        .filter(|(format, _)| view.label.applies_to(*format));
    supported.map(|(_, name)| *name).collect()
}

/// Rights by label, where they are part of the answer.
pub(crate) type RightsByLabel = HashMap<LabelId, Option<UsageRightsIncluded>>;

/// A label, second projection.
pub(crate) struct GovernanceLabel<'a> {
    view: &'a LabelView,
    shape: &'a GovernanceShape,
    rights: Option<&'a RightsByLabel>,
    context: Option<&'a str>,
}

impl<'a> GovernanceLabel<'a> {
    /// A label without rights or context.
    pub(crate) fn new(view: &'a LabelView, shape: &'a GovernanceShape) -> Self {
        Self {
            view,
            shape,
            rights: None,
            context: None,
        }
    }

    /// The label as an answer of its own.
    pub(crate) fn standing_alone(self, context: &'a str, rights: &'a RightsByLabel) -> Self {
        Self {
            context: Some(context),
            rights: Some(rights),
            ..self
        }
    }
}

/// Labels, second projection.
pub(crate) struct GovernanceLabels<'a> {
    /// The labels.
    pub(crate) views: &'a [LabelView],
    /// Which members of each.
    pub(crate) shape: &'a GovernanceShape,
    /// Their rights.
    pub(crate) rights: Option<&'a RightsByLabel>,
}

impl Serialize for GovernanceLabels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { views, shape, rights } = self;
        serializer.collect_seq(views.iter().map(|view| GovernanceLabel {
            rights: *rights,
            ..GovernanceLabel::new(view, shape)
        }))
    }
}

impl Serialize for GovernanceLabel<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(context) = self.context {
            map.serialize_entry("@odata.context", context)?;
        }
        for property in self.shape.selection.properties() {
            governance_member(&mut map, self.view, property.name)?;
        }
        if let Some(shape) = self.shape.sublabels.as_deref() {
            let sublabels = GovernanceLabels {
                views: &self.view.sublabels,
                shape,
                rights: self.rights,
            };
            map.serialize_entry("sublabels", &sublabels)?;
        }
        if let Some(selection) = &self.shape.rights {
            let rights = self
                .rights
                .and_then(|rights| rights.get(&self.view.id()))
                .and_then(Option::as_ref);
            map.serialize_entry("rights", &rights.map(|rights| InlineRights { rights, selection }))?;
        }
        map.end()
    }
}

/// Rights inside a label: without a context.
struct InlineRights<'a> {
    rights: &'a UsageRightsIncluded,
    selection: &'a Selection,
}

impl Serialize for InlineRights<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for property in self.selection.properties() {
            rights_member(&mut map, self.rights, property.name)?;
        }
        map.end()
    }
}

fn governance_member<M: SerializeMap>(map: &mut M, view: &LabelView, name: &str) -> Result<(), M::Error> {
    let label = &view.label;
    match name {
        "displayName" => map.serialize_entry(name, &view.display_name),
        "autoTooltip" => map.serialize_entry(name, &view.auto_tooltip),
        "color" => map.serialize_entry(name, &view.color),
        "priority" => map.serialize_entry(name, &view.priority),
        "isDefault" => map.serialize_entry(name, &view.is_default),
        "isScopedToUser" => map.serialize_entry(name, &view.is_scoped_to_user),
        "isEndpointProtectionEnabled" => map.serialize_entry(name, &label.is_endpoint_protection_enabled),
        "isSmimeSignEnabled" => map.serialize_entry(name, &label.is_smime_sign_enabled),
        "isSmimeEncryptEnabled" => map.serialize_entry(name, &label.is_smime_encrypt_enabled),
        "locale" => map.serialize_entry(name, &view.locale),
        "actionSource" if view.is_parent => map.serialize_entry(name, "none"),
        "actionSource" | "applicationMode" => map.serialize_entry(name, application_mode(label.auto_labeling.as_ref())),
        "applicableTo" => map.serialize_entry(name, &applicable_to(view)),
        "labelActions" => map.serialize_entry(name, &LabelActions(label)),
        "assignedPolicies" => map.serialize_entry(name, &AssignedPolicies(view)),
        "autoLabeling" => map.serialize_entry(name, &AutoLabelingJson::of(view)),
        "customSettings" => map.serialize_entry(name, &label.advanced_settings),
        _ => shared_member(map, view, name),
    }
}

fn application_mode(auto_labeling: Option<&AutoLabeling>) -> &'static str {
    match auto_labeling.map(|auto| auto.mode) {
        None => "manual",
        Some(AutoLabelingMode::Automatic) => "automatic",
        Some(AutoLabelingMode::Recommended) => "recommended",
    }
}

/// The flags as one text, in the order of the enumeration.
fn applicable_to(view: &LabelView) -> String {
    let names: Vec<&str> = ContentFormat::ALL
        .into_iter()
        .filter(|format| view.label.applies_to(*format))
        .map(ContentFormat::name)
        .collect();
    names.join(",")
}

struct AssignedPolicies<'a>(&'a LabelView);

#[derive(Serialize)]
struct AssignedPolicy<'a> {
    id: signet_domain::ids::PolicyId,
    name: &'a str,
}

impl Serialize for AssignedPolicies<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let policies = self.0.assigned_policies.iter();
        serializer.collect_seq(policies.map(|policy| AssignedPolicy {
            id: policy.id,
            name: &policy.name,
        }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AutoLabelingJson<'a> {
    sensitive_type_ids: Vec<SensitiveTypeId>,
    message: &'a str,
}

impl<'a> AutoLabelingJson<'a> {
    /// Absent for a label that is not found by classification. The message is in the caller's language.
    fn of(view: &'a LabelView) -> Option<Self> {
        let conditions = &view.label.auto_labeling.as_ref()?.conditions;
        let mut ids = Vec::new();
        for condition in conditions.groups.iter().flat_map(|group| &group.sensitive_types) {
            if !ids.contains(&condition.id) {
                ids.push(condition.id);
            }
        }
        Some(Self {
            sensitive_type_ids: ids,
            message: &view.auto_tooltip,
        })
    }
}
