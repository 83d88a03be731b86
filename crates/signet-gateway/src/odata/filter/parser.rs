//! The grammar of a `$filter`. Source: rest-api 5.2.

use signet_domain::ids::parse_guid;
use signet_domain::query::Comparison;

use super::Dialect;
use super::ast::{Clause, Expression, Test, Value};
use super::lexer::{Located, SyntaxFault, Token, tokens};

/// The deepest nesting of parentheses and `not`.
const MAX_DEPTH: usize = 32;

/// Why a filter cannot be read.
pub(super) enum Fault {
    /// It is not a filter.
    Syntax(SyntaxFault),
    /// It is nested too deeply or has too many clauses; the text says which.
    TooManyTerms(String),
}

impl From<SyntaxFault> for Fault {
    fn from(fault: SyntaxFault) -> Self {
        Self::Syntax(fault)
    }
}

/// Parses a whole filter.
pub(super) fn parse(text: &str, dialect: Dialect, most_clauses: usize) -> Result<Expression, Fault> {
    let mut parser = Parser {
        tokens: tokens(text)?.into_iter().peekable(),
        end: text.len(),
        dialect,
        depth: 0,
        clauses_left: most_clauses,
        most_clauses,
    };
    let expression = parser.or_expression()?;
    match parser.take() {
        Located { token: Token::End, .. } => Ok(expression),
        other => Err(unexpected(&other, "`and`, `or` or the end").into()),
    }
}

struct Parser<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Located<'a>>>,
    end: usize,
    dialect: Dialect,
    depth: usize,
    clauses_left: usize,
    most_clauses: usize,
}

