//! Rights on several labels, to be shown inside a list.

use signet_contract::catalog::LabelFamily;
use signet_contract::evaluation::{ExpandRightsRequest, ExpandRightsResponse};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::rights::{RightsQuestion, expanded_rights};

use super::Bench;
use super::usage_rights::question;
use crate::Evaluation;
use crate::error::EvaluationError;

/// Rights per label; what would be an error for one label is its flag here. Source: labelling semantics G3.
#[tracing::instrument(name = "evaluation.expand_rights", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant, labels = request.labels.len()), err(level = "debug"))]
pub(crate) async fn expand_rights(
    service: &Evaluation,
    context: &CallContext,
    request: ExpandRightsRequest,
) -> Result<ExpandRightsResponse, ContractError> {
    Operation::ReadGovernanceLabels.authorize(&context.caller)?;
    let bench = Bench::open(service, context, LabelFamily::Governance, &request.subject).await?;
    let limit = service.config.max_items;
    if request.labels.len() > limit {
        let count = request.labels.len();
        return Err(EvaluationError::TooManyItems {
            target: "labels",
            count,
            limit,
        }
        .into());
    }
    let asked = question(&bench, context, None, request.user_email)?;
    let rights = request.labels.into_iter().map(|(label, owner_email)| {
        let question = RightsQuestion {
            owner_email,
            ..asked.clone()
        };
        expanded_rights(&bench.snapshot, label, &question)
    });
    Ok(ExpandRightsResponse {
        rights: rights.collect(),
        decided_by: bench.decided_by,
    })
}
