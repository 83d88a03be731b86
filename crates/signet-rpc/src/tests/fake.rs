//! A service that does as it is told and remembers what it was asked.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use opentelemetry::TraceId;
use opentelemetry::trace::TraceContextExt;
use signet_contract::catalog::*;
use signet_contract::evaluation::*;
use signet_contract::extraction::*;
use signet_contract::{
    CallContext, Catalog, CatalogAdministration, ContractError, DecisionLogReader, Evaluation, Extraction,
    PolicyDistribution, Subject,
};
use signet_domain::action::Action;
use signet_domain::error::ErrorReason;
use signet_domain::ids::{Revision, TenantId, UserId};
use signet_domain::record::DecisionRecord;
use signet_domain::tenant::LabelChange;
use tokio::sync::Semaphore;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::sample::Sample;

/// What the service does with the next calls.
#[derive(Debug, Clone)]
pub(crate) enum Behaviour {
    /// Answers with the values of a number; streams give three and stay open.
    Answer(u64),
    /// Refuses.
    Refuse(ContractError),
    /// Panics.
    Panic,
    /// Never answers.
    Hang,
    /// Answers when released.
    Hold,
    /// Waits until its deadline and refuses then, as a wait for a revision does.
    WaitForDeadline,
}

/// A call's context, if it had one, and question.
pub(crate) type Seen = (Option<CallContext>, String);

/// The service. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Fake {
    behaviour: Arc<Mutex<Behaviour>>,
    seen: Arc<Mutex<Option<Seen>>>,
    calls: Arc<AtomicUsize>,
    trace: Arc<Mutex<Option<TraceId>>>,
    held: Arc<Semaphore>,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self {
            behaviour: Arc::new(Mutex::new(Behaviour::Answer(0))),
            seen: Arc::default(),
            calls: Arc::default(),
            trace: Arc::default(),
            held: Arc::new(Semaphore::new(0)),
        }
    }

    pub(crate) fn will(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// Lets the calls answer that were held.
    pub(crate) fn release(&self) {
        self.held.add_permits(1000);
    }

    /// The last call's context and question.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone().expect("nothing was asked")
    }

    /// Number of calls so far.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The trace the last call was part of.
    pub(crate) fn trace(&self) -> Option<TraceId> {
        *self.trace.lock().unwrap()
    }

    pub(super) async fn answer<T>(
        &self,
        context: Option<&CallContext>,
        deadline: Instant,
        question: impl Debug,
        value: impl FnOnce(&mut Sample) -> T,
    ) -> Result<T, ContractError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        *self.seen.lock().unwrap() = Some((context.cloned(), format!("{question:?}")));
        *self.trace.lock().unwrap() = Some(Span::current().context().span().span_context().trace_id());
        let behaviour = self.behaviour.lock().unwrap().clone();
        match behaviour {
            Behaviour::Answer(seed) => Ok(value(&mut Sample::new(seed))),
            Behaviour::Refuse(error) => Err(error),
            Behaviour::Panic => panic!("told to"),
            Behaviour::Hang => std::future::pending().await,
            Behaviour::Hold => {
                let _released = self.held.acquire().await;
                Ok(value(&mut Sample::new(1)))
            }
            Behaviour::WaitForDeadline => {
                tokio::time::sleep_until(deadline.into()).await;
                Err(ContractError::new(
                    ErrorReason::RevisionNotReached,
                    "the revision is not there yet",
                ))
            }
        }
    }

    pub(super) async fn call<T>(
        &self,
        context: &CallContext,
        question: impl Debug,
        value: impl FnOnce(&mut Sample) -> T,
    ) -> Result<T, ContractError> {
        self.answer(Some(context), context.deadline, question, value).await
    }
}

/// Three values, and then nothing more for ever.
pub(super) fn three<T: Send + 'static>(
    sample: &mut Sample,
    mut value: impl FnMut(&mut Sample) -> T,
) -> BoxStream<'static, T> {
    let values: Vec<T> = (0..3).map(|_| value(sample)).collect();
    stream::iter(values).chain(stream::pending()).boxed()
}

