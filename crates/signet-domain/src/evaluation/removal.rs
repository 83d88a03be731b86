//! evaluateRemoval. Source: labelling semantics E.

use std::collections::HashSet;

use super::change;
use super::context::{Context, Trace};
use super::decide::Answer;
use super::item::Item;
use super::labelling::remove_markings;
use crate::action::Action;
use crate::content::{ContentFormat, DowngradeJustification};
use crate::error::{DomainError, ErrorReason};
use crate::metadata::ContentBits;
use crate::record::Outcome;

pub(super) fn evaluate(
    context: &Context<'_>,
    item: &Item<'_>,
    justification: &DowngradeJustification,
    trace: &mut Trace,
) -> Result<Answer, DomainError> {
    if item.metadata.active().next().is_none() {
        trace.step("nothingToRemove", "E1", || {
            "the item carries no active label of the tenant".to_owned()
        });
        return Ok(Answer::unchanged());
    }
    if is_mandatory(context, item.format) {
        return Err(DomainError::new(
            ErrorReason::LabelMandatory,
            "labelling is mandatory here, so apply another label instead of removing this one",
        ));
    }
    if context.scope.requires_justification() && !justification.is_justified() {
        trace.step("justificationRequired", "E3", || {
            "removing a label needs a justification".to_owned()
        });
        return Ok(Answer::justification_required());
    }
    trace.step("removed", "E4", || {
        "everything the tenant's labels left on the item is removed".to_owned()
    });
    let mut actions = Vec::with_capacity(5);
    remove_markings(item.bits, ContentBits::default(), &mut actions);
    if item.has_removable_protection {
        actions.push(Action::RemoveProtection);
    }
    let mut seen = HashSet::new();
    let keys = item
        .metadata
        .our_keys()
        .map(|own| own.key)
        .filter(|key| seen.insert(*key));
    actions.push(Action::Metadata {
        metadata_to_add: Vec::new(),
        metadata_to_remove: keys.map(str::to_owned).collect(),
    });
    Ok(Answer {
        actions,
        outcome: Outcome::Changed,
        change: Some(change::removed(
            item,
            item.current(context.snapshot).as_ref(),
            justification,
        )),
        ..Answer::unchanged()
    })
}

/// With mandatory labelling a label can be changed, not removed. Source: labelling semantics E2.
fn is_mandatory(context: &Context<'_>, format: ContentFormat) -> bool {
    let mail_is_exempt = context.scope.settings.disable_mandatory_in_outlook.unwrap_or(false);
    context.scope.is_mandatory()
        && match format {
            ContentFormat::File => true,
            ContentFormat::Email => !mail_is_exempt,
            ContentFormat::Site
            | ContentFormat::UnifiedGroup
            | ContentFormat::Teamwork
            | ContentFormat::SchematizedData => false,
        }
}
