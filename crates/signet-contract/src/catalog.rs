//! The catalogue: tenants, labels, who sees which label, revisions and their distribution.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use signet_domain::ids::{LabelId, Revision, TenantId, UserId};
use signet_domain::locale::LocalePreference;
use signet_domain::policy::EffectivePolicySettings;
use signet_domain::query::{LabelFilter, LabelPage, OrderKey, PageKey, SearchTerm};
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::{Finding, LabelChange, TenantChange, TenantDocument};
use signet_domain::view::LabelView;

use crate::context::{CallContext, Subject};
use crate::error::ContractError;

/// Which family of operations is asked; decides the permission and the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelFamily {
    /// Labels for applying: `InformationProtectionPolicy.*`.
    Policy,
    /// Labels for governing: `SensitivityLabel(s).*`.
    Governance,
}

/// Labels wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListLabelsRequest {
    /// Which family.
    pub family: LabelFamily,
    /// Whose labels.
    pub subject: Subject,
    /// The selector `isScopedToUser`: true enabled, false disabled, absent both. Source: rest-api table I.
    pub scoped: Option<bool>,
    /// Only sublabels of this label.
    pub parent: Option<LabelId>,
    /// Sublabels nested under their parents instead of a flat list.
    pub nested: bool,
    /// Conditions.
    pub filter: Option<LabelFilter>,
    /// Full-text terms; all must be found.
    pub search: Vec<SearchTerm>,
    /// Order; empty: sensitivity ascending.
    pub order: Vec<OrderKey>,
    /// Entries to leave out.
    pub skip: u32,
    /// Entries at most, 0..=999.
    pub top: u32,
    /// Continue after this label.
    pub after: Option<PageKey>,
    /// Count all entries.
    pub count: bool,
    /// Language.
    pub locale: LocalePreference,
}

/// Labels found, and the revision they are of.
#[derive(Debug, Clone)]
pub struct ListLabelsResponse {
    /// The page.
    pub page: LabelPage,
    /// The user the view belongs to, if any.
    pub user: Option<UserId>,
    /// The revision that answered.
    pub revision: Revision,
}

/// One label wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetLabelRequest {
    /// Which family.
    pub family: LabelFamily,
    /// Whose label.
    pub subject: Subject,
    /// Only among the sublabels of this label.
    pub parent: Option<LabelId>,
    /// Which label.
    pub label: LabelId,
    /// Language.
    pub locale: LocalePreference,
}

/// One label found.
#[derive(Debug, Clone)]
pub struct GetLabelResponse {
    /// The label.
    pub label: LabelView,
    /// The user the view belongs to, if any.
    pub user: Option<UserId>,
    /// The revision that answered.
    pub revision: Revision,
}

/// Settings of a user, or of the organisation.
#[derive(Debug, Clone)]
pub struct PolicySettingsResponse {
    /// The settings.
    pub settings: EffectivePolicySettings,
    /// The user they belong to, if any.
    pub user: Option<UserId>,
    /// The revision that answered.
    pub revision: Revision,
}

/// What a caller reads of the catalogue.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// Labels the subject sees. A tenant without labels gives an empty page.
    ///
    /// # Errors
    /// `PermissionMissing`, `DelegatedCallerRequired`, `ApplicationCallerRequired`, `NotTheCaller`, `UserNotFound`,
    /// `LabelNotFound` (unknown `parent`), `TenantUnknown`, `RevisionNotReached`, `StoreUnavailable`.
    async fn list_labels(
        &self,
        context: &CallContext,
        request: ListLabelsRequest,
    ) -> Result<ListLabelsResponse, ContractError>;

    /// One label the subject sees.
    ///
    /// # Errors
    /// As [`Catalog::list_labels`]; `LabelNotFound` when it does not exist or is not published to the subject.
    async fn get_label(
        &self,
        context: &CallContext,
        request: GetLabelRequest,
    ) -> Result<GetLabelResponse, ContractError>;

    /// Settings that bind the subject.
    ///
    /// # Errors
    /// As [`Catalog::list_labels`].
    async fn get_policy_settings(
        &self,
        context: &CallContext,
        subject: Subject,
    ) -> Result<PolicySettingsResponse, ContractError>;

    /// Checks that the caller may ask about the subject and says who it is; absent: the organisation. Needs one
    /// permission of the family.
    ///
    /// # Errors
    /// `PermissionMissing`, `PersonalAccountNotSupported`, `DelegatedCallerRequired`, `ApplicationCallerRequired`, `NotTheCaller`, `UserNotFound`, `TenantUnknown`.
    async fn resolve_subject(
        &self,
        context: &CallContext,
        family: LabelFamily,
        subject: Subject,
    ) -> Result<Option<UserId>, ContractError>;
}

