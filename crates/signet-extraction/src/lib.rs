//! The extraction service: drives and items, labels inside files, cached item labels.
//!
//! A drive belongs to a user, a group or a site of a tenant and shows the content of a source, today a folder of the
//! host. Extraction answers from what is stored about a file as long as the file's content tag is the same, and reads
//! the file otherwise. Uploads and labels replace whole files in one step; nothing outside of a drive's source is ever
//! read or written.

mod answers;
mod assigned;
mod commands;
mod config;
mod content;
mod deferred;
mod drives;
mod error;
mod extractor;
mod flights;
mod item_ids;
mod mime;
mod path;
mod readers;
mod reading;
mod record;
mod session;
mod source;
mod tags;
#[cfg(test)]
mod tests;
mod tickets;
mod workers;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use moka::future::Cache;
use signet_contract::extraction::{
    ChildrenPage, ChildrenQuery, DriveAddress, DriveInfo, DriveItem, ExtractLabelsResponse, ItemReference,
};
use signet_contract::{CallContext, ContractError, PolicyDistribution};
use signet_domain::environment::{Clock, IdSource};
use signet_store::{ItemIdStore, ItemLabelStore, JobStore, UploadStore};
use tokio::sync::Notify;

pub use self::config::{BucketConfig, BucketKeys, BudgetConfig, ExtractionConfig, LabelInfo, ParserLimits, Secret};
pub use self::record::{DecisionLogSink, DecisionSink};

use self::answers::Answers;
use self::assigned::Assigned;
use self::deferred::Deferred;
use self::extractor::Extractor;
use self::item_ids::ItemIds;
use self::readers::{DocumentReader, LabelReader, Readers};
use self::session::SourceKey;
use self::source::ContentSource;
use self::tickets::Tickets;

/// Drives whose sources are kept ready.
const OPEN_SOURCES: u64 = 10_000;

/// What the service needs.
#[derive(Clone)]
pub struct ExtractionDependencies {
    /// Tenants with their users, groups and drives.
    pub policies: Arc<dyn PolicyDistribution>,
    /// Labels found in files.
    pub item_labels: Arc<dyn ItemLabelStore>,
    /// Ids of items.
    pub item_ids: Arc<dyn ItemIdStore>,
    /// Work that outlives its request.
    pub jobs: Arc<dyn JobStore>,
    /// Uploads under way.
    pub uploads: Arc<dyn UploadStore>,
    /// Signs tickets; the same on every replica.
    pub ticket_key: [u8; 32],
    /// Where extractions are recorded; absent: nowhere.
    pub decisions: Option<Arc<dyn DecisionSink>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn IdSource>,
}

/// The extraction service. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Extraction {
    policies: Arc<dyn PolicyDistribution>,
    decisions: Option<Arc<dyn DecisionSink>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    item_ids: Arc<ItemIds>,
    jobs: Arc<dyn JobStore>,
    uploads: Arc<dyn UploadStore>,
    tickets: Arc<Tickets>,
    /// Told of deferred files.
    wake_readers: Arc<Notify>,
    /// Told of labels to be written.
    wake_writers: Arc<Notify>,
    /// Unfinished jobs by queue.
    unfinished: Arc<Mutex<Vec<(&'static str, u64)>>>,
    extractor: Arc<Extractor>,
    sources: Cache<SourceKey, Arc<dyn ContentSource>>,
    config: Arc<ExtractionConfig>,
}

impl Extraction {
    /// A service over its dependencies.
    pub fn new(dependencies: ExtractionDependencies, config: ExtractionConfig) -> Self {
        Self::with_reader(dependencies, config, Arc::new(DocumentReader))
    }

    fn with_reader(
        dependencies: ExtractionDependencies,
        config: ExtractionConfig,
        reader: Arc<dyn LabelReader>,
    ) -> Self {
        let ExtractionDependencies {
            policies,
            item_labels,
            item_ids,
            jobs,
            uploads,
            ticket_key,
            decisions,
            clock,
            ids,
        } = dependencies;
        let assigned = Assigned::new(Arc::clone(&item_labels));
        let answers = Answers::new(item_labels, config.cached_results);
        let readers = Readers::new(reader, &config);
        let wake_readers = Arc::new(Notify::new());
        let deferred = Deferred::new(Arc::clone(&jobs), Arc::clone(&wake_readers), config.background_queue);
        Self {
            policies,
            decisions,
            ids,
            item_ids: Arc::new(ItemIds::new(item_ids, config.cached_ids)),
            extractor: Arc::new(Extractor::new(
                answers,
                assigned,
                readers,
                deferred,
                Arc::clone(&clock),
                &config,
            )),
            clock,
            jobs,
            uploads,
            tickets: Arc::new(Tickets::new(&ticket_key)),
            wake_readers,
            wake_writers: Arc::default(),
            unfinished: Arc::default(),
            sources: Cache::new(OPEN_SOURCES),
            config: Arc::new(config),
        }
    }
}

#[async_trait]
impl signet_contract::Extraction for Extraction {
    async fn list_drives(&self, context: &CallContext, owner: DriveAddress) -> Result<Vec<DriveInfo>, ContractError> {
        commands::list_drives::list_drives(self, context, owner).await
    }

    async fn get_drive(&self, context: &CallContext, drive: DriveAddress) -> Result<DriveInfo, ContractError> {
        commands::get_drive::get_drive(self, context, drive).await
    }

    async fn get_item(&self, context: &CallContext, item: ItemReference) -> Result<DriveItem, ContractError> {
        commands::get_item::get_item(self, context, item).await
    }

    async fn list_children(
        &self,
        context: &CallContext,
        folder: ItemReference,
        query: ChildrenQuery,
    ) -> Result<ChildrenPage, ContractError> {
        commands::list_children::list_children(self, context, folder, query).await
    }

    async fn extract_labels(
        &self,
        context: &CallContext,
        item: ItemReference,
    ) -> Result<ExtractLabelsResponse, ContractError> {
        commands::extract_labels::extract_labels(self, context, item).await
    }
}
