//! The query of each route, read as a whole. Which options a route has: rest-api 5.1.
//!
//! Every function takes the text after `?` as it was sent, empty when there is none.

use signet_domain::ids::LabelId;
use signet_domain::query::{LabelFilter, OrderKey, SearchTerm};

use super::error::QueryError;
use super::expand::parse_expand;
use super::orderby::{parse_name_order, parse_order};
use super::paging::Paging;
use super::policy_filter::parse_policy_filter;
use super::properties::{
    ApiVersion, DRIVE, DRIVE_ITEM, GOVERNANCE_LABEL, POLICY_LABEL, POLICY_SETTING, TypeTable, USAGE_RIGHTS,
};
use super::query_string::{QueryString, RawQuery, SystemOption};
use super::rules::{GovernanceFilter, KeyedFilter, RightsFilter, Route, get_filter, list_filter, rights_filter};
use super::search::parse_search;
use super::select::Selection;
use super::shape::{GovernanceShape, PolicyShape};
use crate::routes::Endpoint;

const LIST: &[SystemOption] = &[
    SystemOption::Select,
    SystemOption::Expand,
    SystemOption::Filter,
    SystemOption::OrderBy,
    SystemOption::Top,
    SystemOption::Skip,
    SystemOption::SkipToken,
    SystemOption::Count,
    SystemOption::Search,
];
const SELECT: &[SystemOption] = &[SystemOption::Select];
const GET: &[SystemOption] = &[SystemOption::Select, SystemOption::Expand];
const FILTERED_GET: &[SystemOption] = &[SystemOption::Select, SystemOption::Expand, SystemOption::Filter];
const RIGHTS: &[SystemOption] = &[SystemOption::Select, SystemOption::Filter];
const COUNT: &[SystemOption] = &[SystemOption::Filter, SystemOption::Search];
/// The decision log; read by its own handler.
pub(crate) const DECISIONS: &[SystemOption] = &[SystemOption::Top, SystemOption::SkipToken, SystemOption::OrderBy];
const CHILDREN: &[SystemOption] = &[
    SystemOption::Select,
    SystemOption::Expand,
    SystemOption::OrderBy,
    SystemOption::Top,
    SystemOption::SkipToken,
];

/// The system options a route reads, besides `$format`, which all do.
pub(crate) const fn offered(endpoint: Endpoint) -> &'static [SystemOption] {
    match endpoint {
        Endpoint::ListPolicyLabels | Endpoint::ListLabels => LIST,
        Endpoint::GetPolicyLabel
        | Endpoint::GetPolicyLabelParent
        | Endpoint::ComputeInheritance
        | Endpoint::GetItem => GET,
        Endpoint::GetPolicySettings | Endpoint::GetDrive | Endpoint::ListDrives => SELECT,
        Endpoint::GetLabel => FILTERED_GET,
        Endpoint::GetRights => RIGHTS,
        Endpoint::CountPolicyLabels | Endpoint::CountLabels => COUNT,
        Endpoint::ListChildren => CHILDREN,
        Endpoint::ListDecisions => DECISIONS,
        _ => &[],
    }
}

/// A list of the policy routes (P1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyListOptions {
    /// The query itself, for page tokens.
    pub(crate) query: QueryString,
    /// What an entry consists of.
    pub(crate) shape: PolicyShape,
    /// Conditions.
    pub(crate) filter: Option<LabelFilter>,
    /// Terms to find.
    pub(crate) search: Vec<SearchTerm>,
    /// Order; empty: the default.
    pub(crate) order: Vec<OrderKey>,
    /// Which part.
    pub(crate) paging: Paging,
}

/// Reads the query of a P1 list.
///
/// # Errors
/// Any fault of the query.
pub(crate) fn parse_policy_list<'r>(raw: impl Into<RawQuery<'r>>) -> Result<PolicyListOptions, QueryError> {
    let query = read(raw, LIST)?;
    Ok(PolicyListOptions {
        shape: PolicyShape::parse(&query, true)?,
        filter: parse_policy_filter(query.system(SystemOption::Filter), query.filter_limits())?,
        search: parse_search(query.system(SystemOption::Search))?,
        order: parse_order(query.system(SystemOption::OrderBy), &POLICY_LABEL, ApiVersion::Beta)?,
        paging: Paging::parse(&query)?,
        query,
    })
}