/// A tenant document on its way: JSON text, not yet read, so that every fault can be reported with its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantJson(pub String);

/// Which revision a change must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedRevision {
    /// Whatever is there.
    Any,
    /// The tenant must not exist yet.
    Absent,
    /// Exactly this one.
    Exactly(Revision),
}

/// What a tenant document would change.
#[derive(Debug, Clone)]
pub struct TenantPlan {
    /// The revision compared with; absent: the tenant does not exist.
    pub current: Option<Revision>,
    /// Differences, in document order.
    pub changes: Vec<TenantChange>,
    /// Things that will not do what they seem to.
    pub warnings: Vec<Finding>,
}

/// What applying a tenant document did.
#[derive(Debug, Clone)]
pub struct TenantApplied {
    /// The tenant's revision now.
    pub revision: Revision,
    /// A new revision was made; false: the document was already in force.
    pub changed: bool,
    /// Differences to the revision before.
    pub changes: Vec<TenantChange>,
    /// Things that will not do what they seem to.
    pub warnings: Vec<Finding>,
}

/// A tenant document with its revision.
#[derive(Debug, Clone)]
pub struct TenantAt {
    /// The document.
    pub document: Arc<TenantDocument>,
    /// Its revision.
    pub revision: Revision,
}

/// One revision of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionInfo {
    /// The revision.
    pub revision: Revision,
    /// When it was accepted.
    pub at: Timestamp,
    /// Who made it.
    pub author: String,
    /// What for.
    pub note: Option<String>,
}

/// Differences between two revisions of a tenant.
#[derive(Debug, Clone)]
pub struct RevisionDiff {
    /// The earlier side.
    pub from: Revision,
    /// The later side.
    pub to: Revision,
    /// Differences, in document order.
    pub changes: Vec<TenantChange>,
}

/// Longest note of a change, in characters.
pub const MAX_NOTE: usize = 1_024;

/// Changes of the caller's own tenant by programs. Whatever is changed, it is one transaction, one new revision with
/// the caller's name and the time, and the whole document is valid afterwards.
#[async_trait]
pub trait CatalogAdministration: Send + Sync {
    /// What [`CatalogAdministration::apply_tenant`] would change.
    ///
    /// # Errors
    /// `TenantDocumentInvalid` with every fault, `PermissionMissing`, `StoreUnavailable`.
    async fn plan_tenant(&self, context: &CallContext, document: TenantJson) -> Result<TenantPlan, ContractError>;

