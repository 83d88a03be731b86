//! Auto-labelling rules by sensitive type, best rule first.
//!
//! Candidates are compared by group order, then automatic before recommended, then sensitivity (semantics D2). That
//! order does not depend on what was found, so it is fixed when the tenant is compiled: the first rule in it that
//! holds and may be used is the answer, and nothing after it needs to be looked at.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use smallvec::SmallVec;

use super::{LabelIndex, LabelPosition};
use crate::content::ClassificationResult;
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

/// Limits of one type, inclusive. A type the tenant does not have is absent and never found.
#[derive(Debug, Clone, Copy)]
struct Condition {
    sensitive_type: Option<u32>,
    id: SensitiveTypeId,
    limits: Limits,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
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
}

/// What a detector reported for a type of the tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    sensitive_type: u32,
    pub(crate) count: u32,
    pub(crate) confidence: u8,
}

/// A detector's report, by type; entries of one type keep their order.
#[derive(Debug)]
pub(crate) struct Findings(SmallVec<[Found; 16]>);

impl Findings {
    /// What was reported for a type.
    fn of(&self, sensitive_type: u32) -> &[Found] {
        let from = self.0.partition_point(|found| found.sensitive_type < sensitive_type);
        let rest = self.0.get(from..).unwrap_or_default();
        let until = rest
            .iter()
            .take_while(|found| found.sensitive_type == sensitive_type)
            .count();
        rest.get(..until).unwrap_or_default()
    }

    fn by_type(&self) -> impl Iterator<Item = &[Found]> {
        self.0.chunk_by(|one, next| one.sensitive_type == next.sensitive_type)
    }
}

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

    /// The findings satisfy the rule. A rule without conditions never holds.
    pub(crate) fn holds(&self, findings: &Findings) -> bool {
        match self.operator {
            Operator::And => !self.groups.is_empty() && self.groups.iter().all(|group| group.holds(findings)),
            Operator::Or => self.groups.iter().any(|group| group.holds(findings)),
        }
    }

    /// Conditions that held, in configuration order; those of groups that failed are left out.
    pub(crate) fn responsible<'a>(&'a self, findings: &'a Findings) -> impl Iterator<Item = (SensitiveTypeId, Found)> {
        self.groups
            .iter()
            .filter(|group| group.holds(findings))
            .flat_map(|group| &group.conditions)
            .filter_map(|condition| Some((condition.id, condition.first(findings)?)))
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

    /// Conditions of which at least one must hold for the rule to hold; absent when it can never hold.
    fn anchors(&self, uses: &[usize]) -> Option<Vec<&Condition>> {
        let per_group = self.groups.iter().map(|group| group.anchors(uses));
        match self.operator {
            Operator::And => {
                let anchors: Vec<Vec<&Condition>> = per_group.collect::<Option<_>>()?;
                anchors
                    .into_iter()
                    .min_by_key(|group| group.iter().map(|one| one.uses(uses)).sum::<usize>())
            }
            Operator::Or => Some(per_group.flatten().flatten().collect()),
        }
    }
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

    fn holds(&self, findings: &Findings) -> bool {
        let mut conditions = self.conditions.iter();
        match self.operator {
            Operator::And => {
                !self.conditions.is_empty() && conditions.all(|condition| condition.first(findings).is_some())
            }
            Operator::Or => conditions.any(|condition| condition.first(findings).is_some()),
        }
    }

    fn anchors(&self, uses: &[usize]) -> Option<Vec<&Condition>> {
        let known = self
            .conditions
            .iter()
            .filter(|condition| condition.sensitive_type.is_some());
        let anchors: Vec<&Condition> = match self.operator {
            Operator::And if known.clone().count() < self.conditions.len() => return None,
            Operator::And => known.min_by_key(|condition| condition.uses(uses)).into_iter().collect(),
            Operator::Or => known.collect(),
        };
        (!anchors.is_empty()).then_some(anchors)
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

    fn uses(&self, uses: &[usize]) -> usize {
        self.sensitive_type
            .and_then(|known| uses.get(usize::try_from(known).ok()?).copied())
            .unwrap_or(0)
    }
}

