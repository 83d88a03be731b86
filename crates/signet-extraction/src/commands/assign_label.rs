//! Deciding about a label for a file, and queueing it to be written. Source: rest-api 9.5.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use signet_contract::content::{AssignRequest, OperationStatus, Ticket, TicketCall};
use signet_contract::extraction::{ExtractedLabel, ItemReference};
use signet_contract::subject::signed_in_user;
use signet_contract::{CallContext, CallerKind, ContractError, Operation, ServiceError};
use signet_docmeta::Support;
use signet_domain::content::{
    AssignmentMethod, ContentFormat, ContentInfo, ContentState, DowngradeJustification, KeyValuePair,
};
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::{DecideOptions, Decision, LabelingOptions, Question, decide};
use signet_domain::ids::LabelId;
use signet_domain::label::Protection;
use signet_domain::locale::LocalePreference;
use signet_domain::query::Actor;
use signet_domain::record::{DecisionRecord, Outcome, audit_facts};
use signet_domain::snapshot::PolicySnapshot;
use signet_store::{Enqueued, JobKey, JobState, NewJob};
use tracing::Instrument;
use uuid::Uuid;

use crate::Extraction;
use crate::commands::assign_job::record_failure;
use crate::commands::extract_labels::labels_in;
use crate::error::ExtractionError;
use crate::extractor::FileToRead;
use crate::path::extension;
use crate::readers::LabelToWrite;
use crate::record::{Recorded, addressed_identifier, located_identifier};
use crate::session::within_deadline;
use crate::tickets::Grant;
use crate::workers::{ASSIGN, length};

/// What a worker is told. Holds no justification.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssignPayload {
    pub(crate) drive_id: String,
    pub(crate) item_id: String,
    /// The tenant's label in the file when it was decided.
    pub(crate) before: Option<LabelId>,
    /// Absent: the tenant's label is removed.
    pub(crate) write: Option<LabelToWrite>,
    /// The record a failure leaves.
    pub(crate) record: DecisionRecord,
}

/// How an operation ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum AssignResult {
    /// The label is in the file.
    Completed {
        /// The item.
        #[serde(rename = "itemId")]
        item_id: String,
    },
    /// It is not.
    Failed {
        /// Published name.
        reason: String,
        message: String,
        lock: Option<String>,
    },
}

/// What was decided.
struct Plan {
    file: FileToRead,
    before: Option<LabelId>,
    /// How that label was assigned.
    method_before: Option<AssignmentMethod>,
    decision: Decision,
    content: ContentInfo,
}

impl Plan {
    /// The method to write: a label that stays keeps a higher one. Source: labelling semantics C4.
    fn method(&self, asked: AssignmentMethod) -> AssignmentMethod {
        let stays = self.before.is_some() && self.before == self.decision.label_after;
        self.method_before
            .filter(|_| stays)
            .map_or(asked, |before| before.max(asked))
    }
}

/// Decides, records, queues, answers: in this order.
#[tracing::instrument(name = "extraction.assign_label", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn assign_label(
    service: &Extraction,
    context: &CallContext,
    request: AssignRequest,
) -> Result<Ticket, ContractError> {
    Operation::AssignLabel.authorize(&context.caller)?;
    let snapshot = within_deadline(context, service.snapshot(context)).await?;
    let mut identifier = addressed_identifier(&request.item);
    let planned = within_deadline(context, plan(service, context, &snapshot, &request, &mut identifier)).await;
    let record = record(service, context, &snapshot, &request, identifier, planned.as_ref());
    let plan = match planned {
        Ok(plan) => plan,
        Err(refusal) => {
            service.keep_record(record).await?;
            return Err(refusal);
        }
    };
    // A caller who goes away leaves neither a record of what was not queued nor the other way round.
    let begun = tokio::spawn(begin(service.clone(), snapshot, request, plan, record).in_current_span());
    let begun = tokio::time::timeout(context.remaining(), begun).await;
    match begun {
        Ok(Ok(ticket)) => ticket,
        Ok(Err(_panic)) => Err(ExtractionError::Internal.to_contract()),
        Err(_elapsed) => Err(ExtractionError::DeadlineExceeded.to_contract()),
    }
}