    /// Puts a document in force as a whole, in one transaction.
    ///
    /// # Errors
    /// As [`CatalogAdministration::plan_tenant`]; `RevisionConflict` when the tenant is not at the expected revision;
    /// `InvalidArgument` when the note is longer than [`MAX_NOTE`].
    async fn apply_tenant(
        &self,
        context: &CallContext,
        document: TenantJson,
        expected: ExpectedRevision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError>;

    /// The document of a revision; absent: the current one.
    ///
    /// # Errors
    /// `TenantUnknown`, `RevisionNotFound`, `PermissionMissing`, `StoreUnavailable`.
    async fn export_tenant(&self, context: &CallContext, revision: Option<Revision>)
    -> Result<TenantAt, ContractError>;

    /// Revisions, newest first, before `before`, at most `limit` (1..=1,000).
    ///
    /// # Errors
    /// `PermissionMissing`, `StoreUnavailable`.
    async fn list_revisions(
        &self,
        context: &CallContext,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RevisionInfo>, ContractError>;

    /// One revision; absent: the current one.
    ///
    /// # Errors
    /// `TenantUnknown`, `RevisionNotFound`, `PermissionMissing`, `StoreUnavailable`.
    async fn get_revision(
        &self,
        context: &CallContext,
        revision: Option<Revision>,
    ) -> Result<RevisionInfo, ContractError>;

    /// What distinguishes a revision from another, in either direction; `to` absent: the current one.
    ///
    /// # Errors
    /// `TenantUnknown`, `RevisionNotFound`, `PermissionMissing`, `StoreUnavailable`.
    async fn diff_revisions(
        &self,
        context: &CallContext,
        from: Revision,
        to: Option<Revision>,
    ) -> Result<RevisionDiff, ContractError>;

    /// Puts the document of a past revision in force again, as a new revision. Its note begins with
    /// `rollback to revision N`.
    ///
    /// # Errors
    /// As [`CatalogAdministration::apply_tenant`]; `TenantUnknown`, `RevisionNotFound`.
    async fn rollback_tenant(
        &self,
        context: &CallContext,
        to: Revision,
        expected: ExpectedRevision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError>;

    /// Changes one label, or the order of all. Without a note the history says what was done.
    ///
    /// # Errors
    /// `RevisionConflict` when the tenant is not at `expected`; `LabelNotFound`; `TenantDocumentInvalid` with every
    /// fault the tenant would have; `TenantUnknown`, `InvalidArgument`, `PermissionMissing`, `StoreUnavailable`.
    async fn change_label(
        &self,
        context: &CallContext,
        change: LabelChange,
        expected: Revision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError>;

    /// Every revision of the caller's tenant after one, in order, nothing skipped; then goes on as they are made.
    /// `after` absent: begins at the current one and first sends nothing.
    ///
    /// # Errors
    /// `TenantUnknown`; `RevisionNotFound` when the tenant is not at `after` yet; `PermissionMissing`,
    /// `StoreUnavailable`; the stream itself ends with an error when the source goes away.
    async fn follow_revisions(
        &self,
        context: &CallContext,
        after: Option<Revision>,
    ) -> Result<BoxStream<'static, Result<RevisionInfo, ContractError>>, ContractError>;
}

/// A tenant has a new revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeEvent {
    /// Position in the installation's order of changes: strictly increasing, the key to resume from.
    pub position: u64,
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub revision: Revision,
}

/// A tenant's compiled policies, and how sure it is that they are the newest.
#[derive(Debug, Clone)]
pub struct SnapshotLease {
    /// The policies.
    pub snapshot: Arc<PolicySnapshot>,
    /// Present only while the catalogue does not answer: how long ago it last did.
    pub unconfirmed_for: Option<Duration>,
}

/// How policies reach the services that decide by them. For services only, never for a user's token.
#[async_trait]
pub trait PolicyDistribution: Send + Sync {
    /// The tenant's current snapshot, at least as new as `at_least`. Absent: no such tenant.
    ///
    /// # Errors
    /// `RevisionNotReached` when that revision is not there by the deadline; `SnapshotTooOld` when the catalogue has
    /// not answered for longer than allowed; `StoreUnavailable`.
    async fn get_snapshot(
        &self,
        tenant: TenantId,
        at_least: Option<Revision>,
        deadline: Instant,
    ) -> Result<Option<SnapshotLease>, ContractError>;

    /// Every change after a position, in order, nothing skipped; then goes on as changes happen.
    /// `None` starts at the present end and first sends nothing.
    ///
    /// # Errors
    /// `StoreUnavailable`; the stream itself ends with an error when the source goes away.
    async fn watch_changes(
        &self,
        after: Option<u64>,
    ) -> Result<BoxStream<'static, Result<ChangeEvent, ContractError>>, ContractError>;
}
