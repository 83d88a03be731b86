//! Which marks count. Source: MS-OFFCRYPTO 2.6.3 and 2.6.5.4; ties and old parents are settled by this crate.

use std::collections::{HashMap, HashSet};

use crate::guid::Guid;
use crate::marks::{LabelElement, PairGroup};
use crate::options::{LabelInfoMode, Options};
use crate::report::{FoundLabel, Origin};

/// The labels in force: those of elements first, then those of pairs, each in document order.
///
/// An element decides for its tenant even when it says that there is no label; the first element of a tenant counts.
pub(crate) fn resolve(
    elements: &[LabelElement],
    origin: Origin,
    groups: &[PairGroup],
    options: &Options,
) -> Vec<FoundLabel> {
    let mut decided = HashSet::new();
    let mut found = Vec::new();
    for element in elements {
        if options.label_info_mode(&element.tenant) == LabelInfoMode::Off || !decided.insert(element.tenant) {
            continue;
        }
        if element.in_force {
            found.push(from_element(element, origin));
        }
    }
    let undecided = groups.iter().filter(|group| !decided.contains(&group.tenant));
    found.extend(live_groups(undecided).into_iter().map(PairGroup::to_found));
    found
}

/// The groups whose tenant has no group at all in `primary`, enabled or not.
pub(crate) fn without_tenants_of(groups: Vec<PairGroup>, primary: &[PairGroup]) -> Vec<PairGroup> {
    let known: HashSet<Guid> = primary.iter().map(|group| group.tenant).collect();
    groups
        .into_iter()
        .filter(|group| !known.contains(&group.tenant))
        .collect()
}

fn from_element(element: &LabelElement, origin: Origin) -> FoundLabel {
    FoundLabel {
        label_id: element.label,
        tenant_id: element.tenant,
        method: element.method,
        content_bits: element.content_bits,
        origin,
        set_date: element.set_date,
    }
}

/// The one group of each tenant that counts, in document order.
fn live_groups<'a>(groups: impl Iterator<Item = &'a PairGroup>) -> Vec<&'a PairGroup> {
    let live: Vec<&PairGroup> = groups.filter(|group| group.enabled).collect();
    let mut by_tenant: HashMap<Guid, Vec<&PairGroup>> = HashMap::new();
    for group in &live {
        by_tenant.entry(group.tenant).or_default().push(group);
    }
    let winners: HashSet<(Guid, Guid)> = by_tenant
        .values()
        .filter_map(|rivals| winner(rivals))
        .map(|group| (group.tenant, group.label))
        .collect();
    live.into_iter()
        .filter(|group| winners.contains(&(group.tenant, group.label)))
        .collect()
}

/// Of the groups of one tenant: no parent of another one; then the latest date, then document order.
fn winner<'a>(rivals: &[&'a PairGroup]) -> Option<&'a PairGroup> {
    let parents: HashSet<Guid> = rivals
        .iter()
        .filter(|group| group.parent != Some(group.label))
        .filter_map(|group| group.parent)
        .collect();
    let children: Vec<&PairGroup> = rivals
        .iter()
        .filter(|group| !parents.contains(&group.label))
        .copied()
        .collect();
    let candidates = if children.is_empty() {
        rivals
    } else {
        children.as_slice()
    };
    candidates.iter().rev().max_by_key(|group| group.set_date).copied()
}
