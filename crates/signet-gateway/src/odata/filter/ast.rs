//! The tree of a `$filter`, and its canonical text.

use std::fmt;

use signet_domain::query::Comparison;
use uuid::Uuid;

/// A condition. `And` and `Or` have at least two members, none of them of the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    /// All hold.
    And(Vec<Expression>),
    /// One holds.
    Or(Vec<Expression>),
    /// Does not hold.
    Not(Box<Expression>),
    /// One test of one property.
    Clause(Clause),
}

/// One test of one property.
#[derive(Debug, Clone, Eq)]
pub(crate) struct Clause {
    /// Where it begins in the text, in bytes. Not part of what the clause says: equality leaves it out.
    pub(crate) position: usize,
    /// The property as written: `id`, `rights/ownerEmail`.
    pub(crate) path: String,
    /// The test.
    pub(crate) test: Test,
}

impl PartialEq for Clause {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.test == other.test
    }
}

/// What is asked of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    /// It compares with a value.
    Compare(Comparison, Value),
    /// It is one of these values.
    In(Vec<Value>),
}

/// A value of the filter language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A quoted text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`.
    Null,
    /// A GUID without quotes.
    Guid(Uuid),
}

/// The canonical text, with no more parentheses than needed: parsing it gives the same tree.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(members) => join(f, members, " and "),
            Self::Or(members) => join(f, members, " or "),
            Self::Not(inner) => match inner.as_ref() {
                Self::And(_) | Self::Or(_) => write!(f, "not ({inner})"),
                Self::Not(_) | Self::Clause(_) => write!(f, "not {inner}"),
            },
            Self::Clause(clause) => clause.fmt(f),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, members: &[Expression], keyword: &str) -> fmt::Result {
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            f.write_str(keyword)?;
        }
        match member {
            Expression::Or(_) => write!(f, "({member})")?,
            Expression::And(_) | Expression::Not(_) | Expression::Clause(_) => write!(f, "{member}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.test {
            Test::Compare(Comparison::StartsWith, value) => write!(f, "startswith({path},{value})"),
            Test::Compare(Comparison::Contains, value) => write!(f, "contains({path},{value})"),
            Test::Compare(comparison, value) => write!(f, "{path} {} {value}", operator_name(*comparison)),
            Test::In(values) => {
                write!(f, "{path} in (")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index > 0 { "," } else { "" })?;
                }
                f.write_str(")")
            }
        }
    }
}

/// The keyword of an operator, or the name of a function.
pub(crate) const fn operator_name(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "eq",
        Comparison::NotEqual => "ne",
        Comparison::Greater => "gt",
        Comparison::GreaterOrEqual => "ge",
        Comparison::Less => "lt",
        Comparison::LessOrEqual => "le",
        Comparison::StartsWith => "startswith",
        Comparison::Contains => "contains",
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(value) => value.fmt(f),
            Self::Null => f.write_str("null"),
            Self::Guid(guid) => guid.as_hyphenated().fmt(f),
        }
    }
}
