//! The parameters of a function call, cut apart.

use super::super::error::{QueryError, clip};

/// A parameter of the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    LabelIds,
    Locale,
    Formats,
}

impl Name {
    /// Every parameter.
    pub(super) const ALL: [Self; 3] = [Self::LabelIds, Self::Locale, Self::Formats];

    /// The spellings of a parameter, the usual one first.
    pub(super) const fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::LabelIds => &["labelIds"],
            Self::Locale => &["locale"],
            Self::Formats => &["contentFormats", "applicableTo"],
        }
    }

    /// The usual spelling.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::LabelIds => "labelIds",
            Self::Locale => "locale",
            Self::Formats => "contentFormats",
        }
    }
}

/// The values of the parameters, as written between the parentheses; each at most once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments<'a>(Vec<(Name, &'a str)>);

impl<'a> Arguments<'a> {
    /// Cuts the text between the parentheses. A value runs to the next known name followed by `=`, found outside
    /// quotes and brackets; a comma before that name is optional, because one client library drops it.
    ///
    /// # Errors
    /// An unknown name at the start, the same name twice.
    pub(super) fn cut(text: &'a str) -> Result<Self, QueryError> {
        let mut arguments = Self::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let Some((name, value)) = name_at(rest) else {
                return Err(unknown(rest));
            };
            let end = value_length(value);
            let (value, following) = value.split_at(end);
            let value = value.trim_end();
            let separated = if following.is_empty() {
                value
            } else {
                value.strip_suffix(',').unwrap_or(value)
            };
            arguments.add(name, separated)?;
            rest = following;
        }
        Ok(arguments)
    }

    /// Adds the value of a parameter.
    ///
    /// # Errors
    /// The parameter has a value already.
    pub(super) fn add(&mut self, name: Name, value: &'a str) -> Result<(), QueryError> {
        if self.get(name).is_some() {
            let text = name.text();
            return Err(QueryError::option(
                text,
                format!("the parameter `{text}` is given more than once"),
            ));
        }
        self.0.push((name, value));
        Ok(())
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: Name) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// The known name a text begins with, and what follows its `=`.
fn name_at(text: &str) -> Option<(Name, &str)> {
    Name::ALL.into_iter().find_map(|name| {
        name.spellings().iter().find_map(|spelling| {
            let (start, rest) = text.split_at_checked(spelling.len())?;
            let rest = rest.trim_start().strip_prefix('=')?;
            start.eq_ignore_ascii_case(spelling).then_some((name, rest))
        })
    })
}

/// The bytes up to the next known name outside quotes and brackets.
fn value_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && text.get(at..).and_then(name_at).is_some() => return at,
            (None, _) => {}
        }
    }
    text.len()
}

fn unknown(text: &str) -> QueryError {
    let name = clip(text.split(['=', ',']).next().unwrap_or(text).trim());
    let message = format!("`{name}` is not a parameter of computeInheritance; use labelIds, locale and contentFormats");
    QueryError::option(&name, message)
}
