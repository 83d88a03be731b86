//! Evaluation: which label, which actions, which rights, and the log of what was decided.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use signet_domain::action::{Action, ContentLabel, Explanation};
use signet_domain::content::ContentFormat;
use signet_domain::evaluation::{ProtectedContent, Question, RightsAndInheritance, UsageRightsIncluded};
use signet_domain::ids::{LabelId, Revision, UserId};
use signet_domain::locale::LocalePreference;
use signet_domain::record::{DecisionRecord, Operation, Outcome};
use signet_domain::view::LabelView;

use crate::catalog::LabelFamily;
use crate::context::{CallContext, Subject};
use crate::error::ContractError;

/// Which policy answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecidedBy {
    /// The revision.
    pub revision: Revision,
    /// Age of the snapshot; present only while the catalogue does not answer.
    pub snapshot_age: Option<Duration>,
}

/// One item to decide about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluateRequest {
    /// On whose behalf.
    pub subject: Subject,
    /// What is asked.
    pub question: Question,
    /// Language of label names in markings and tooltips.
    pub locale: LocalePreference,
    /// Give the reasons.
    pub explain: bool,
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluateResponse {
    /// Actions to take, in order. Empty for an extraction.
    pub actions: Vec<Action>,
    /// The label the item's metadata carries; answered to an extraction only.
    pub content_label: Option<ContentLabel>,
    /// Which policy decided.
    pub decided_by: DecidedBy,
    /// The reasons, when asked for.
    pub explanation: Option<Box<Explanation>>,
}

/// Labels of several contents flowing together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InheritanceRequest {
    /// On whose behalf; changes only what `isDefault` means.
    pub subject: Subject,
    /// Only among the sublabels of this label.
    pub parent: Option<LabelId>,
    /// The labels, 1..=1,000.
    pub label_ids: Vec<LabelId>,
    /// The target's formats; empty: any.
    pub formats: Vec<ContentFormat>,
    /// Language.
    pub locale: LocalePreference,
}

/// The label that wins.
#[derive(Debug, Clone)]
pub struct InheritanceResponse {
    /// The label.
    pub label: LabelView,
    /// Which policy decided.
    pub decided_by: DecidedBy,
}

/// Rights and the inherited label of several protected contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsAndInheritanceRequest {
    /// On whose behalf; changes only what `isDefault` means.
    pub subject: Subject,
    /// Only among the sublabels of this label.
    pub parent: Option<LabelId>,
    /// Whose rights; absent: the signed-in person's.
    pub delegated_user_email: Option<String>,
    /// The contents, 1..=1,000.
    pub contents: Vec<ProtectedContent>,
    /// Formats the caller can write; empty: all.
    pub supported_formats: Vec<ContentFormat>,
    /// Language.
    pub locale: LocalePreference,
}

/// Rights and the inherited label.
#[derive(Debug, Clone)]
pub struct RightsAndInheritanceResponse {
    /// The result.
    pub result: RightsAndInheritance,
    /// Which policy decided.
    pub decided_by: DecidedBy,
}

/// Rights on one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRightsRequest {
    /// On whose behalf.
    pub subject: Subject,
    /// Only among the sublabels of this label.
    pub parent: Option<LabelId>,
    /// Which label.
    pub label: LabelId,
    /// The content's owner.
    pub owner_email: Option<String>,
    /// Whose rights.
    pub user_email: Option<String>,
}

/// Rights on one label.
#[derive(Debug, Clone)]
pub struct UsageRightsResponse {
    /// The rights.
    pub rights: UsageRightsIncluded,
    /// Which policy decided.
    pub decided_by: DecidedBy,
}

/// Rights on several labels, to be shown inside a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandRightsRequest {
    /// On whose behalf.
    pub subject: Subject,
    /// Labels, each with the content's owner, at most 1,000.
    pub labels: Vec<(LabelId, Option<String>)>,
    /// Whose rights.
    pub user_email: Option<String>,
}

/// Rights on several labels, in the order asked; absent for a label without protection.
#[derive(Debug, Clone)]
pub struct ExpandRightsResponse {
    /// The rights; failures are their flags.
    pub rights: Vec<Option<UsageRightsIncluded>>,
    /// Which policy decided.
    pub decided_by: DecidedBy,
}

