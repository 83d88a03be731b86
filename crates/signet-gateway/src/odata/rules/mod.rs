//! `$filter` and the plain parameters of the governance routes (P2): the filtering rules F1–F16 and I1–I7.
//! Source: rest-api 5.3, 5.4; sensitivityLabel resource, "Sensitivity Label API Filtering Rules".
//!
//! A request that asks for rights — by `$expand=rights`, or by naming an owner — may join nothing but tuples of id
//! and owner by an outer `or`. A request that does not may join anything, but then formats select nothing. An `or`
//! is judged as written in `$filter`; plain parameters are and-ed to what it says.

mod clause;
mod lower;
mod parameters;
mod shape;

use signet_domain::ids::LabelId;
use signet_domain::query::LabelFilter;

use super::conditions::{ALWAYS, NEVER, all_of, without_repeats};
use super::error::{QueryError, clip};
use super::filter::{Dialect, parse_filter};
use super::query_string::{QueryString, SystemOption};
use clause::{Leaf, Node, Parameter, Surface, understand};

const OR_WITH_SCOPED: &str = "'or' is not allowed in $filter when isScopedToUser is present.";
const OR_WITH_OWNER: &str = "'or' is not allowed in $filter when ownerEmail is present.";
const ONLY_TUPLES: &str = "'or' in $filter may only join tuples of id and ownerEmail when rights are asked for.";
const OWNER_WITHOUT_ID: &str = "ownerEmail is only allowed together with an id in the same clause.";
const OWNER_TWICE: &str = "ownerEmail is only allowed once in a clause.";
const SCOPED_ON_TENANT: &str = "isScopedToUser is not applicable to tenant labels.";

/// Whose labels a governance route lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// The tenant's: `/security/dataSecurityAndGovernance/…`.
    Tenant,
    /// A user's: `/users/{u}/…`, `/me/…`.
    User,
}

/// Labels whose rights are evaluated with one owner of the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tuple {
    /// The labels.
    pub(crate) ids: Vec<LabelId>,
    /// The owner; absent: the rights defined on the label.
    pub(crate) owner_email: Option<String>,
}

/// The filter of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct GovernanceFilter {
    /// What the catalogue is asked for; absent: everything.
    pub(crate) prefilter: Option<LabelFilter>,
    /// Present when the filter is a disjunction of tuples. Every label listed is in one of them.
    pub(crate) tuples: Option<Vec<Tuple>>,
    /// The owner for every label listed; always absent beside tuples.
    pub(crate) owner_email: Option<String>,
    /// Whose rights are asked.
    pub(crate) user_email: Option<String>,
    /// `isScopedToUser`: enabled (true) or disabled (false) labels; absent: both.
    pub(crate) scoped: Option<bool>,
    /// The language asked for.
    pub(crate) locale: Option<String>,
    /// An owner is named, so that rights are part of the answer even without `$expand=rights`.
    pub(crate) expand_rights_implied: bool,
}

impl GovernanceFilter {
    /// The owners a label's rights are evaluated with, each once, in the order of the filter; the rights of all of
    /// them together are the label's (F13). Never empty for a label the filter lists.
    pub(crate) fn owners_of(&self, label: LabelId) -> Vec<Option<&str>> {
        match &self.tuples {
            None => vec![self.owner_email.as_deref()],
            Some(tuples) => owners_in(tuples, label),
        }
    }
}

/// The filter of one label, named by the key of the route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyedFilter {
    /// The filter holds for the label; false: the label counts as not found.
    pub(crate) matches_key: bool,
    /// The owners the label's rights are evaluated with, as [`GovernanceFilter::owners_of`] gives them.
    pub(crate) owner_emails: Vec<Option<String>>,
    /// Whose rights are asked.
    pub(crate) user_email: Option<String>,
    /// The language asked for.
    pub(crate) locale: Option<String>,
    /// An owner is named, so that rights are part of the answer even without `$expand=rights`.
    pub(crate) expand_rights_implied: bool,
}

/// The filter of the rights on one label.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RightsFilter {
    /// The owner of the content.
    pub(crate) owner_email: Option<String>,
    /// Whose rights are asked.
    pub(crate) user_email: Option<String>,
    /// The language asked for.
    pub(crate) locale: Option<String>,
}

