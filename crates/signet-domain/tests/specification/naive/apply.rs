//! C: evaluateApplication.

use signet_domain::action::{Action, ContentMarking, WatermarkMarking};
use signet_domain::content::{AssignmentMethod, ContentFormat, ContentInfo, DowngradeJustification, KeyValuePair};
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::{LabelChange, LabelingOptions};
use signet_domain::label::{Label, Marking, Protection};
use signet_domain::record::AuditProtectionEvent;

use super::item::{self, Key};
use super::{Verdict, World, find, is_parent, marking, policy, protect_actions, top, wanted_bits};

pub(super) fn evaluate(world: &World<'_>, content: &ContentInfo, options: &LabelingOptions) -> Verdict {
    let extended = extended_properties(options)?;
    let label = target(world, content, options)?;
    let keys = item::keys(&content.metadata);
    let current = item::current(world, &keys);
    let requested = options.assignment_method;

    // C3
    if let Some(current) = current.filter(|current| current.id != label.id) {
        let guid = current.id.to_string();
        if item::method(&keys, &guid) == AssignmentMethod::Privileged && requested == AssignmentMethod::Standard {
            return Err(ErrorReason::PrivilegedRequired);
        }
        let is_downgrade = top(world, label) < top(world, current);
        if policy::requires_justification(world) && is_downgrade && !justified(&options.downgrade_justification) {
            return Ok((vec![Action::Justify], None));
        }
    }

    // C4
    let is_current = current.is_some_and(|current| current.id == label.id);
    if is_current && is_as_wanted(world, content, &keys, label, requested, &extended) {
        return Ok((vec![], None));
    }
    let actions = if is_current {
        let existing = item::method(&keys, &label.id.to_string());
        actions(world, content, &keys, label, requested.max(existing), &extended, true)
    } else {
        actions(world, content, &keys, label, requested, &extended, false)
    };
    let mut change = change(world, content, &keys, label);
    change.action_source = Some(match requested {
        AssignmentMethod::Standard => 1,
        AssignmentMethod::Auto => 2,
        AssignmentMethod::Privileged => 3,
    });
    if change.event_type == Some(2) {
        change.justification = reason_given(&options.downgrade_justification);
    }
    Ok((actions, Some(change)))
}

pub(super) fn justified(given: &DowngradeJustification) -> bool {
    given.is_downgrade_justified && reason_given(given).is_some()
}

pub(super) fn reason_given(given: &DowngradeJustification) -> Option<String> {
    given
        .justification_message
        .clone()
        .filter(|message| message.chars().any(|letter| !letter.is_whitespace()))
}

/// C2
fn target<'a>(world: &World<'a>, content: &ContentInfo, options: &LabelingOptions) -> Result<&'a Label, ErrorReason> {
    let asked = find(world, &options.label_id.to_string()).filter(|label| policy::has_label(world, label));
    let mut label = asked.ok_or(ErrorReason::LabelNotFound)?;
    if is_parent(world, label) {
        if !label.is_enabled {
            return Err(ErrorReason::LabelDisabled);
        }
        let default = label.default_sub_label_id.and_then(|id| find(world, &id.to_string()));
        let usable = default.filter(|sublabel| {
            sublabel.parent_id == Some(label.id) && policy::has_label(world, sublabel) && sublabel.is_enabled
        });
        label = usable.ok_or(ErrorReason::LabelNotAppliable)?;
    }
    if !label.is_enabled {
        return Err(ErrorReason::LabelDisabled);
    }
    if !label.applicable_to.contains(&content.format) {
        return Err(ErrorReason::LabelNotApplicableToFormat);
    }
    Ok(label)
}

