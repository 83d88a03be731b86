//! One decision about one item.

use signet_contract::evaluation::{EVALUATION_FAMILY, EvaluateRequest, EvaluateResponse};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::evaluation::{DecideOptions, Question, decide};

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
    let mut decision = decide(
        &bench.snapshot,
        &bench.actor(),
        &request.question,
        &request.locale,
        &DecideOptions {
            explain: request.explain,
            limits: service.config.limits,
        },
        now,
        &*dependencies.ids,
    );
    let extraction = matches!(request.question, Question::Extraction { .. });
    let decided_by = bench.decided_by;
    // Many wait for one write, and go on in another thread: what is not needed then is freed before.
    let record = audit::evaluation_record(
        service,
        context,
        &bench.snapshot,
        bench.user,
        request.question,
        &mut decision,
        now,
    );
    drop(bench);
    audit::keep(service, record).await?;
    let decision = decision.map_err(|refusal| ContractError::from(refusal).decided_by(decided_by.revision))?;
    Ok(EvaluateResponse {
        actions: decision.actions,
        content_label: decision.current.filter(|_| extraction),
        decided_by,
        explanation: decision.explanation,
    })
}
