//! E: evaluateRemoval.

use signet_domain::action::Action;
use signet_domain::content::{ContentFormat, ContentInfo, DowngradeJustification};
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::LabelChange;
use signet_domain::record::AuditProtectionEvent;

use super::{Verdict, World, apply, item, policy};

pub(super) fn evaluate(world: &World<'_>, content: &ContentInfo, given: &DowngradeJustification) -> Verdict {
    let keys = item::keys(&content.metadata);
    if item::active_guids(world, &keys).is_empty() {
        return Ok((vec![], None));
    }
    let is_exempt_mail = content.format == ContentFormat::Email && policy::mail_is_exempt(world);
    let is_document_or_mail = [ContentFormat::File, ContentFormat::Email].contains(&content.format);
    if policy::is_mandatory(world) && is_document_or_mail && !is_exempt_mail {
        return Err(ErrorReason::LabelMandatory);
    }
    if policy::requires_justification(world) && !apply::justified(given) {
        return Ok((vec![Action::Justify], None));
    }
    let old = item::old(world, content, &keys);
    let old8 = item::old8(world, content, &keys);
    let mut actions = apply::remove_markings(old);
    if old8 {
        actions.push(Action::RemoveProtection);
    }
    let mut metadata_to_remove: Vec<String> = Vec::new();
    for key in &keys {
        if item::is_ours(world, &keys, &key.guid) && !metadata_to_remove.contains(&key.spelled) {
            metadata_to_remove.push(key.spelled.clone());
        }
    }
    actions.push(Action::Metadata {
        metadata_to_add: vec![],
        metadata_to_remove,
    });
    let stays_protected = old >= 8 && !old8;
    let change = LabelChange {
        operation: "SensitivityLabelRemoved",
        label: None,
        old_label: item::current(world, &keys).map(|before| before.id),
        event_type: Some(3),
        action_source: Some(3),
        justification: apply::reason_given(given),
        protection: Some(AuditProtectionEvent {
            protection_type: None,
            template_id: None,
            is_protected: stays_protected,
            is_protected_before: old >= 8,
            protection_event_type: match (old >= 8, stays_protected) {
                (true, true) => Some(2),
                (true, false) => Some(3),
                _ => None,
            },
        }),
    };
    Ok((actions, Some(change)))
}