#[async_trait]
impl Catalog for Fake {
    async fn list_labels(
        &self,
        c: &CallContext,
        request: ListLabelsRequest,
    ) -> Result<ListLabelsResponse, ContractError> {
        self.call(c, request, Sample::list_labels_response).await
    }

    async fn get_label(&self, c: &CallContext, request: GetLabelRequest) -> Result<GetLabelResponse, ContractError> {
        self.call(c, request, Sample::get_label_response).await
    }

    async fn get_policy_settings(
        &self,
        c: &CallContext,
        subject: Subject,
    ) -> Result<PolicySettingsResponse, ContractError> {
        self.call(c, subject, Sample::policy_settings_response).await
    }

    async fn resolve_subject(
        &self,
        c: &CallContext,
        family: LabelFamily,
        subject: Subject,
    ) -> Result<Option<UserId>, ContractError> {
        self.call(c, (family, subject), |sample| sample.maybe(Sample::user_id))
            .await
    }
}

#[async_trait]
impl CatalogAdministration for Fake {
    async fn plan_tenant(&self, c: &CallContext, document: TenantJson) -> Result<TenantPlan, ContractError> {
        self.call(c, document, Sample::plan).await
    }

    async fn apply_tenant(
        &self,
        c: &CallContext,
        document: TenantJson,
        expected: ExpectedRevision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError> {
        self.call(c, (document, expected, note), Sample::applied).await
    }

    async fn export_tenant(&self, c: &CallContext, revision: Option<Revision>) -> Result<TenantAt, ContractError> {
        self.call(c, revision, Sample::tenant_at).await
    }

    async fn list_revisions(
        &self,
        c: &CallContext,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RevisionInfo>, ContractError> {
        self.call(c, (before, limit), |sample| sample.many(Sample::revision_info))
            .await
    }

    async fn get_revision(&self, c: &CallContext, revision: Option<Revision>) -> Result<RevisionInfo, ContractError> {
        self.call(c, ("get", revision), Sample::revision_info).await
    }

    async fn diff_revisions(
        &self,
        c: &CallContext,
        from: Revision,
        to: Option<Revision>,
    ) -> Result<RevisionDiff, ContractError> {
        self.call(c, (from, to), Sample::diff).await
    }

    async fn rollback_tenant(
        &self,
        c: &CallContext,
        to: Revision,
        expected: ExpectedRevision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError> {
        self.call(c, (to, expected, note), Sample::applied).await
    }

    async fn change_label(
        &self,
        c: &CallContext,
        change: LabelChange,
        expected: Revision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError> {
        self.call(c, (change, expected, note), Sample::applied).await
    }

    async fn follow_revisions(
        &self,
        c: &CallContext,
        after: Option<Revision>,
    ) -> Result<BoxStream<'static, Result<RevisionInfo, ContractError>>, ContractError> {
        self.call(c, after, |sample| three(sample, |sample| Ok(sample.revision_info())))
            .await
    }
}

#[async_trait]
impl PolicyDistribution for Fake {
    async fn get_snapshot(
        &self,
        tenant: TenantId,
        at_least: Option<Revision>,
        deadline: Instant,
    ) -> Result<Option<SnapshotLease>, ContractError> {
        self.answer(None, deadline, (tenant, at_least), |sample| sample.maybe(Sample::lease))
            .await
    }

    async fn watch_changes(
        &self,
        after: Option<u64>,
    ) -> Result<BoxStream<'static, Result<ChangeEvent, ContractError>>, ContractError> {
        let events = self.answer(None, Instant::now(), after, |sample| {
            three(sample, Sample::change_event)
        });
        Ok(events.await?.map(Ok).boxed())
    }
}

#[async_trait]
impl Evaluation for Fake {
    async fn evaluate(&self, c: &CallContext, request: EvaluateRequest) -> Result<EvaluateResponse, ContractError> {
        self.call(c, request, Sample::evaluate_response).await
    }

    async fn compute_inheritance(
        &self,
        c: &CallContext,
        request: InheritanceRequest,
    ) -> Result<InheritanceResponse, ContractError> {
        self.call(c, request, Sample::inheritance_response).await
    }

    async fn compute_rights_and_inheritance(
        &self,
        c: &CallContext,
        request: RightsAndInheritanceRequest,
    ) -> Result<RightsAndInheritanceResponse, ContractError> {
        self.call(c, request, Sample::rights_response).await
    }

    async fn usage_rights(
        &self,
        c: &CallContext,
        request: UsageRightsRequest,
    ) -> Result<UsageRightsResponse, ContractError> {
        self.call(c, request, Sample::usage_rights_response).await
    }

    async fn expand_rights(
        &self,
        c: &CallContext,
        request: ExpandRightsRequest,
    ) -> Result<ExpandRightsResponse, ContractError> {
        self.call(c, request, Sample::expand_response).await
    }

    /// Answers each item with the values of its position, large items with answers as large, faults with themselves;
    /// asks for one item at a time. An item with the id `panic` makes the stream panic.
    async fn evaluate_many(
        &self,
        c: &CallContext,
        items: BoxStream<'static, BulkItem>,
    ) -> Result<BoxStream<'static, BulkAnswer>, ContractError> {
        self.call(c, "many", |_| ()).await?;
        let answers = items.enumerate().map(|(position, item)| {
            assert_ne!(item.id, "panic");
            BulkAnswer {
                id: item.id,
                result: item.request.map(|request| decision(position, request)),
            }
        });
        Ok(answers.boxed())
    }
}

fn decision(position: usize, request: EvaluateRequest) -> EvaluateResponse {
    let mut response = Sample::new(position as u64).evaluate_response();
    if let Some(large) = request
        .question
        .content()
        .identifier
        .clone()
        .filter(|text| text.len() > 1024)
    {
        response.actions = vec![Action::Custom {
            name: large,
            properties: Vec::new(),
        }];
    }
    response
}

#[async_trait]
impl DecisionLogReader for Fake {
    async fn list_decisions(
        &self,
        c: &CallContext,
        query: DecisionQuery,
    ) -> Result<Vec<DecisionRecord>, ContractError> {
        self.call(c, query, |sample| sample.many(Sample::record)).await
    }