/// One item of a bulk evaluation.
#[derive(Debug, Clone)]
pub struct BulkItem {
    /// The caller's id of the item, at most 128 bytes, echoed.
    pub id: String,
    /// The item, or what was wrong with it.
    pub request: Result<EvaluateRequest, ContractError>,
}

/// The answer to one item.
#[derive(Debug, Clone)]
pub struct BulkAnswer {
    /// The caller's id of the item.
    pub id: String,
    /// The decision, or why there is none.
    pub result: Result<EvaluateResponse, ContractError>,
}

/// Decisions.
#[async_trait]
pub trait Evaluation: Send + Sync {
    /// Decides about one item. Leaves one record in the decision log before it answers.
    ///
    /// # Errors
    /// The refusals of labelling semantics A10; `PermissionMissing` and the other refusals of a subject;
    /// `SnapshotTooOld`, `RevisionNotReached`, `StoreUnavailable`, `Overloaded`.
    async fn evaluate(
        &self,
        context: &CallContext,
        request: EvaluateRequest,
    ) -> Result<EvaluateResponse, ContractError>;

    /// The most sensitive label among those given.
    ///
    /// # Errors
    /// `LabelNotFound`, `NoApplicableLabel`, and as [`Evaluation::evaluate`].
    async fn compute_inheritance(
        &self,
        context: &CallContext,
        request: InheritanceRequest,
    ) -> Result<InheritanceResponse, ContractError>;

    /// Rights per content and the label that flows on. Faults of single contents are flags in their rights.
    ///
    /// # Errors
    /// As [`Evaluation::evaluate`].
    async fn compute_rights_and_inheritance(
        &self,
        context: &CallContext,
        request: RightsAndInheritanceRequest,
    ) -> Result<RightsAndInheritanceResponse, ContractError>;

    /// Rights on one label.
    ///
    /// # Errors
    /// `LabelNotFound`, `RightsNotAvailable`, `RightsAccessDenied`, and as [`Evaluation::evaluate`].
    async fn usage_rights(
        &self,
        context: &CallContext,
        request: UsageRightsRequest,
    ) -> Result<UsageRightsResponse, ContractError>;

    /// Rights on several labels at once, failures as flags.
    ///
    /// # Errors
    /// As [`Evaluation::evaluate`], but never for a single label.
    async fn expand_rights(
        &self,
        context: &CallContext,
        request: ExpandRightsRequest,
    ) -> Result<ExpandRightsResponse, ContractError>;

    /// Decides about many items on one stream: answers in order with ids; a faulty item fails alone.
    /// The next item is read only when there is room for its answer.
    ///
    /// # Errors
    /// `PermissionMissing` for the stream as a whole.
    async fn evaluate_many(
        &self,
        context: &CallContext,
        items: BoxStream<'static, BulkItem>,
    ) -> Result<BoxStream<'static, BulkAnswer>, ContractError>;
}

/// Which decisions are wanted. Every condition given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecisionQuery {
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// By this user.
    pub user: Option<UserId>,
    /// By this application: client id, or name from `User-Agent`.
    pub application: Option<String>,
    /// With this label before or after.
    pub label: Option<LabelId>,
    /// Of this operation.
    pub operation: Option<Operation>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// After this sequence number (before it, when descending); 0: from the start (from the end).
    pub after: u64,
    /// Newest first.
    pub descending: bool,
    /// At most, 1..=1,000.
    pub limit: u32,
}

/// The decision log for those who may read it.
#[async_trait]
pub trait DecisionLogReader: Send + Sync {
    /// Records of the caller's tenant, in order.
    ///
    /// # Errors
    /// `PermissionMissing`, `StoreUnavailable`.
    async fn list_decisions(
        &self,
        context: &CallContext,
        query: DecisionQuery,
    ) -> Result<Vec<DecisionRecord>, ContractError>;

    /// Records after a sequence number, then new ones as they are written.
    ///
    /// # Errors
    /// As [`DecisionLogReader::list_decisions`].
    async fn follow_decisions(
        &self,
        context: &CallContext,
        query: DecisionQuery,
    ) -> Result<BoxStream<'static, Result<DecisionRecord, ContractError>>, ContractError>;
}

/// Which family a question's permission belongs to.
pub const EVALUATION_FAMILY: LabelFamily = LabelFamily::Policy;
