//! The clauses of a governance filter: which parameter each tests, and with what. Source: rest-api 5.2.

use signet_domain::content::ContentFormat;
use signet_domain::ids::LabelId;
use signet_domain::query::{Comparison, LabelFilter};

use super::super::conditions::{condition, label_id, not_comparable, operator_refused};
use super::super::error::{QueryError, clip};
use super::super::filter::{Clause, Expression, Test, Value, operator_name, value_fault};
use super::super::properties::{ApiVersion, GOVERNANCE_LABEL};
use super::{Route, scoped_on_tenant};

/// Which request a filter belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// A list, or the number of its entries.
    List,
    /// One label.
    Get,
    /// The rights on one label.
    Rights,
}

/// A filter whose clauses are understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// All hold.
    And(Vec<Node>),
    /// One holds.
    Or(Vec<Node>),
    /// A clause.
    Leaf(Leaf),
}

/// A clause, or a parameter of the query that stands for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    /// The label is one of these.
    Ids(Vec<LabelId>),
    /// Rights are evaluated with this owner of the content.
    Owner(String),
    /// Rights of this user are asked.
    User(String),
    /// Enabled (true) or disabled (false) labels.
    Scoped(bool),
    /// The language wanted; absent: none in particular.
    Locale(Option<String>),
    /// The label applies to one of these.
    Formats(Vec<ContentFormat>),
    /// A property of this name compares with a value.
    Condition(&'static str, LabelFilter),
}

/// What a clause tests, aliases counting as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    Id,
    Owner,
    User,
    Scoped,
    Locale,
    Formats,
    Property(&'static str),
}

impl Leaf {
    pub(super) fn parameter(&self) -> Parameter {
        match self {
            Self::Ids(_) => Parameter::Id,
            Self::Owner(_) => Parameter::Owner,
            Self::User(_) => Parameter::User,
            Self::Scoped(_) => Parameter::Scoped,
            Self::Locale(_) => Parameter::Locale,
            Self::Formats(_) => Parameter::Formats,
            Self::Condition(name, _) => Parameter::Property(name),
        }
    }
}

/// Understands every clause of a filter.
///
/// # Errors
/// A parameter or property that is unknown or not offered here; an operator or a value it does not have;
/// I4: `isScopedToUser` on a tenant route.
pub(super) fn understand(expression: &Expression, surface: Surface, route: Route) -> Result<Node, QueryError> {
    let members = |inner: &[Expression]| {
        inner
            .iter()
            .map(|member| understand(member, surface, route))
            .collect::<Result<_, _>>()
    };
    match expression {
        Expression::And(inner) => members(inner).map(Node::And),
        Expression::Or(inner) => members(inner).map(Node::Or),
        Expression::Clause(clause) => understand_clause(clause, surface, route).map(Node::Leaf),
        // The parser has refused it already, with its position: the dialect has no negation.
        Expression::Not(_) => Err(QueryError::option(
            "$filter",
            "Invalid filter clause: `not` is not supported here",
        )),
    }
}

fn understand_clause(clause: &Clause, surface: Surface, route: Route) -> Result<Leaf, QueryError> {
    let Some(parameter) = parameter(&clause.path) else {
        return property_clause(clause, surface);
    };
    if parameter == Parameter::Scoped && route == Route::Tenant {
        return Err(scoped_on_tenant("$filter"));
    }
    if !offered(surface, parameter) {
        return Err(not_comparable(clause));
    }
    match parameter {
        Parameter::Id => values(clause)?
            .iter()
            .map(|value| label_id(value, clause))
            .collect::<Result<_, _>>()
            .map(Leaf::Ids),
        Parameter::Owner => address(clause).map(Leaf::Owner),
        Parameter::User => address(clause).map(Leaf::User),
        Parameter::Scoped => boolean(clause).map(Leaf::Scoped),
        Parameter::Locale => text(single(clause)?, clause).map(|tag| Leaf::Locale(locale(tag))),
        Parameter::Formats => formats(clause).map(Leaf::Formats),
        Parameter::Property(_) => property_clause(clause, surface),
    }
}

