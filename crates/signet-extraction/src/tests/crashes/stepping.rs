//! Stores, records and reading as the steps a process takes, at any of which it may be killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use signet_contract::ContractError;
use signet_docmeta::{Limits, Options, RangeRead, ReadError, Report};
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use signet_store::{
    ContentVersion, Enqueued, ItemIdCandidate, ItemIdRow, ItemIdStore, ItemLabelRow, ItemLabelStore, JobEnd, JobKey,
    JobRow, JobStore, NewJob, PutOutcome, StoreError, UploadRow, UploadStore,
};
use signet_store_sqlite::SqliteStore;
use uuid::Uuid;

use crate::readers::{DocumentReader, LabelReader};
use crate::{DecisionLogSink, DecisionSink};

/// Steps taken so far, and the one that is the last. 0: none is.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static LAST: AtomicUsize = AtomicUsize::new(0);

/// Steps count from now on; the process ends at the one of this number, from 1.
pub(super) fn die_at(number: usize) {
    TAKEN.store(0, Ordering::SeqCst);
    LAST.store(number, Ordering::SeqCst);
}

/// A place at which this process may be killed. Outside of the processes of these tests it does nothing.
pub(crate) fn step() {
    let number = TAKEN.fetch_add(1, Ordering::SeqCst) + 1;
    if number == LAST.load(Ordering::SeqCst) {
        let id = std::process::id().to_string();
        let _sent = std::process::Command::new("kill").args(["-KILL", &id]).status();
        loop {
            std::thread::park();
        }
    }
}

/// A step before something durable is done and one after it.
async fn around<T>(deed: impl Future<Output = T>) -> T {
    step();
    let done = deed.await;
    step();
    done
}

/// The embedded store.
pub(super) struct Stepping(pub(super) Arc<SqliteStore>);

#[async_trait]
impl DecisionSink for Stepping {
    async fn record(&self, record: DecisionRecord) -> Result<(), ContractError> {
        let log = DecisionLogSink(self.0.clone());
        around(log.record(record)).await
    }
}

#[async_trait]
impl ItemIdStore for Stepping {
    async fn get_or_insert_item_ids(
        &self,
        tenant: TenantId,
        drive_id: &str,
        candidates: Vec<ItemIdCandidate>,
    ) -> Result<Vec<ItemIdRow>, StoreError> {
        around(self.0.get_or_insert_item_ids(tenant, drive_id, candidates)).await
    }

    async fn find_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
    ) -> Result<Option<ItemIdRow>, StoreError> {
        self.0.find_item_id(tenant, drive_id, item_id).await
    }

    async fn rebind_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        source_key: &str,
        path: &str,
    ) -> Result<bool, StoreError> {
        around(self.0.rebind_item_id(tenant, drive_id, item_id, source_key, path)).await
    }

    async fn remove_item_id(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        around(self.0.remove_item_id(tenant, drive_id, item_id)).await
    }
}

#[async_trait]
impl ItemLabelStore for Stepping {
    async fn get_item_labels(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        version: &ContentVersion,
    ) -> Result<Option<ItemLabelRow>, StoreError> {
        self.0.get_item_labels(tenant, drive_id, item_id, version).await
    }

    async fn put_item_labels(&self, row: ItemLabelRow) -> Result<PutOutcome, StoreError> {
        around(self.0.put_item_labels(row)).await
    }

    async fn delete_item_labels(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        around(self.0.delete_item_labels(tenant, drive_id, item_id)).await
    }
}

#[async_trait]
impl JobStore for Stepping {
    async fn enqueue_job(&self, job: NewJob, capacity: u64) -> Result<Enqueued, StoreError> {
        around(self.0.enqueue_job(job, capacity)).await
    }

    async fn lease_job(
        &self,
        queue: &str,
        lease: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<JobRow>, StoreError> {
        around(self.0.lease_job(queue, lease, now, until)).await
    }

    async fn extend_job(&self, key: &JobKey, lease: Uuid, until: Timestamp) -> Result<bool, StoreError> {
        self.0.extend_job(key, lease, until).await
    }

    async fn retry_job(&self, key: &JobKey, lease: Uuid, from: Timestamp) -> Result<bool, StoreError> {
        around(self.0.retry_job(key, lease, from)).await
    }

    async fn finish_job(&self, key: &JobKey, lease: Uuid, end: JobEnd) -> Result<bool, StoreError> {
        around(self.0.finish_job(key, lease, end)).await
    }

    async fn find_job(&self, key: &JobKey) -> Result<Option<JobRow>, StoreError> {
        self.0.find_job(key).await
    }

    async fn count_jobs(&self, queue: &str) -> Result<u64, StoreError> {
        self.0.count_jobs(queue).await
    }

    async fn purge_jobs(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.0.purge_jobs(now).await
    }
}

#[async_trait]
impl UploadStore for Stepping {
    async fn create_upload(&self, row: UploadRow, capacity: u64) -> Result<bool, StoreError> {
        around(self.0.create_upload(row, capacity)).await
    }

    async fn find_upload(&self, tenant: TenantId, id: Uuid) -> Result<Option<UploadRow>, StoreError> {
        self.0.find_upload(tenant, id).await
    }

    async fn update_upload(&self, row: UploadRow) -> Result<bool, StoreError> {
        around(self.0.update_upload(row)).await
    }

    async fn delete_upload(&self, tenant: TenantId, id: Uuid) -> Result<bool, StoreError> {
        around(self.0.delete_upload(tenant, id)).await
    }

    async fn expired_uploads(&self, now: Timestamp, limit: u32) -> Result<Vec<UploadRow>, StoreError> {
        self.0.expired_uploads(now, limit).await
    }
}

/// The reader of documents.
pub(super) struct SteppingReader;

impl LabelReader for SteppingReader {
    fn read_labels(
        &self,
        reader: &mut dyn RangeRead,
        name: &str,
        options: &Options,
        limits: &Limits,
    ) -> Result<Report, ReadError> {
        step();
        let read = DocumentReader.read_labels(reader, name, options, limits);
        step();
        read
    }
}
