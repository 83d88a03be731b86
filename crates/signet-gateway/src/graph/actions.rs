//! informationProtectionAction and derived types, and contentLabel. Source: rest-api 4.4, 4.7.

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use signet_domain::action::{
    Action, ActionSource, ContentLabel, ContentMarking, Explanation, LabelSummary, LabelingAction, WatermarkMarking,
};
use signet_domain::content::{AssignmentMethod, KeyValuePair};
use signet_domain::ids::{LabelId, SensitiveTypeId, TemplateId};
use signet_domain::label::{Alignment, WatermarkLayout};

use super::time::Seconds;

/// The answer of evaluateApplication, evaluateClassificationResults and evaluateRemoval.
#[derive(Serialize)]
pub(crate) struct ActionsAnswer<'a> {
    #[serde(rename = "@odata.context")]
    pub(crate) context: &'a str,
    pub(crate) value: Actions<'a>,
    #[serde(rename = "@signet.explanation", skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<&'a Explanation>,
}

/// The answer of extractContentLabel.
#[derive(Serialize)]
pub(crate) struct ContentLabelAnswer<'a> {
    #[serde(rename = "@odata.context")]
    context: &'a str,
    #[serde(rename = "createdDateTime")]
    created: Option<Seconds>,
    #[serde(rename = "creationDateTime")]
    creation: Option<Seconds>,
    #[serde(rename = "assignmentMethod")]
    assignment_method: AssignmentMethod,
    #[serde(rename = "sensitivityLabelId")]
    sensitivity_label_id: LabelId,
    #[serde(rename = "@signet.explanation", skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a Explanation>,
}

impl<'a> ContentLabelAnswer<'a> {
    /// The answer for a label found.
    pub(crate) fn new(context: &'a str, label: &ContentLabel, explanation: Option<&'a Explanation>) -> Self {
        Self {
            context,
            created: label.created_at.map(Seconds),
            creation: label.created_at.map(Seconds),
            assignment_method: label.assignment_method,
            sensitivity_label_id: label.label_id,
            explanation,
        }
    }
}

/// A collection of actions.
pub(crate) struct Actions<'a>(pub(crate) &'a [Action]);

impl Serialize for Actions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for action in self.0 {
            sequence.serialize_element(&ActionJson::from(action))?;
        }
        sequence.end()
    }
}

