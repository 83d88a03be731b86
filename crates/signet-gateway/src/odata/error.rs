//! What is wrong with a request's query.

/// A query that is refused, ready to be put into the error envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct QueryError {
    /// What sort of fault.
    pub(crate) code: QueryErrorCode,
    /// One sentence for a person.
    pub(crate) message: String,
    /// The option or parameter at fault.
    pub(crate) target: Option<String>,
}

/// What sort of fault. Source: rest-api 6.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryErrorCode {
    /// The query cannot be understood.
    InvalidRequest(InnerCode),
    /// The query is understood and combines things the filtering rules keep apart.
    ArgumentException,
    /// The answer is wanted in a format there is not.
    NotAcceptable,
}

/// The more specific code of an invalid request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InnerCode {
    /// An option that is unknown, repeated, not offered here, or not understood.
    InvalidQueryOption,
    /// A value of the wrong type or form.
    InvalidParameterFormat,
    /// A filter nested too deeply or of too many clauses.
    TooManyTermsInQuery,
    /// A query or an option of it that is too long.
    MaxQueryLengthExceeded,
    /// A list of too many entries.
    TooManyItems,
}

impl InnerCode {
    /// The code on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InvalidQueryOption => "invalidQueryOption",
            Self::InvalidParameterFormat => "invalidParameterFormat",
            Self::TooManyTermsInQuery => "tooManyTermsInQuery",
            Self::MaxQueryLengthExceeded => "maxQueryLengthExceeded",
            Self::TooManyItems => "tooManyItems",
        }
    }
}

impl QueryErrorCode {
    /// The HTTP status.
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest(_) | Self::ArgumentException => 400,
            Self::NotAcceptable => 406,
        }
    }

    /// `error.code`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalidRequest",
            Self::ArgumentException => "ArgumentException",
            Self::NotAcceptable => "notAcceptable",
        }
    }

    /// `error.innerError.code`.
    pub(crate) const fn inner_name(self) -> &'static str {
        match self {
            Self::InvalidRequest(inner) => inner.name(),
            Self::ArgumentException => "invalidRequest",
            Self::NotAcceptable => "invalidAcceptType",
        }
    }
}

impl QueryError {
    /// An invalid request.
    pub(crate) fn invalid(inner: InnerCode, target: &str, message: impl Into<String>) -> Self {
        Self {
            code: QueryErrorCode::InvalidRequest(inner),
            message: message.into(),
            target: Some(target.to_owned()),
        }
    }

    /// An option or its structure is wrong.
    pub(crate) fn option(target: &str, message: impl Into<String>) -> Self {
        Self::invalid(InnerCode::InvalidQueryOption, target, message)
    }

    /// A value is of the wrong form.
    pub(crate) fn value(target: &str, message: impl Into<String>) -> Self {
        Self::invalid(InnerCode::InvalidParameterFormat, target, message)
    }

    /// A filtering rule is broken. Source: rest-api 6.2, decision C12.
    pub(crate) fn argument(target: &str, what: &str) -> Self {
        Self {
            code: QueryErrorCode::ArgumentException,
            message: format!("ArgumentException: {what} (Parameter '{target}')"),
            target: Some(target.to_owned()),
        }
    }

    /// A property the type does not have. The message is Graph's own.
    pub(crate) fn unknown_property(target: &str, name: &str, type_name: &str) -> Self {
        let name = clip(name);
        Self::option(
            target,
            format!("Could not find a property named '{name}' on type '{type_name}'."),
        )
    }
}

/// The beginning of a caller's text, short enough for a message.
pub(crate) fn clip(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut clipped: String = text.chars().take(LONGEST).filter(|c| !c.is_control()).collect();
    if text.chars().nth(LONGEST).is_some() {
        clipped.push('…');
    }
    clipped
}
