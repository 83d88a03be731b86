//! `$expand`: which relationships are answered inline, each with options of its own.

use super::error::{QueryError, clip};
use super::properties::{ApiVersion, Emitted, TypeTable};
use super::query_string::SystemOption;

/// One relationship to expand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expansion<'a> {
    /// Canonical name.
    pub(crate) name: &'static str,
    /// Its own `$select`.
    pub(crate) select: Option<&'a str>,
    /// Its own `$expand`.
    pub(crate) expand: Option<&'a str>,
}

/// Reads an `$expand`; absent: nothing. Each relationship occurs once.
///
/// # Errors
/// A name that is not a relationship of the type, the same one twice, unbalanced parentheses, an option inside
/// them other than `$select` and `$expand`.
pub(crate) fn parse_expand<'a>(
    text: Option<&'a str>,
    table: &'static TypeTable,
    version: ApiVersion,
) -> Result<Vec<Expansion<'a>>, QueryError> {
    let mut expansions: Vec<Expansion<'a>> = Vec::new();
    let Some(text) = text else {
        return Ok(expansions);
    };
    for item in split_outside_parentheses(text, ',')? {
        let expansion = parse_item(item, table, version)?;
        if expansions.iter().any(|known| known.name == expansion.name) {
            return Err(refused(format!(
                "the relationship `{}` is expanded more than once",
                expansion.name
            )));
        }
        expansions.push(expansion);
    }
    Ok(expansions)
}

fn parse_item<'a>(item: &'a str, table: &'static TypeTable, version: ApiVersion) -> Result<Expansion<'a>, QueryError> {
    let (name, options) = match item.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.strip_suffix(')').ok_or_else(|| unbalanced(item))?),
        None => (item, ""),
    };
    let property = table
        .find(name, version)
        .filter(|property| property.emitted == Emitted::AsRelationship)
        .ok_or_else(|| QueryError::unknown_property("$expand", name, table.type_name))?;
    let mut expansion = Expansion {
        name: property.name,
        select: None,
        expand: None,
    };
    if item.contains('(') {
        for option in split_outside_parentheses(options, ';')? {
            read_option(option, &mut expansion)?;
        }
    }
    Ok(expansion)
}

fn read_option<'a>(text: &'a str, expansion: &mut Expansion<'a>) -> Result<(), QueryError> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let place = match SystemOption::parse(name.trim()) {
        Some(SystemOption::Select) => &mut expansion.select,
        Some(SystemOption::Expand) => &mut expansion.expand,
        _ => {
            let name = clip(name);
            return Err(refused(format!(
                "the option `{name}` is not offered inside `$expand`; use `$select` or `$expand`"
            )));
        }
    };
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(refused(format!("the option `{}` is given more than once", clip(name)))),
    }
}

/// The trimmed pieces between separators that no parenthesis encloses.
fn split_outside_parentheses(text: &str, separator: char) -> Result<Vec<&str>, QueryError> {
    let mut pieces = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(|| unbalanced(text))?,
            _ if character == separator && depth == 0 => {
                pieces.push(text.get(start..at).unwrap_or_default().trim());
                start = at + character.len_utf8();
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err(unbalanced(text));
    }
    pieces.push(text.get(start..).unwrap_or_default().trim());
    Ok(pieces)
}

fn unbalanced(text: &str) -> QueryError {
    refused(format!("the parentheses of `{}` do not match", clip(text)))
}

fn refused(message: String) -> QueryError {
    QueryError::option("$expand", message)
}

#[cfg(test)]
mod tests;
