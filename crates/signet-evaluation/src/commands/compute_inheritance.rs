//! The most sensitive of several labels.

use signet_contract::catalog::LabelFamily;
use signet_contract::evaluation::{InheritanceRequest, InheritanceResponse};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::error::{DomainError, ErrorReason};
use signet_domain::ids::LabelId;
use signet_domain::inheritance;
use signet_domain::record;
use signet_domain::snapshot::PolicySnapshot;

use super::{Bench, check_length};
use crate::Evaluation;
use crate::audit;

/// Decides which label flows on. Source: labelling semantics G1.
#[tracing::instrument(name = "evaluation.compute_inheritance", skip_all, fields(tenant.id = %context.caller.tenant, request.id = %context.request_id), err(level = "debug"))]
pub(crate) async fn compute_inheritance(
    service: &Evaluation,
    context: &CallContext,
    request: InheritanceRequest,
) -> Result<InheritanceResponse, ContractError> {
    Operation::ComputeInheritance.authorize(&context.caller)?;
    let bench = Bench::open(service, context, LabelFamily::Governance, &request.subject).await?;
    check_length(service, "labelIds", request.label_ids.len())?;
    bench.check_parent(context, request.parent)?;
    let result = among_sublabels(&bench.snapshot, request.parent, &request.label_ids).and_then(|()| {
        inheritance::compute_inheritance(
            &bench.snapshot,
            &request.label_ids,
            &request.formats,
            &request.locale,
            &bench.actor(),
        )
    });
    let winner = result.as_ref().map(|label| Some(label.id()));
    let record = audit::computation_record(
        service,
        context,
        &bench.snapshot,
        bench.user,
        record::Operation::ComputeInheritance,
        winner,
    );
    audit::keep(service, record).await?;
    Ok(InheritanceResponse {
        label: result?,
        decided_by: bench.decided_by,
    })
}

/// On a sublabels route only that label's sublabels are the input domain. Source: rest-api row 24.
fn among_sublabels(snapshot: &PolicySnapshot, parent: Option<LabelId>, labels: &[LabelId]) -> Result<(), DomainError> {
    let Some(parent) = parent else { return Ok(()) };
    let stranger = labels
        .iter()
        .find(|id| snapshot.label(**id).is_none_or(|label| label.parent_id != Some(parent)));
    stranger.map_or(Ok(()), |id| {
        Err(DomainError::at(
            ErrorReason::LabelNotFound,
            "labelIds",
            format!("label `{id}` is not a sublabel there; ask in the collection of its parent"),
        ))
    })
}
