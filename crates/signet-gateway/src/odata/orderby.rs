//! `$orderby`: the order of a list.

use signet_domain::query::OrderKey;

use super::error::{QueryError, clip};
use super::properties::{ApiVersion, Property, TypeTable};

/// Reads the `$orderby` of a list of labels; absent: empty, the default order.
///
/// # Errors
/// A property that is unknown, has no order, or is named twice; a direction other than `asc` and `desc`.
pub(crate) fn parse_order(
    text: Option<&str>,
    table: &'static TypeTable,
    version: ApiVersion,
) -> Result<Vec<OrderKey>, QueryError> {
    let mut keys: Vec<OrderKey> = Vec::new();
    for (property, descending) in parse_keys(text, table, version)? {
        let name = property.name;
        let field = property
            .field
            .ok_or_else(|| refused(format!("a list cannot be ordered by `{name}`")))?;
        if keys.iter().any(|key| key.field == field) {
            return Err(refused(format!("the property `{name}` is named more than once")));
        }
        keys.push(OrderKey { field, descending });
    }
    Ok(keys)
}

/// Reads the `$orderby` of children, who are ordered by name only: descending or not.
///
/// # Errors
/// Another property, or more than one; a direction other than `asc` and `desc`.
pub(crate) fn parse_name_order(
    text: Option<&str>,
    table: &'static TypeTable,
    version: ApiVersion,
) -> Result<bool, QueryError> {
    match parse_keys(text, table, version)?.as_slice() {
        [] => Ok(false),
        [(property, descending)] if property.name == "name" => Ok(*descending),
        _ => Err(refused("items can be ordered by `name` only".to_owned())),
    }
}

fn parse_keys(
    text: Option<&str>,
    table: &'static TypeTable,
    version: ApiVersion,
) -> Result<Vec<(&'static Property, bool)>, QueryError> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    text.split(',').map(|key| parse_key(key, table, version)).collect()
}

fn parse_key(
    key: &str,
    table: &'static TypeTable,
    version: ApiVersion,
) -> Result<(&'static Property, bool), QueryError> {
    let mut words = key.split_ascii_whitespace();
    let name = words.next().unwrap_or_default();
    let property = table
        .find(name, version)
        .ok_or_else(|| QueryError::unknown_property("$orderby", name, table.type_name))?;
    let descending = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("asc") => false,
        Some(word) if word.eq_ignore_ascii_case("desc") => true,
        Some(word) => return Err(direction(word)),
    };
    match words.next() {
        None => Ok((property, descending)),
        Some(word) => Err(direction(word)),
    }
}

fn direction(word: &str) -> QueryError {
    refused(format!("`{}` is not a direction; use `asc` or `desc`", clip(word)))
}

fn refused(message: String) -> QueryError {
    QueryError::option("$orderby", message)
}

#[cfg(test)]
mod tests {
    use signet_domain::query::LabelField;

    use super::super::properties::{DRIVE_ITEM, GOVERNANCE_LABEL, POLICY_LABEL};
    use super::*;

    fn order(text: &str) -> Result<Vec<(LabelField, bool)>, String> {
        parse_order(Some(text), &GOVERNANCE_LABEL, ApiVersion::V1)
            .map(|keys| keys.into_iter().map(|key| (key.field, key.descending)).collect())
            .map_err(|error| error.message)
    }

    #[test]
    fn no_order_is_the_default_one() {
        assert_eq!(parse_order(None, &POLICY_LABEL, ApiVersion::Beta), Ok(Vec::new()));
    }

    #[test]
    fn several_keys_with_and_without_direction_in_any_case() {
        assert_eq!(
            order("priority desc, NAME ASC,displayname"),
            Ok(vec![
                (LabelField::Priority, true),
                (LabelField::Name, false),
                (LabelField::DisplayName, false)
            ])
        );
    }

    #[test]
    fn what_cannot_be_an_order_is_refused() {
        let cases = [
            (
                "",
                "Could not find a property named '' on type 'microsoft.graph.sensitivityLabel'.",
            ),
            (
                "name,",
                "Could not find a property named '' on type 'microsoft.graph.sensitivityLabel'.",
            ),
            (
                "wings",
                "Could not find a property named 'wings' on type 'microsoft.graph.sensitivityLabel'.",
            ),
            (
                "isSmimeSignEnabled",
                "Could not find a property named 'isSmimeSignEnabled' on type 'microsoft.graph.sensitivityLabel'.",
            ),
            ("labelActions", "a list cannot be ordered by `labelActions`"),
            ("sublabels", "a list cannot be ordered by `sublabels`"),
            ("name up", "`up` is not a direction; use `asc` or `desc`"),
            ("name asc desc", "`desc` is not a direction; use `asc` or `desc`"),
            ("name,name desc", "the property `name` is named more than once"),
        ];
        for (text, message) in cases {
            assert_eq!(order(text), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn items_are_ordered_by_name() {
        let order = |text| parse_name_order(text, &DRIVE_ITEM, ApiVersion::V1);
        assert_eq!(order(None), Ok(false));
        assert_eq!(order(Some("name")), Ok(false));
        assert_eq!(order(Some("Name desc")), Ok(true));
        assert!(order(Some("size")).is_err());
        assert!(order(Some("name,size")).is_err());
    }
}