/// One action with its type name.
#[derive(Serialize)]
#[serde(tag = "@odata.type", rename_all_fields = "camelCase")]
enum ActionJson<'a> {
    #[serde(rename = "#microsoft.graph.security.addContentHeaderAction")]
    AddContentHeader(Marking<'a>),
    #[serde(rename = "#microsoft.graph.security.addContentFooterAction")]
    AddContentFooter(Marking<'a>),
    #[serde(rename = "#microsoft.graph.security.addWatermarkAction")]
    AddWatermark(Watermark<'a>),
    #[serde(rename = "#microsoft.graph.security.removeContentHeaderAction")]
    RemoveContentHeader { ui_element_names: &'a [String] },
    #[serde(rename = "#microsoft.graph.security.removeContentFooterAction")]
    RemoveContentFooter { ui_element_names: &'a [String] },
    #[serde(rename = "#microsoft.graph.security.removeWatermarkAction")]
    RemoveWatermark { ui_element_names: &'a [String] },
    #[serde(rename = "#microsoft.graph.security.applyLabelAction")]
    ApplyLabel(Labeling<'a>),
    #[serde(rename = "#microsoft.graph.security.recommendLabelAction")]
    RecommendLabel(Labeling<'a>),
    #[serde(rename = "#microsoft.graph.security.customAction")]
    Custom {
        name: &'a str,
        properties: &'a [KeyValuePair],
    },
    #[serde(rename = "#microsoft.graph.security.justifyAction")]
    Justify,
    #[serde(rename = "#microsoft.graph.security.metadataAction")]
    Metadata {
        metadata_to_remove: &'a [String],
        metadata_to_add: &'a [KeyValuePair],
    },
    #[serde(rename = "#microsoft.graph.security.protectAdhocAction")]
    ProtectAdhoc,
    #[serde(rename = "#microsoft.graph.security.protectByTemplateAction")]
    ProtectByTemplate { template_id: TemplateId },
    #[serde(rename = "#microsoft.graph.security.protectDoNotForwardAction")]
    ProtectDoNotForward,
    #[serde(rename = "#microsoft.graph.security.removeProtectionAction")]
    RemoveProtection,
}

impl<'a> From<&'a Action> for ActionJson<'a> {
    fn from(action: &'a Action) -> Self {
        match action {
            Action::AddContentHeader(marking) => Self::AddContentHeader(marking.into()),
            Action::AddContentFooter(marking) => Self::AddContentFooter(marking.into()),
            Action::AddWatermark(marking) => Self::AddWatermark(marking.into()),
            Action::RemoveContentHeader { ui_element_names } => Self::RemoveContentHeader { ui_element_names },
            Action::RemoveContentFooter { ui_element_names } => Self::RemoveContentFooter { ui_element_names },
            Action::RemoveWatermark { ui_element_names } => Self::RemoveWatermark { ui_element_names },
            Action::ApplyLabel(labeling) => Self::ApplyLabel(labeling.into()),
            Action::RecommendLabel(labeling) => Self::RecommendLabel(labeling.into()),
            Action::Custom { name, properties } => Self::Custom { name, properties },
            Action::Justify => Self::Justify,
            Action::Metadata {
                metadata_to_add,
                metadata_to_remove,
            } => Self::Metadata {
                metadata_to_remove,
                metadata_to_add,
            },
            Action::ProtectAdhoc => Self::ProtectAdhoc,
            Action::ProtectByTemplate { template_id } => Self::ProtectByTemplate {
                template_id: *template_id,
            },
            Action::ProtectDoNotForward => Self::ProtectDoNotForward,
            Action::RemoveProtection => Self::RemoveProtection,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Marking<'a> {
    ui_element_name: &'a str,
    text: &'a str,
    font_name: &'a str,
    font_size: i32,
    font_color: &'a str,
    alignment: Alignment,
    margin: i32,
}

impl<'a> From<&'a ContentMarking> for Marking<'a> {
    fn from(marking: &'a ContentMarking) -> Self {
        Self {
            ui_element_name: &marking.ui_element_name,
            text: &marking.text,
            font_name: &marking.font_name,
            font_size: marking.font_size,
            font_color: &marking.font_color,
            alignment: marking.alignment,
            margin: marking.margin,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Watermark<'a> {
    ui_element_name: &'a str,
    layout: WatermarkLayout,
    text: &'a str,
    font_name: &'a str,
    font_size: i32,
    font_color: &'a str,
}

impl<'a> From<&'a WatermarkMarking> for Watermark<'a> {
    fn from(marking: &'a WatermarkMarking) -> Self {
        Self {
            ui_element_name: &marking.ui_element_name,
            layout: marking.layout,
            text: &marking.text,
            font_name: &marking.font_name,
            font_size: marking.font_size,
            font_color: &marking.font_color,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Labeling<'a> {
    responsible_sensitive_type_ids: &'a [SensitiveTypeId],
    action_source: ActionSource,
    sensitivity_label_id: LabelId,
    label: Summary<'a>,
    actions: Actions<'a>,
}

impl<'a> From<&'a LabelingAction> for Labeling<'a> {
    fn from(labeling: &'a LabelingAction) -> Self {
        Self {
            responsible_sensitive_type_ids: &labeling.responsible_sensitive_type_ids,
            action_source: labeling.action_source,
            sensitivity_label_id: labeling.label.id,
            label: (&labeling.label).into(),
            actions: Actions(&labeling.actions),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    id: LabelId,
    name: &'a str,
    description: &'a str,
    color: &'a str,
    sensitivity: i32,
    tooltip: &'a str,
    is_active: bool,
}

impl<'a> From<&'a LabelSummary> for Summary<'a> {
    fn from(label: &'a LabelSummary) -> Self {
        Self {
            id: label.id,
            name: &label.name,
            description: &label.description,
            color: label.color.as_deref().unwrap_or_default(),
            sensitivity: label.sensitivity,
            tooltip: &label.tooltip,
            is_active: label.is_active,
        }
    }
}
