//! Auto-labelling rules, best rule first.
//!
//! Candidates are compared by group order, then automatic before recommended, then sensitivity (semantics D2). That
//! order does not depend on what was found, so it is fixed when the tenant is compiled: the first rule in it that
//! holds and may be used is the answer, and nothing after it needs to be looked at.

use std::cmp::Reverse;
use std::collections::HashMap;

use smallvec::SmallVec;

use super::screen::Screen;
use super::{LabelIndex, LabelPosition};
use crate::content::ClassificationResult;
use crate::id_hash::IdHash;
use crate::ids::SensitiveTypeId;
use crate::label::{AutoLabelingMode, ConditionGroup, Conditions, Operator, SensitiveTypeCondition};
use crate::tenant::TenantDocument;

/// The auto-labelling rule of one label.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) label: LabelPosition,
    pub(crate) mode: AutoLabelingMode,
    operator: Operator,
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    operator: Operator,
    conditions: Vec<Condition>,
}

/// Limits of one type. A type the tenant does not have is absent and never found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition {
    sensitive_type: Option<u32>,
    id: SensitiveTypeId,
    pub(super) limits: Limits,
}

/// Inclusive limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Limits {
    count: (u32, u32),
    confidence: (u8, u8),
}

impl Limits {
    fn new(condition: &SensitiveTypeCondition) -> Self {
        // -1 is unlimited.
        let max_count = u32::try_from(condition.max_count).unwrap_or(u32::MAX);
        Self {
            count: (condition.min_count, max_count),
            confidence: (condition.min_confidence, condition.max_confidence),
        }
    }

    /// One entry must satisfy all limits; entries are not added up. Source: labelling semantics D1.
    fn hold(self, found: &Found) -> bool {
        (self.count.0..=self.count.1).contains(&found.count)
            && (self.confidence.0..=self.confidence.1).contains(&found.confidence)
    }

    /// What satisfies both; possibly nothing.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            count: (self.count.0.max(other.count.0), self.count.1.min(other.count.1)),
            confidence: (
                self.confidence.0.max(other.confidence.0),
                self.confidence.1.min(other.confidence.1),
            ),
        }
    }

    /// What satisfies one of them, and what lies between.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            count: (self.count.0.min(other.count.0), self.count.1.max(other.count.1)),
            confidence: (
                self.confidence.0.min(other.confidence.0),
                self.confidence.1.max(other.confidence.1),
            ),
        }
    }

    pub(super) fn hold_any(self, found: &[Found]) -> bool {
        found.iter().any(|found| self.hold(found))
    }
}

/// What a detector reported for a type of the tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    sensitive_type: u32,
    pub(crate) count: u32,
    pub(crate) confidence: u8,
}

impl Found {
    pub(super) fn type_index(&self) -> usize {
        usize::try_from(self.sensitive_type).unwrap_or(usize::MAX)
    }
}

/// A detector's report, by type; entries of one type keep their order.
#[derive(Debug)]
pub(crate) struct Findings {
    found: SmallVec<[Found; 16]>,
    /// A bit per reported type modulo 64, to tell quickly that most types were not reported.
    hint: u64,
}

impl Findings {
    /// What was reported for a type.
    fn of(&self, sensitive_type: u32) -> &[Found] {
        if self.hint & (1 << (sensitive_type % 64)) == 0 {
            return &[];
        }
        let from = self
            .found
            .partition_point(|found| found.sensitive_type < sensitive_type);
        let rest = self.found.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|found| found.sensitive_type == sensitive_type))
            .unwrap_or_default()
    }

    pub(super) fn by_type(&self) -> impl Iterator<Item = &[Found]> {
        self.found
            .chunk_by(|one, next| one.sensitive_type == next.sensitive_type)
    }
}

/// A condition that held, with the first entry that satisfied it.
pub(crate) type Responsible = SmallVec<[(SensitiveTypeId, Found); 8]>;

/// A condition looked at, for explanations.
pub(crate) struct ConditionMatch<'a> {
    /// An entry satisfied it.
    pub(crate) held: bool,
    /// Everything reported for the type.
    pub(crate) found: &'a [Found],
}

impl Rule {
    fn new(label: LabelPosition, mode: AutoLabelingMode, conditions: &Conditions, types: &TypeIndex) -> Self {
        Self {
            label,
            mode,
            operator: conditions.operator,
            groups: conditions.groups.iter().map(|group| Group::new(group, types)).collect(),
        }
    }

    /// When the findings satisfy the rule: the conditions that held, in configuration order, without those of groups
    /// that failed. A rule or group without conditions never holds. Source: labelling semantics D1, D4.
    pub(crate) fn satisfied_by(&self, findings: &Findings) -> Option<Responsible> {
        let mut responsible = Responsible::new();
        let mut satisfied = 0;
        for group in &self.groups {
            if group.collect(findings, &mut responsible) {
                satisfied += 1;
            } else if self.operator == Operator::And {
                return None;
            }
        }
        (satisfied > 0).then_some(responsible)
    }

    /// Every condition, in configuration order.
    pub(crate) fn conditions<'a>(&'a self, findings: &'a Findings) -> impl Iterator<Item = ConditionMatch<'a>> {
        let conditions = self.groups.iter().flat_map(|group| &group.conditions);
        conditions.map(|condition| ConditionMatch {
            held: condition.first(findings).is_some(),
            found: condition
                .sensitive_type
                .map(|known| findings.of(known))
                .unwrap_or_default(),
        })
    }

    /// The types of its conditions, as often as they occur.
    pub(super) fn types(&self) -> impl Iterator<Item = usize> {
        self.groups
            .iter()
            .flat_map(|group| &group.conditions)
            .filter_map(Condition::type_index)
    }

