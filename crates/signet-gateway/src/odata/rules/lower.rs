//! What a filter in order means.

use signet_domain::ids::LabelId;
use signet_domain::query::LabelFilter;

use super::super::conditions::{ALWAYS, all_of, any_of};
use super::clause::{Leaf, Node};

/// The filter as a condition of the catalogue. Clauses that select rather than test hold for every label: the
/// language, the owner, the user, and `isScopedToUser`, for which see [`scoped_allows`].
/// - `formats_count`: false lets clauses about formats hold for every label (F3).
pub(super) fn condition(node: &Node, formats_count: bool) -> LabelFilter {
    let members = |inner: &[Node]| inner.iter().map(|member| condition(member, formats_count)).collect();
    match node {
        Node::And(inner) => all_of(members(inner)),
        Node::Or(inner) => any_of(members(inner)),
        Node::Leaf(leaf) => leaf_condition(leaf, formats_count),
    }
}

/// One clause as a condition of the catalogue.
pub(super) fn leaf_condition(leaf: &Leaf, formats_count: bool) -> LabelFilter {
    match leaf {
        Leaf::Ids(ids) => LabelFilter::IdIn(ids.clone()),
        Leaf::Formats(formats) if formats_count => LabelFilter::AppliesToAny(formats.clone()),
        Leaf::Condition(_, filter) => filter.clone(),
        Leaf::Formats(_) | Leaf::Owner(_) | Leaf::User(_) | Leaf::Scoped(_) | Leaf::Locale(_) => ALWAYS,
    }
}

/// The filter holds for enabled (true) or disabled (false) labels, as far as `isScopedToUser` goes. Rules F2 and F5
/// keep it out of every `or` with other parameters.
pub(super) fn scoped_allows(node: &Node, enabled: bool) -> bool {
    match node {
        Node::And(members) => members.iter().all(|member| scoped_allows(member, enabled)),
        Node::Or(members) => members.iter().any(|member| scoped_allows(member, enabled)),
        Node::Leaf(Leaf::Scoped(wanted)) => *wanted == enabled,
        Node::Leaf(_) => true,
    }
}

/// The filter holds for a label, as far as ids go.
pub(super) fn ids_allow(node: &Node, key: LabelId) -> bool {
    match node {
        Node::And(members) => members.iter().all(|member| ids_allow(member, key)),
        Node::Or(members) => members.iter().any(|member| ids_allow(member, key)),
        Node::Leaf(Leaf::Ids(ids)) => ids.contains(&key),
        Node::Leaf(_) => true,
    }
}