impl<'a> Parser<'a> {
    fn take(&mut self) -> Located<'a> {
        self.tokens.next().unwrap_or(Located {
            token: Token::End,
            position: self.end,
        })
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        self.tokens
            .next_if(|next| matches!(next.token, Token::Word(word) if word.eq_ignore_ascii_case(keyword)))
            .is_some()
    }

    fn take_if(&mut self, token: &Token<'_>) -> bool {
        self.tokens.next_if(|next| next.token == *token).is_some()
    }

    fn expect(&mut self, token: &Token<'_>) -> Result<(), Fault> {
        match self.take() {
            found if found.token == *token => Ok(()),
            found => Err(unexpected(&found, &token.shown()).into()),
        }
    }

    fn or_expression(&mut self) -> Result<Expression, Fault> {
        let mut members = vec![self.and_expression()?];
        while self.take_keyword("or") {
            members.push(self.and_expression()?);
        }
        Ok(combine(members, Expression::Or, |member| match member {
            Expression::Or(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    fn and_expression(&mut self) -> Result<Expression, Fault> {
        let mut members = vec![self.term()?];
        while self.take_keyword("and") {
            members.push(self.term()?);
        }
        Ok(combine(members, Expression::And, |member| match member {
            Expression::And(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    fn term(&mut self) -> Result<Expression, Fault> {
        let first = self.take();
        match first.token {
            Token::Open => {
                let inner = self.nested(Self::or_expression)?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Token::Word(word) if word.eq_ignore_ascii_case("not") => {
                self.generic_only(word, first.position)?;
                let inner = self.nested(Self::term)?;
                Ok(Expression::Not(Box::new(inner)))
            }
            Token::Word(word) => self.clause(word, first.position).map(Expression::Clause),
            _ => Err(unexpected(&first, "a property").into()),
        }
    }

    fn nested(&mut self, parse: fn(&mut Self) -> Result<Expression, Fault>) -> Result<Expression, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::TooManyTerms(
                "the filter is nested deeper than 32 levels".to_owned(),
            ));
        }
        self.depth += 1;
        let inner = parse(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn clause(&mut self, word: &'a str, position: usize) -> Result<Clause, Fault> {
        self.clauses_left = self.clauses_left.checked_sub(1).ok_or_else(|| {
            let most = self.most_clauses;
            Fault::TooManyTerms(format!(
                "the filter has more than {most} clauses; use `in` for many values"
            ))
        })?;
        if self.tokens.peek().is_some_and(|next| next.token == Token::Open) {
            return self.function(word, position);
        }
        let path = path(word, position)?;
        let test = self.test()?;
        Ok(Clause { position, path, test })
    }

    fn function(&mut self, word: &str, position: usize) -> Result<Clause, Fault> {
        let comparison = match word.to_ascii_lowercase().as_str() {
            "startswith" => Comparison::StartsWith,
            "contains" => Comparison::Contains,
            _ => return Err(not_here(word, position).into()),
        };
        self.generic_only(word, position)?;
        self.expect(&Token::Open)?;
        let path = match self.take() {
            Located {
                token: Token::Word(word),
                position,
            } => path(word, position)?,
            other => return Err(unexpected(&other, "a property").into()),
        };
        self.expect(&Token::Comma)?;
        let value = self.value()?;
        self.expect(&Token::Close)?;
        let test = Test::Compare(comparison, value);
        Ok(Clause { position, path, test })
    }

    fn test(&mut self) -> Result<Test, Fault> {
        let operator = self.take();
        let Token::Word(word) = operator.token else {
            return Err(unexpected(&operator, "an operator").into());
        };
        let comparison = match word.to_ascii_lowercase().as_str() {
            "in" => return self.list().map(Test::In),
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            _ => return Err(unexpected(&operator, "an operator").into()),
        };
        if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            self.generic_only(word, operator.position)?;
        }
        Ok(Test::Compare(comparison, self.value()?))
    }

    fn list(&mut self) -> Result<Vec<Value>, Fault> {
        self.expect(&Token::Open)?;
        let mut values = vec![self.value()?];
        while self.take_if(&Token::Comma) {
            values.push(self.value()?);
        }
        self.expect(&Token::Close)?;
        Ok(values)
    }

    fn value(&mut self) -> Result<Value, Fault> {
        let located = self.take();
        let value = match &located.token {
            Token::Text(text) => Some(Value::Text(text.clone())),
            Token::Word(word) => bare_value(word),
            _ => None,
        };
        value.ok_or_else(|| unexpected(&located, "a value; texts are put in single quotes").into())
    }

    fn generic_only(&self, word: &str, position: usize) -> Result<(), Fault> {
        match self.dialect {
            Dialect::Generic => Ok(()),
            Dialect::Governance => Err(not_here(word, position).into()),
        }
    }
}

/// One member stands for itself; members of the same kind are taken apart, since grouping says nothing.
fn combine(
    members: Vec<Expression>,
    make: fn(Vec<Expression>) -> Expression,
    take_apart: fn(Expression) -> Result<Vec<Expression>, Expression>,
) -> Expression {
    let mut flat = Vec::with_capacity(members.len());
    for member in members {
        match take_apart(member) {
            Ok(inner) => flat.extend(inner),
            Err(other) => flat.push(other),
        }
    }
    match flat.len() {
        1 => flat.swap_remove(0),
        _ => make(flat),
    }
}

fn bare_value(word: &str) -> Option<Value> {
    match word.to_ascii_lowercase().as_str() {
        "true" => return Some(Value::Boolean(true)),
        "false" => return Some(Value::Boolean(false)),
        "null" => return Some(Value::Null),
        _ => {}
    }
    let number = word.parse().ok().map(Value::Integer);
    number.or_else(|| parse_guid(word).ok().map(Value::Guid))
}

fn path(word: &str, position: usize) -> Result<String, SyntaxFault> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match word.split('/').all(is_name) {
        true => Ok(word.to_owned()),
        false => Err(SyntaxFault {
            what: format!("{} is not a property", Token::Word(word).shown()),
            position,
        }),
    }
}

fn unexpected(found: &Located<'_>, wanted: &str) -> SyntaxFault {
    SyntaxFault {
        what: format!("expected {wanted}, found {}", found.token.shown()),
        position: found.position,
    }
}

fn not_here(word: &str, position: usize) -> SyntaxFault {
    SyntaxFault {
        what: format!("{} is not supported here", Token::Word(word).shown()),
        position,
    }
}
