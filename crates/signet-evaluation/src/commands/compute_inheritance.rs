//! The most sensitive of several labels.

use signet_contract::catalog::LabelFamily;
use signet_contract::evaluation::{InheritanceRequest, InheritanceResponse};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::inheritance;
use signet_domain::record;

use super::Bench;
use crate::Evaluation;
use crate::audit;

/// Decides which label flows on. Source: labelling semantics G1.
#[tracing::instrument(name = "evaluation.compute_inheritance", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant, request.id = %context.request_id), err(level = "debug"))]
pub(crate) async fn compute_inheritance(
    service: &Evaluation,
    context: &CallContext,
    request: InheritanceRequest,
) -> Result<InheritanceResponse, ContractError> {
    Operation::ComputeInheritance.authorize(&context.caller)?;
    let bench = Bench::open(service, context, LabelFamily::Governance, &request.subject).await?;
    bench.check_parent(context, request.parent)?;
    let result = inheritance::compute_inheritance(
        &bench.snapshot,
        &request.label_ids,
        &request.formats,
        &request.locale,
        bench.actor(),
        request.parent,
    );
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
    let result = result.map_err(|refusal| bench.refused(refusal))?;
    Ok(InheritanceResponse {
        label: result,
        decided_by: bench.decided_by,
    })
}
