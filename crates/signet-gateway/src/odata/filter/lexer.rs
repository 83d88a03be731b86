//! The words of a `$filter`.

use super::super::error::clip;

/// A word of the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// A quoted text, its doubled quotes made single.
    Text(String),
    /// Anything else that stands together: a keyword, a property path, a number, a GUID.
    Word(&'a str),
    /// The end of the text.
    End,
}

/// A word and where it begins, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located<'a> {
    pub(super) token: Token<'a>,
    pub(super) position: usize,
}

impl Token<'_> {
    /// The word as a message shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::Text(text) => format!("`'{}'`", clip(text)),
            Self::Word(word) => format!("`{}`", clip(word)),
            Self::End => "the end".to_owned(),
        }
    }
}

/// A fault of the text: what, and where in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxFault {
    pub(super) what: String,
    pub(super) position: usize,
}

/// Splits a filter into words; the last one is [`Token::End`].
///
/// # Errors
/// An open quote, or a character that begins no word.
pub(super) fn tokens(text: &str) -> Result<Vec<Located<'_>>, SyntaxFault> {
    let mut tokens = Vec::new();
    let mut position = 0;
    loop {
        let rest = text.get(position..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        position += blank;
        let (token, length) = next(text.get(position..).unwrap_or_default(), position)?;
        let end = token == Token::End;
        tokens.push(Located { token, position });
        if end {
            return Ok(tokens);
        }
        position += length;
    }
}

fn next(rest: &str, position: usize) -> Result<(Token<'_>, usize), SyntaxFault> {
    let Some(first) = rest.chars().next() else {
        return Ok((Token::End, 0));
    };
    match first {
        '(' => Ok((Token::Open, 1)),
        ')' => Ok((Token::Close, 1)),
        ',' => Ok((Token::Comma, 1)),
        '\'' => quoted(rest, position),
        _ => {
            let length = rest.find(|c| !is_word_character(c)).unwrap_or(rest.len());
            match rest.get(..length).filter(|word| !word.is_empty()) {
                Some(word) => Ok((Token::Word(word), length)),
                None => Err(SyntaxFault {
                    what: format!("`{}` cannot be used here", clip(&first.to_string())),
                    position,
                }),
            }
        }
    }
}

fn is_word_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '/' | '.' | '@')
}

fn quoted(rest: &str, position: usize) -> Result<(Token<'_>, usize), SyntaxFault> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\'' {
            text.push(character);
        } else if characters.next_if(|(_, following)| *following == '\'').is_some() {
            text.push('\'');
        } else {
            return Ok((Token::Text(text), at + 1));
        }
    }
    Err(SyntaxFault {
        what: "the quote is not closed".to_owned(),
        position,
    })
}
