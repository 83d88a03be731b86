//! `$filter`: text to tree. What a tree means is for [`super::policy_filter`] and [`super::rules`].

mod ast;
mod lexer;
mod parser;

pub(crate) use ast::{Clause, Expression, Test, Value, operator_name};

use super::error::{InnerCode, QueryError};

/// Bounds on a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterLimits {
    /// Bytes after decoding.
    pub bytes: usize,
    /// Clauses.
    pub clauses: usize,
}

/// 8 KiB and 200 clauses. Source: rest-api 5.2.
impl Default for FilterLimits {
    fn default() -> Self {
        Self {
            bytes: 8 * 1024,
            clauses: 200,
        }
    }
}

/// Which part of the grammar is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Everything.
    Generic,
    /// Without `not`, functions and comparison by order: the governance routes.
    Governance,
}

/// Parses a filter.
///
/// # Errors
/// A filter over its limits, or deeper than 32 levels; text that is not a filter, with the position in bytes.
pub(crate) fn parse_filter(text: &str, dialect: Dialect, limits: FilterLimits) -> Result<Expression, QueryError> {
    if text.len() > limits.bytes {
        let message = format!("the filter is longer than {} bytes", limits.bytes);
        return Err(QueryError::invalid(
            InnerCode::MaxQueryLengthExceeded,
            "$filter",
            message,
        ));
    }
    parser::parse(text, dialect, limits.clauses).map_err(|fault| match fault {
        parser::Fault::Syntax(fault) => clause_fault(&fault.what, fault.position),
        parser::Fault::TooManyTerms(what) => QueryError::invalid(InnerCode::TooManyTermsInQuery, "$filter", what),
    })
}

/// Something is wrong with a clause that begins at a position, in bytes.
pub(crate) fn clause_fault(what: &str, position: usize) -> QueryError {
    let message = format!("Invalid filter clause: {what} at position {position}");
    QueryError::option("$filter", message)
}

/// A clause compares with a value of the wrong form.
pub(crate) fn value_fault(what: &str, position: usize) -> QueryError {
    let message = format!("Invalid filter clause: {what} at position {position}");
    QueryError::value("$filter", message)
}

#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod tests;
