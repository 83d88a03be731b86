//! The one error every service call returns.

use std::time::Duration;

use signet_domain::error::{DomainError, ErrorKind, ErrorReason};
use signet_domain::ids::Revision;

/// Longest value of one fact, in bytes; longer ones are cut.
pub const FACT_BYTES: usize = 256;

/// Name of the fact with the revision that decided.
const REVISION: &str = "revision";

/// A fault of one member of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the member.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

/// A refusal or failure a caller can act on. Causes are logged where they are handled and never travel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ContractError {
    /// Why, from a closed set.
    pub reason: ErrorReason,
    /// Lower case, one sentence, no full stop; says what to do.
    pub message: String,
    /// Path of the member at fault.
    pub target: Option<String>,
    /// Short facts, at most 256 bytes each: `label_id`, `permission`, …
    pub facts: Vec<(String, String)>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// Every fault found, where there are several.
    pub violations: Vec<Violation>,
}

impl ContractError {
    /// An error with a message.
    pub fn new(reason: ErrorReason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            target: None,
            facts: Vec::new(),
            retry_after: None,
            violations: Vec::new(),
        }
    }

    /// What sort of failure.
    pub fn kind(&self) -> ErrorKind {
        self.reason.kind()
    }

    /// Names the member at fault.
    #[must_use]
    pub fn at(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Adds a fact, cut to 256 bytes.
    #[must_use]
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let mut value: String = value.into();
        let cut = (0..=FACT_BYTES.min(value.len()))
            .rev()
            .find(|at| value.is_char_boundary(*at))
            .unwrap_or(0);
        value.truncate(cut);
        self.facts.push((name.into(), value));
        self
    }

    /// Says which revision of the tenant's policies the refusal follows from.
    #[must_use]
    pub fn decided_by(self, revision: Revision) -> Self {
        self.fact(REVISION, revision.to_string())
    }

    /// The revision of the tenant's policies the refusal follows from; absent: it does not follow from any.
    pub fn revision(&self) -> Option<Revision> {
        self.fact_value(REVISION)?.parse().ok().map(Revision)
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The value of a fact.
    pub fn fact_value(&self, name: &str) -> Option<&str> {
        self.facts
            .iter()
            .find(|(fact, _)| fact == name)
            .map(|(_, value)| value.as_str())
    }
}

impl From<DomainError> for ContractError {
    fn from(error: DomainError) -> Self {
        let DomainError {
            reason,
            message,
            target,
        } = error;
        Self {
            target,
            ..Self::new(reason, message)
        }
    }
}

/// How a service's own error becomes the one of the contract.
pub trait ServiceError: std::error::Error {
    /// The public half.
    fn to_contract(&self) -> ContractError;
}
