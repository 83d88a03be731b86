//! Who a request is about.

use signet_contract::catalog::LabelFamily;
use signet_contract::{CallContext, ContractError, Operation, Subject};
use signet_domain::ids::UserId;

use super::own_tenant;
use crate::Catalog;

/// Checks that the caller may ask about the subject and says who it is. Whether a user exists is told only to who may
/// ask about that user: one permission of the family is needed.
#[tracing::instrument(name = "catalog.resolve_subject", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn resolve_subject(
    catalog: &Catalog,
    context: &CallContext,
    family: LabelFamily,
    subject: Subject,
) -> Result<Option<UserId>, ContractError> {
    let operations: &[Operation] = match family {
        LabelFamily::Policy => &[Operation::ReadPolicyLabels, Operation::EvaluateLabels],
        LabelFamily::Governance => &[
            Operation::ReadGovernanceLabels,
            Operation::ReadRights,
            Operation::ComputeInheritance,
        ],
    };
    let answers = operations.iter().map(|operation| operation.authorize(&context.caller));
    // The last refusal, unless one of them lets the caller in.
    answers.reduce(Result::or).unwrap_or(Ok(()))?;
    let snapshot = own_tenant(catalog, context).await?;
    signet_contract::subject::resolve_subject(&snapshot, &context.caller, family, &subject)
}
