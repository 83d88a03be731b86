//! A tenant that changes while it is being loaded.

use async_trait::async_trait;
use signet_store::{Change, CommitOutcome, RevisionSummary, StoreError, StoredRevision, TenantSummary};
use tokio::sync::Semaphore;

use super::*;
use crate::snapshots::Snapshots;

/// A store that holds back what it has read until it may answer.
struct Hesitating {
    inner: MemoryStore,
    has_read: Semaphore,
    may_answer: Semaphore,
}

#[async_trait]
impl CatalogStore for Hesitating {
    async fn current_revision(&self, tenant: TenantId) -> Result<Option<Revision>, StoreError> {
        self.inner.current_revision(tenant).await
    }

    async fn get_revision(
        &self,
        tenant: TenantId,
        revision: Option<Revision>,
    ) -> Result<Option<StoredRevision>, StoreError> {
        let found = self.inner.get_revision(tenant, revision).await;
        self.has_read.add_permits(1);
        self.may_answer.acquire().await.unwrap().forget();
        found
    }

    async fn commit(&self, change: NewRevision) -> Result<CommitOutcome, StoreError> {
        self.inner.commit(change).await
    }

    async fn list_tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<TenantSummary>, StoreError> {
        self.inner.list_tenants(after, limit).await
    }

    async fn list_revisions(
        &self,
        tenant: TenantId,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RevisionSummary>, StoreError> {
        self.inner.list_revisions(tenant, before, limit).await
    }

    async fn changes_after(&self, position: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.inner.changes_after(position, limit).await
    }

    async fn latest_position(&self) -> Result<u64, StoreError> {
        self.inner.latest_position().await
    }

    async fn wait_for_change(&self, position: u64, limit: Duration) {
        self.inner.wait_for_change(position, limit).await;
    }
}

fn named(name: &str) -> NewRevision {
    let mut document = document();
    document["displayName"] = json!(name);
    NewRevision {
        tenant: tenant(),
        expected: Expected::Any,
        document: Arc::new(serde_json::from_value(document).unwrap()),
        author: "test".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        note: None,
    }
}

#[tokio::test]
async fn a_revision_announced_while_an_older_one_is_being_loaded_is_the_one_given_out() {
    let store = Arc::new(Hesitating {
        inner: MemoryStore::default(),
        has_read: Semaphore::new(0),
        may_answer: Semaphore::new(0),
    });
    store.commit(named("first")).await.unwrap();
    let snapshots = Arc::new(Snapshots::new(store.clone(), 1_000, Duration::from_secs(3_600)));
    let asked = tokio::spawn({
        let snapshots = snapshots.clone();
        async move { snapshots.newest(tenant()).await.unwrap().unwrap().revision() }
    });
    store.has_read.acquire().await.unwrap().forget();
    store.commit(named("second")).await.unwrap();
    snapshots.forget_older(tenant(), Revision(2)).await;
    store.may_answer.add_permits(2);
    assert_eq!(asked.await.unwrap(), Revision(2));
    let kept = snapshots.newest(tenant()).await.unwrap().unwrap();
    assert_eq!(kept.revision(), Revision(2), "without another read");
}