/// Records what was decided and queues it. What cannot be queued is recorded as not done.
async fn begin(
    service: Extraction,
    snapshot: Arc<PolicySnapshot>,
    request: AssignRequest,
    plan: Plan,
    record: DecisionRecord,
) -> Result<Ticket, ContractError> {
    let of_failure = DecisionRecord {
        justification: None,
        audit: None,
        ..record.clone()
    };
    service.keep_record(record).await?;
    let queued = queue(&service, &snapshot, &request, plan, of_failure.clone()).await;
    match queued.map_err(|error| error.to_contract()) {
        Ok(ticket) => Ok(ticket),
        Err(error) => {
            record_failure(&service, &of_failure, &error).await?;
            Err(error)
        }
    }
}

/// `identifier` becomes the item's own place as soon as it is known.
async fn plan(
    service: &Extraction,
    context: &CallContext,
    snapshot: &PolicySnapshot,
    request: &AssignRequest,
    identifier: &mut String,
) -> Result<Plan, ExtractionError> {
    if service.config.assign_needs_payment {
        return Err(ExtractionError::PaymentRequired);
    }
    let ItemReference { drive, item } = &request.item;
    let drive = service
        .open_drive(context, snapshot, Operation::AssignLabel, drive)
        .await?;
    let located = service.locate(&drive, item).await?;
    *identifier = located_identifier(&drive.info.id, &located.entry.path);
    let name = located.entry.path.name().unwrap_or_default().to_owned();
    if located.entry.is_folder {
        return Err(ExtractionError::ItemIsFolder);
    }
    if signet_docmeta::write::writable(&name) == Support::No {
        return Err(ExtractionError::NotWritable {
            extension: extension(&name),
        });
    }
    if drive.source.is_checked_out(&located.entry.path).await? {
        return Err(ExtractionError::CheckedOut);
    }
    let file = service.file_at(drive, located).await?;
    let labels = labels_in(service, context, snapshot, &file).await?.labels;
    let own = own(snapshot, &labels);
    let content = content_info(snapshot, own);
    let decision = decide_label(service, context, snapshot, request, &content)?;
    check_protection(snapshot, &decision)?;
    let before = own.and_then(|label| LabelId::parse(&label.label_id).ok());
    let plan = Plan {
        file,
        before,
        method_before: own.map(|label| label.assignment_method),
        decision,
        content,
    };
    if changes_something(&plan, own, request) {
        rehearse(service, snapshot, &plan).await?;
    }
    Ok(plan)
}

/// Makes the change in memory, so that what cannot be written is refused at once, as far as a caller waits for that.
async fn rehearse(service: &Extraction, snapshot: &PolicySnapshot, plan: &Plan) -> Result<(), ExtractionError> {
    let content = plan.file.source.open(&plan.file.entry.path).await?;
    let content = content.ok_or(ExtractionError::ItemNotFound)?;
    let write = label_to_write(service, snapshot, plan, AssignmentMethod::Standard);
    service.extractor.rehearse(content, snapshot.tenant_id(), write).await
}

/// The tenant's label among those found.
fn own<'l>(snapshot: &PolicySnapshot, labels: &'l [ExtractedLabel]) -> Option<&'l ExtractedLabel> {
    let tenant = snapshot.tenant_id().to_string();
    labels.iter().find(|label| label.tenant_id == tenant)
}

/// The file's label as the decision core reads it.
fn content_info(snapshot: &PolicySnapshot, own: Option<&ExtractedLabel>) -> ContentInfo {
    let metadata = own.map(|label| {
        let pair = |attribute: &str, value: &str| {
            KeyValuePair::new(format!("MSIP_Label_{}_{attribute}", label.label_id), value)
        };
        let method = match label.assignment_method {
            AssignmentMethod::Privileged => "Privileged",
            AssignmentMethod::Auto => "Auto",
            AssignmentMethod::Standard => "Standard",
        };
        // Not every home of a label keeps its name, and no rule asks which one the file has.
        let known = LabelId::parse(&label.label_id).ok().and_then(|id| snapshot.label(id));
        let name = known.map(|known| pair("Name", &known.name));
        let others = [
            pair("Enabled", "true"),
            pair("Method", method),
            pair("SiteId", &snapshot.tenant_id().to_string()),
            pair("ContentBits", "0"),
        ];
        others.into_iter().chain(name).collect()
    });
    ContentInfo {
        format: ContentFormat::File,
        identifier: None,
        state: ContentState::Rest,
        metadata: metadata.unwrap_or_default(),
    }
}

