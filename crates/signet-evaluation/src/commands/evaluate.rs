//! One decision about one item.

use signet_contract::evaluation::{EVALUATION_FAMILY, EvaluateRequest, EvaluateResponse};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::evaluation::{Question, decide};

use super::Bench;
use crate::Evaluation;
use crate::audit;

/// Decides, records, answers: in this order.
#[tracing::instrument(name = "evaluation.evaluate", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant, request.id = %context.request_id), err(level = "debug"))]
pub(crate) async fn evaluate(
    service: &Evaluation,
    context: &CallContext,
    request: EvaluateRequest,
) -> Result<EvaluateResponse, ContractError> {
    Operation::EvaluateLabels.authorize(&context.caller)?;
    let bench = Bench::open(service, context, EVALUATION_FAMILY, &request.subject).await?;
    let dependencies = &service.dependencies;
    let now = dependencies.clock.now();
    let decision = decide(
        &bench.snapshot,
        &bench.actor(),
        &request.question,
        &request.locale,
        request.explain,
        now,
        &*dependencies.ids,
    );
    let record = audit::evaluation_record(
        service,
        context,
        &bench.snapshot,
        bench.user,
        &request.question,
        &decision,
        now,
    );
    audit::keep(service, record).await?;
    let decision = decision?;
    let extraction = matches!(request.question, Question::Extraction { .. });
    Ok(EvaluateResponse {
        actions: decision.actions,
        content_label: decision.current.filter(|_| extraction),
        decided_by: bench.decided_by,
        explanation: decision.explanation,
    })
}