    /// Sets of conditions of which at least one must hold for the rule to hold; absent when it can never hold.
    pub(super) fn clauses(&self, uses: &[usize]) -> Option<Vec<Vec<&Condition>>> {
        match self.operator {
            Operator::And => {
                let groups: Vec<_> = self.groups.iter().map(Group::clauses).collect::<Option<_>>()?;
                Some(groups.concat()).filter(|clauses| !clauses.is_empty())
            }
            Operator::Or => {
                // One group must hold, so one of their rarest clauses must.
                let rarest = |clauses: Vec<Vec<_>>| clauses.into_iter().min_by_key(|clause| clause_uses(clause, uses));
                let any: Vec<&Condition> = self
                    .groups
                    .iter()
                    .filter_map(Group::clauses)
                    .filter_map(rarest)
                    .flatten()
                    .collect();
                (!any.is_empty()).then(|| vec![any])
            }
        }
    }
}

/// How often the types of a clause occur in the tenant: the fewer, the fewer rules pass it.
pub(super) fn clause_uses(clause: &[&Condition], uses: &[usize]) -> usize {
    let uses_of = |condition: &&Condition| uses.get(condition.type_index()?).copied();
    clause.iter().filter_map(uses_of).sum()
}

impl Group {
    fn new(group: &ConditionGroup, types: &TypeIndex) -> Self {
        let compile = |condition: &SensitiveTypeCondition| Condition {
            sensitive_type: types.get(&condition.id).copied(),
            id: condition.id,
            limits: Limits::new(condition),
        };
        Self {
            operator: group.operator,
            conditions: group.sensitive_types.iter().map(compile).collect(),
        }
    }

    /// Whether the group holds; if so, its conditions that held are added.
    fn collect(&self, findings: &Findings, responsible: &mut Responsible) -> bool {
        let before = responsible.len();
        for condition in &self.conditions {
            match condition.first(findings) {
                Some(found) => responsible.push((condition.id, found)),
                None if self.operator == Operator::And => {
                    responsible.truncate(before);
                    return false;
                }
                None => {}
            }
        }
        responsible.len() > before
    }

    /// Absent when the group can never hold: nothing to hold, or a condition on an unknown type that must.
    fn clauses(&self) -> Option<Vec<Vec<&Condition>>> {
        let known: Vec<&Condition> = self
            .conditions
            .iter()
            .filter(|one| one.sensitive_type.is_some())
            .collect();
        let complete = known.len() == self.conditions.len();
        match self.operator {
            _ if known.is_empty() => None,
            Operator::Or => Some(vec![known]),
            Operator::And => complete.then(|| known.into_iter().map(|condition| vec![condition]).collect()),
        }
    }
}

impl Condition {
    fn first(&self, findings: &Findings) -> Option<Found> {
        findings
            .of(self.sensitive_type?)
            .iter()
            .find(|found| self.limits.hold(found))
            .copied()
    }

    pub(super) fn type_index(&self) -> Option<usize> {
        usize::try_from(self.sensitive_type?).ok()
    }
}

type TypeIndex = HashMap<SensitiveTypeId, u32, IdHash>;

/// The auto-labelling rules of a tenant.
#[derive(Debug)]
pub(crate) struct RuleIndex {
    /// Best first.
    rules: Vec<Rule>,
    types: TypeIndex,
    screen: Screen,
}

impl RuleIndex {
    pub(crate) fn new(document: &TenantDocument, labels: &LabelIndex) -> Self {
        let mut types = TypeIndex::with_capacity_and_hasher(document.sensitive_types.len(), IdHash::default());
        for sensitive_type in &document.sensitive_types {
            let next = u32::try_from(types.len()).unwrap_or(u32::MAX);
            types.entry(sensitive_type.id).or_insert(next);
        }
        let mut ranked: Vec<(_, Rule)> = labels
            .positions()
            .filter_map(|position| Some((position, labels.entry(position)?)))
            .filter_map(|(position, entry)| {
                let rule = entry.label.auto_labeling.as_ref()?;
                let rank = (
                    entry.top,
                    rule.mode == AutoLabelingMode::Automatic,
                    entry.label.sensitivity,
                );
                Some((Reverse(rank), Rule::new(position, rule.mode, &rule.conditions, &types)))
            })
            .collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let rules: Vec<Rule> = ranked.into_iter().map(|(_, rule)| rule).collect();
        Self {
            screen: Screen::new(&rules, types.len()),
            rules,
            types,
        }
    }

    /// A report restricted to the tenant's types. Source: labelling semantics D1.
    pub(crate) fn findings(&self, results: &[ClassificationResult]) -> Findings {
        let mut found: SmallVec<[Found; 16]> = results
            .iter()
            .filter_map(|result| {
                Some(Found {
                    sensitive_type: self.types.get(&result.sensitive_type_id).copied()?,
                    count: result.count,
                    confidence: result.confidence_level,
                })
            })
            .collect();
        found.sort_by_key(|found| found.sensitive_type);
        let hint = found
            .iter()
            .fold(0, |hint, found| hint | 1 << (found.sensitive_type % 64));
        Findings { found, hint }
    }

    /// Rules that may hold, best first. All that do hold are among them.
    pub(crate) fn candidates(&self, findings: &Findings) -> impl Iterator<Item = &Rule> {
        let words = self.screen.pass(findings).into_iter().enumerate();
        words
            .flat_map(|(place, word)| bits(word).map(move |bit| place * 64 + bit))
            .filter_map(|number| self.rules.get(number))
    }

    /// Every rule, best first.
    pub(crate) fn all(&self) -> &[Rule] {
        &self.rules
    }
}

/// Positions of the bits of a word, ascending.
fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = usize::try_from(word.trailing_zeros()).ok().filter(|_| word != 0)?;
        word &= word - 1;
        Some(bit)
    })
}