fn decide_label(
    service: &Extraction,
    context: &CallContext,
    snapshot: &PolicySnapshot,
    request: &AssignRequest,
    content: &ContentInfo,
) -> Result<Decision, ExtractionError> {
    let given = request.justification.as_deref().filter(|text| !text.trim().is_empty());
    let downgrade_justification = DowngradeJustification {
        is_downgrade_justified: given.is_some(),
        justification_message: given.map(str::to_owned),
    };
    let question = match request.label_id {
        Some(label_id) => Question::Application {
            content: content.clone(),
            labeling: LabelingOptions {
                label_id,
                assignment_method: request.method,
                downgrade_justification,
                extended_properties: Vec::new(),
            },
        },
        None => Question::Removal {
            content: content.clone(),
            downgrade_justification,
        },
    };
    let actor = actor(snapshot, context)?;
    let decision = decide(
        snapshot,
        &actor,
        &question,
        &LocalePreference::default(),
        &DecideOptions::default(),
        service.clock.now(),
        &*service.ids,
    )
    .map_err(|refusal| as_asked(refusal.into()))?;
    let lowers = decision
        .change
        .as_ref()
        .is_some_and(|change| matches!(change.event_type, Some(2 | 3)));
    if given.is_none() && (lowers || decision.outcome == Outcome::JustificationRequired) {
        return Err(ExtractionError::JustificationMissing);
    }
    Ok(decision)
}

/// The core names members of its own question; the caller sent an [`AssignRequest`].
fn as_asked(refusal: ContractError) -> ContractError {
    let target = match refusal.target.as_deref() {
        Some("labeling.label_id") => "label_id",
        Some("labeling.assignment_method") => "method",
        _ => return refusal,
    };
    refusal.at(target)
}

/// Whose policies bind: the person's, or the organisation's for an application. Source: labelling semantics A8.
fn actor(snapshot: &PolicySnapshot, context: &CallContext) -> Result<Actor, ExtractionError> {
    if context.caller.kind != CallerKind::Delegated {
        return Ok(Actor::Organisation);
    }
    Ok(Actor::User(signed_in_user(snapshot, &context.caller)?))
}

/// Nothing is encrypted here, and a mark of protection without it would be false.
fn check_protection(snapshot: &PolicySnapshot, decision: &Decision) -> Result<(), ExtractionError> {
    let label = decision.label_after.and_then(|id| snapshot.label(id));
    match label.and_then(|label| label.protection.as_ref()) {
        Some(Protection::Template { .. } | Protection::UserDefined { .. }) => Err(ExtractionError::LabelProtects),
        Some(Protection::RemoveProtection {}) | None => Ok(()),
    }
}

/// The file does not carry just this label, by this method or a higher one, already.
fn changes_something(plan: &Plan, own: Option<&ExtractedLabel>, request: &AssignRequest) -> bool {
    match (own, request.label_id) {
        (None, None) => false,
        (Some(own), Some(_)) => {
            let is_same = plan.decision.label_after.or(request.label_id) == plan.before;
            !is_same || request.method > own.assignment_method
        }
        _ => true,
    }
}

fn label_to_write(
    service: &Extraction,
    snapshot: &PolicySnapshot,
    plan: &Plan,
    method: AssignmentMethod,
) -> Option<LabelToWrite> {
    let id = plan.decision.label_after?;
    Some(LabelToWrite {
        label_id: id,
        method,
        name: snapshot.label(id).map(|label| label.name.clone()).unwrap_or_default(),
        set_date: service.clock.now().as_second(),
        action_id: service.ids.next_id(),
    })
}

