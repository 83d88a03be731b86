//! Answers of the core in the documented JSON shapes. Source: rest-api 4, 6.2.

use serde_json::{Value, json};
use signet_domain::action::{Action, ContentLabel, ContentMarking, LabelingAction};
use signet_domain::content::AssignmentMethod;
use signet_domain::error::{DomainError, ErrorKind, ErrorReason};
use signet_domain::evaluation::{RightsAndInheritance, UsageRightsIncluded};
use signet_domain::label::AutoLabelingMode;
use signet_domain::view::LabelView;
use signet_testkit::cases::Answer;

pub(crate) fn error(error: &DomainError) -> Answer {
    let (status, code) = match (error.reason, error.reason.kind()) {
        (ErrorReason::RightsAccessDenied, _) => (403, "AccessDenied"),
        (_, ErrorKind::Invalid) => (400, "invalidRequest"),
        (_, ErrorKind::NotFound) => (404, "itemNotFound"),
        (_, ErrorKind::NotAllowed) => (409, "notAllowed"),
        (reason, _) => panic!("the core never answers {reason}"),
    };
    let mut words = error.reason.name().split('_');
    let first = words.next().unwrap().to_ascii_lowercase();
    let inner = words.fold(first, |name, word| name + &word[..1] + &word[1..].to_ascii_lowercase());
    let message = &error.message;
    let is_style =
        message.starts_with(|letter: char| letter.is_lowercase() || letter == '`') && !message.ends_with('.');
    assert!(is_style, "{message}");
    Answer {
        status,
        body: Some(json!({"error": {"code": code, "message": message, "innerError": {"code": inner}}})),
        audit: None,
    }
}

pub(crate) fn actions(actions: &[Action]) -> Value {
    let value: Vec<Value> = actions.iter().map(action).collect();
    json!({
        "@odata.context": "http://localhost/beta/$metadata#Collection(microsoft.graph.security.informationProtectionAction)",
        "value": value,
    })
}

fn action(action: &Action) -> Value {
    let (name, mut members) = match action {
        Action::AddContentHeader(marking) => ("addContentHeaderAction", content_marking(marking)),
        Action::AddContentFooter(marking) => ("addContentFooterAction", content_marking(marking)),
        Action::AddWatermark(marking) => (
            "addWatermarkAction",
            json!({
                "uiElementName": marking.ui_element_name, "layout": marking.layout, "text": marking.text,
                "fontName": marking.font_name, "fontSize": marking.font_size, "fontColor": marking.font_color,
            }),
        ),
        Action::RemoveContentHeader { ui_element_names } => {
            ("removeContentHeaderAction", json!({"uiElementNames": ui_element_names}))
        }
        Action::RemoveContentFooter { ui_element_names } => {
            ("removeContentFooterAction", json!({"uiElementNames": ui_element_names}))
        }
        Action::RemoveWatermark { ui_element_names } => {
            ("removeWatermarkAction", json!({"uiElementNames": ui_element_names}))
        }
        Action::ApplyLabel(labeling) => ("applyLabelAction", labeling_action(labeling)),
        Action::RecommendLabel(labeling) => ("recommendLabelAction", labeling_action(labeling)),
        Action::Custom { name, properties } => ("customAction", json!({"name": name, "properties": properties})),
        Action::Justify => ("justifyAction", json!({})),
        Action::Metadata {
            metadata_to_add,
            metadata_to_remove,
        } => (
            "metadataAction",
            json!({"metadataToAdd": metadata_to_add, "metadataToRemove": metadata_to_remove}),
        ),
        Action::ProtectAdhoc => ("protectAdhocAction", json!({})),
        Action::ProtectByTemplate { template_id } => ("protectByTemplateAction", json!({"templateId": template_id})),
        Action::ProtectDoNotForward => ("protectDoNotForwardAction", json!({})),
        Action::RemoveProtection => ("removeProtectionAction", json!({})),
    };
    members["@odata.type"] = json!(format!("#microsoft.graph.security.{name}"));
    members
}

fn content_marking(marking: &ContentMarking) -> Value {
    json!({
        "uiElementName": marking.ui_element_name, "text": marking.text, "fontName": marking.font_name,
        "fontSize": marking.font_size, "fontColor": marking.font_color, "alignment": marking.alignment,
        "margin": marking.margin,
    })
}

fn labeling_action(labeling: &LabelingAction) -> Value {
    let label = &labeling.label;
    let actions: Vec<Value> = labeling.actions.iter().map(action).collect();
    json!({
        "actionSource": labeling.action_source,
        "responsibleSensitiveTypeIds": labeling.responsible_sensitive_type_ids,
        "sensitivityLabelId": label.id,
        "label": {
            "id": label.id, "name": label.name, "description": label.description,
            "color": label.color.as_deref().unwrap_or_default(), "sensitivity": label.sensitivity,
            "tooltip": label.tooltip, "isActive": label.is_active,
        },
        "actions": actions,
    })
}

pub(crate) fn content_label(label: &ContentLabel) -> Value {
    let created = label.created_at.map(|at| at.to_string());
    let method = match label.assignment_method {
        AssignmentMethod::Standard => "standard",
        AssignmentMethod::Auto => "auto",
        AssignmentMethod::Privileged => "privileged",
    };
    json!({
        "@odata.context": "http://localhost/beta/$metadata#microsoft.graph.security.contentLabel",
        "sensitivityLabelId": label.label_id, "assignmentMethod": method,
        "createdDateTime": created, "creationDateTime": created,
    })
}

pub(crate) fn label(view: &LabelView) -> Value {
    let source = match view.label.auto_labeling.as_ref().map(|rule| rule.mode) {
        _ if view.is_parent => "none",
        None => "manual",
        Some(AutoLabelingMode::Automatic) => "automatic",
        Some(AutoLabelingMode::Recommended) => "recommended",
    };
    json!({
        "id": view.id(), "name": view.label.name, "displayName": view.display_name,
        "description": view.label.description, "toolTip": view.tooltip, "autoTooltip": view.auto_tooltip,
        "color": view.color, "priority": view.priority, "isEnabled": view.label.is_enabled,
        "isDefault": view.is_default, "isScopedToUser": view.is_scoped_to_user,
        "hasProtection": view.label.has_protection(), "locale": view.locale, "actionSource": source,
    })
}

pub(crate) fn usage_rights(rights: &UsageRightsIncluded) -> Value {
    json!({
        "id": rights.id, "ownerEmail": rights.owner_email, "userEmail": rights.user_email,
        "value": rights.value.to_string(),
    })
}

pub(crate) fn rights_and_inheritance(result: &RightsAndInheritance) -> Value {
    let rights: Vec<Value> = result
        .content_rights
        .iter()
        .map(|content| {
            json!({
                "id": content.id, "cid": content.cid, "format": content.format_text,
                "rights": content.rights.to_string(), "label": content.label.as_ref().map(label),
            })
        })
        .collect();
    let labels: Vec<Value> = result.labels.iter().map(label).collect();
    json!({"value": {
        "inheritedLabel": result.inherited_label.as_ref().map(label),
        "contentRights": rights,
        "sensitivityLabels": labels,
    }})
}