fn parameter(path: &str) -> Option<Parameter> {
    const NAMES: [(&str, Parameter); 10] = [
        ("id", Parameter::Id),
        ("ownerEmail", Parameter::Owner),
        ("rights/ownerEmail", Parameter::Owner),
        ("userEmail", Parameter::User),
        ("rights/userEmail", Parameter::User),
        ("isScopedToUser", Parameter::Scoped),
        ("scopeToUser", Parameter::Scoped),
        ("locale", Parameter::Locale),
        ("contentFormats", Parameter::Formats),
        ("applicableTo", Parameter::Formats),
    ];
    NAMES
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(path))
        .map(|(_, parameter)| parameter)
}

fn offered(surface: Surface, parameter: Parameter) -> bool {
    match surface {
        Surface::List => parameter != Parameter::User,
        Surface::Get => matches!(parameter, Parameter::Owner | Parameter::Id | Parameter::Locale),
        Surface::Rights => matches!(parameter, Parameter::Owner | Parameter::User | Parameter::Locale),
    }
}

fn property_clause(clause: &Clause, surface: Surface) -> Result<Leaf, QueryError> {
    const COMPARABLE: [&str; 6] = [
        "name",
        "displayName",
        "isEnabled",
        "isDefault",
        "hasProtection",
        "priority",
    ];
    // Whether a property exists does not depend on the version for any that can be compared.
    let property = GOVERNANCE_LABEL
        .find(&clause.path, ApiVersion::Beta)
        .ok_or_else(|| QueryError::unknown_property("$filter", &clause.path, GOVERNANCE_LABEL.type_name))?;
    match surface == Surface::List && COMPARABLE.contains(&property.name) {
        true => condition(property, clause).map(|filter| Leaf::Condition(property.name, filter)),
        false => Err(not_comparable(clause)),
    }
}

/// The values of an `eq` or `in`.
fn values(clause: &Clause) -> Result<&[Value], QueryError> {
    match &clause.test {
        Test::Compare(Comparison::Equal, value) => Ok(std::slice::from_ref(value)),
        Test::Compare(comparison, _) => Err(operator_refused(operator_name(*comparison), clause)),
        Test::In(values) => Ok(values),
    }
}

/// The value of an `eq`.
fn single(clause: &Clause) -> Result<&Value, QueryError> {
    match &clause.test {
        Test::Compare(Comparison::Equal, value) => Ok(value),
        Test::Compare(comparison, _) => Err(operator_refused(operator_name(*comparison), clause)),
        Test::In(_) => Err(operator_refused("in", clause)),
    }
}

fn text<'a>(value: &'a Value, clause: &Clause) -> Result<&'a str, QueryError> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(wrong_value(other, "a text in single quotes", clause)),
    }
}

fn address(clause: &Clause) -> Result<String, QueryError> {
    let value = single(clause)?;
    match text(value, clause)?.trim() {
        "" => Err(wrong_value(value, "an address", clause)),
        address => Ok(address.to_owned()),
    }
}

fn boolean(clause: &Clause) -> Result<bool, QueryError> {
    let value = single(clause)?;
    let flag = match value {
        Value::Boolean(flag) => Some(*flag),
        Value::Text(text) => parse_boolean(text),
        _ => None,
    };
    flag.ok_or_else(|| wrong_value(value, "`true` or `false`", clause))
}

/// Reads `true` or `false`, any case.
pub(super) fn parse_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A language tag, unless it is blank.
pub(super) fn locale(tag: &str) -> Option<String> {
    Some(tag.trim()).filter(|tag| !tag.is_empty()).map(str::to_owned)
}

fn formats(clause: &Clause) -> Result<Vec<ContentFormat>, QueryError> {
    let mut formats = Vec::new();
    for value in values(clause)? {
        let names = text(value, clause)?;
        let more = parse_formats(names)
            .map_err(|name| value_fault(&format!("`{}` is not a content format", clip(name)), clause.position))?;
        formats.extend(more);
    }
    Ok(formats)
}

/// Reads a comma list of formats, at least one.
///
/// # Errors
/// The name that is no format.
pub(super) fn parse_formats(names: &str) -> Result<Vec<ContentFormat>, &str> {
    names
        .split(',')
        .map(str::trim)
        .map(|name| ContentFormat::parse(name).ok_or(name))
        .collect()
}

fn wrong_value(value: &Value, wanted: &str, clause: &Clause) -> QueryError {
    let (path, value) = (clip(&clause.path), clip(&value.to_string()));
    value_fault(
        &format!("`{path}` is compared with {wanted}, not with `{value}`"),
        clause.position,
    )
}
