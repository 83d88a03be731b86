//! evaluateClassificationResults. Source: labelling semantics D.

use super::change::{self, ProtectionAfter};
use super::context::{Context, Trace};
use super::decide::{Answer, too_many};
use super::effects::Effects;
use super::explain;
use super::item::{CurrentLabel, Item};
use super::labelling::Labelling;
use crate::action::{Action, ActionSource, LabelSummary, LabelingAction};
use crate::content::{AssignmentMethod, ClassificationResult, ContentFormat, ContentInfo};
use crate::error::{DomainError, ErrorReason};
use crate::label::AutoLabelingMode;
use crate::locale::localise;
use crate::record::{MatchedType, Outcome};
use crate::snapshot::{Findings, LabelEntry, Responsible, Rule};

/// Source: labelling semantics D, checks.
pub(super) fn check(results: &[ClassificationResult], most: usize) -> Result<(), DomainError> {
    too_many("results", results.len(), most)?;
    match results.iter().position(|result| result.confidence_level > 100) {
        None => Ok(()),
        Some(position) => Err(DomainError::at(
            ErrorReason::InvalidArgument,
            format!("results[{position}].confidence_level"),
            "the confidence must be a percentage from 0 to 100",
        )),
    }
}

pub(super) fn evaluate(
    context: &Context<'_>,
    content: &ContentInfo,
    item: &Item<'_>,
    results: &[ClassificationResult],
    trace: &mut Trace,
) -> Answer {
    let rules = context.snapshot.rules();
    let findings = rules.findings(results);
    trace.explain(|explanation| explanation.rules = explain::rules(context, &findings, content.format));
    let Some((rule, label, responsible)) = choose(context, &findings, content.format) else {
        trace.step("noCandidate", "D5", || {
            "no label the actor may use matches what was detected".to_owned()
        });
        return Answer::unchanged();
    };
    let matched_types = matched_types(&responsible);
    let current = item.current(context.snapshot);
    let kept = current.as_ref().and_then(|current| blocked(current, rule, label));
    if let Some((code, why)) = kept {
        trace.step(code, "D3", || format!("`{}` matches, but {why}", label.label.name));
        return Answer {
            matched_types,
            ..Answer::unchanged()
        };
    }
    trace.step("chosen", "D2", || {
        format!("`{}` is the most sensitive label that matches", label.label.name)
    });
    let is_automatic = rule.mode == AutoLabelingMode::Automatic;
    let labelling = Labelling {
        context,
        content,
        item,
        label,
        // A person accepts a recommendation. Source: labelling semantics D4.
        method: if is_automatic {
            AssignmentMethod::Standard
        } else {
            AssignmentMethod::Privileged
        },
        extended: &[],
        effects: Effects::of(&label.label, content.format),
    };
    let mut change = change::labelled(item, current.as_ref(), label, &ProtectionAfter::of(&labelling.effects));
    change.action_source = Some(if is_automatic {
        change::SOURCE_AUTO
    } else {
        change::SOURCE_RECOMMENDED
    });
    if !is_automatic {
        change.operation = "SensitivityLabelPolicyMatched";
    }
    let labeling = LabelingAction {
        action_source: if is_automatic {
            ActionSource::Automatic
        } else {
            ActionSource::Recommended
        },
        responsible_sensitive_type_ids: matched_types.iter().map(|matched| matched.sensitive_type_id).collect(),
        label: summary(context, label),
        actions: labelling.all_actions(),
    };
    Answer {
        actions: vec![if is_automatic {
            Action::ApplyLabel(labeling)
        } else {
            Action::RecommendLabel(labeling)
        }],
        label_after: Some(label.label.id),
        outcome: if is_automatic {
            Outcome::Changed
        } else {
            Outcome::Recommended
        },
        matched_types,
        change: Some(change),
    }
}

/// The best label that matches and may be used: rules come best first. Source: labelling semantics D2.
fn choose<'a>(
    context: &'a Context<'_>,
    findings: &Findings,
    format: ContentFormat,
) -> Option<(&'a Rule, &'a LabelEntry, Responsible)> {
    let labels = context.snapshot.label_index();
    context.snapshot.rules().candidates(findings).find_map(|rule| {
        let label = labels.entry(rule.label)?;
        match dropped(context, rule, label, format) {
            Some(_) => None,
            None => Some((rule, label, rule.satisfied_by(findings)?)),
        }
    })
}

/// Why a label cannot be a candidate, whatever was found. Source: labelling semantics D2.
pub(super) fn dropped(
    context: &Context<'_>,
    rule: &Rule,
    label: &LabelEntry,
    format: ContentFormat,
) -> Option<&'static str> {
    if !context.scope.publishes(rule.label) {
        Some("notPublished")
    } else if !label.label.is_enabled {
        Some("disabled")
    } else if label.is_parent() {
        Some("parent")
    } else if !label.label.applies_to(format) {
        Some("format")
    } else {
        None
    }
}

/// Why the current label stays; no other candidate is tried then. Source: labelling semantics D3.
fn blocked(current: &CurrentLabel<'_>, rule: &Rule, chosen: &LabelEntry) -> Option<(&'static str, &'static str)> {
    if current.entry.label.sensitivity >= chosen.label.sensitivity {
        return Some(("notMoreSensitive", "the current label is as sensitive or more"));
    }
    let by_person = current.marks.method == AssignmentMethod::Privileged;
    (by_person && rule.mode == AutoLabelingMode::Automatic).then_some((
        "manualLabelKept",
        "automatic labelling never replaces a label a person chose",
    ))
}

/// Responsible types, each once, with the first entry that satisfied the first of its conditions.
fn matched_types(responsible: &Responsible) -> Vec<MatchedType> {
    let mut matched: Vec<MatchedType> = Vec::with_capacity(responsible.len());
    for (sensitive_type_id, found) in responsible {
        if matched.iter().all(|one| one.sensitive_type_id != *sensitive_type_id) {
            matched.push(MatchedType {
                sensitive_type_id: *sensitive_type_id,
                count: found.count,
                confidence: found.confidence,
            });
        }
    }
    matched
}

fn summary(context: &Context<'_>, entry: &LabelEntry) -> LabelSummary {
    let label = &entry.label;
    LabelSummary {
        id: label.id,
        name: label.name.clone(),
        description: label.description.clone(),
        color: context.snapshot.label_index().color(entry).map(str::to_owned),
        sensitivity: label.sensitivity,
        tooltip: localise(label, context.locale, context.snapshot.default_locale())
            .tooltip()
            .to_owned(),
        is_active: label.is_enabled,
    }
}
