//! One file per operation.

pub(crate) mod compute_inheritance;
pub(crate) mod compute_rights_and_inheritance;
pub(crate) mod evaluate;
pub(crate) mod evaluate_many;
pub(crate) mod expand_rights;
pub(crate) mod follow_decisions;
pub(crate) mod list_decisions;
pub(crate) mod usage_rights;

use std::sync::Arc;

use signet_contract::catalog::LabelFamily;
use signet_contract::evaluation::DecidedBy;
use signet_contract::subject::{resolve_subject, visibility};
use signet_contract::{CallContext, ContractError, Subject};
use signet_domain::ids::{LabelId, UserId};
use signet_domain::query::{Actor, Visibility};
use signet_domain::snapshot::PolicySnapshot;

use crate::Evaluation;
use crate::error::EvaluationError;

/// The policies a call is decided by, and on whose behalf.
struct Bench {
    snapshot: Arc<PolicySnapshot>,
    user: Option<UserId>,
    decided_by: DecidedBy,
}

impl Bench {
    /// Policies of the caller's tenant, at least as new as demanded, and the subject resolved against them.
    async fn open(
        service: &Evaluation,
        context: &CallContext,
        family: LabelFamily,
        subject: &Subject,
    ) -> Result<Self, ContractError> {
        let tenant = context.caller.tenant;
        let policies = &service.dependencies.policies;
        let lease = policies
            .get_snapshot(tenant, context.at_least_revision, context.deadline)
            .await?;
        let lease = lease.ok_or(EvaluationError::TenantUnknown { tenant })?;
        let revision = lease.snapshot.revision();
        let user = resolve_subject(&lease.snapshot, &context.caller, family, subject)
            .map_err(|refusal| refusal.decided_by(revision))?;
        let decided_by = DecidedBy {
            revision,
            snapshot_age: lease.unconfirmed_for,
        };
        Ok(Self {
            snapshot: lease.snapshot,
            user,
            decided_by,
        })
    }

    /// A refusal that follows from the policies.
    fn refused(&self, refusal: impl Into<ContractError>) -> ContractError {
        refusal.into().decided_by(self.decided_by.revision)
    }

    fn actor(&self) -> Actor {
        signet_contract::subject::actor(self.user)
    }

    /// The labels the caller sees on a governance route.
    fn governance_visibility(&self, context: &CallContext) -> Visibility {
        visibility(&context.caller, LabelFamily::Governance, self.user, None)
    }

    /// Refuses a collection below a label that is not there.
    fn check_parent(&self, context: &CallContext, parent: Option<LabelId>) -> Result<(), ContractError> {
        let Some(parent) = parent else { return Ok(()) };
        let visibility = self.governance_visibility(context);
        signet_domain::query::get_label(&self.snapshot, &visibility, parent, &Default::default())
            .map_err(|refusal| self.refused(refusal))?;
        Ok(())
    }
}
