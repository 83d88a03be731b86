//! What can go wrong in the catalogue.

use std::sync::Arc;
use std::time::Duration;

use signet_contract::catalog::MAX_NOTE;
use signet_contract::error::{ContractError, ServiceError, Violation};
use signet_domain::error::ErrorReason;
use signet_domain::ids::{LabelId, Revision, TenantId};
use signet_domain::tenant::{Finding, LabelChangeRefused};
use signet_store::StoreError;

/// Most faults of a document that are reported at once.
const REPORTED_FAULTS: usize = 100;

/// A failure of the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The token's tenant is not here.
    #[error("the token's tenant `{tenant}` is not known here; load its tenant file first")]
    TenantUnknown {
        /// The tenant.
        tenant: TenantId,
    },
    /// A document was refused.
    #[error("the tenant document has {} faults; nothing was changed", .faults.len())]
    DocumentInvalid {
        /// Every fault.
        faults: Vec<Finding>,
    },
    /// A change of a label was refused.
    #[error("the tenant would have {} faults after the change; nothing was changed", .faults.len())]
    ChangeInvalid {
        /// Every fault.
        faults: Vec<Finding>,
    },
    /// No such label.
    #[error("the tenant has no label `{label}`; list the labels to see which there are")]
    LabelNotFound {
        /// The label to be changed.
        label: LabelId,
    },
    /// The note of a change is too long.
    #[error("the note has more than {MAX_NOTE} characters; send a shorter one")]
    NoteTooLong,
    /// Somebody else changed the tenant meanwhile.
    #[error("the tenant is not at the expected revision; read it again and repeat the change")]
    RevisionConflict {
        /// Where it is; absent: it does not exist.
        current: Option<Revision>,
    },
    /// No such revision.
    #[error("the tenant has no revision {revision}")]
    RevisionNotFound {
        /// The revision asked for.
        revision: Revision,
    },
    /// The demanded revision did not come in time.
    #[error("revision {wanted} is not known here yet; the newest is {newest}")]
    RevisionNotReached {
        /// Demanded.
        wanted: Revision,
        /// Newest known.
        newest: Revision,
    },
    /// A fault of ours.
    #[error("an internal error occurred; report the id of the request")]
    Internal,
    /// The store failed.
    #[error("the catalogue store did not answer")]
    Store(#[source] Arc<StoreError>),
}

impl From<StoreError> for CatalogError {
    fn from(cause: StoreError) -> Self {
        Self::Store(Arc::new(cause))
    }
}

impl From<LabelChangeRefused> for CatalogError {
    fn from(refused: LabelChangeRefused) -> Self {
        match refused {
            LabelChangeRefused::Unknown(label) => Self::LabelNotFound { label },
            LabelChangeRefused::Invalid(faults) => Self::ChangeInvalid { faults },
        }
    }
}

impl ServiceError for CatalogError {
    fn to_contract(&self) -> ContractError {
        let error = |reason| ContractError::new(reason, self.to_string());
        match self {
            Self::TenantUnknown { tenant } => error(ErrorReason::TenantUnknown).fact("tenant_id", tenant.to_string()),
            Self::DocumentInvalid { faults } | Self::ChangeInvalid { faults } => {
                let mut refused = error(ErrorReason::TenantDocumentInvalid);
                refused.violations = faults
                    .iter()
                    .take(REPORTED_FAULTS)
                    .map(|fault| Violation {
                        path: fault.path.clone(),
                        message: fault.message.clone(),
                    })
                    .collect();
                refused
            }
            Self::LabelNotFound { label } => error(ErrorReason::LabelNotFound).fact("label_id", label.to_string()),
            Self::NoteTooLong => error(ErrorReason::InvalidArgument).at("note"),
            Self::Internal => error(ErrorReason::Internal),
            Self::RevisionConflict { current } => {
                let current = current.map_or_else(|| "none".to_owned(), |revision| revision.to_string());
                error(ErrorReason::RevisionConflict).fact("current_revision", current)
            }
            Self::RevisionNotFound { revision } => {
                error(ErrorReason::RevisionNotFound).fact("revision", revision.to_string())
            }
            Self::RevisionNotReached { newest, .. } => error(ErrorReason::RevisionNotReached)
                .fact("newest_revision", newest.to_string())
                .retry_after(Duration::from_secs(1)),
            Self::Store(cause) => {
                tracing::error!(error = %cause, "the catalogue store failed");
                error(ErrorReason::StoreUnavailable).retry_after(Duration::from_secs(1))
            }
        }
    }
}

impl From<CatalogError> for ContractError {
    fn from(error: CatalogError) -> Self {
        error.to_contract()
    }
}