/// C7
fn extended_properties(options: &LabelingOptions) -> Result<Vec<KeyValuePair>, ErrorReason> {
    let mut properties: Vec<KeyValuePair> = Vec::new();
    for given in &options.extended_properties {
        let prefix = format!("msip_label_{}_", options.label_id);
        let mut name = given.name.clone();
        if name.to_lowercase().starts_with(&prefix) && name.len() > prefix.len() {
            name = name[prefix.len()..].to_owned();
        }
        let unwritable = name.is_empty()
            || name.contains(char::is_whitespace)
            || name.contains(';')
            || name.contains('=')
            || item::STANDARD.contains(&name.to_lowercase().as_str());
        if unwritable || prefix.len() + name.chars().count() > 255 || given.value.chars().count() > 255 {
            return Err(ErrorReason::InvalidArgument);
        }
        let value = given.value.clone();
        match properties
            .iter_mut()
            .find(|known| known.name.to_lowercase() == name.to_lowercase())
        {
            Some(known) => known.value = value,
            None => properties.push(KeyValuePair { name, value }),
        }
    }
    Ok(properties)
}

/// C4: the conditions under which nothing is to be done.
fn is_as_wanted(
    world: &World<'_>,
    content: &ContentInfo,
    keys: &[Key],
    label: &Label,
    requested: AssignmentMethod,
    extended: &[KeyValuePair],
) -> bool {
    let guid = label.id.to_string();
    let site = item::value(keys, &guid, "SiteId").unwrap_or_default().to_lowercase();
    item::readable_bits(keys, &guid) == Some(wanted_bits(label, content.format))
        && item::value(keys, &guid, "Name") == Some(label.name.as_str())
        && site == world.tenant.id.to_string()
        && requested <= item::method(keys, &guid)
        && extended
            .iter()
            .all(|given| item::value(keys, &guid, &given.name) == Some(given.value.trim()))
        && item::value(keys, &guid, "Removed").is_none()
        && item::our_guids(world, keys) == [guid]
}

/// C6, with the differences of C4 when the label is the current one.
pub(super) fn actions(
    world: &World<'_>,
    content: &ContentInfo,
    keys: &[Key],
    label: &Label,
    method: AssignmentMethod,
    extended: &[KeyValuePair],
    is_current: bool,
) -> Vec<Action> {
    let want = wanted_bits(label, content.format);
    let has = if is_current {
        item::bits(world, content, keys, &label.id.to_string())
    } else {
        0
    };
    let old = item::old(world, content, keys);
    let is_document_or_mail =
        [ContentFormat::File, ContentFormat::Email, ContentFormat::Teamwork].contains(&content.format);
    let mut actions = remove_markings(old & !want);
    let label_removes = matches!(label.protection, Some(Protection::RemoveProtection {})) && is_document_or_mail;
    if want & 8 == 0 && (item::old8(world, content, keys) || (label_removes && !is_current)) {
        actions.push(Action::RemoveProtection);
    }
    let add = want & !has;
    if add & 1 != 0 {
        let header = label.header.as_ref().unwrap();
        actions.push(Action::AddContentHeader(text_marking(
            world,
            content,
            label,
            header,
            "MSIPCM_v1_header",
        )));
    }
    if add & 4 != 0 {
        let watermark = label.watermark.as_ref().unwrap();
        actions.push(Action::AddWatermark(WatermarkMarking {
            ui_element_name: "MSIPWM_v1_main".to_owned(),
            text: marking::resolve(world, content, label, &watermark.text),
            layout: watermark.layout,
            font_name: watermark.font_name.clone(),
            font_size: watermark.font_size,
            font_color: watermark.font_color.clone(),
        }));
    }
    if add & 2 != 0 {
        let footer = label.footer.as_ref().unwrap();
        actions.push(Action::AddContentFooter(text_marking(
            world,
            content,
            label,
            footer,
            "MSIPCM_v1_footer",
        )));
    }
    if add & 8 != 0 {
        actions.extend(protect_actions(label, content.format));
    }
    if is_document_or_mail && !is_current {
        for custom in &label.custom_actions {
            actions.push(Action::Custom {
                name: custom.name.clone(),
                properties: custom.properties.clone(),
            });
        }
    }
    actions.push(metadata(world, keys, label, method, extended, want));
    actions
}

/// C6, step 1.
pub(super) fn remove_markings(bits: u8) -> Vec<Action> {
    let mut actions = Vec::new();
    if bits & 1 != 0 {
        actions.push(Action::RemoveContentHeader {
            ui_element_names: vec!["MSIPCM_v1_header".to_owned()],
        });
    }
    if bits & 4 != 0 {
        actions.push(Action::RemoveWatermark {
            ui_element_names: vec!["MSIPWM_v1_main".to_owned()],
        });
    }
    if bits & 2 != 0 {
        actions.push(Action::RemoveContentFooter {
            ui_element_names: vec!["MSIPCM_v1_footer".to_owned()],
        });
    }
    actions
}

