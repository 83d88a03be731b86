//! The shape of a filter: inner and outer `or`, tuples, and which owner goes with which id. Source: rest-api 5.3.

use super::super::conditions::without_repeats;
use super::super::error::QueryError;
use super::clause::{Leaf, Node, Parameter};
use super::{ONLY_TUPLES, OWNER_TWICE, OWNER_WITHOUT_ID, Tuple, refused};

impl Node {
    /// Every clause, in the order of the text.
    pub(super) fn leaves(&self) -> Vec<&Leaf> {
        match self {
            Self::And(members) | Self::Or(members) => members.iter().flat_map(Self::leaves).collect(),
            Self::Leaf(leaf) => vec![leaf],
        }
    }

    /// The members that all have to hold.
    pub(super) fn conjuncts(&self) -> &[Node] {
        match self {
            Self::And(members) => members,
            Self::Or(_) | Self::Leaf(_) => std::slice::from_ref(self),
        }
    }

    /// There is an `or` that is not an inner one. The root is never an inner `or`.
    pub(super) fn has_outer_or(&self) -> bool {
        match self {
            Self::Leaf(_) => false,
            Self::Or(_) => true,
            Self::And(members) => members.iter().any(|member| match member {
                Self::Or(_) => !member.is_inner_or(),
                Self::And(_) | Self::Leaf(_) => member.has_outer_or(),
            }),
        }
    }

    /// All clauses of an `or` below an `and` test one and the same parameter, which is not ownerEmail.
    fn is_inner_or(&self) -> bool {
        let parameters = without_repeats(self.leaves().iter().map(|leaf| leaf.parameter()).collect());
        matches!(parameters.as_slice(), [only] if *only != Parameter::Owner)
    }

    /// Nothing but the language and the formats is tested: what an outer `or` makes no difference to.
    fn is_ignorable(&self) -> bool {
        self.leaves()
            .iter()
            .all(|leaf| matches!(leaf.parameter(), Parameter::Locale | Parameter::Formats))
    }
}

/// F6, F10, F11: in each group of clauses joined by `and`, an owner has an id of its own; an `or` of ids does not
/// count. At the root parameters of the query, and the key of the route, are members of the group too.
///
/// # Errors
/// An owner without an id, or two owners in one group.
pub(super) fn check_owners(filter: Option<&Node>, parameters: &[Leaf], root_has_id: bool) -> Result<(), QueryError> {
    let root = filter.map_or(&[][..], Node::conjuncts);
    let leaves: Vec<&Leaf> = root
        .iter()
        .filter_map(|node| match node {
            Node::Leaf(leaf) => Some(leaf),
            Node::And(_) | Node::Or(_) => None,
        })
        .chain(parameters)
        .collect();
    check_group(&leaves, root_has_id)?;
    root.iter().try_for_each(check_below)
}

/// Checks the groups below a member of a group.
fn check_below(node: &Node) -> Result<(), QueryError> {
    let Node::Or(alternatives) = node else {
        return Ok(());
    };
    alternatives
        .iter()
        .try_for_each(|alternative| check_owners(Some(alternative), &[], false))
}

fn check_group(leaves: &[&Leaf], has_id: bool) -> Result<(), QueryError> {
    let count = |parameter| leaves.iter().filter(|leaf| leaf.parameter() == parameter).count();
    match count(Parameter::Owner) {
        0 => Ok(()),
        1 if has_id || count(Parameter::Id) > 0 => Ok(()),
        1 => Err(refused(OWNER_WITHOUT_ID)),
        _ => Err(refused(OWNER_TWICE)),
    }
}

/// F9, F12: reads the disjunction of tuples a filter consists of. The language and formats may be and-ed to a tuple
/// or to all of them.
///
/// # Errors
/// Any other shape.
pub(super) fn tuples(filter: &Node) -> Result<Vec<Tuple>, QueryError> {
    let mut disjunctions = filter.conjuncts().iter().filter(|node| !node.is_ignorable());
    match (disjunctions.next(), disjunctions.next()) {
        (Some(Node::Or(alternatives)), None) => alternatives.iter().map(tuple).collect(),
        _ => Err(refused(ONLY_TUPLES)),
    }
}

fn tuple(alternative: &Node) -> Result<Tuple, QueryError> {
    let mut ids = None;
    let mut owner_email = None;
    for member in alternative.conjuncts() {
        match member {
            Node::Leaf(Leaf::Ids(found)) if ids.is_none() => ids = Some(without_repeats(found.clone())),
            Node::Leaf(Leaf::Owner(found)) if owner_email.is_none() => owner_email = Some(found.clone()),
            other if other.is_ignorable() => {}
            _ => return Err(refused(ONLY_TUPLES)),
        }
    }
    match ids {
        Some(ids) => Ok(Tuple { ids, owner_email }),
        None => Err(refused(ONLY_TUPLES)),
    }
}
