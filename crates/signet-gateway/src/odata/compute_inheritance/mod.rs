//! The call `computeInheritance(labelIds=…,locale=…,contentFormats=…)` in all the forms clients send it.
//! Source: rest-api 5.5.

mod call;
mod values;

use signet_domain::content::ContentFormat;
use signet_domain::ids::LabelId;

use super::error::{InnerCode, QueryError, clip};
use super::options::offered;
use super::properties::ApiVersion;
use super::query_string::{QueryString, percent_decode};
use super::shape::GovernanceShape;
use crate::routes::Endpoint;
use call::{Arguments, Name};

/// The most label ids.
const MAX_LABELS: usize = 1000;

/// The arguments of a call, and what its answer consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InheritanceOptions {
    /// The labels, 1..=1,000, in the caller's order.
    pub(crate) label_ids: Vec<LabelId>,
    /// The language asked for.
    pub(crate) locale: Option<String>,
    /// The target's formats; empty: any.
    pub(crate) formats: Vec<ContentFormat>,
    /// What the answer consists of.
    pub(crate) shape: GovernanceShape,
}

/// Reads the call.
/// - `segment`: the last segment of the path, as sent, not decoded.
/// - `raw_query`: the text after `?` as sent, empty when there is none.
///
/// # Errors
/// An unknown or repeated parameter, no label id or over 1,000, an id that is not a GUID, an unknown format, any
/// other fault of segment or query.
pub(crate) fn parse_compute_inheritance(
    segment: &str,
    raw_query: &str,
    version: ApiVersion,
) -> Result<InheritanceOptions, QueryError> {
    let segment = percent_decode(segment)?;
    let query = QueryString::parse(raw_query)?.offering(offered(Endpoint::ComputeInheritance))?;
    let mut arguments = Arguments::cut(between_parentheses(&segment)?)?;
    for name in Name::ALL {
        if let Some(value) = query.plain(name.spellings())? {
            arguments.add(name, value)?;
        }
    }
    Ok(InheritanceOptions {
        label_ids: label_ids(&arguments, &query)?,
        locale: locale(&arguments, &query)?,
        formats: formats(&arguments, &query)?,
        shape: GovernanceShape::parse(&query, version)?,
    })
}

fn has_function_name(decoded: &str) -> bool {
    let name = decoded.split('(').next().unwrap_or_default();
    ["computeInheritance", "microsoft.graph.computeInheritance"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// The text between the parentheses; empty without any.
fn between_parentheses(segment: &str) -> Result<&str, QueryError> {
    if !has_function_name(segment) {
        let message = format!("`{}` is not a call of computeInheritance", clip(segment));
        return Err(QueryError::option("computeInheritance", message));
    }
    let Some((_, rest)) = segment.split_once('(') else {
        return Ok("");
    };
    rest.trim_end()
        .strip_suffix(')')
        .ok_or_else(|| QueryError::option("computeInheritance", "the call does not end with `)`"))
}

/// The value of a parameter, its alias resolved. A blank value and `null` are no value.
///
/// # Errors
/// An alias that is given more than once.
fn value<'a>(arguments: &Arguments<'a>, query: &'a QueryString, name: Name) -> Result<Option<&'a str>, QueryError> {
    let written = arguments.get(name).map(str::trim);
    let value = match written.and_then(|written| written.strip_prefix('@')) {
        Some(alias) => query.alias(alias)?.map(str::trim),
        None => written,
    };
    Ok(value.filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("null")))
}

fn list(arguments: &Arguments<'_>, query: &QueryString, name: Name) -> Result<Vec<String>, QueryError> {
    match value(arguments, query, name)? {
        None => Ok(Vec::new()),
        Some("''" | "\"\"") => Ok(Vec::new()),
        Some(text) => values::list(text).map_err(|fault| unreadable(name, fault)),
    }
}

fn unreadable(name: Name, fault: values::Fault) -> QueryError {
    let name = name.text();
    QueryError::value(name, format!("the value of `{name}` cannot be read: {fault}"))
}

fn label_ids(arguments: &Arguments<'_>, query: &QueryString) -> Result<Vec<LabelId>, QueryError> {
    let name = Name::LabelIds.text();
    let items = list(arguments, query, Name::LabelIds)?;
    match items.len() {
        0 => Err(QueryError::value(
            name,
            "`labelIds` is missing or empty; name at least one label",
        )),
        1..=MAX_LABELS => items
            .iter()
            .map(|item| {
                LabelId::parse(item)
                    .map_err(|_| QueryError::value(name, format!("the label id `{}` is not a GUID", clip(item))))
            })
            .collect(),
        _ => Err(QueryError::invalid(
            InnerCode::TooManyItems,
            name,
            "`labelIds` has more than 1,000 entries",
        )),
    }
}

fn locale(arguments: &Arguments<'_>, query: &QueryString) -> Result<Option<String>, QueryError> {
    let Some(written) = value(arguments, query, Name::Locale)? else {
        return Ok(None);
    };
    let tag = values::text(written).map_err(|fault| unreadable(Name::Locale, fault))?;
    Ok(Some(tag.trim().to_owned()).filter(|tag| !tag.is_empty()))
}

fn formats(arguments: &Arguments<'_>, query: &QueryString) -> Result<Vec<ContentFormat>, QueryError> {
    let name = Name::Formats.text();
    list(arguments, query, Name::Formats)?
        .iter()
        .map(|item| {
            ContentFormat::parse(item)
                .ok_or_else(|| QueryError::value(name, format!("`{}` is not a content format", clip(item))))
        })
        .collect()
}

#[cfg(test)]
mod tests;