fn text_marking(
    world: &World<'_>,
    content: &ContentInfo,
    label: &Label,
    configured: &Marking,
    element: &str,
) -> ContentMarking {
    ContentMarking {
        ui_element_name: element.to_owned(),
        text: marking::resolve(world, content, label, &configured.text),
        font_name: configured.font_name.clone(),
        font_size: configured.font_size,
        font_color: configured.font_color.clone(),
        alignment: configured.alignment,
        margin: configured.margin,
    }
}

fn metadata(
    world: &World<'_>,
    keys: &[Key],
    label: &Label,
    method: AssignmentMethod,
    extended: &[KeyValuePair],
    want: u8,
) -> Action {
    let method = match method {
        AssignmentMethod::Standard => "Standard",
        AssignmentMethod::Auto => "Auto",
        AssignmentMethod::Privileged => "Privileged",
    };
    let mut add = vec![
        ("Enabled", "true".to_owned()),
        ("SetDate", world.now.to_owned()),
        ("Method", method.to_owned()),
        ("Name", label.name.clone()),
        ("SiteId", world.tenant.id.to_string()),
        ("ActionId", world.action_id.to_owned()),
        ("ContentBits", want.to_string()),
    ];
    add.extend(extended.iter().map(|given| (given.name.as_str(), given.value.clone())));
    let metadata_to_add: Vec<KeyValuePair> = add
        .into_iter()
        .map(|(name, value)| KeyValuePair {
            name: format!("MSIP_Label_{}_{name}", label.id),
            value,
        })
        .collect();
    let mut metadata_to_remove: Vec<String> = Vec::new();
    for key in keys {
        let is_added = metadata_to_add.iter().any(|pair| pair.name == key.spelled);
        let is_kept = key.guid == label.id.to_string()
            && item::is_extended(key)
            && !extended
                .iter()
                .any(|given| given.name.to_lowercase() == key.attribute.to_lowercase());
        let is_listed = metadata_to_remove.contains(&key.spelled);
        if item::is_ours(world, keys, &key.guid) && !is_added && !is_kept && !is_listed {
            metadata_to_remove.push(key.spelled.clone());
        }
    }
    Action::Metadata {
        metadata_to_add,
        metadata_to_remove,
    }
}

/// I: the audit facts of applying a label.
pub(super) fn change(world: &World<'_>, content: &ContentInfo, keys: &[Key], label: &Label) -> LabelChange {
    let before = item::current(world, keys);
    let event_type = match before {
        None => 1,
        Some(before) if top(world, label) > top(world, before) => 1,
        Some(before) if top(world, label) < top(world, before) => 2,
        Some(_) => 4,
    };
    let is_protected = wanted_bits(label, content.format) >= 8;
    let is_protected_before = item::old(world, content, keys) >= 8;
    let changed = before.is_none_or(|before| before.id != label.id);
    let (protection_type, template_id) = match protect_actions(label, content.format).first() {
        Some(Action::ProtectByTemplate { template_id }) => (Some("Template"), Some(*template_id)),
        Some(Action::ProtectDoNotForward) => (Some("DoNotForward"), None),
        Some(_) => (Some("Custom"), None),
        None => (None, None),
    };
    LabelChange {
        operation: if before.is_some() {
            "SensitivityLabelUpdated"
        } else {
            "SensitivityLabelApplied"
        },
        label: Some(label.id),
        old_label: before.map(|before| before.id),
        event_type: Some(event_type),
        action_source: None,
        justification: None,
        protection: Some(AuditProtectionEvent {
            protection_type: protection_type.map(std::borrow::Cow::Borrowed),
            template_id,
            is_protected,
            is_protected_before,
            protection_event_type: match (is_protected_before, is_protected) {
                (false, true) => Some(1),
                (true, true) if changed => Some(2),
                (true, false) => Some(3),
                _ => None,
            },
        }),
    }
}
