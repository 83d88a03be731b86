//! The label catalogue: owns tenants, their revisions and the order of changes, and answers who sees which label.
//!
//! A change of a tenant is one transaction of the store that yields a new revision. Compiled snapshots are kept for
//! tenants in use only; the store stays the truth, and a change made by another process is noticed when the
//! store tells of it, and within [`CatalogConfig::poll_interval`] when it does not.

mod commands;
mod error;
mod feed;
mod snapshots;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::catalog::{
    ChangeEvent, ExpectedRevision, GetLabelRequest, GetLabelResponse, LabelFamily, ListLabelsRequest,
    ListLabelsResponse, PolicySettingsResponse, RevisionDiff, RevisionInfo, SnapshotLease, TenantApplied, TenantAt,
    TenantJson, TenantPlan,
};
use signet_contract::{CallContext, ContractError, Subject};
use signet_domain::environment::Clock;
use signet_domain::ids::{Revision, TenantId, UserId};
use signet_domain::tenant::LabelChange;
use signet_store::CatalogStore;

pub use error::CatalogError;
use feed::ChangeFeed;
use snapshots::Snapshots;

/// Settings of the catalogue.
#[derive(Debug, Clone)]
pub struct CatalogConfig {
    /// How often at least the store is asked for changes made by other processes.
    pub poll_interval: Duration,
    /// Weight of compiled tenants kept in memory, in labels, users, groups and policies.
    pub snapshot_capacity: u64,
    /// How long a compiled tenant is kept that nobody asks for.
    pub snapshot_idle: Duration,
    /// Largest tenant document accepted, in bytes.
    pub max_document_bytes: usize,
}

impl Default for CatalogConfig {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_millis(200),
            snapshot_capacity: 2_000_000,
            snapshot_idle: Duration::from_secs(60 * 60),
            max_document_bytes: 64 * 1024 * 1024,
        }
    }
}

/// The catalogue service.
pub struct Catalog {
    store: Arc<dyn CatalogStore>,
    clock: Arc<dyn Clock>,
    snapshots: Snapshots,
    feed: ChangeFeed,
    config: CatalogConfig,
}

impl Catalog {
    /// A catalogue over a store.
    pub fn new(store: Arc<dyn CatalogStore>, clock: Arc<dyn Clock>, config: CatalogConfig) -> Self {
        Self {
            snapshots: Snapshots::new(store.clone(), config.snapshot_capacity, config.snapshot_idle),
            feed: ChangeFeed::new(store.clone()),
            store,
            clock,
            config,
        }
    }

    /// Revisions of the tenants kept, of the `most` tenants whose ids come first.
    pub fn revisions(&self, most: usize) -> Vec<(TenantId, Revision)> {
        self.snapshots.revisions(most)
    }

    /// Notices changes made by other processes until the future is dropped. Run it once per process.
    pub async fn follow_store(&self) {
        feed::follow_store(self).await;
    }
}

#[async_trait]
impl signet_contract::Catalog for Catalog {
    async fn list_labels(
        &self,
        context: &CallContext,
        request: ListLabelsRequest,
    ) -> Result<ListLabelsResponse, ContractError> {
        commands::list_labels::list_labels(self, context, request).await
    }

    async fn get_label(
        &self,
        context: &CallContext,
        request: GetLabelRequest,
    ) -> Result<GetLabelResponse, ContractError> {
        commands::get_label::get_label(self, context, request).await
    }

    async fn get_policy_settings(
        &self,
        context: &CallContext,
        subject: Subject,
    ) -> Result<PolicySettingsResponse, ContractError> {
        commands::get_policy_settings::get_policy_settings(self, context, subject).await
    }

    async fn resolve_subject(
        &self,
        context: &CallContext,
        family: LabelFamily,
        subject: Subject,
    ) -> Result<Option<UserId>, ContractError> {
        commands::resolve_subject::resolve_subject(self, context, family, subject).await
    }
}

