//! D: evaluateClassificationResults.

use signet_domain::action::{Action, ActionSource, LabelSummary, LabelingAction};
use signet_domain::content::{AssignmentMethod, ClassificationResult, ContentInfo};
use signet_domain::ids::SensitiveTypeId;
use signet_domain::label::{AutoLabelingMode, ConditionGroup, Label, Operator, SensitiveTypeCondition};

use super::{Verdict, World, apply, find, is_parent, item, marking, policy, top};

pub(super) fn evaluate(world: &World<'_>, content: &ContentInfo, results: &[ClassificationResult]) -> Verdict {
    // D2
    let mut candidates: Vec<&Label> = world
        .tenant
        .labels
        .iter()
        .filter(|label| matches(world, label, results))
        .filter(|label| policy::has_label(world, label) && label.is_enabled && !is_parent(world, label))
        .filter(|label| label.applicable_to.contains(&content.format))
        .collect();
    let highest = candidates.iter().map(|label| top(world, label)).max();
    candidates.retain(|label| Some(top(world, label)) == highest);
    if candidates.iter().any(|label| is_automatic(label)) {
        candidates.retain(|label| is_automatic(label));
    }
    let Some(chosen) = candidates.into_iter().max_by_key(|label| label.sensitivity) else {
        return Ok((vec![], None));
    };

    // D3
    let keys = item::keys(&content.metadata);
    if let Some(current) = item::current(world, &keys) {
        let by_person = item::method(&keys, &current.id.to_string()) == AssignmentMethod::Privileged;
        if current.sensitivity >= chosen.sensitivity || (is_automatic(chosen) && by_person) {
            return Ok((vec![], None));
        }
    }

    // D4
    let method = if is_automatic(chosen) {
        AssignmentMethod::Standard
    } else {
        AssignmentMethod::Privileged
    };
    let mut change = apply::change(world, content, &keys, chosen);
    change.action_source = Some(if is_automatic(chosen) { 2 } else { 4 });
    if !is_automatic(chosen) {
        change.operation = "SensitivityLabelPolicyMatched";
    }
    let labeling = LabelingAction {
        action_source: if is_automatic(chosen) {
            ActionSource::Automatic
        } else {
            ActionSource::Recommended
        },
        responsible_sensitive_type_ids: responsible(world, chosen, results),
        label: LabelSummary {
            id: chosen.id,
            name: chosen.name.clone(),
            description: chosen.description.clone(),
            color: color(world, chosen),
            sensitivity: chosen.sensitivity,
            tooltip: marking::localised(world, chosen, |texts| texts.tooltip.as_ref(), &chosen.tooltip),
            is_active: chosen.is_enabled,
        },
        actions: apply::actions(world, content, &keys, chosen, method, &[], false),
    };
    let action = if is_automatic(chosen) {
        Action::ApplyLabel(labeling)
    } else {
        Action::RecommendLabel(labeling)
    };
    Ok((vec![action], Some(change)))
}

fn is_automatic(label: &Label) -> bool {
    label
        .auto_labeling
        .as_ref()
        .is_some_and(|rule| rule.mode == AutoLabelingMode::Automatic)
}

fn color(world: &World<'_>, label: &Label) -> Option<String> {
    let parent = label.parent_id.and_then(|id| find(world, &id.to_string()));
    label.color.clone().or(parent.and_then(|parent| parent.color.clone()))
}

/// D1: one result entry satisfies all limits. Types not in the tenant are ignored.
fn holds(world: &World<'_>, condition: &SensitiveTypeCondition, results: &[ClassificationResult]) -> bool {
    let is_known = world
        .tenant
        .sensitive_types
        .iter()
        .any(|known| known.id == condition.id);
    is_known
        && results.iter().any(|result| {
            result.sensitive_type_id == condition.id
                && result.count >= condition.min_count
                && (condition.max_count == -1 || i64::from(result.count) <= condition.max_count)
                && result.confidence_level >= condition.min_confidence
                && result.confidence_level <= condition.max_confidence
        })
}

/// Nothing holds where there is nothing to hold.
fn group_holds(world: &World<'_>, group: &ConditionGroup, results: &[ClassificationResult]) -> bool {
    let held: Vec<bool> = group
        .sensitive_types
        .iter()
        .map(|condition| holds(world, condition, results))
        .collect();
    combine(group.operator, &held)
}

fn combine(operator: Operator, held: &[bool]) -> bool {
    match operator {
        Operator::And => !held.is_empty() && held.iter().all(|held| *held),
        Operator::Or => held.iter().any(|held| *held),
    }
}

fn matches(world: &World<'_>, label: &Label, results: &[ClassificationResult]) -> bool {
    let Some(rule) = &label.auto_labeling else { return false };
    let held: Vec<bool> = rule
        .conditions
        .groups
        .iter()
        .map(|group| group_holds(world, group, results))
        .collect();
    combine(rule.conditions.operator, &held)
}

/// D4: ids of the conditions that held, in configuration order, failed groups excluded, no duplicates.
fn responsible(world: &World<'_>, label: &Label, results: &[ClassificationResult]) -> Vec<SensitiveTypeId> {
    let mut ids: Vec<SensitiveTypeId> = Vec::new();
    for group in &label.auto_labeling.as_ref().unwrap().conditions.groups {
        if group_holds(world, group, results) {
            for condition in &group.sensitive_types {
                if holds(world, condition, results) && !ids.contains(&condition.id) {
                    ids.push(condition.id);
                }
            }
        }
    }
    ids
}
