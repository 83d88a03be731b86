//! Clauses of a filter as conditions of the catalogue, their types checked.

use signet_domain::ids::LabelId;
use signet_domain::query::{Comparison, LabelField, LabelFilter, Literal};

use super::error::{QueryError, clip};
use super::filter::{Clause, Test, Value, clause_fault, operator_name, value_fault};
use super::properties::{Property, ValueKind};

/// Reads a clause about a property.
///
/// # Errors
/// A property that cannot be compared, an operator its type does not have, a value of another type.
pub(crate) fn condition(property: &Property, clause: &Clause) -> Result<LabelFilter, QueryError> {
    let Some(field) = property.field else {
        return Err(not_comparable(clause));
    };
    if field == LabelField::Id {
        return id_condition(clause);
    }
    let kind = property.value_kind();
    match &clause.test {
        Test::Compare(comparison, value) => {
            check_operator(kind, *comparison, clause)?;
            let nullable = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
            Ok(LabelFilter::Compare {
                field,
                comparison: *comparison,
                literal: literal(kind, value, nullable, clause)?,
            })
        }
        Test::In(values) => {
            let literals: Result<_, _> = values.iter().map(|value| literal(kind, value, true, clause)).collect();
            Ok(LabelFilter::In {
                field,
                literals: literals?,
            })
        }
    }
}

/// A clause about something that cannot be compared.
pub(crate) fn not_comparable(clause: &Clause) -> QueryError {
    clause_fault(
        &format!("`{}` cannot be used in a filter", clip(&clause.path)),
        clause.position,
    )
}

/// An operator that the property of a clause does not have.
pub(crate) fn operator_refused(operator: &str, clause: &Clause) -> QueryError {
    let what = format!("`{}` cannot be compared by `{operator}`", clip(&clause.path));
    clause_fault(&what, clause.position)
}

/// A label id in a clause, quoted or bare.
///
/// # Errors
/// Anything but a GUID.
pub(crate) fn label_id(value: &Value, clause: &Clause) -> Result<LabelId, QueryError> {
    let id = match value {
        Value::Guid(guid) => Some(LabelId::from_uuid(*guid)),
        Value::Text(text) => LabelId::parse(text).ok(),
        Value::Integer(_) | Value::Boolean(_) | Value::Null => None,
    };
    id.ok_or_else(|| {
        value_fault(
            &format!("`{}` is not a GUID", clip(&value.to_string())),
            clause.position,
        )
    })
}

fn id_condition(clause: &Clause) -> Result<LabelFilter, QueryError> {
    match &clause.test {
        Test::Compare(Comparison::Equal, value) => Ok(LabelFilter::IdIn(vec![label_id(value, clause)?])),
        Test::Compare(Comparison::NotEqual, value) => {
            let same = LabelFilter::IdIn(vec![label_id(value, clause)?]);
            Ok(LabelFilter::Not(Box::new(same)))
        }
        Test::Compare(comparison, _) => Err(operator_refused(operator_name(*comparison), clause)),
        Test::In(values) => {
            let ids: Result<_, _> = values.iter().map(|value| label_id(value, clause)).collect();
            Ok(LabelFilter::IdIn(ids?))
        }
    }
}

fn check_operator(kind: ValueKind, comparison: Comparison, clause: &Clause) -> Result<(), QueryError> {
    let fits = match comparison {
        Comparison::Equal | Comparison::NotEqual => true,
        Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Less | Comparison::LessOrEqual => {
            kind == ValueKind::Integer
        }
        Comparison::StartsWith | Comparison::Contains => kind == ValueKind::Text,
    };
    match fits {
        true => Ok(()),
        false => Err(operator_refused(operator_name(comparison), clause)),
    }
}

fn literal(kind: ValueKind, value: &Value, nullable: bool, clause: &Clause) -> Result<Literal, QueryError> {
    match (kind, value) {
        (ValueKind::Text, Value::Text(text)) => Ok(Literal::Text(text.clone())),
        (ValueKind::Integer, Value::Integer(number)) => Ok(Literal::Integer(*number)),
        (ValueKind::Boolean, Value::Boolean(value)) => Ok(Literal::Boolean(*value)),
        (_, Value::Null) if nullable => Ok(Literal::Null),
        _ => {
            let wanted = match kind {
                ValueKind::Text => "a text in single quotes",
                ValueKind::Integer => "a whole number",
                ValueKind::Boolean => "`true` or `false`",
            };
            let path = clip(&clause.path);
            let what = format!(
                "`{path}` is compared with {wanted}, not with `{}`",
                clip(&value.to_string())
            );
            Err(value_fault(&what, clause.position))
        }
    }
}

/// The condition that always holds.
pub(crate) const ALWAYS: LabelFilter = LabelFilter::And(Vec::new());

/// The condition that never holds.
pub(crate) const NEVER: LabelFilter = LabelFilter::Or(Vec::new());

/// All conditions together, without those that always hold.
pub(crate) fn all_of(conditions: Vec<LabelFilter>) -> LabelFilter {
    let mut kept: Vec<LabelFilter> = conditions
        .into_iter()
        .filter(|condition| *condition != ALWAYS)
        .collect();
    match kept.len() {
        1 => kept.swap_remove(0),
        _ => LabelFilter::And(kept),
    }
}

/// One of the conditions. Ids alone become one list of ids, so that they are found by index.
pub(crate) fn any_of(conditions: Vec<LabelFilter>) -> LabelFilter {
    if conditions.contains(&ALWAYS) {
        return ALWAYS;
    }
    let mut ids: Vec<LabelId> = Vec::new();
    for condition in &conditions {
        match condition {
            LabelFilter::IdIn(more) => ids.extend(more),
            _ => return LabelFilter::Or(conditions),
        }
    }
    LabelFilter::IdIn(without_repeats(ids))
}

/// The same values, each once, in order of appearance.
pub(crate) fn without_repeats<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    let mut kept = Vec::with_capacity(values.len());
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}
