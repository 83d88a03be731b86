//! `$search`: words to look for in names and descriptions.

use signet_domain::query::{LabelField, SearchTerm};

use super::error::{InnerCode, QueryError, clip};

/// The longest `$search`, in bytes.
const MAX_SEARCH_BYTES: usize = 1024;
/// The most terms.
const MAX_TERMS: usize = 20;

/// Reads a `$search`; absent: no terms. A term is a word or a quoted text in which `\` escapes; all terms must be
/// found, `AND` between them is optional. `name:`, `displayName:` or `description:` in front restricts a term.
///
/// # Errors
/// Over 1 KiB or 20 terms, an empty term, an open quote, `OR` or `NOT`.
pub(crate) fn parse_search(text: Option<&str>) -> Result<Vec<SearchTerm>, QueryError> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    if text.len() > MAX_SEARCH_BYTES {
        let message = "the search text is longer than 1 KiB";
        return Err(QueryError::invalid(
            InnerCode::MaxQueryLengthExceeded,
            "$search",
            message,
        ));
    }
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, remaining) = next_word(rest)?;
        rest = remaining.trim_start();
        match word {
            Word::Bare("AND") if !terms.is_empty() && !rest.is_empty() => {}
            Word::Bare(operator @ ("AND" | "OR" | "NOT")) => {
                return Err(refused(format!(
                    "`{operator}` cannot be used here; list the terms that must all be found"
                )));
            }
            Word::Bare(term) => terms.push(search_term(term)?),
            Word::Quoted(term) => terms.push(search_term(&term)?),
        }
    }
    match terms.len() {
        0 => Err(refused("the search text is empty".to_owned())),
        1..=MAX_TERMS => Ok(terms),
        _ => {
            let message = "the search text has more than 20 terms";
            Err(QueryError::invalid(InnerCode::TooManyTermsInQuery, "$search", message))
        }
    }
}

enum Word<'a> {
    Bare(&'a str),
    Quoted(String),
}

fn next_word(text: &str) -> Result<(Word<'_>, &str), QueryError> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        return Ok((Word::Bare(word), rest));
    };
    let mut term = String::new();
    let mut escaped = false;
    for (at, character) in quoted.char_indices() {
        match character {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return Ok((Word::Quoted(term), quoted.get(at + 1..).unwrap_or_default())),
            _ => {
                escaped = false;
                term.push(character);
            }
        }
    }
    Err(refused(format!("the quote of `{}` is not closed", clip(text))))
}

fn search_term(term: &str) -> Result<SearchTerm, QueryError> {
    let restricted = term
        .split_once(':')
        .and_then(|(name, text)| Some((searched(name.trim())?, text)));
    let (field, text) = match restricted {
        Some((field, text)) => (Some(field), text.trim()),
        None => (None, term.trim()),
    };
    if text.is_empty() {
        return Err(refused("a search term is empty".to_owned()));
    }
    Ok(SearchTerm {
        field,
        text: text.to_owned(),
    })
}

fn searched(name: &str) -> Option<LabelField> {
    const SEARCHED: [(&str, LabelField); 3] = [
        ("name", LabelField::Name),
        ("displayName", LabelField::DisplayName),
        ("description", LabelField::Description),
    ];
    SEARCHED
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, field)| field)
}

fn refused(message: String) -> QueryError {
    QueryError::option("$search", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str) -> Result<Vec<(Option<LabelField>, String)>, String> {
        parse_search(Some(text))
            .map(|terms| terms.into_iter().map(|term| (term.field, term.text)).collect())
            .map_err(|error| error.message)
    }

    #[test]
    fn terms_bare_quoted_and_restricted() {
        let any = |text: &str| (None, text.to_owned());
        let cases = [
            ("secret", vec![any("secret")]),
            ("\"top secret\"", vec![any("top secret")]),
            ("top secret", vec![any("top"), any("secret")]),
            ("top AND secret", vec![any("top"), any("secret")]),
            ("  \"top\"\"secret\" ", vec![any("top"), any("secret")]),
            (
                "\"name:Top Secret\"",
                vec![(Some(LabelField::Name), "Top Secret".to_owned())],
            ),
            ("DisplayName:x", vec![(Some(LabelField::DisplayName), "x".to_owned())]),
            (
                "\"description: y\"",
                vec![(Some(LabelField::Description), "y".to_owned())],
            ),
            ("\"ratio 1:2\"", vec![any("ratio 1:2")]),
            ("\"a \\\"b\\\" \\\\\"", vec![any("a \"b\" \\")]),
            ("and", vec![any("and")]),
        ];
        for (text, terms) in cases {
            assert_eq!(search(text), Ok(terms), "{text}");
        }
        assert_eq!(parse_search(None), Ok(Vec::new()));
    }

    #[test]
    fn what_is_not_a_search_is_refused() {
        for text in [
            "",
            "  ",
            "\"\"",
            "\" \"",
            "name:",
            "\"open",
            "\"open\\\"",
            "a OR b",
            "NOT a",
            "AND a",
            "a AND",
        ] {
            assert!(search(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_search_is_bounded() {
        assert!(search(&"x".repeat(MAX_SEARCH_BYTES)).is_ok());
        assert!(search(&"x".repeat(MAX_SEARCH_BYTES + 1)).is_err());
        assert!(search(&"x ".repeat(MAX_TERMS)).is_ok());
        assert!(search(&"x ".repeat(MAX_TERMS + 1)).is_err());
    }
}