    async fn follow_decisions(
        &self,
        c: &CallContext,
        query: DecisionQuery,
    ) -> Result<BoxStream<'static, Result<DecisionRecord, ContractError>>, ContractError> {
        let records = self.call(c, query, |sample| three(sample, Sample::record)).await?;
        Ok(records.map(Ok).boxed())
    }
}

#[async_trait]
impl Extraction for Fake {
    async fn list_drives(&self, c: &CallContext, owner: DriveAddress) -> Result<Vec<DriveInfo>, ContractError> {
        self.call(c, owner, |sample| sample.many(Sample::drive)).await
    }

    async fn get_drive(&self, c: &CallContext, drive: DriveAddress) -> Result<DriveInfo, ContractError> {
        self.call(c, drive, Sample::drive).await
    }

    async fn get_item(&self, c: &CallContext, item: ItemReference) -> Result<DriveItem, ContractError> {
        self.call(c, item, Sample::item).await
    }

    async fn list_children(
        &self,
        c: &CallContext,
        folder: ItemReference,
        query: ChildrenQuery,
    ) -> Result<ChildrenPage, ContractError> {
        self.call(c, (folder, query), Sample::children).await
    }

    async fn extract_labels(
        &self,
        c: &CallContext,
        item: ItemReference,
    ) -> Result<ExtractLabelsResponse, ContractError> {
        self.call(c, item, Sample::extracted).await
    }
}
