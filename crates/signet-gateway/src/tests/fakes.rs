//! Services over compiled tenants in memory: the rules of the contract and the decision core, nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::catalog::*;
use signet_contract::context::*;
use signet_contract::evaluation::*;
use signet_contract::{CallContext, Catalog, ContractError, DecisionLogReader, Evaluation, Subject, subject};
use signet_domain::environment::IdSource;
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::{DecideOptions, decide};
use signet_domain::ids::{Revision, TenantId, UserId};
use signet_domain::query::LabelQuery;
use signet_domain::record::{DecisionRecord, Outcome};
use signet_domain::rights::{RightsQuestion, expanded_rights, usage_rights};
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::TenantDocument;
use signet_domain::{inheritance, query, record};
use uuid::Uuid;

/// All four services of a few tenants.
pub(crate) struct Fakes {
    snapshots: HashMap<TenantId, Arc<PolicySnapshot>>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn signet_domain::environment::Clock>,
    /// What the next call is answered instead.
    pub(crate) next_failure: Mutex<Option<ContractError>>,
    /// Calls so far, by name.
    pub(crate) calls: Mutex<Vec<&'static str>>,
    /// The context of the last call.
    pub(crate) last_context: Mutex<Option<CallContext>>,
    /// Age told with decisions.
    pub(crate) snapshot_age: Mutex<Option<Duration>>,
    /// Time the next evaluation takes before it answers.
    pub(crate) delay: Mutex<Option<Duration>>,
    /// Makes the next evaluation panic.
    pub(crate) panics: Mutex<bool>,
}

impl Fakes {
    pub(crate) fn new(
        documents: Vec<TenantDocument>,
        ids: Arc<dyn IdSource>,
        clock: Arc<dyn signet_domain::environment::Clock>,
    ) -> Self {
        let compile = |document| Arc::new(PolicySnapshot::compile(Arc::new(document), Revision(7)));
        Self {
            snapshots: documents
                .into_iter()
                .map(compile)
                .map(|snapshot| (snapshot.tenant_id(), snapshot))
                .collect(),
            ids,
            clock,
            next_failure: Mutex::default(),
            calls: Mutex::default(),
            last_context: Mutex::default(),
            snapshot_age: Mutex::default(),
            delay: Mutex::default(),
            panics: Mutex::default(),
        }
    }

    pub(super) fn enter(
        &self,
        name: &'static str,
        context: &CallContext,
    ) -> Result<Arc<PolicySnapshot>, ContractError> {
        self.calls.lock().unwrap().push(name);
        *self.last_context.lock().unwrap() = Some(context.clone());
        if let Some(error) = self.next_failure.lock().unwrap().take() {
            return Err(error);
        }
        let snapshot = self.snapshots.get(&context.caller.tenant).cloned();
        snapshot
            .ok_or_else(|| ContractError::new(ErrorReason::TenantUnknown, "the tenant of the token is not known here"))
    }

    fn decided_by(&self) -> DecidedBy {
        DecidedBy {
            revision: Revision(7),
            snapshot_age: *self.snapshot_age.lock().unwrap(),
        }
    }

    fn check_parent(
        snapshot: &PolicySnapshot,
        visibility: &query::Visibility,
        parent: Option<signet_domain::ids::LabelId>,
        label: signet_domain::ids::LabelId,
    ) -> Result<(), ContractError> {
        let Some(parent) = parent else { return Ok(()) };
        query::get_label(snapshot, visibility, parent, &Default::default())?;
        let below = snapshot
            .label(label)
            .is_some_and(|label| label.parent_id == Some(parent));
        if below {
            return Ok(());
        }
        Err(ContractError::new(
            ErrorReason::LabelNotFound,
            format!("label `{label}` is not below `{parent}`"),
        ))
    }
}

#[async_trait]
impl Catalog for Fakes {
    async fn list_labels(
        &self,
        context: &CallContext,
        request: ListLabelsRequest,
    ) -> Result<ListLabelsResponse, ContractError> {
        let snapshot = self.enter("list_labels", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, request.family, &request.subject)?;
        let query = LabelQuery {
            visibility: subject::visibility(&context.caller, request.family, user, request.scoped),
            parent: request.parent,
            nested: request.nested,
            filter: request.filter,
            search: request.search,
            order: request.order,
            skip: request.skip,
            top: request.top,
            after: request.after,
            count: request.count,
            locale: request.locale,
        };
        Ok(ListLabelsResponse {
            page: query::list_labels(&snapshot, &query)?,
            user,
            revision: Revision(7),
        })
    }