/// Reads the query of one P1 label, or of a label's parent.
///
/// # Errors
/// Any fault of the query.
pub(crate) fn parse_policy_get(raw: &str) -> Result<PolicyShape, QueryError> {
    PolicyShape::parse(&read(raw, GET)?, false)
}

/// The number of entries of a P1 list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyCountOptions {
    /// Conditions.
    pub(crate) filter: Option<LabelFilter>,
    /// Terms to find.
    pub(crate) search: Vec<SearchTerm>,
}

/// Reads the query of a P1 `/$count`.
///
/// # Errors
/// Any fault of the query.
pub(crate) fn parse_policy_count<'r>(raw: impl Into<RawQuery<'r>>) -> Result<PolicyCountOptions, QueryError> {
    let query = read(raw, COUNT)?;
    Ok(PolicyCountOptions {
        filter: parse_policy_filter(query.system(SystemOption::Filter), query.filter_limits())?,
        search: parse_search(query.system(SystemOption::Search))?,
    })
}

/// A list of the governance routes (P2), or the sublabels of one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GovernanceListOptions {
    /// The query itself, for page tokens.
    pub(crate) query: QueryString,
    /// What an entry consists of. It has rights whenever they are asked for, by `$expand` or by an owner.
    pub(crate) shape: GovernanceShape,
    /// Conditions, owners, language.
    pub(crate) filter: GovernanceFilter,
    /// Terms to find.
    pub(crate) search: Vec<SearchTerm>,
    /// Order; empty: the default.
    pub(crate) order: Vec<OrderKey>,
    /// Which part.
    pub(crate) paging: Paging,
}

/// Reads the query of a P2 list.
///
/// # Errors
/// Any fault of the query; `ArgumentException` by the filtering rules.
pub(crate) fn parse_governance_list<'r>(
    raw: impl Into<RawQuery<'r>>,
    route: Route,
    version: ApiVersion,
) -> Result<GovernanceListOptions, QueryError> {
    let query = read(raw, LIST)?;
    let shape = GovernanceShape::parse(&query, version)?;
    let filter = list_filter(&query, route, shape.rights.is_some())?;
    Ok(GovernanceListOptions {
        shape: match filter.expand_rights_implied {
            true => shape.with_rights(version),
            false => shape,
        },
        filter,
        search: parse_search(query.system(SystemOption::Search))?,
        order: parse_order(query.system(SystemOption::OrderBy), &GOVERNANCE_LABEL, version)?,
        paging: Paging::parse(&query)?,
        query,
    })
}

/// One label of the governance routes (P2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GovernanceGetOptions {
    /// What the answer consists of. It has rights whenever they are asked for, by `$expand` or by an owner.
    pub(crate) shape: GovernanceShape,
    /// Owners, language, and whether the filter holds for the label.
    pub(crate) filter: KeyedFilter,
}

/// Reads the query of one P2 label.
/// - `key`: the label the route names.
///
/// # Errors
/// Any fault of the query; `ArgumentException` by the filtering rules.
pub(crate) fn parse_governance_get<'r>(
    raw: impl Into<RawQuery<'r>>,
    route: Route,
    version: ApiVersion,
    key: LabelId,
) -> Result<GovernanceGetOptions, QueryError> {
    let query = read(raw, FILTERED_GET)?;
    let shape = GovernanceShape::parse(&query, version)?;
    let filter = get_filter(&query, route, key, shape.rights.is_some())?;
    Ok(GovernanceGetOptions {
        shape: match filter.expand_rights_implied {
            true => shape.with_rights(version),
            false => shape,
        },
        filter,
    })
}

/// The number of entries of a P2 list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GovernanceCountOptions {
    /// Conditions.
    pub(crate) filter: GovernanceFilter,
    /// Terms to find.
    pub(crate) search: Vec<SearchTerm>,
}

/// Reads the query of a P2 `/$count`. The plain parameters of the list count here too, so that the number is the
/// list's.
///
/// # Errors
/// Any fault of the query; `ArgumentException` by the filtering rules.
pub(crate) fn parse_governance_count<'r>(
    raw: impl Into<RawQuery<'r>>,
    route: Route,
) -> Result<GovernanceCountOptions, QueryError> {
    let query = read(raw, COUNT)?;
    Ok(GovernanceCountOptions {
        filter: list_filter(&query, route, false)?,
        search: parse_search(query.system(SystemOption::Search))?,
    })
}

