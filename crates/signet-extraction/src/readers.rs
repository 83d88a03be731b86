//! Reading labels on threads of their own, so many at a time, each within its budget.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use signet_docmeta::write::{LabelChange, NewLabel, Rewrite, WriteError, WriteOptions};
use signet_docmeta::{Budget, Deadline, Guid, Limits, Method, Options, RangeRead, ReadError, Report, WhenSpent};
use signet_domain::content::AssignmentMethod;
use signet_domain::ids::{LabelId, TenantId};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::config::{BudgetConfig, ExtractionConfig, ParserLimits};
use crate::source::{OpenContent, SourceError};

/// Finds labels in bytes. The product has one; tests have others.
pub(crate) trait LabelReader: Send + Sync {
    /// See [`signet_docmeta::read_labels`].
    fn read_labels(
        &self,
        reader: &mut dyn RangeRead,
        name: &str,
        options: &Options,
        limits: &Limits,
    ) -> Result<Report, ReadError>;
}

/// The reader of documents.
pub(crate) struct DocumentReader;

impl LabelReader for DocumentReader {
    fn read_labels(
        &self,
        reader: &mut dyn RangeRead,
        name: &str,
        options: &Options,
        limits: &Limits,
    ) -> Result<Report, ReadError> {
        signet_docmeta::read_labels(reader, name, options, limits)
    }
}

/// A label to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LabelToWrite {
    pub(crate) label_id: LabelId,
    pub(crate) method: AssignmentMethod,
    pub(crate) name: String,
    /// Seconds since 1970.
    pub(crate) set_date: i64,
    pub(crate) action_id: Uuid,
}

impl LabelToWrite {
    fn to_document(&self) -> NewLabel {
        NewLabel {
            label_id: guid(self.label_id.as_uuid()),
            method: match self.method {
                AssignmentMethod::Standard => Method::Standard,
                AssignmentMethod::Auto => Method::Auto,
                AssignmentMethod::Privileged => Method::Privileged,
            },
            name: self.name.clone(),
            set_date: self.set_date,
            action_id: guid(self.action_id),
        }
    }
}

fn guid(id: Uuid) -> Guid {
    Guid::from_bytes(*id.as_bytes())
}

/// Why a file was not read.
#[derive(Debug)]
pub(crate) enum ReadFailure {
    /// What the bytes say, or the budget.
    Document(ReadError),
    /// The source failed, or the content changed.
    Source(SourceError),
    /// Too many files wait already.
    Overloaded,
    /// The reader broke down on this file.
    Panicked,
}

/// Whether somebody waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A caller waits.
    Inline,
    /// Nobody waits.
    Background,
}

/// The threads that read files.
pub(crate) struct Readers {
    reader: Arc<dyn LabelReader>,
    options: Arc<Options>,
    sync_custom_properties: Option<bool>,
    limits: ParserLimits,
    inline: BudgetConfig,
    background: BudgetConfig,
    /// Files being read or waiting for a caller.
    places: Semaphore,
    /// Files being read for a caller.
    threads: Semaphore,
    background_threads: Semaphore,
}

impl Readers {
    pub(crate) fn new(reader: Arc<dyn LabelReader>, config: &ExtractionConfig) -> Self {
        let threads = config.readers();
        Self {
            reader,
            options: Arc::new(config.parser_options()),
            sync_custom_properties: config.sync_custom_properties,
            limits: config.limits.clone(),
            inline: config.inline,
            background: config.background,
            places: Semaphore::new(threads.saturating_add(config.queue).min(Semaphore::MAX_PERMITS)),
            threads: Semaphore::new(threads),
            background_threads: Semaphore::new(config.background_concurrency.max(1)),
        }
    }

    /// Files of this name can carry a label.
    pub(crate) fn supports(&self, name: &str) -> bool {
        signet_docmeta::supported(name, &self.options) == signet_docmeta::Support::Yes
    }

    /// Reads the labels of an open file. Waits for a thread; inline only while the queue has room.
    pub(crate) async fn read(&self, content: Arc<dyn OpenContent>, pace: Pace) -> Result<Report, ReadFailure> {
        let overloaded = |_| ReadFailure::Overloaded;
        let (_place, _thread) = match pace {
            Pace::Inline => {
                let place = self.places.try_acquire().map_err(overloaded)?;
                (Some(place), self.threads.acquire().await)
            }
            Pace::Background => (None, self.background_threads.acquire().await),
        };
        let reader = Arc::clone(&self.reader);
        let options = Arc::clone(&self.options);
        let meter = Arc::new(Meter::start());
        let limits = self.limits.with_budget(self.budget(pace, &meter));
        let mut range = BridgedRange {
            content,
            meter,
            runtime: Handle::current(),
        };
        let task = tokio::task::spawn_blocking(move || {
            let name = range.content.entry().path.name().unwrap_or_default().to_owned();
            reader.read_labels(&mut range, &name, &options, &limits)
        });
        match task.await {
            Ok(Ok(report)) => Ok(report),
            Ok(Err(ReadError::Io(error))) => Err(ReadFailure::Source(source_error(error))),
            Ok(Err(error)) => Err(ReadFailure::Document(error)),
            Err(_) => Err(ReadFailure::Panicked),
        }
    }