async fn queue(
    service: &Extraction,
    snapshot: &PolicySnapshot,
    request: &AssignRequest,
    plan: Plan,
    record: DecisionRecord,
) -> Result<Ticket, ExtractionError> {
    let tenant = snapshot.tenant_id();
    let item_id = plan.file.item_id.clone();
    if plan.decision.outcome != Outcome::Changed {
        return Ok(service.ticket(tenant, Grant::NothingToDo(item_id), service.config.operation_lifetime));
    }
    let payload = AssignPayload {
        drive_id: plan.file.drive.drive_id.clone(),
        item_id,
        before: plan.before,
        write: label_to_write(service, snapshot, &plan, plan.method(request.method)),
        record,
    };
    let operation = service.ids.next_id();
    let job = NewJob {
        key: JobKey {
            tenant,
            queue: ASSIGN.to_owned(),
            name: operation.to_string(),
        },
        payload: serde_json::to_string(&payload).map_err(|_| ExtractionError::Internal)?,
        at: service.clock.now(),
    };
    let capacity = u64::try_from(service.config.assign_queue).unwrap_or(u64::MAX);
    match service.jobs.enqueue_job(job, capacity).await? {
        Enqueued::NoRoom => return Err(ExtractionError::Overloaded),
        Enqueued::Queued | Enqueued::AlreadyThere => service.wake_writers.notify_one(),
    }
    Ok(service.ticket(tenant, Grant::Operation(operation), service.config.operation_lifetime))
}

fn record(
    service: &Extraction,
    context: &CallContext,
    snapshot: &PolicySnapshot,
    request: &AssignRequest,
    identifier: String,
    planned: Result<&Plan, &ContractError>,
) -> DecisionRecord {
    let mut record = service.blank_record(
        context,
        snapshot,
        Recorded {
            operation: signet_domain::record::Operation::AssignSensitivityLabel,
            identifier,
            outcome: Outcome::Refused,
        },
    );
    record.justification = request.justification.clone();
    match planned {
        Err(refusal) => record.reason = Some(refusal.reason.name().to_owned()),
        Ok(plan) => {
            record.outcome = plan.decision.outcome;
            record.label_before = plan.before;
            record.label_after = plan.decision.label_after;
            let by_user = record.user_principal_name.is_some();
            let change = plan.decision.change.clone();
            record.audit = change.map(|change| audit_facts(change, plan.content.state, by_user));
        }
    }
    record
}

/// Where an operation stands.
#[tracing::instrument(name = "extraction.get_operation", skip_all, err(level = "debug"))]
pub(crate) async fn get_operation(service: &Extraction, call: &TicketCall) -> Result<OperationStatus, ExtractionError> {
    let (tenant, operation): (_, Uuid) = match service.tickets.open(&call.ticket, service.clock.now()) {
        Some((_, Grant::NothingToDo(item_id))) => return Ok(OperationStatus::Completed { item_id }),
        Some((tenant, Grant::Operation(operation))) => (tenant, operation),
        _ => return Err(ExtractionError::OperationNotFound),
    };
    let key = JobKey {
        tenant,
        queue: ASSIGN.to_owned(),
        name: operation.to_string(),
    };
    let job = service
        .jobs
        .find_job(&key)
        .await?
        .ok_or(ExtractionError::OperationNotFound)?;
    Ok(match job.state {
        JobState::Waiting { .. } if job.attempts == 0 => OperationStatus::NotStarted,
        JobState::Waiting { .. } | JobState::Leased { .. } => OperationStatus::InProgress,
        JobState::Finished { result, .. } => finished(&result)?,
    })
}

fn finished(result: &str) -> Result<OperationStatus, ExtractionError> {
    let result: AssignResult = serde_json::from_str(result).map_err(|_| ExtractionError::Internal)?;
    Ok(match result {
        AssignResult::Completed { item_id } => OperationStatus::Completed { item_id },
        AssignResult::Failed { reason, message, lock } => {
            let reason = ErrorReason::from_name(&reason).unwrap_or(ErrorReason::Internal);
            let error = ContractError::new(reason, message);
            OperationStatus::Failed(Box::new(match lock {
                Some(lock) => error.fact("lock", lock),
                None => error,
            }))
        }
    })
}

/// The expiry of results.
pub(crate) fn keep_until(service: &Extraction) -> jiff::Timestamp {
    let now = service.clock.now();
    now.saturating_add(length(service.config.operation_lifetime))
        .unwrap_or(now)
}