#[async_trait]
impl signet_contract::CatalogAdministration for Catalog {
    async fn plan_tenant(&self, context: &CallContext, document: TenantJson) -> Result<TenantPlan, ContractError> {
        commands::plan_tenant::plan_tenant(self, context, document).await
    }

    async fn apply_tenant(
        &self,
        context: &CallContext,
        document: TenantJson,
        expected: ExpectedRevision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError> {
        commands::apply_tenant::apply_tenant(self, context, document, expected, note).await
    }

    async fn export_tenant(
        &self,
        context: &CallContext,
        revision: Option<Revision>,
    ) -> Result<TenantAt, ContractError> {
        commands::export_tenant::export_tenant(self, context, revision).await
    }

    async fn list_revisions(
        &self,
        context: &CallContext,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RevisionInfo>, ContractError> {
        commands::list_revisions::list_revisions(self, context, before, limit).await
    }

    async fn get_revision(
        &self,
        context: &CallContext,
        revision: Option<Revision>,
    ) -> Result<RevisionInfo, ContractError> {
        commands::get_revision::get_revision(self, context, revision).await
    }

    async fn diff_revisions(
        &self,
        context: &CallContext,
        from: Revision,
        to: Option<Revision>,
    ) -> Result<RevisionDiff, ContractError> {
        commands::diff_revisions::diff_revisions(self, context, from, to).await
    }

    async fn rollback_tenant(
        &self,
        context: &CallContext,
        to: Revision,
        expected: ExpectedRevision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError> {
        commands::rollback_tenant::rollback_tenant(self, context, to, expected, note).await
    }

    async fn change_label(
        &self,
        context: &CallContext,
        change: LabelChange,
        expected: Revision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError> {
        commands::change_label::change_label(self, context, change, expected, note).await
    }

    async fn follow_revisions(
        &self,
        context: &CallContext,
        after: Option<Revision>,
    ) -> Result<BoxStream<'static, Result<RevisionInfo, ContractError>>, ContractError> {
        commands::follow_revisions::follow_revisions(self, context, after).await
    }
}

#[async_trait]
impl signet_contract::PolicyDistribution for Catalog {
    async fn get_snapshot(
        &self,
        tenant: TenantId,
        at_least: Option<Revision>,
        deadline: Instant,
    ) -> Result<Option<SnapshotLease>, ContractError> {
        let snapshot = commands::get_snapshot::get_snapshot(self, tenant, at_least, deadline).await?;
        Ok(snapshot.map(|snapshot| SnapshotLease {
            snapshot,
            unconfirmed_for: None,
        }))
    }

    async fn watch_changes(
        &self,
        after: Option<u64>,
    ) -> Result<BoxStream<'static, Result<ChangeEvent, ContractError>>, ContractError> {
        let after = match after {
            Some(position) => position,
            None => feed::present_end(self).await?,
        };
        Ok(self.feed.watch(after))
    }
}

/// The catalogue's policies for services in other processes.
///
/// Such a service asks any replica of the catalogue and follows the changes of one. So what it asks for is as new as the
/// store at that moment, however late this replica hears of changes: what was announced to it before, or happened before
/// it began to follow, is in every answer. Within the process the catalogue itself is asked, which may be behind other
/// processes for [`CatalogConfig::poll_interval`] and needs no store for it.
pub struct Distribution(pub Arc<Catalog>);

#[async_trait]
impl signet_contract::PolicyDistribution for Distribution {
    /// As the contract says; `StoreUnavailable` also when the policies are in memory and cannot be confirmed.
    async fn get_snapshot(
        &self,
        tenant: TenantId,
        at_least: Option<Revision>,
        deadline: Instant,
    ) -> Result<Option<SnapshotLease>, ContractError> {
        self.0.snapshots.refresh(tenant).await?;
        self.0.get_snapshot(tenant, at_least, deadline).await
    }

    async fn watch_changes(
        &self,
        after: Option<u64>,
    ) -> Result<BoxStream<'static, Result<ChangeEvent, ContractError>>, ContractError> {
        self.0.watch_changes(after).await
    }
}
