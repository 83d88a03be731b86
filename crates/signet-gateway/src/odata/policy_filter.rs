//! `$filter` of the policy routes (P1): the generic grammar over the properties of the label.

use signet_domain::query::{Comparison, LabelFilter};

use super::conditions::{all_of, any_of, condition};
use super::error::QueryError;
use super::filter::{Clause, Dialect, Expression, FilterLimits, Test, Value, parse_filter};
use super::properties::{ApiVersion, POLICY_LABEL};

/// Reads a filter; absent: no condition.
///
/// # Errors
/// Text that is not a filter, a property the label does not have, a comparison its type does not allow.
pub(crate) fn parse_policy_filter(text: Option<&str>, limits: FilterLimits) -> Result<Option<LabelFilter>, QueryError> {
    match text {
        None => Ok(None),
        Some(text) => lower(&parse_filter(text, Dialect::Generic, limits)?).map(Some),
    }
}

fn lower(expression: &Expression) -> Result<LabelFilter, QueryError> {
    let members = |members: &[Expression]| members.iter().map(lower).collect::<Result<Vec<_>, _>>();
    match expression {
        Expression::And(inner) => members(inner).map(all_of),
        Expression::Or(inner) => members(inner).map(any_of),
        Expression::Not(inner) => Ok(LabelFilter::Not(Box::new(lower(inner)?))),
        Expression::Clause(clause) => {
            // The policy routes exist in beta only.
            let property = POLICY_LABEL
                .find(&clause.path, ApiVersion::Beta)
                .ok_or_else(|| QueryError::unknown_property("$filter", &clause.path, POLICY_LABEL.type_name))?;
            match property.name {
                "color" => condition(property, &as_shown(clause)),
                _ => condition(property, clause),
            }
        }
    }
}

/// A label without a colour shows an empty text on these routes, never null, and compares as what it shows. The
/// catalogue has it the other way round. Source: rest-api 4.1.
fn as_shown(clause: &Clause) -> Clause {
    let turned = |value: &Value| match value {
        Value::Text(text) if text.is_empty() => Value::Null,
        Value::Null => Value::Text(String::new()),
        other => other.clone(),
    };
    let test = match &clause.test {
        Test::Compare(comparison @ (Comparison::Equal | Comparison::NotEqual), value) => {
            Test::Compare(*comparison, turned(value))
        }
        Test::In(values) => Test::In(values.iter().map(turned).collect()),
        Test::Compare(..) => clause.test.clone(),
    };
    Clause { test, ..clause.clone() }
}

#[cfg(test)]
mod tests {
    use signet_domain::ids::LabelId;
    use signet_domain::query::{Comparison, LabelField, Literal};

    use super::*;

    const GUID: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";

    fn filter(text: &str) -> Result<LabelFilter, String> {
        parse_policy_filter(Some(text), FilterLimits::default())
            .map(|filter| filter.expect("a filter was given"))
            .map_err(|error| error.message)
    }

    fn compare(field: LabelField, comparison: Comparison, literal: Literal) -> LabelFilter {
        LabelFilter::Compare {
            field,
            comparison,
            literal,
        }
    }

    fn text(value: &str) -> Literal {
        Literal::Text(value.to_owned())
    }