    /// What a document becomes when the label of a tenant is set, or removed. Nothing is written.
    pub(crate) async fn rewrite(
        &self,
        content: Arc<dyn OpenContent>,
        tenant: TenantId,
        label: Option<LabelToWrite>,
        pace: Pace,
    ) -> Result<Result<Rewrite, WriteError>, ReadFailure> {
        let overloaded = |_| ReadFailure::Overloaded;
        let _place = self.places.try_acquire().map_err(overloaded)?;
        let _thread = self.threads.acquire().await;
        let meter = Arc::new(Meter::start());
        let limits = self.limits.with_budget(self.budget(pace, &meter));
        let options = WriteOptions {
            read: Options::clone(&self.options),
            sync_custom_properties: self.sync_custom_properties,
        };
        let change = LabelChange {
            tenant_id: guid(tenant.as_uuid()),
            label: label.as_ref().map(LabelToWrite::to_document),
        };
        let mut range = BridgedRange {
            content,
            meter,
            runtime: Handle::current(),
        };
        let task = tokio::task::spawn_blocking(move || {
            let name = range.content.entry().path.name().unwrap_or_default().to_owned();
            signet_docmeta::write::set_label(&mut range, &name, &change, &options, &limits)
        });
        match task.await {
            Ok(Err(WriteError::Read(ReadError::Io(error)))) => Err(ReadFailure::Source(source_error(error))),
            Ok(rewritten) => Ok(rewritten),
            Err(_) => Err(ReadFailure::Panicked),
        }
    }

    fn budget(&self, pace: Pace, meter: &Arc<Meter>) -> Budget {
        let (budget, when_spent) = match pace {
            Pace::Inline => (self.inline, WhenSpent::Defer),
            Pace::Background => (self.background, WhenSpent::Refuse),
        };
        let meter = Arc::clone(meter);
        Budget {
            bytes: budget.bytes,
            requests: budget.requests,
            when_spent,
            deadline: Some(Deadline::new(move || {
                meter.is_spent(budget.processor_time, budget.wall_time)
            })),
        }
    }
}

/// Time since reading began, and how much of it went into waiting for the source.
struct Meter {
    started: Instant,
    waited_nanoseconds: AtomicU64,
}

impl Meter {
    fn start() -> Self {
        Self {
            started: Instant::now(),
            waited_nanoseconds: AtomicU64::new(0),
        }
    }

    fn add_wait(&self, wait: Duration) {
        let nanoseconds = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        self.waited_nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    fn is_spent(&self, processor_time: Duration, wall_time: Duration) -> bool {
        let elapsed = self.started.elapsed();
        let waited = Duration::from_nanos(self.waited_nanoseconds.load(Ordering::Relaxed));
        elapsed >= wall_time || elapsed.saturating_sub(waited) >= processor_time
    }
}

/// The asynchronous content of a source as the parser wants it, on a thread that may wait.
struct BridgedRange {
    content: Arc<dyn OpenContent>,
    meter: Arc<Meter>,
    runtime: Handle,
}

impl RangeRead for BridgedRange {
    fn len(&self) -> u64 {
        self.content.entry().size
    }

    fn read_at(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let started = Instant::now();
        let bytes = self.runtime.block_on(self.content.read(offset, length));
        self.meter.add_wait(started.elapsed());
        bytes.map_err(io::Error::other)
    }
}

/// The source's own error inside one the parser handed through.
fn source_error(error: io::Error) -> SourceError {
    match error.downcast::<SourceError>() {
        Ok(error) => error,
        Err(error) => SourceError::Failed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(elapsed: u64, waited: u64) -> Meter {
        let meter = Meter {
            started: Instant::now().checked_sub(Duration::from_secs(elapsed)).unwrap(),
            waited_nanoseconds: AtomicU64::new(0),
        };
        meter.add_wait(Duration::from_secs(waited));
        meter
    }

    #[test]
    fn time_spent_waiting_for_the_source_is_no_processor_time() {
        let is_spent = |elapsed, waited| {
            let config = crate::ExtractionConfig::default().inline;
            meter(elapsed, waited).is_spent(config.processor_time, config.wall_time)
        };
        assert!(!is_spent(1, 0));
        assert!(is_spent(2, 0));
        assert!(is_spent(200, 0));
        assert!(!is_spent(9, 8));
        assert!(is_spent(9, 7));
        assert!(is_spent(10, 10));
    }
}
