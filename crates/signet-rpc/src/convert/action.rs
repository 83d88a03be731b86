//! What an application must do.

use signet_domain::action::{
    Action, ActionSource, ContentLabel, ContentMarking, LabelSummary, LabelingAction, WatermarkMarking,
};
use signet_domain::content::AssignmentMethod;
use signet_domain::label::CustomAction;

use super::{
    ConversionError, Converted, convert, deeper, enumeration, from_second, id, ids, list, list_with, messages, number,
    optional_second, present, required, text, value,
};
use crate::proto::common;
use crate::proto::evaluation as pb;
use crate::proto::evaluation::action::{
    ElementNames, Justify, Kind, Metadata, ProtectAdhoc, ProtectByTemplate, ProtectDoNotForward, RemoveProtection,
};

impl From<Action> for pb::Action {
    fn from(action: Action) -> Self {
        let kind = match action {
            Action::AddContentHeader(marking) => Kind::AddContentHeader(marking.into()),
            Action::AddContentFooter(marking) => Kind::AddContentFooter(marking.into()),
            Action::AddWatermark(marking) => Kind::AddWatermark(marking.into()),
            Action::RemoveContentHeader { ui_element_names } => {
                Kind::RemoveContentHeader(ElementNames { ui_element_names })
            }
            Action::RemoveContentFooter { ui_element_names } => {
                Kind::RemoveContentFooter(ElementNames { ui_element_names })
            }
            Action::RemoveWatermark { ui_element_names } => Kind::RemoveWatermark(ElementNames { ui_element_names }),
            Action::ApplyLabel(labeling) => Kind::ApplyLabel(labeling.into()),
            Action::RecommendLabel(labeling) => Kind::RecommendLabel(labeling.into()),
            Action::Custom { name, properties } => Kind::Custom(CustomAction { name, properties }.into()),
            Action::Justify => Kind::Justify(Justify {}),
            Action::Metadata {
                metadata_to_add,
                metadata_to_remove,
            } => Kind::Metadata(Metadata {
                metadata_to_add: messages(metadata_to_add),
                metadata_to_remove,
            }),
            Action::ProtectAdhoc => Kind::ProtectAdhoc(ProtectAdhoc {}),
            Action::ProtectByTemplate { template_id } => Kind::ProtectByTemplate(ProtectByTemplate {
                template_id: text(template_id),
            }),
            Action::ProtectDoNotForward => Kind::ProtectDoNotForward(ProtectDoNotForward {}),
            Action::RemoveProtection => Kind::RemoveProtection(RemoveProtection {}),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<pb::Action> for Action {
    type Error = ConversionError;

    fn try_from(message: pb::Action) -> Result<Self, Self::Error> {
        action(message, 0)
    }
}

fn action(message: pb::Action, depth: usize) -> Converted<Action> {
    let depth = deeper(depth)?;
    let ui_element_names = |names: ElementNames| names.ui_element_names;
    Ok(match present(message.kind, "kind")? {
        Kind::AddContentHeader(marking) => Action::AddContentHeader(convert(marking, "add_content_header")?),
        Kind::AddContentFooter(marking) => Action::AddContentFooter(convert(marking, "add_content_footer")?),
        Kind::AddWatermark(marking) => Action::AddWatermark(convert(marking, "add_watermark")?),
        Kind::RemoveContentHeader(names) => Action::RemoveContentHeader {
            ui_element_names: ui_element_names(names),
        },
        Kind::RemoveContentFooter(names) => Action::RemoveContentFooter {
            ui_element_names: ui_element_names(names),
        },
        Kind::RemoveWatermark(names) => Action::RemoveWatermark {
            ui_element_names: ui_element_names(names),
        },
        Kind::ApplyLabel(apply) => {
            Action::ApplyLabel(labeling(apply, depth).map_err(|error| error.within("apply_label"))?)
        }
        Kind::RecommendLabel(recommend) => {
            Action::RecommendLabel(labeling(recommend, depth).map_err(|error| error.within("recommend_label"))?)
        }
        Kind::Custom(custom) => {
            let CustomAction { name, properties } = convert(custom, "custom")?;
            Action::Custom { name, properties }
        }
        Kind::Justify(Justify {}) => Action::Justify,
        Kind::Metadata(metadata) => Action::Metadata {
            metadata_to_add: list(metadata.metadata_to_add, "metadata.metadata_to_add")?,
            metadata_to_remove: metadata.metadata_to_remove,
        },
        Kind::ProtectAdhoc(ProtectAdhoc {}) => Action::ProtectAdhoc,
        Kind::ProtectByTemplate(protect) => Action::ProtectByTemplate {
            template_id: id(&protect.template_id, "protect_by_template.template_id")?,
        },
        Kind::ProtectDoNotForward(ProtectDoNotForward {}) => Action::ProtectDoNotForward,
        Kind::RemoveProtection(RemoveProtection {}) => Action::RemoveProtection,
    })
}

impl From<ContentMarking> for pb::ContentMarking {
    fn from(marking: ContentMarking) -> Self {
        Self {
            ui_element_name: marking.ui_element_name,
            text: marking.text,
            font_name: marking.font_name,
            font_size: marking.font_size,
            font_color: marking.font_color,
            alignment: number::<common::Alignment, _>(marking.alignment),
            margin: marking.margin,
        }
    }
}

impl TryFrom<pb::ContentMarking> for ContentMarking {
    type Error = ConversionError;

    fn try_from(message: pb::ContentMarking) -> Result<Self, Self::Error> {
        Ok(Self {
            ui_element_name: message.ui_element_name,
            text: message.text,
            font_name: message.font_name,
            font_size: message.font_size,
            font_color: message.font_color,
            alignment: value::<common::Alignment, _>(message.alignment, "alignment")?,
            margin: message.margin,
        })
    }
}

impl From<WatermarkMarking> for pb::WatermarkMarking {
    fn from(marking: WatermarkMarking) -> Self {
        Self {
            ui_element_name: marking.ui_element_name,
            text: marking.text,
            layout: number::<common::WatermarkLayout, _>(marking.layout),
            font_name: marking.font_name,
            font_size: marking.font_size,
            font_color: marking.font_color,
        }
    }
}

impl TryFrom<pb::WatermarkMarking> for WatermarkMarking {
    type Error = ConversionError;

    fn try_from(message: pb::WatermarkMarking) -> Result<Self, Self::Error> {
        Ok(Self {
            ui_element_name: message.ui_element_name,
            text: message.text,
            layout: value::<common::WatermarkLayout, _>(message.layout, "layout")?,
            font_name: message.font_name,
            font_size: message.font_size,
            font_color: message.font_color,
        })
    }
}

enumeration!(pb::ActionSource, ActionSource, {
    Manual = Manual,
    Automatic = Automatic,
    Recommended = Recommended,
    Default = Default,
});

impl From<LabelingAction> for pb::LabelingAction {
    fn from(labeling: LabelingAction) -> Self {
        Self {
            action_source: number::<pb::ActionSource, _>(labeling.action_source),
            responsible_sensitive_type_ids: labeling.responsible_sensitive_type_ids.into_iter().map(text).collect(),
            label: Some(labeling.label.into()),
            actions: messages(labeling.actions),
        }
    }
}

fn labeling(message: pb::LabelingAction, depth: usize) -> Converted<LabelingAction> {
    Ok(LabelingAction {
        action_source: value::<pb::ActionSource, _>(message.action_source, "action_source")?,
        responsible_sensitive_type_ids: ids(message.responsible_sensitive_type_ids, "responsible_sensitive_type_ids")?,
        label: required(message.label, "label")?,
        actions: list_with(message.actions, "actions", |message| action(message, depth))?,
    })
}

impl From<LabelSummary> for pb::LabelSummary {
    fn from(label: LabelSummary) -> Self {
        Self {
            id: text(label.id),
            name: label.name,
            description: label.description,
            color: label.color,
            sensitivity: label.sensitivity,
            tooltip: label.tooltip,
            is_active: label.is_active,
        }
    }
}

impl TryFrom<pb::LabelSummary> for LabelSummary {
    type Error = ConversionError;

    fn try_from(message: pb::LabelSummary) -> Result<Self, Self::Error> {
        Ok(Self {
            id: id(&message.id, "id")?,
            name: message.name,
            description: message.description,
            color: message.color,
            sensitivity: message.sensitivity,
            tooltip: message.tooltip,
            is_active: message.is_active,
        })
    }
}

impl From<ContentLabel> for pb::ContentLabel {
    fn from(label: ContentLabel) -> Self {
        Self {
            label_id: text(label.label_id),
            assignment_method: number::<common::AssignmentMethod, AssignmentMethod>(label.assignment_method),
            created_at: label.created_at.map(from_second),
        }
    }
}

impl TryFrom<pb::ContentLabel> for ContentLabel {
    type Error = ConversionError;

    fn try_from(message: pb::ContentLabel) -> Result<Self, Self::Error> {
        Ok(Self {
            label_id: id(&message.label_id, "label_id")?,
            assignment_method: value::<common::AssignmentMethod, _>(message.assignment_method, "assignment_method")?,
            created_at: optional_second(message.created_at, "created_at")?,
        })
    }
}