    #[test]
    fn every_type_compares_with_its_own_values() {
        let id = LabelId::parse(GUID).expect("a GUID");
        let cases = [
            ("name eq 'x'", compare(LabelField::Name, Comparison::Equal, text("x"))),
            (
                "toolTip ne 'x'",
                compare(LabelField::Tooltip, Comparison::NotEqual, text("x")),
            ),
            (
                "color eq ''",
                compare(LabelField::Color, Comparison::Equal, Literal::Null),
            ),
            (
                "color ne null",
                compare(LabelField::Color, Comparison::NotEqual, text("")),
            ),
            (
                "color in ('','#ff0000')",
                LabelFilter::In {
                    field: LabelField::Color,
                    literals: vec![Literal::Null, text("#ff0000")],
                },
            ),
            (
                "isActive eq true",
                compare(LabelField::IsEnabled, Comparison::Equal, Literal::Boolean(true)),
            ),
            (
                "ISAPPLIABLE ne false",
                compare(LabelField::IsAppliable, Comparison::NotEqual, Literal::Boolean(false)),
            ),
            (
                "sensitivity ge 3",
                compare(LabelField::Sensitivity, Comparison::GreaterOrEqual, Literal::Integer(3)),
            ),
            (
                "startswith(name,'x')",
                compare(LabelField::Name, Comparison::StartsWith, text("x")),
            ),
            (
                "contains(description,'x')",
                compare(LabelField::Description, Comparison::Contains, text("x")),
            ),
            (
                "sensitivity in (1,null)",
                LabelFilter::In {
                    field: LabelField::Sensitivity,
                    literals: vec![Literal::Integer(1), Literal::Null],
                },
            ),
            (&format!("id eq '{GUID}'"), LabelFilter::IdIn(vec![id])),
            (
                &format!("id ne {GUID}"),
                LabelFilter::Not(Box::new(LabelFilter::IdIn(vec![id]))),
            ),
            (&format!("id in ('{GUID}',{GUID})"), LabelFilter::IdIn(vec![id, id])),
            (
                &format!("id eq '{GUID}' or id eq '{}'", GUID.to_uppercase()),
                LabelFilter::IdIn(vec![id]),
            ),
        ];
        for (filter_text, expected) in cases {
            assert_eq!(filter(filter_text), Ok(expected), "{filter_text}");
        }
        assert_eq!(parse_policy_filter(None, FilterLimits::default()), Ok(None));
    }

    #[test]
    fn conditions_combine_as_written() {
        let name = |value| compare(LabelField::Name, Comparison::Equal, text(value));
        assert_eq!(
            filter("not (name eq 'a' or name eq 'b') and name ne 'c'"),
            Ok(LabelFilter::And(vec![
                LabelFilter::Not(Box::new(LabelFilter::Or(vec![name("a"), name("b")]))),
                compare(LabelField::Name, Comparison::NotEqual, text("c")),
            ]))
        );
    }

    #[test]
    fn a_property_the_label_does_not_have_is_named() {
        for name in ["displayName", "priority", "wings", "parent/id", "ownerEmail"] {
            assert_eq!(
                filter(&format!("{name} eq 'x'")),
                Err(format!(
                    "Could not find a property named '{name}' on type 'microsoft.graph.security.sensitivityLabel'."
                ))
            );
        }
    }

    #[test]
    fn comparisons_a_type_does_not_have_are_refused() {
        let cases = [
            (
                "name eq 5",
                "`name` is compared with a text in single quotes, not with `5` at position 0",
            ),
            (
                "isActive eq 'true'",
                "`isActive` is compared with `true` or `false`, not with `'true'` at position 0",
            ),
            (
                "isActive eq true and sensitivity eq '3'",
                "`sensitivity` is compared with a whole number, not with `'3'` at position 21",
            ),
            (
                "sensitivity gt null",
                "`sensitivity` is compared with a whole number, not with `null` at position 0",
            ),
            ("name gt 'x'", "`name` cannot be compared by `gt` at position 0"),
            (
                "startswith(sensitivity,'1')",
                "`sensitivity` cannot be compared by `startswith` at position 0",
            ),
            (
                "startswith(id,'1')",
                "`id` cannot be compared by `startswith` at position 0",
            ),
            ("id eq 'nope'", "`'nope'` is not a GUID at position 0"),
            ("id in (null)", "`null` is not a GUID at position 0"),
            (
                "contentFormats eq 'file'",
                "`contentFormats` cannot be used in a filter at position 0",
            ),
            ("parent eq null", "`parent` cannot be used in a filter at position 0"),
        ];
        for (text, what) in cases {
            assert_eq!(filter(text), Err(format!("Invalid filter clause: {what}")), "{text}");
        }
    }
}
