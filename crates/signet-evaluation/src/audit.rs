//! The record every answer leaves behind.

use jiff::Timestamp;
use signet_contract::{CallContext, CallerKind, ContractError};
use signet_domain::error::DomainError;
use signet_domain::evaluation::{Decision, Question};
use signet_domain::ids::{LabelId, UserId};
use signet_domain::record::{DecisionRecord, Operation, Outcome, audit_facts, parse_user_agent};
use signet_domain::snapshot::PolicySnapshot;

use crate::Evaluation;
use crate::error::EvaluationError;

/// Puts a record in the log. Returns once it is there.
///
/// # Errors
/// `StoreUnavailable`: then no answer is given either.
pub(crate) async fn keep(service: &Evaluation, record: DecisionRecord) -> Result<(), ContractError> {
    let appended = service.dependencies.decisions.append(vec![record]).await;
    appended
        .map(|_| ())
        .map_err(|cause| EvaluationError::NotRecorded(cause).into())
}

/// The record of one of the four evaluation actions. Takes what only the record needs out of the decision.
pub(crate) fn evaluation_record(
    service: &Evaluation,
    context: &CallContext,
    snapshot: &PolicySnapshot,
    user: Option<UserId>,
    question: Question,
    decision: &mut Result<Decision, DomainError>,
    now: Timestamp,
) -> DecisionRecord {
    let mut record = base(service, context, snapshot, user, operation(&question), now);
    record.justification = justification(&question);
    let content = question.into_content();
    record.content_identifier = content.identifier;
    match decision {
        Ok(decision) => {
            record.outcome = decision.outcome;
            record.label_before = decision.current.as_ref().map(|label| label.label_id);
            record.label_after = decision.label_after;
            record.matched_types = std::mem::take(&mut decision.matched_types);
            let by_user = record.user_principal_name.is_some() && context.caller.kind == CallerKind::Delegated;
            let change = decision.change.take();
            record.audit = change.map(|change| audit_facts(change, content.state, by_user));
        }
        Err(refusal) => {
            record.outcome = Outcome::Refused;
            record.reason = Some(refusal.reason.name().to_owned());
        }
    }
    record
}

/// The record of a computation over labels.
pub(crate) fn computation_record(
    service: &Evaluation,
    context: &CallContext,
    snapshot: &PolicySnapshot,
    user: Option<UserId>,
    operation: Operation,
    result: Result<Option<LabelId>, &DomainError>,
) -> DecisionRecord {
    let now = service.dependencies.clock.now();
    let mut record = base(service, context, snapshot, user, operation, now);
    match result {
        Ok(label) => record.label_after = label,
        Err(refusal) => {
            record.outcome = Outcome::Refused;
            record.reason = Some(refusal.reason.name().to_owned());
        }
    }
    record
}

fn base(
    service: &Evaluation,
    context: &CallContext,
    snapshot: &PolicySnapshot,
    user: Option<UserId>,
    operation: Operation,
    now: Timestamp,
) -> DecisionRecord {
    let (application_name, application_version) =
        context.user_agent.as_deref().map(parse_user_agent).unwrap_or_default();
    DecisionRecord {
        sequence: 0,
        id: service.dependencies.ids.next_id(),
        time: now,
        tenant_id: snapshot.tenant_id(),
        revision: snapshot.revision(),
        operation,
        outcome: Outcome::Read,
        reason: None,
        user_id: user,
        user_principal_name: user
            .and_then(|id| snapshot.user(id))
            .map(|user| user.user_principal_name.clone()),
        application_id: context.caller.application_id.clone(),
        application_name,
        application_version,
        client_ip: context.client_ip.clone(),
        request_id: context.request_id.clone(),
        client_request_id: context.client_request_id.clone(),
        content_identifier: None,
        label_before: None,
        label_after: None,
        justification: None,
        matched_types: Vec::new(),
        audit: None,
    }
}

fn operation(question: &Question) -> Operation {
    match question {
        Question::Application { .. } => Operation::EvaluateApplication,
        Question::Classification { .. } => Operation::EvaluateClassificationResults,
        Question::Removal { .. } => Operation::EvaluateRemoval,
        Question::Extraction { .. } => Operation::ExtractContentLabel,
    }
}

/// The reason a caller gave, whether or not one was needed.
fn justification(question: &Question) -> Option<String> {
    let given = match question {
        Question::Application { labeling, .. } => &labeling.downgrade_justification,
        Question::Removal {
            downgrade_justification,
            ..
        } => downgrade_justification,
        Question::Classification { .. } | Question::Extraction { .. } => return None,
    };
    given.justification_message.clone()
}