/// The rights on one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RightsOptions {
    /// What the answer consists of.
    pub(crate) selection: Selection,
    /// Owner, user, language.
    pub(crate) filter: RightsFilter,
}

/// Reads the query of `…/rights`.
///
/// # Errors
/// Any fault of the query; `ArgumentException` by the filtering rules.
pub(crate) fn parse_rights<'r>(
    raw: impl Into<RawQuery<'r>>,
    route: Route,
    version: ApiVersion,
) -> Result<RightsOptions, QueryError> {
    let query = read(raw, RIGHTS)?;
    Ok(RightsOptions {
        selection: Selection::parse(query.system(SystemOption::Select), &USAGE_RIGHTS, version)?,
        filter: rights_filter(&query, route)?,
    })
}

/// Entries of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChildrenOptions {
    /// The query itself, for page tokens.
    pub(crate) query: QueryString,
    /// What an entry consists of.
    pub(crate) shape: ItemShape,
    /// Names in descending order.
    pub(crate) descending: bool,
    /// Which part; never skips or counts.
    pub(crate) paging: Paging,
}

/// An item of a drive in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemShape {
    /// Its properties.
    pub(crate) selection: Selection,
    /// The properties of its children; absent: they are not part of the answer.
    pub(crate) children: Option<Selection>,
}

/// Reads the query of `…/children`.
///
/// # Errors
/// Any fault of the query.
pub(crate) fn parse_children(raw: &str, version: ApiVersion) -> Result<ChildrenOptions, QueryError> {
    let query = read(raw, CHILDREN)?;
    Ok(ChildrenOptions {
        shape: item_shape(&query, version)?,
        descending: parse_name_order(query.system(SystemOption::OrderBy), &DRIVE_ITEM, version)?,
        paging: Paging::parse(&query)?,
        query,
    })
}

/// Reads the query of one drive item.
///
/// # Errors
/// Any fault of the query.
pub(crate) fn parse_item(raw: &str, version: ApiVersion) -> Result<ItemShape, QueryError> {
    item_shape(&read(raw, GET)?, version)
}

fn item_shape(query: &QueryString, version: ApiVersion) -> Result<ItemShape, QueryError> {
    let expansions = parse_expand(query.system(SystemOption::Expand), &DRIVE_ITEM, version)?;
    let children = match expansions.first() {
        None => None,
        Some(expansion) if expansion.expand.is_some() => {
            return Err(QueryError::option(
                "$expand",
                "nothing can be expanded inside `children`",
            ));
        }
        Some(expansion) => Some(Selection::parse(expansion.select, &DRIVE_ITEM, version)?),
    };
    Ok(ItemShape {
        selection: Selection::parse(query.system(SystemOption::Select), &DRIVE_ITEM, version)?,
        children,
    })
}

/// Reads the query of the settings of label policies.
///
/// # Errors
/// Any fault of the query.
pub(crate) fn parse_settings(raw: &str) -> Result<Selection, QueryError> {
    // The policy routes exist in beta only.
    select(raw, &POLICY_SETTING, ApiVersion::Beta)
}

/// Reads the query of one drive, or of the drives of an owner.
///
/// # Errors
/// Any fault of the query.
pub(crate) fn parse_drive(raw: &str, version: ApiVersion) -> Result<Selection, QueryError> {
    select(raw, &DRIVE, version)
}

fn select(raw: &str, table: &'static TypeTable, version: ApiVersion) -> Result<Selection, QueryError> {
    Selection::parse(read(raw, SELECT)?.system(SystemOption::Select), table, version)
}

/// Checks the query of a route without options of its own.
///
/// # Errors
/// Any system option other than `$format`.
pub(crate) fn parse_without_options(raw: &str) -> Result<(), QueryError> {
    read(raw, &[]).map(drop)
}

/// Checks the query of the interface description.
///
/// # Errors
/// Any system option other than `$format`; 406 for a `$format` other than XML.
pub(crate) fn parse_description(raw: &str) -> Result<(), QueryError> {
    QueryString::parse_for_xml(raw)?.offering(&[]).map(drop)
}

fn read<'r>(raw: impl Into<RawQuery<'r>>, offered: &[SystemOption]) -> Result<QueryString, QueryError> {
    QueryString::parse(raw)?.offering(offered)
}

#[cfg(test)]
mod tests;
