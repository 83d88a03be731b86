//! Records of the decision log.

use signet_contract::evaluation::DecisionQuery;
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::record::DecisionRecord;
use signet_store::DecisionFilter;

use crate::Evaluation;
use crate::error::EvaluationError;

/// Most records of one page.
const MAX_PAGE: u32 = 1_000;

/// Records of the caller's tenant.
#[tracing::instrument(name = "evaluation.list_decisions", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn list_decisions(
    service: &Evaluation,
    context: &CallContext,
    query: DecisionQuery,
) -> Result<Vec<DecisionRecord>, ContractError> {
    Operation::ReadDecisions.authorize(&context.caller)?;
    let filter = filter(&query);
    let limit = query.limit.clamp(1, MAX_PAGE);
    let log = &service.dependencies.decisions;
    let records = log
        .list(context.caller.tenant, &filter, query.after, limit, query.descending)
        .await;
    Ok(records.map_err(EvaluationError::NotRead)?)
}

/// The store's form of the conditions.
pub(super) fn filter(query: &DecisionQuery) -> DecisionFilter {
    DecisionFilter {
        from: query.from,
        to: query.to,
        user: query.user,
        application: query.application.clone(),
        label: query.label,
        operation: query.operation,
        outcome: query.outcome,
    }
}
