//! Why auto-labelling rules matched or not.

use super::classification::dropped;
use super::context::Context;
use crate::action::{ConditionReason, RuleReason};
use crate::content::ContentFormat;
use crate::label::{Label, SensitiveTypeCondition};
use crate::snapshot::{ConditionMatch, Findings, Found, LabelEntry, Rule};

/// Most rules explained.
const MAX_RULES: usize = 200;

/// Rules that name a type that was reported, best first, at most 200. Of those that match, the first that was not
/// dropped is the one chosen.
pub(super) fn rules(context: &Context<'_>, findings: &Findings, format: ContentFormat) -> Vec<RuleReason> {
    let labels = context.snapshot.label_index();
    let mut is_chosen = false;
    context
        .snapshot
        .rules()
        .all()
        .iter()
        .filter(|rule| rule.conditions(findings).any(|condition| !condition.found.is_empty()))
        .filter_map(|rule| Some((rule, labels.entry(rule.label)?)))
        .take(MAX_RULES)
        .map(|(rule, entry)| {
            let matched = rule.satisfied_by(findings).is_some();
            let mut why = dropped(context, rule, entry, format);
            if matched && why.is_none() {
                why = is_chosen.then_some("lessSensitive");
                is_chosen = true;
            }
            reason(rule, entry, findings, matched, why.filter(|_| matched))
        })
        .collect()
}

fn reason(rule: &Rule, entry: &LabelEntry, findings: &Findings, matched: bool, why: Option<&str>) -> RuleReason {
    let configured = configured(&entry.label);
    RuleReason {
        label_id: entry.label.id,
        matched,
        conditions: rule
            .conditions(findings)
            .zip(configured)
            .map(|(condition, (group, limits))| condition_reason(&condition, group, limits))
            .collect(),
        dropped: why.map(str::to_owned),
    }
}

/// Conditions in configuration order with the names of their groups.
fn configured(label: &Label) -> Vec<(&str, &SensitiveTypeCondition)> {
    let groups = label.auto_labeling.iter().flat_map(|rule| &rule.conditions.groups);
    groups
        .flat_map(|group| {
            group
                .sensitive_types
                .iter()
                .map(|condition| (group.name.as_str(), condition))
        })
        .collect()
}

fn condition_reason(condition: &ConditionMatch<'_>, group: &str, limits: &SensitiveTypeCondition) -> ConditionReason {
    let most = u32::try_from(limits.max_count).map_or_else(|_| "any".to_owned(), |most| most.to_string());
    let found: Vec<String> = condition.found.iter().map(found_text).collect();
    ConditionReason {
        group: group.to_owned(),
        sensitive_type_id: limits.id,
        held: condition.held,
        wanted: format!(
            "count {}..={most}, confidence {}..={}",
            limits.min_count, limits.min_confidence, limits.max_confidence
        ),
        found: if found.is_empty() {
            "nothing".to_owned()
        } else {
            found.join("; ")
        },
    }
}

fn found_text(found: &Found) -> String {
    format!("count {}, confidence {}", found.count, found.confidence)
}
