//! evaluateApplication. Source: labelling semantics C.

use super::LabelingOptions;
use super::change::{self, ProtectionAfter};
use super::context::{Context, Trace};
use super::decide::Answer;
use super::effects::Effects;
use super::extended;
use super::item::{CurrentLabel, Item};
use super::labelling::Labelling;
use crate::content::{AssignmentMethod, ContentFormat, ContentInfo};
use crate::error::{DomainError, ErrorReason};
use crate::query::not_found;
use crate::record::Outcome;
use crate::snapshot::{LabelEntry, LabelPosition};

const TARGET: &str = "labeling.label_id";

pub(super) fn evaluate(
    context: &Context<'_>,
    content: &ContentInfo,
    item: &Item<'_>,
    options: &LabelingOptions,
    trace: &mut Trace,
) -> Result<Answer, DomainError> {
    let extended = extended::checked(&options.extended_properties, options.label_id)?;
    let (position, label) = target(context, options, content.format, trace)?;
    let current = item.current(context.snapshot);
    let same = current.filter(|current| current.position == position);
    let other = current.filter(|current| current.position != position);
    if let Some(other) = &other {
        may_replace(other, label, options.assignment_method)?;
        if needs_justification(context, other, label, options, trace) {
            return Ok(Answer::justification_required());
        }
    }
    let existing = same.map_or(AssignmentMethod::Standard, |same| same.marks.method);
    let labelling = Labelling {
        context,
        content,
        item,
        label,
        // A method is never lowered. Source: labelling semantics C4.
        method: existing.max(options.assignment_method),
        extended: &extended,
        effects: Effects::of(&label.label, content.format),
    };
    let actions = match &same {
        Some(same) => labelling.missing_actions(same, options.assignment_method),
        None => labelling.all_actions(),
    };
    if actions.is_empty() {
        trace.step("alreadyApplied", "C4", || {
            format!("the item carries `{}` as it should be", label.label.name)
        });
        return Ok(Answer::unchanged());
    }
    explain_actions(same.is_some(), label, trace);
    let mut change = change::labelled(item, current.as_ref(), label, &ProtectionAfter::of(&labelling.effects));
    change.action_source = Some(match options.assignment_method {
        AssignmentMethod::Standard => change::SOURCE_DEFAULT,
        AssignmentMethod::Auto => change::SOURCE_AUTO,
        AssignmentMethod::Privileged => change::SOURCE_MANUAL,
    });
    if change.event_type == Some(change::DOWNGRADED) {
        change.justification = change::given_reason(&options.downgrade_justification);
    }
    Ok(Answer {
        actions,
        label_after: Some(label.label.id),
        outcome: Outcome::Changed,
        change: Some(change),
        ..Answer::unchanged()
    })
}

/// The label to apply: the one asked for, or a parent's default sublabel. Source: labelling semantics C2.
fn target<'a>(
    context: &'a Context<'_>,
    options: &LabelingOptions,
    format: ContentFormat,
    trace: &mut Trace,
) -> Result<(LabelPosition, &'a LabelEntry), DomainError> {
    let labels = context.snapshot.label_index();
    let published = |position: &LabelPosition| context.scope.publishes(*position);
    let asked = labels.position(options.label_id).filter(published);
    let (mut position, mut entry) = asked
        .and_then(|position| Some((position, labels.entry(position)?)))
        .ok_or_else(|| DomainError {
            target: Some(TARGET.to_owned()),
            ..not_found(options.label_id)
        })?;
    if entry.is_parent() {
        check_enabled(entry)?;
        let sublabel = entry
            .label
            .default_sub_label_id
            .and_then(|id| labels.position(id))
            .filter(published);
        let usable = sublabel
            .filter(|sublabel| entry.sublabels.contains(sublabel))
            .and_then(|sublabel| Some((sublabel, labels.entry(sublabel)?)))
            .filter(|(_, sublabel)| sublabel.label.is_enabled);
        let parent = entry;
        (position, entry) = usable.ok_or_else(|| not_appliable(parent))?;
        trace.step("defaultSublabel", "C2", || {
            format!(
                "`{}` has sublabels, so its default `{}` is applied",
                parent.label.name, entry.label.name
            )
        });
    }
    check_enabled(entry)?;
    if !entry.label.applies_to(format) {
        let message = format!(
            "label `{}` is not for items of format `{}`",
            entry.label.name,
            format.name()
        );
        return Err(DomainError::at(
            ErrorReason::LabelNotApplicableToFormat,
            TARGET,
            message,
        ));
    }
    Ok((position, entry))
}

fn check_enabled(entry: &LabelEntry) -> Result<(), DomainError> {
    if entry.label.is_enabled {
        return Ok(());
    }
    let message = format!("label `{}` is disabled, so apply another one", entry.label.name);
    Err(DomainError::at(ErrorReason::LabelDisabled, TARGET, message))
}

fn not_appliable(parent: &LabelEntry) -> DomainError {
    let message = format!(
        "label `{}` has sublabels and no usable default, so apply one of them",
        parent.label.name
    );
    DomainError::at(ErrorReason::LabelNotAppliable, TARGET, message)
}

/// Source: labelling semantics C3, step 1.
fn may_replace(current: &CurrentLabel<'_>, label: &LabelEntry, requested: AssignmentMethod) -> Result<(), DomainError> {
    if current.marks.method != AssignmentMethod::Privileged || requested != AssignmentMethod::Standard {
        return Ok(());
    }
    let message = format!(
        "the item carries `{}`, chosen by a person, so apply `{}` with method `privileged` or `auto`",
        current.entry.label.name, label.label.name
    );
    Err(DomainError::at(
        ErrorReason::PrivilegedRequired,
        "labeling.assignment_method",
        message,
    ))
}

/// Source: labelling semantics C3, step 2.
fn needs_justification(
    context: &Context<'_>,
    current: &CurrentLabel<'_>,
    label: &LabelEntry,
    options: &LabelingOptions,
    trace: &mut Trace,
) -> bool {
    if label.top >= current.entry.top || !context.scope.requires_justification() {
        return false;
    }
    let justified = options.downgrade_justification.is_justified();
    let code = if justified {
        "downgradeJustified"
    } else {
        "justificationRequired"
    };
    trace.step(code, "C3", || {
        format!(
            "going from `{}` down to `{}` needs a justification",
            current.entry.label.name, label.label.name
        )
    });
    !justified
}

fn explain_actions(is_current: bool, label: &LabelEntry, trace: &mut Trace) {
    let name = &label.label.name;
    if is_current {
        trace.step("refreshed", "C4", || {
            format!("the item carries `{name}`, but not all of it is as it should be")
        });
    } else {
        trace.step("newLabel", "C6", || format!("the item gets `{name}`"));
    }
}