/// Reads the filter of a list (scenarios 1, 2 and 2.5).
/// - `rights_expanded`: the request has `$expand=rights`.
///
/// # Errors
/// A filter that cannot be read, a parameter of the wrong form; `ArgumentException` for every rule that says so.
pub(crate) fn list_filter(
    query: &QueryString,
    route: Route,
    rights_expanded: bool,
) -> Result<GovernanceFilter, QueryError> {
    let read = Read::of(query, Surface::List, route)?;
    shape::check_owners(read.written.as_ref(), &read.plain, false)?;
    let owner_named = read.mentions(Parameter::Owner);
    let mut filter = GovernanceFilter {
        user_email: parameters::user_email(query)?,
        locale: read.locale(),
        expand_rights_implied: owner_named && !rights_expanded,
        ..GovernanceFilter::default()
    };
    let outer_or = read.written.as_ref().is_some_and(Node::has_outer_or);
    if outer_or && (rights_expanded || owner_named) {
        let tuples = read.tuples()?;
        let ids = tuples.iter().flat_map(|tuple| tuple.ids.iter().copied()).collect();
        filter.prefilter = Some(LabelFilter::IdIn(without_repeats(ids)));
        filter.tuples = Some(tuples);
        return Ok(filter);
    }
    if outer_or && read.mentions(Parameter::Scoped) {
        return Err(refused(OR_WITH_SCOPED));
    }
    let (scoped, scoped_condition) = read.scoped();
    let condition = all_of(vec![read.condition(!outer_or), scoped_condition]);
    filter.prefilter = Some(condition).filter(|condition| *condition != ALWAYS);
    filter.scoped = scoped;
    filter.owner_email = read.root_owner();
    Ok(filter)
}

/// Reads the filter of one label (scenarios 1, 2 and 2.5 with the id supplied by the key).
/// - `rights_expanded`: the request has `$expand=rights`.
///
/// # Errors
/// As [`list_filter`]; a parameter other than `ownerEmail`, `id` and `locale` in the filter.
pub(crate) fn get_filter(
    query: &QueryString,
    route: Route,
    key: LabelId,
    rights_expanded: bool,
) -> Result<KeyedFilter, QueryError> {
    let read = Read::of(query, Surface::Get, route)?;
    shape::check_owners(read.written.as_ref(), &read.plain, true)?;
    let owner_named = read.mentions(Parameter::Owner);
    let outer_or = read.written.as_ref().is_some_and(Node::has_outer_or);
    let owner_emails = if outer_or && (rights_expanded || owner_named) {
        let tuples = read.tuples()?;
        let owners = owners_in(&tuples, key).into_iter();
        owners.map(|owner| owner.map(str::to_owned)).collect()
    } else {
        vec![read.root_owner()]
    };
    Ok(KeyedFilter {
        matches_key: read
            .written
            .as_ref()
            .is_none_or(|written| lower::ids_allow(written, key)),
        owner_emails,
        user_email: parameters::user_email(query)?,
        locale: read.locale(),
        expand_rights_implied: owner_named && !rights_expanded,
    })
}

/// Reads the filter of the rights on one label (scenario 3).
///
/// # Errors
/// F15; as [`list_filter`]; a parameter other than `ownerEmail`, `userEmail` and `locale` in the filter; more than
/// one user.
pub(crate) fn rights_filter(query: &QueryString, route: Route) -> Result<RightsFilter, QueryError> {
    let read = Read::of(query, Surface::Rights, route)?;
    let outer_or = read.written.as_ref().is_some_and(Node::has_outer_or);
    if outer_or && read.mentions(Parameter::Owner) {
        return Err(refused(OR_WITH_OWNER));
    }
    shape::check_owners(read.written.as_ref(), &read.plain, true)?;
    Ok(RightsFilter {
        owner_email: read.root_owner(),
        user_email: read.only_user(parameters::user_email(query)?)?,
        locale: read.locale(),
    })
}

/// What a request says: its filter, and the parameters that stand for clauses and-ed to it.
struct Read {
    written: Option<Node>,
    plain: Vec<Leaf>,
}