    async fn get_label(
        &self,
        context: &CallContext,
        request: GetLabelRequest,
    ) -> Result<GetLabelResponse, ContractError> {
        let snapshot = self.enter("get_label", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, request.family, &request.subject)?;
        let visibility = subject::visibility(&context.caller, request.family, user, None);
        Self::check_parent(&snapshot, &visibility, request.parent, request.label)?;
        let label = query::get_label(&snapshot, &visibility, request.label, &request.locale)?;
        Ok(GetLabelResponse {
            label,
            user,
            revision: Revision(7),
        })
    }

    async fn get_policy_settings(
        &self,
        context: &CallContext,
        about: Subject,
    ) -> Result<PolicySettingsResponse, ContractError> {
        let snapshot = self.enter("get_policy_settings", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Policy, &about)?;
        let settings = snapshot.effective_policy_settings(subject::actor(user))?;
        Ok(PolicySettingsResponse {
            settings,
            user,
            revision: Revision(7),
        })
    }

    async fn resolve_subject(
        &self,
        context: &CallContext,
        family: LabelFamily,
        about: Subject,
    ) -> Result<Option<UserId>, ContractError> {
        let snapshot = self.enter("resolve_subject", context)?;
        subject::resolve_subject(&snapshot, &context.caller, family, &about)
    }
}

#[async_trait]
impl Evaluation for Fakes {
    async fn evaluate(
        &self,
        context: &CallContext,
        request: EvaluateRequest,
    ) -> Result<EvaluateResponse, ContractError> {
        let snapshot = self.enter("evaluate", context)?;
        let delay = self.delay.lock().unwrap().take();
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        assert!(!std::mem::take(&mut *self.panics.lock().unwrap()), "a panic on purpose");
        let user = subject::resolve_subject(&snapshot, &context.caller, EVALUATION_FAMILY, &request.subject)?;
        let is_extraction = matches!(request.question, signet_domain::evaluation::Question::Extraction { .. });
        let decision = decide(
            &snapshot,
            &subject::actor(user),
            &request.question,
            &request.locale,
            &DecideOptions {
                explain: request.explain,
                ..DecideOptions::default()
            },
            self.clock.now(),
            self.ids.as_ref(),
        )?;
        Ok(EvaluateResponse {
            actions: decision.actions,
            content_label: decision.current.filter(|_| is_extraction),
            decided_by: self.decided_by(),
            explanation: decision.explanation,
        })
    }

    async fn compute_inheritance(
        &self,
        context: &CallContext,
        request: InheritanceRequest,
    ) -> Result<InheritanceResponse, ContractError> {
        let snapshot = self.enter("compute_inheritance", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Governance, &request.subject)?;
        let label = inheritance::compute_inheritance(
            &snapshot,
            &request.label_ids,
            &request.formats,
            &request.locale,
            subject::actor(user),
            request.parent,
        )?;
        Ok(InheritanceResponse {
            label,
            decided_by: self.decided_by(),
        })
    }

    async fn compute_rights_and_inheritance(
        &self,
        context: &CallContext,
        request: RightsAndInheritanceRequest,
    ) -> Result<RightsAndInheritanceResponse, ContractError> {
        let snapshot = self.enter("compute_rights_and_inheritance", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Governance, &request.subject)?;
        let email = match (&request.delegated_user_email, context.caller.kind) {
            (Some(email), _) => email.clone(),
            (None, CallerKind::Delegated) => context
                .caller
                .user_principal_name
                .as_deref()
                .unwrap_or_default()
                .to_owned(),
            (None, _) => {
                return Err(ContractError::new(ErrorReason::InvalidArgument, "name the user").at("delegatedUserEmail"));
            }
        };
        let result = inheritance::compute_rights_and_inheritance(
            &snapshot,
            &email,
            &request.contents,
            &request.supported_formats,
            &request.locale,
            subject::actor(user),
            request.parent,
            self.ids.as_ref(),
        )?;
        Ok(RightsAndInheritanceResponse {
            result,
            decided_by: self.decided_by(),
        })
    }

