//! Parameters of the query that stand for clauses and-ed to the filter. Source: rest-api 5.4.

use signet_domain::ids::LabelId;

use super::super::error::{QueryError, clip};
use super::super::query_string::QueryString;
use super::clause::{Leaf, Surface, locale, parse_boolean, parse_formats};
use super::{Route, scoped_on_tenant};

const IDS: &[&str] = &["id"];
const FORMATS: &[&str] = &["applicableTo", "contentFormats"];
const SCOPED: &[&str] = &["isScopedToUser", "scopeToUser"];
const LOCALE: &[&str] = &["locale"];
const OWNER: &[&str] = &["ownerEmail"];
const USER: &[&str] = &["userEmail"];

/// The clauses that parameters stand for. `userEmail` is not one: see [`user_email`].
///
/// # Errors
/// A parameter given twice or of the wrong form; I4: `isScopedToUser` on a tenant route.
pub(super) fn leaves(query: &QueryString, surface: Surface, route: Route) -> Result<Vec<Leaf>, QueryError> {
    let mut leaves = Vec::new();
    if let Some(leaf) = scoped(query, surface, route)? {
        leaves.push(leaf);
    }
    if let Some(text) = query.plain(LOCALE)? {
        leaves.push(Leaf::Locale(locale(text)));
    }
    if let Some(address) = query.plain(OWNER)? {
        leaves.push(Leaf::Owner(address.to_owned()));
    }
    if surface == Surface::List {
        leaves.extend(ids(query)?);
        leaves.extend(formats(query)?);
    }
    Ok(leaves)
}

/// Whose rights are asked.
///
/// # Errors
/// The parameter is given twice.
pub(super) fn user_email(query: &QueryString) -> Result<Option<String>, QueryError> {
    Ok(query.plain(USER)?.map(str::to_owned))
}

fn scoped(query: &QueryString, surface: Surface, route: Route) -> Result<Option<Leaf>, QueryError> {
    let Some(name) = query.first_given(SCOPED) else {
        return Ok(None);
    };
    if route == Route::Tenant {
        return Err(scoped_on_tenant(name));
    }
    if surface != Surface::List {
        return Ok(None);
    }
    let text = query.plain(SCOPED)?.unwrap_or_default();
    match parse_boolean(text) {
        Some(value) => Ok(Some(Leaf::Scoped(value))),
        None => {
            let message = format!("the value `{}` of `{name}` is neither `true` nor `false`", clip(text));
            Err(QueryError::value(name, message))
        }
    }
}

fn ids(query: &QueryString) -> Result<Option<Leaf>, QueryError> {
    let Some(text) = query.plain(IDS)? else {
        return Ok(None);
    };
    let parse = |id: &str| {
        LabelId::parse(id).map_err(|_| QueryError::value("id", format!("the id `{}` is not a GUID", clip(id))))
    };
    let ids: Result<_, _> = text.split(',').map(str::trim).map(parse).collect();
    ids.map(Leaf::Ids).map(Some)
}

fn formats(query: &QueryString) -> Result<Option<Leaf>, QueryError> {
    let Some(text) = query.plain(FORMATS)? else {
        return Ok(None);
    };
    let formats = parse_formats(text)
        .map_err(|name| QueryError::value("applicableTo", format!("`{}` is not a content format", clip(name))))?;
    Ok(Some(Leaf::Formats(formats)))
}
