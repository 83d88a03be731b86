//! What can go wrong in evaluation beyond the refusals of the decision core.

use std::time::Duration;

use signet_contract::error::{ContractError, ServiceError};
use signet_domain::error::ErrorReason;
use signet_domain::ids::TenantId;
use signet_store::StoreError;

/// A failure of the evaluation service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EvaluationError {
    /// The token's tenant is not here.
    #[error("the token's tenant `{tenant}` is not known here; load its tenant file first")]
    TenantUnknown {
        /// The tenant.
        tenant: TenantId,
    },
    /// A collection has too many entries.
    #[error("`{target}` has {count} entries; at most {limit} are accepted")]
    TooManyItems {
        /// Its path.
        target: &'static str,
        /// Entries sent.
        count: usize,
        /// Entries accepted.
        limit: usize,
    },
    /// The decision log failed, so no answer may be given.
    #[error("the decision could not be recorded, so it is not given; try again")]
    NotRecorded(#[source] StoreError),
    /// The decision log could not be read.
    #[error("the decision log did not answer; try again")]
    NotRead(#[source] StoreError),
}

impl ServiceError for EvaluationError {
    fn to_contract(&self) -> ContractError {
        let error = |reason| ContractError::new(reason, self.to_string());
        match self {
            Self::TenantUnknown { tenant } => error(ErrorReason::TenantUnknown).fact("tenant_id", tenant.to_string()),
            Self::TooManyItems { target, .. } => error(ErrorReason::TooManyItems).at(*target),
            Self::NotRecorded(cause) | Self::NotRead(cause) => {
                tracing::error!(error = %cause, "the decision log failed");
                error(ErrorReason::StoreUnavailable).retry_after(Duration::from_secs(1))
            }
        }
    }
}

impl From<EvaluationError> for ContractError {
    fn from(error: EvaluationError) -> Self {
        error.to_contract()
    }
}
