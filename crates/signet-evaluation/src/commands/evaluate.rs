//! One decision about one item.

use signet_contract::evaluation::{EVALUATION_FAMILY, EvaluateRequest, EvaluateResponse};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::evaluation::{Question, decide};

use super::{Bench, check_length};
use crate::Evaluation;
use crate::audit;

/// Decides, records, answers: in this order.
#[tracing::instrument(name = "evaluation.evaluate", skip_all, fields(tenant.id = %context.caller.tenant, request.id = %context.request_id), err(level = "debug"))]
pub(crate) async fn evaluate(
    service: &Evaluation,
    context: &CallContext,
    request: EvaluateRequest,
) -> Result<EvaluateResponse, ContractError> {
    Operation::EvaluateLabels.authorize(&context.caller)?;
    let bench = Bench::open(service, context, EVALUATION_FAMILY, &request.subject).await?;
    check_lengths(service, &request.question)?;
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

fn check_lengths(service: &Evaluation, question: &Question) -> Result<(), ContractError> {
    check_length(service, "contentInfo.metadata", question.content().metadata.len())?;
    match question {
        Question::Application { labeling, .. } => check_length(
            service,
            "labelingOptions.extendedProperties",
            labeling.extended_properties.len(),
        ),
        Question::Classification { results, .. } => check_length(service, "classificationResults", results.len()),
        Question::Removal { .. } | Question::Extraction { .. } => Ok(()),
    }
}
