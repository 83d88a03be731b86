//! What audit needs to know of a change. Source: labelling semantics I.

use std::borrow::Cow;

use super::LabelChange;
use super::effects::{Effects, ProtectionEffect};
use super::item::{CurrentLabel, Item};
use crate::content::DowngradeJustification;
use crate::ids::{LabelId, TemplateId};
use crate::record::AuditProtectionEvent;
use crate::snapshot::LabelEntry;

/// `LabelEventType`: the label is more sensitive than before, or the first.
const UPGRADED: u32 = 1;
/// `LabelEventType`: the label is less sensitive than before.
pub(super) const DOWNGRADED: u32 = 2;
/// `LabelEventType`: the label is gone.
const REMOVED: u32 = 3;
/// `LabelEventType`: another label of the same order.
const SAME_ORDER: u32 = 4;

/// `ActionSource`: a standard assignment.
pub(super) const SOURCE_DEFAULT: u32 = 1;
/// `ActionSource`: automatic.
pub(super) const SOURCE_AUTO: u32 = 2;
/// `ActionSource`: a person.
pub(super) const SOURCE_MANUAL: u32 = 3;
/// `ActionSource`: recommended.
pub(super) const SOURCE_RECOMMENDED: u32 = 4;

/// Protection of an item after a change.
pub(super) struct ProtectionAfter {
    is_protected: bool,
    protection_type: Option<&'static str>,
    template_id: Option<TemplateId>,
}

impl ProtectionAfter {
    /// What a label that was applied leaves.
    pub(super) fn of(effects: &Effects<'_>) -> Self {
        let (protection_type, template_id) = match effects.protection {
            ProtectionEffect::None => (None, None),
            ProtectionEffect::Template(template) => (Some("Template"), Some(template)),
            ProtectionEffect::AdHoc | ProtectionEffect::EncryptOnly => (Some("Custom"), None),
            ProtectionEffect::DoNotForward => (Some("DoNotForward"), None),
        };
        Self {
            is_protected: protection_type.is_some(),
            protection_type,
            template_id,
        }
    }

    /// What a removal leaves: permissions a person chose stay.
    fn removal(item: &Item<'_>) -> Self {
        Self {
            is_protected: item.is_protected() && !item.has_removable_protection,
            protection_type: None,
            template_id: None,
        }
    }

    fn event(&self, item: &Item<'_>, label_changed: bool) -> AuditProtectionEvent {
        AuditProtectionEvent {
            protection_type: self.protection_type.map(Cow::Borrowed),
            template_id: self.template_id,
            is_protected: self.is_protected,
            is_protected_before: item.is_protected(),
            protection_event_type: match (item.is_protected(), self.is_protected) {
                (false, true) => Some(1),
                (true, true) if label_changed => Some(2),
                (true, false) => Some(3),
                (true, true) | (false, false) => None,
            },
        }
    }
}

/// A label was applied; source and justification are the caller's to fill in.
pub(super) fn labelled(
    item: &Item<'_>,
    current: Option<&CurrentLabel<'_>>,
    label: &LabelEntry,
    protection: &ProtectionAfter,
) -> LabelChange {
    let before = current.map(|current| current.entry.top);
    let event_type = match before.map(|before| label.top.cmp(&before)) {
        None | Some(std::cmp::Ordering::Greater) => UPGRADED,
        Some(std::cmp::Ordering::Less) => DOWNGRADED,
        Some(std::cmp::Ordering::Equal) => SAME_ORDER,
    };
    let old_label = id_of(current);
    LabelChange {
        operation: if current.is_some() {
            "SensitivityLabelUpdated"
        } else {
            "SensitivityLabelApplied"
        },
        label: Some(label.label.id),
        old_label,
        event_type: Some(event_type),
        action_source: None,
        justification: None,
        protection: Some(protection.event(item, old_label != Some(label.label.id))),
    }
}

/// The label was removed.
pub(super) fn removed(
    item: &Item<'_>,
    current: Option<&CurrentLabel<'_>>,
    justification: &DowngradeJustification,
) -> LabelChange {
    LabelChange {
        operation: "SensitivityLabelRemoved",
        label: None,
        old_label: id_of(current),
        event_type: Some(REMOVED),
        action_source: Some(SOURCE_MANUAL),
        justification: given_reason(justification),
        protection: Some(ProtectionAfter::removal(item).event(item, true)),
    }
}

fn id_of(current: Option<&CurrentLabel<'_>>) -> Option<LabelId> {
    current.map(|current| current.entry.label.id)
}

/// The reason a caller gave, if it is not blank.
pub(super) fn given_reason(justification: &DowngradeJustification) -> Option<String> {
    justification
        .justification_message
        .clone()
        .filter(|message| !message.trim().is_empty())
}