type TypeIndex = HashMap<SensitiveTypeId, u32>;

/// One condition that can bring a rule up.
#[derive(Debug, Clone, Copy)]
struct Posting {
    rule: u32,
    limits: Limits,
}

/// The auto-labelling rules of a tenant.
#[derive(Debug)]
pub(crate) struct RuleIndex {
    /// Best first.
    rules: Vec<Rule>,
    types: TypeIndex,
    /// By type; ascending by rule, so best first.
    postings: Vec<Vec<Posting>>,
}

impl RuleIndex {
    pub(crate) fn new(document: &TenantDocument, labels: &LabelIndex) -> Self {
        let mut types = TypeIndex::with_capacity(document.sensitive_types.len());
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
        let mut index = Self {
            rules: ranked.into_iter().map(|(_, rule)| rule).collect(),
            postings: vec![Vec::new(); types.len()],
            types,
        };
        index.post();
        index
    }

    /// Enters every rule under the types of its rarest sufficient set of conditions.
    fn post(&mut self) {
        let mut uses = vec![0_usize; self.types.len()];
        let conditions = self
            .rules
            .iter()
            .flat_map(|rule| &rule.groups)
            .flat_map(|group| &group.conditions);
        for known in conditions.filter_map(|condition| condition.sensitive_type) {
            if let Some(count) = usize::try_from(known).ok().and_then(|known| uses.get_mut(known)) {
                *count += 1;
            }
        }
        for (rule, content) in (0_u32..).zip(&self.rules) {
            for condition in content.anchors(&uses).unwrap_or_default() {
                let list = condition.sensitive_type.and_then(|known| usize::try_from(known).ok());
                if let Some(list) = list.and_then(|known| self.postings.get_mut(known)) {
                    list.push(Posting {
                        rule,
                        limits: condition.limits,
                    });
                }
            }
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
        Findings(found)
    }

    /// Rules that may hold, best first, each once.
    pub(crate) fn candidates<'a>(&'a self, findings: &'a Findings) -> Candidates<'a> {
        let mut cursors: Vec<Cursor<'a>> = Vec::new();
        let mut next = BinaryHeap::new();
        for found in findings.by_type() {
            let known = found.first().and_then(|one| usize::try_from(one.sensitive_type).ok());
            let postings = known
                .and_then(|known| self.postings.get(known))
                .map_or(&[][..], Vec::as_slice);
            let mut cursor = Cursor { postings, found };
            if let Some(rule) = cursor.advance() {
                next.push(Reverse((rule, cursors.len())));
                cursors.push(cursor);
            }
        }
        Candidates {
            index: self,
            cursors,
            next,
            last: None,
        }
    }

    /// Every rule, best first.
    pub(crate) fn all(&self) -> &[Rule] {
        &self.rules
    }
}

/// Position in the postings of one reported type.
#[derive(Debug)]
struct Cursor<'a> {
    postings: &'a [Posting],
    found: &'a [Found],
}

impl Cursor<'_> {
    /// The next rule a condition of this type brings up.
    fn advance(&mut self) -> Option<u32> {
        while let Some((posting, rest)) = self.postings.split_first() {
            self.postings = rest;
            if self.found.iter().any(|found| posting.limits.hold(found)) {
                return Some(posting.rule);
            }
        }
        None
    }
}

/// Rules that may hold, best first, each once: the merged postings of the reported types.
#[derive(Debug)]
pub(crate) struct Candidates<'a> {
    index: &'a RuleIndex,
    cursors: Vec<Cursor<'a>>,
    next: BinaryHeap<Reverse<(u32, usize)>>,
    last: Option<u32>,
}

impl<'a> Iterator for Candidates<'a> {
    type Item = &'a Rule;

    fn next(&mut self) -> Option<&'a Rule> {
        while let Some(Reverse((rule, cursor))) = self.next.pop() {
            if let Some(following) = self.cursors.get_mut(cursor).and_then(Cursor::advance) {
                self.next.push(Reverse((following, cursor)));
            }
            if self.last != Some(rule) {
                self.last = Some(rule);
                return self.index.rules.get(usize::try_from(rule).ok()?);
            }
        }
        None
    }
}