    async fn usage_rights(
        &self,
        context: &CallContext,
        request: UsageRightsRequest,
    ) -> Result<UsageRightsResponse, ContractError> {
        let snapshot = self.enter("usage_rights", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Governance, &request.subject)?;
        let visibility = subject::visibility(&context.caller, LabelFamily::Governance, user, None);
        Self::check_parent(&snapshot, &visibility, request.parent, request.label)?;
        let asked = RightsQuestion {
            owner_email: request.owner_email,
            user_email: request.user_email,
            acting: user.or((context.caller.kind == CallerKind::Delegated).then_some(context.caller.object_id)),
        };
        let rights = usage_rights(&snapshot, &visibility, request.label, &asked)?;
        Ok(UsageRightsResponse {
            rights,
            decided_by: self.decided_by(),
        })
    }

    async fn expand_rights(
        &self,
        context: &CallContext,
        request: ExpandRightsRequest,
    ) -> Result<ExpandRightsResponse, ContractError> {
        let snapshot = self.enter("expand_rights", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Governance, &request.subject)?;
        let rights = request.labels.into_iter().map(|(label, owner_email)| {
            let asked = RightsQuestion {
                owner_email,
                user_email: request.user_email.clone(),
                acting: user,
            };
            expanded_rights(&snapshot, label, &asked)
        });
        Ok(ExpandRightsResponse {
            rights: rights.collect(),
            decided_by: self.decided_by(),
        })
    }

    async fn evaluate_many(
        &self,
        _context: &CallContext,
        _items: BoxStream<'static, BulkItem>,
    ) -> Result<BoxStream<'static, BulkAnswer>, ContractError> {
        unreachable!("the REST surface has no bulk call")
    }
}

#[async_trait]
impl DecisionLogReader for Fakes {
    async fn list_decisions(
        &self,
        context: &CallContext,
        query: DecisionQuery,
    ) -> Result<Vec<DecisionRecord>, ContractError> {
        self.enter("list_decisions", context)?;
        let all = (1..=5).map(|sequence| decision(context.caller.tenant, sequence));
        let wanted = all.filter(|record| {
            query.operation.is_none_or(|operation| operation == record.operation)
                && query.outcome.is_none_or(|outcome| outcome == record.outcome)
                && query.from.is_none_or(|from| record.time >= from)
                && query.to.is_none_or(|to| record.time < to)
        });
        let mut records: Vec<DecisionRecord> = wanted.collect();
        if query.descending {
            records.reverse();
            records.retain(|record| query.after == 0 || record.sequence < query.after);
        } else {
            records.retain(|record| record.sequence > query.after);
        }
        records.truncate(usize::try_from(query.limit).unwrap());
        Ok(records)
    }

    async fn follow_decisions(
        &self,
        _context: &CallContext,
        _query: DecisionQuery,
    ) -> Result<BoxStream<'static, Result<DecisionRecord, ContractError>>, ContractError> {
        unreachable!("the REST surface does not follow the log")
    }
}

fn decision(tenant_id: TenantId, sequence: u64) -> DecisionRecord {
    DecisionRecord {
        sequence,
        id: Uuid::from_u128(u128::from(sequence)),
        time: jiff::Timestamp::from_second(1_772_600_000 + i64::try_from(sequence).unwrap()).unwrap(),
        tenant_id,
        revision: Revision(7),
        operation: if sequence.is_multiple_of(2) {
            record::Operation::EvaluateRemoval
        } else {
            record::Operation::EvaluateApplication
        },
        outcome: Outcome::Changed,
        reason: None,
        user_id: None,
        user_principal_name: None,
        application_id: Some("app".into()),
        application_name: None,
        application_version: None,
        client_ip: None,
        request_id: format!("request-{sequence}").into(),
        client_request_id: None,
        content_identifier: None,
        label_before: None,
        label_after: None,
        justification: None,
        matched_types: Vec::new(),
        audit: None,
    }
}
