//! Finds the few rules that may hold among all of a tenant without looking at each.
//!
//! A rule holds only if each of its clauses does: sets of conditions of which at least one must hold. The rarest
//! clauses of every rule are entered by sensitive type and limits. Looking up what was found gives one set of rules
//! per clause, and their intersection holds nearly nothing but rules that match.

use std::collections::HashMap;

use super::rules::{Condition, Findings, Found, Limits, Rule, clause_uses};

/// Clauses entered per rule; the others are only checked on the rules that remain.
const CLAUSES: usize = 5;

/// The rarest clauses of all rules.
#[derive(Debug)]
pub(super) struct Screen {
    places: [Place; CLAUSES],
}

/// The clauses in one place of the rules' order of rarity.
#[derive(Debug)]
struct Place {
    /// Rules without a clause in this place: nothing more is asked of them.
    unasked: Vec<u64>,
    /// By sensitive type.
    by_type: Vec<Postings>,
}

/// Rules with a condition on one type.
#[derive(Debug, Default)]
struct Postings {
    /// Limits that hold only if those of every entry do, and limits that hold if those of any entry do.
    bounds: Option<(Limits, Limits)>,
    /// All the rules.
    all: Vec<u64>,
    entries: Vec<Entry>,
}

/// Where conditions of a type and limits stand among the entries of the type.
type Entered = HashMap<(usize, Limits), usize>;

/// Rules with a condition of the same type and limits.
#[derive(Debug)]
struct Entry {
    limits: Limits,
    /// Words of a set of rules, with their place.
    rules: Vec<(usize, u64)>,
}

impl Screen {
    /// Enters every rule; `types` is the number of sensitive types.
    pub(super) fn new(rules: &[Rule], types: usize) -> Self {
        let mut uses = vec![0_usize; types];
        for known in rules.iter().flat_map(Rule::types) {
            if let Some(count) = uses.get_mut(known) {
                *count += 1;
            }
        }
        let words = rules.len().div_ceil(64);
        let mut screen = Self {
            places: std::array::from_fn(|_| Place {
                unasked: vec![0; words],
                by_type: std::iter::repeat_with(Postings::default).take(types).collect(),
            }),
        };
        let mut entered: [Entered; CLAUSES] = std::array::from_fn(|_| Entered::new());
        for (number, rule) in rules.iter().enumerate() {
            let Some(mut clauses) = rule.clauses(&uses) else {
                continue;
            };
            clauses.sort_by_key(|clause| clause_uses(clause, &uses));
            let mut clauses = clauses.iter();
            for (place, entered) in screen.places.iter_mut().zip(&mut entered) {
                match clauses.next() {
                    Some(clause) => clause
                        .iter()
                        .for_each(|condition| place.enter(number, condition, entered)),
                    None => add(&mut place.unasked, number / 64, bit(number)),
                }
            }
        }
        screen
    }

    /// Rules that may hold, as a set; most sets are nearly empty.
    pub(super) fn pass(&self, findings: &Findings) -> Vec<u64> {
        let mut passed: Vec<u64> = Vec::new();
        let mut set: Vec<u64> = Vec::new();
        for (number, place) in self.places.iter().enumerate() {
            set.clone_from(&place.unasked);
            for found in findings.by_type() {
                if let Some(postings) = found.first().and_then(|one| place.by_type.get(one.type_index())) {
                    postings.add_held(found, &mut set);
                }
            }
            if number == 0 {
                passed.clone_from(&set);
            } else {
                passed.iter_mut().zip(&set).for_each(|(word, other)| *word &= other);
            }
            if passed.iter().all(|word| *word == 0) {
                return Vec::new();
            }
        }
        passed
    }
}

impl Place {
    fn enter(&mut self, rule: usize, condition: &Condition, entered: &mut Entered) {
        let words = self.unasked.len();
        let Some(known) = condition.type_index() else { return };
        let Some(postings) = self.by_type.get_mut(known) else {
            return;
        };
        let limits = condition.limits;
        postings.bounds = Some(match postings.bounds {
            None => (limits, limits),
            Some((strictest, loosest)) => (strictest.and(limits), loosest.or(limits)),
        });
        postings.all.resize(words, 0);
        add(&mut postings.all, rule / 64, bit(rule));
        let entries = &mut postings.entries;
        let place = *entered.entry((known, limits)).or_insert_with(|| {
            entries.push(Entry {
                limits,
                rules: Vec::new(),
            });
            entries.len() - 1
        });
        let Some(entry) = entries.get_mut(place) else { return };
        match entry.rules.last_mut() {
            Some((word, bits)) if *word == rule / 64 => *bits |= bit(rule),
            _ => entry.rules.push((rule / 64, bit(rule))),
        }
    }
}

impl Postings {
    /// Adds the rules whose condition one of the findings satisfies.
    fn add_held(&self, found: &[Found], set: &mut [u64]) {
        match self.bounds {
            Some((strictest, _)) if strictest.hold_any(found) => {
                set.iter_mut().zip(&self.all).for_each(|(word, more)| *word |= more);
            }
            Some((_, loosest)) if loosest.hold_any(found) => {
                for entry in self.entries.iter().filter(|entry| entry.limits.hold_any(found)) {
                    entry.rules.iter().for_each(|(place, word)| add(set, *place, *word));
                }
            }
            Some(_) | None => {}
        }
    }
}

fn bit(rule: usize) -> u64 {
    1 << (rule % 64)
}

fn add(set: &mut [u64], place: usize, bits: u64) {
    if let Some(word) = set.get_mut(place) {
        *word |= bits;
    }
}
