//! Bodies of requests: JSON with comments, read into borrowed structures.
//!
//! Unknown members are ignored at every depth, null is absence, and of members of one name the last counts.
//! Source: rest-api 3.2.

pub(crate) mod assign;
pub(crate) mod batch;
mod comments;
pub(crate) mod compute;
pub(crate) mod evaluate;
mod model;

#[cfg(test)]
mod tests;

use serde::Deserialize;
use signet_domain::evaluation::QuestionLimits;

use crate::graph::error::GraphError;

/// Longest list in a body.
pub(crate) const MAX_ITEMS: usize = 1_000;
/// Longest list that is part of a question to the evaluation, which has bounds of its own.
pub(crate) const MAX_QUESTION_ITEMS: usize = QuestionLimits::CEILING;

/// A body's text, after the checks that need no structure.
#[derive(Debug)]
pub(crate) struct BodyText<'b> {
    text: &'b str,
    without_comments: std::sync::OnceLock<String>,
}

impl<'b> BodyText<'b> {
    /// Accepts a body as text.
    ///
    /// # Errors
    /// An empty body, and one that is not UTF-8.
    pub(crate) fn new(bytes: &'b [u8]) -> Result<Self, GraphError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            GraphError::invalid(format!(
                "the body is not UTF-8: byte {} begins no character; send JSON in UTF-8",
                error.valid_up_to()
            ))
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_ascii().is_empty() {
            return Err(GraphError::invalid("the body is empty; send a JSON object"));
        }
        Ok(Self {
            text,
            without_comments: std::sync::OnceLock::new(),
        })
    }

    /// Reads the body. The ordinary body is read once; only a faulty one is read again, without comments and then to
    /// find the member at fault.
    ///
    /// # Errors
    /// Anything but an object of the expected members, with the path of the member at fault.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, GraphError> {
        let strict = match serde_json::from_str(self.text) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let text = if strict.is_data() || !self.text.contains('/') {
            self.text
        } else {
            self.without_comments.get_or_init(|| comments::blank(self.text))
        };
        let deserializer = &mut serde_json::Deserializer::from_str(text);
        let value = serde_path_to_error::deserialize(&mut *deserializer).map_err(|error| fault(&error))?;
        deserializer.end().map_err(|error| syntax_fault(&error))?;
        Ok(value)
    }
}

fn fault(error: &serde_path_to_error::Error<serde_json::Error>) -> GraphError {
    let inner = error.inner();
    if !inner.is_data() {
        return syntax_fault(inner);
    }
    let path = error.path().to_string();
    let why = without_position(&inner.to_string());
    if path == "." || path.is_empty() {
        return GraphError::invalid(format!("the body has the wrong form: {why}; send a JSON object"));
    }
    GraphError::invalid(format!("`{path}` has the wrong type: {why}")).at(path)
}

fn syntax_fault(error: &serde_json::Error) -> GraphError {
    GraphError::invalid(format!(
        "the body is not valid JSON at line {} column {}: {}",
        error.line(),
        error.column(),
        without_position(&error.to_string())
    ))
}

fn without_position(message: &str) -> String {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(text, _)| text)
        .to_owned()
}