impl Read {
    fn of(query: &QueryString, surface: Surface, route: Route) -> Result<Self, QueryError> {
        let written = match query.system(SystemOption::Filter) {
            None => None,
            Some(text) => Some(understand(
                &parse_filter(text, Dialect::Governance, query.filter_limits())?,
                surface,
                route,
            )?),
        };
        let mut plain = parameters::leaves(query, surface, route)?;
        if let Some(written) = &written {
            // A parameter that repeats what the filter says adds nothing.
            plain.retain(|leaf| !written.conjuncts().iter().any(|node| repeats(node, leaf)));
        }
        Ok(Self { written, plain })
    }

    fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        let written = self.written.iter().flat_map(Node::leaves);
        self.plain.iter().chain(written)
    }

    fn mentions(&self, parameter: Parameter) -> bool {
        self.leaves().any(|leaf| leaf.parameter() == parameter)
    }

    /// The first language named; a plain parameter comes before a clause.
    fn locale(&self) -> Option<String> {
        self.leaves().find_map(|leaf| match leaf {
            Leaf::Locale(tag) => tag.clone(),
            _ => None,
        })
    }

    /// The owner that holds for the whole filter.
    fn root_owner(&self) -> Option<String> {
        let written = self.written.iter().flat_map(|written| written.conjuncts());
        let leaves = written.filter_map(|node| match node {
            Node::Leaf(leaf) => Some(leaf),
            Node::And(_) | Node::Or(_) => None,
        });
        leaves.chain(&self.plain).find_map(|leaf| match leaf {
            Leaf::Owner(owner) => Some(owner.clone()),
            _ => None,
        })
    }

    /// The one user named by clauses and parameter.
    fn only_user(&self, plain: Option<String>) -> Result<Option<String>, QueryError> {
        let mut user = plain;
        for leaf in self.leaves() {
            let Leaf::User(named) = leaf else { continue };
            match &user {
                Some(known) if !known.eq_ignore_ascii_case(named) => {
                    let message = format!("the rights of one user are answered; leave out `{}`", clip(named));
                    return Err(QueryError::value("userEmail", message));
                }
                _ => user = Some(named.clone()),
            }
        }
        Ok(user)
    }

    /// Reads the filter as tuples; no parameter may narrow them down.
    fn tuples(&self) -> Result<Vec<Tuple>, QueryError> {
        let narrowed = self
            .plain
            .iter()
            .any(|leaf| !matches!(leaf.parameter(), Parameter::Locale | Parameter::Formats));
        match &self.written {
            Some(written) if !narrowed => shape::tuples(written),
            _ => Err(refused(ONLY_TUPLES)),
        }
    }

    fn condition(&self, formats_count: bool) -> LabelFilter {
        let written = self.written.iter().map(|node| lower::condition(node, formats_count));
        let plain = self.plain.iter().map(|leaf| lower::leaf_condition(leaf, formats_count));
        all_of(written.chain(plain).collect())
    }

    /// I1–I3: what `isScopedToUser` asks for, and the condition that never holds when it asks for both at once.
    fn scoped(&self) -> (Option<bool>, LabelFilter) {
        let allows = |enabled: bool| {
            let plain = self.plain.iter().all(|leaf| *leaf != Leaf::Scoped(!enabled));
            plain
                && self
                    .written
                    .as_ref()
                    .is_none_or(|node| lower::scoped_allows(node, enabled))
        };
        match (allows(true), allows(false)) {
            (true, false) => (Some(true), ALWAYS),
            (false, true) => (Some(false), ALWAYS),
            (true, true) => (None, ALWAYS),
            (false, false) => (None, NEVER),
        }
    }
}

fn repeats(written: &Node, plain: &Leaf) -> bool {
    match (written, plain) {
        (Node::Leaf(Leaf::Owner(written)), Leaf::Owner(plain)) => written.eq_ignore_ascii_case(plain),
        _ => false,
    }
}

fn owners_in(tuples: &[Tuple], label: LabelId) -> Vec<Option<&str>> {
    let owners = tuples.iter().filter(|tuple| tuple.ids.contains(&label));
    without_repeats(owners.map(|tuple| tuple.owner_email.as_deref()).collect())
}

fn refused(what: &str) -> QueryError {
    QueryError::argument("$filter", what)
}

/// I4: the selector has no meaning for the labels of the tenant.
fn scoped_on_tenant(target: &str) -> QueryError {
    QueryError::argument(target, SCOPED_ON_TENANT)
}

#[cfg(test)]
mod tests;
