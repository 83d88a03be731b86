//! Errors as messages, for items of a stream; see `crate::error` for errors of whole calls.

use signet_contract::ContractError;
use signet_contract::error::Violation;
use signet_domain::error::ErrorReason;

use super::{ConversionError, Converted, from_duration, messages, optional_duration};
use crate::proto::errors as pb;

impl From<ContractError> for pb::Error {
    fn from(error: ContractError) -> Self {
        Self {
            reason: error.reason as i32,
            message: error.message,
            target: error.target,
            facts: error
                .facts
                .into_iter()
                .map(|(name, value)| pb::Fact { name, value })
                .collect(),
            retry_after: error.retry_after.map(from_duration),
            violations: messages(error.violations),
        }
    }
}

impl TryFrom<pb::Error> for ContractError {
    type Error = ConversionError;

    fn try_from(message: pb::Error) -> Result<Self, Self::Error> {
        let facts = message.facts.into_iter().map(|fact| (fact.name, fact.value));
        Ok(Self {
            reason: reason(message.reason)?,
            message: message.message,
            target: message.target,
            facts: facts.collect(),
            retry_after: optional_duration(message.retry_after, "retry_after")?,
            violations: message.violations.into_iter().map(Violation::from).collect(),
        })
    }
}

/// INVARIANT (reasons are mirrored): numbers of `ErrorReason` and of the proto enumeration are the same; a test
/// compares them.
fn reason(number: i32) -> Converted<ErrorReason> {
    let known = ErrorReason::ALL.iter().find(|reason| **reason as i32 == number);
    known
        .copied()
        .ok_or_else(|| ConversionError::new(format!("is {number}, which is no known reason")).within("reason"))
}

impl From<Violation> for pb::Violation {
    fn from(violation: Violation) -> Self {
        Self {
            path: violation.path,
            message: violation.message,
        }
    }
}

impl From<pb::Violation> for Violation {
    fn from(message: pb::Violation) -> Self {
        Self {
            path: message.path,
            message: message.message,
        }
    }
}
