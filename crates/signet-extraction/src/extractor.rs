//! From an item to the labels of its content: what is known if it still holds, else read, kept, answered.
//! Source: file formats 9.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use signet_docmeta::write::{Rewrite, WriteError};
use signet_docmeta::{ReadError, Report};
use signet_domain::content::AssignmentMethod;
use signet_domain::environment::Clock;
use signet_domain::error::ErrorReason;
use signet_domain::ids::{LabelId, TenantId};
use signet_store::ContentVersion;

use crate::answers::{AnswerKey, Answers, FileAnswer, FileOutcome};
use crate::assigned::Assigned;
use crate::config::ExtractionConfig;
use crate::deferred::Deferred;
use crate::error::ExtractionError;
use crate::flights::{Flights, Landed};
use crate::path::extension;
use crate::readers::{LabelToWrite, Pace, ReadFailure, Readers};
use crate::reading::{answer, empty_report};
use crate::source::{ContentSource, OpenContent, SourceEntry, SourceError};
use crate::tags::{DriveKey, content_tag, fingerprint};
use crate::workers::length;

/// Version of the rules by which labels are read. Raise it when the same bytes may give another answer.
const EXTRACTOR_VERSION: u32 = 2;
/// How often a file is read when it changes under the reader.
const ATTEMPTS: u32 = 2;

/// Extracts labels of files.
pub(crate) struct Extractor {
    answers: Answers,
    assigned: Assigned,
    flights: Arc<Flights>,
    deferred: Deferred,
    readers: Readers,
    clock: Arc<dyn Clock>,
    retry_after: Duration,
    /// What one caller's reading may last.
    inline_time: Duration,
    /// Tells apart answers that were given under other settings; empty for the defaults.
    settings: String,
}

/// A file whose labels are wanted.
#[derive(Clone)]
pub(crate) struct FileToRead {
    pub(crate) drive: Arc<DriveKey>,
    pub(crate) source: Arc<dyn ContentSource>,
    pub(crate) item_id: String,
    pub(crate) entry: SourceEntry,
}

/// An answer and whether it was known before.
pub(crate) struct Known {
    pub(crate) answer: Arc<FileAnswer>,
    pub(crate) from_cache: bool,
}

/// What became of a deferred file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// What is in it is kept, or it is another file by now.
    Kept,
    /// It was changed too recently for an answer to be kept.
    NotSettled,
}

impl Extractor {
    pub(crate) fn new(
        answers: Answers,
        assigned: Assigned,
        readers: Readers,
        deferred: Deferred,
        clock: Arc<dyn Clock>,
        config: &ExtractionConfig,
    ) -> Self {
        Self {
            answers,
            assigned,
            flights: Arc::default(),
            deferred,
            readers,
            clock,
            retry_after: config.retry_after,
            inline_time: config.inline.wall_time,
            settings: settings_mark(config),
        }
    }

    /// The labels of a file. `patience`: how long the caller waits.
    ///
    /// # Errors
    /// See [`signet_contract::Extraction::extract_labels`].
    pub(crate) async fn labels_of(
        self: &Arc<Self>,
        file: &FileToRead,
        patience: Duration,
    ) -> Result<Known, ExtractionError> {
        let known = self.labels_as_written(file, patience).await?;
        let tag = known.answer.content_tag.strip_suffix(&self.settings);
        let tag = tag.unwrap_or_default().to_owned();
        let answer = self
            .assigned
            .complete(&file.drive, &file.item_id, &tag, known.answer)
            .await;
        Ok(Known { answer, ..known })
    }

    /// The labels of a file with the methods it states itself.
    async fn labels_as_written(
        self: &Arc<Self>,
        file: &FileToRead,
        patience: Duration,
    ) -> Result<Known, ExtractionError> {
        let name = file.entry.path.name().unwrap_or_default();
        if file.entry.is_folder {
            return Err(ExtractionError::ItemIsFolder);
        }
        if !self.readers.supports(name) {
            return Err(ExtractionError::ExtensionNotSupported {
                extension: extension(name),
            });
        }
        let key = self.key(file, &file.entry);
        if let Some(answer) = self.answers.get(&key).await {
            return Ok(Known {
                answer,
                from_cache: true,
            });
        }
        // A queued file may be read here at this moment, for a caller who left: then it is waited for.
        if !self.flights.has(&key) && self.deferred.contains(&key).await {
            // That reading may have ended between the two questions.
            let answer = self.answers.get(&key).await.ok_or_else(|| self.come_back())?;
            return Ok(Known {
                answer,
                from_cache: true,
            });
        }
        let flight = self
            .flights
            .join(&key, || Arc::clone(self).extract(key.clone(), file.clone()));
        match tokio::time::timeout(patience, flight).await {
            Ok(landed) => Ok(Known {
                answer: landed?,
                from_cache: false,
            }),
            Err(_) => Err(self.leave(&key).await),
        }
    }

    async fn extract(self: Arc<Self>, key: AnswerKey, file: FileToRead) -> Landed {
        // Another flight may have landed since the caller looked.
        if let Some(answer) = self.answers.get(&key).await {
            return Ok(answer);
        }
        match self.read_and_keep(&file, Pace::Inline).await? {
            Some(answer) => Ok(answer),
            None => Err(self.defer(&key, Duration::ZERO).await),
        }
    }

    /// The caller's time is over and the flight goes on without him. Should this process end before the flight does, a
    /// worker reads the file.
    async fn leave(&self, key: &AnswerKey) -> ExtractionError {
        self.defer(key, self.inline_time).await
    }

    /// Queues a file; only then the caller is told to come back for it.
    async fn defer(&self, key: &AnswerKey, delay: Duration) -> ExtractionError {
        match self.deferred.submit(key, self.clock.now(), length(delay)).await {
            Ok(()) => self.come_back(),
            Err(error) => error,
        }
    }

    /// Finishes a deferred file, as it is now.
    pub(crate) async fn finish(&self, file: &FileToRead) -> Result<Deed, ExtractionError> {
        let key = self.key(file, &file.entry);
        if self.answers.get(&key).await.is_some() {
            return Ok(Deed::Kept);
        }
        self.read_and_keep(file, Pace::Background).await?;
        // What was read may be another version by now; what counts is that the queued one needs no more work.
        let is_same =
            file.source.find(&file.entry.path).await?.map(|now| now.entry.content) == Some(file.entry.content.clone());
        if is_same && self.answers.get(&key).await.is_none() {
            return Ok(Deed::NotSettled);
        }
        Ok(Deed::Kept)
    }

    /// Keeps for a file that it cannot be read within the limits.
    pub(crate) async fn give_up(&self, file: &FileToRead) {
        let key = self.key(file, &file.entry);
        let what = "time for one file";
        let answer = refusal(ErrorReason::ContentLimitExceeded, &ReadError::LimitExceeded { what });
        self.answers.put(&key, answer, self.clock.now()).await;
    }

    /// Keeps that a label was assigned automatically in the content an entry has.
    ///
    /// # Errors
    /// `Store`.
    pub(crate) async fn note_automatic(
        &self,
        drive: &DriveKey,
        item_id: &str,
        entry: &SourceEntry,
        label: LabelId,
    ) -> Result<(), ExtractionError> {
        let tag = content_tag(item_id, entry);
        Ok(self.assigned.note_automatic(drive, item_id, &tag, label).await?)
    }

    /// The tenant's label in an open file and the method it states, read anew.
    pub(crate) async fn own_label(
        &self,
        content: Arc<dyn OpenContent>,
        tenant: TenantId,
    ) -> Result<Option<(LabelId, AssignmentMethod)>, ExtractionError> {
        if content.entry().size == 0 {
            return Ok(None);
        }
        let report = self
            .readers
            .read(content, Pace::Background)
            .await
            .map_err(read_failure)?;
        let FileOutcome::Labels(labels) = answer(report).outcome else {
            return Ok(None);
        };
        let tenant = tenant.to_string();
        let own = labels.into_iter().find(|label| label.tenant_id == tenant);
        Ok(own.and_then(|label| Some((LabelId::parse(&label.label_id).ok()?, label.assignment_method))))
    }

    /// What an open file becomes with a label, or without.
    pub(crate) async fn rewrite(
        &self,
        content: Arc<dyn OpenContent>,
        tenant: TenantId,
        label: Option<LabelToWrite>,
    ) -> Result<Rewrite, ExtractionError> {
        let rewritten = self.readers.rewrite(content, tenant, label, Pace::Background).await;
        rewritten.map_err(read_failure)?.map_err(write_failure)
    }

    /// Whether an open file can be rewritten, as far as the time of somebody who waits allows to tell. What takes longer
    /// is left to the worker and its larger budget.
    pub(crate) async fn rehearse(
        &self,
        content: Arc<dyn OpenContent>,
        tenant: TenantId,
        label: Option<LabelToWrite>,
    ) -> Result<(), ExtractionError> {
        let rewritten = self.readers.rewrite(content, tenant, label, Pace::Inline).await;
        match rewritten.map_err(read_failure)? {
            Ok(_) | Err(WriteError::Read(ReadError::BudgetExceeded)) => Ok(()),
            Err(error) => Err(write_failure(error)),
        }
    }

    fn come_back(&self) -> ExtractionError {
        ExtractionError::Deferred {
            retry_after: self.retry_after,
        }
    }

    /// Reads a file as it is now. `None`: the budget is used up.
    async fn read_and_keep(&self, file: &FileToRead, pace: Pace) -> Result<Option<Arc<FileAnswer>>, ExtractionError> {
        for _ in 0..ATTEMPTS {
            let opened_at = self.clock.now();
            let content = file
                .source
                .open(&file.entry.path)
                .await?
                .ok_or(ExtractionError::ItemNotFound)?;
            let read = match content.entry().size {
                0 => Ok(empty_report()),
                _ => self.readers.read(Arc::clone(&content), pace).await,
            };
            if matches!(read, Err(ReadFailure::Source(SourceError::Changed))) || !content.is_current().await? {
                continue;
            }
            let Some(mut answer) = self.judge(file, read)? else {
                return Ok(None);
            };
            let key = self.key(file, content.entry());
            answer.content_tag.clone_from(&key.version.content_tag);
            if !is_settled(content.entry(), opened_at) {
                return Ok(Some(Arc::new(answer)));
            }
            return Ok(Some(self.answers.put(&key, answer, opened_at).await));
        }
        Err(ExtractionError::ContentChanged)
    }

    /// What a reading means: an answer that holds for the content, a failure that may pass, or a spent budget (`None`).
    fn judge(
        &self,
        file: &FileToRead,
        read: Result<Report, ReadFailure>,
    ) -> Result<Option<FileAnswer>, ExtractionError> {
        let error = match read {
            Ok(report) => return Ok(Some(answer(report))),
            Err(ReadFailure::Document(error)) => error,
            Err(ReadFailure::Source(error)) => return Err(error.into()),
            Err(ReadFailure::Overloaded) => return Err(ExtractionError::Overloaded),
            Err(ReadFailure::Panicked) => {
                tracing::error!(item.id = %file.item_id, drive.id = %file.drive.drive_id, "the reader broke down on a file");
                return Err(ExtractionError::Internal);
            }
        };
        let reason = match &error {
            ReadError::BudgetExceeded => return Ok(None),
            ReadError::NotSupported { extension } => {
                return Err(ExtractionError::ExtensionNotSupported {
                    extension: extension.clone(),
                });
            }
            ReadError::Io(_) => return Err(ExtractionError::ContentUnavailable),
            ReadError::DoubleKeyEncrypted => ErrorReason::FileDoubleKeyEncrypted,
            ReadError::DecryptionNotSupported => ErrorReason::FileDecryptionNotSupported,
            ReadError::Malformed { .. } => ErrorReason::MalformedContent,
            ReadError::LimitExceeded { .. } => ErrorReason::ContentLimitExceeded,
        };
        Ok(Some(refusal(reason, &error)))
    }

    fn key(&self, file: &FileToRead, entry: &SourceEntry) -> AnswerKey {
        let content_tag = content_tag(&file.item_id, entry) + &self.settings;
        let extension = extension(entry.path.name().unwrap_or_default());
        AnswerKey {
            drive: Arc::clone(&file.drive),
            item_id: file.item_id.clone(),
            version: ContentVersion {
                content_tag,
                extension,
                extractor_version: EXTRACTOR_VERSION,
            },
        }
    }
}

/// What keeps a label from being written.
fn write_failure(error: WriteError) -> ExtractionError {
    match error {
        WriteError::NotSupported { extension } => ExtractionError::NotWritable { extension },
        WriteError::DocumentCertified => ExtractionError::Certified,
        WriteError::Read(error) => read_failure(ReadFailure::Document(error)),
        WriteError::Verification { what } => {
            tracing::error!(what, "a document did not read back as it was written");
            ExtractionError::Internal
        }
    }
}

/// What keeps a file from being read for a writer.
fn read_failure(failure: ReadFailure) -> ExtractionError {
    let error = match failure {
        ReadFailure::Source(error) => return error.into(),
        ReadFailure::Overloaded => return ExtractionError::Overloaded,
        ReadFailure::Panicked => return ExtractionError::Internal,
        ReadFailure::Document(error) => error,
    };
    let reason = match &error {
        ReadError::NotSupported { extension } => {
            return ExtractionError::NotWritable {
                extension: extension.clone(),
            };
        }
        ReadError::Io(_) => return ExtractionError::ContentUnavailable,
        ReadError::BudgetExceeded | ReadError::LimitExceeded { .. } => ErrorReason::ContentLimitExceeded,
        ReadError::DoubleKeyEncrypted => ErrorReason::FileDoubleKeyEncrypted,
        ReadError::DecryptionNotSupported => ErrorReason::FileDecryptionNotSupported,
        ReadError::Malformed { .. } => ErrorReason::MalformedContent,
    };
    ExtractionError::Content {
        reason,
        message: error.to_string(),
    }
}

fn refusal(reason: ErrorReason, error: &ReadError) -> FileAnswer {
    FileAnswer {
        outcome: FileOutcome::Refused {
            reason,
            message: error.to_string(),
        },
        kind: String::new(),
        protection: String::new(),
        content_tag: String::new(),
    }
}

/// The file had not been changed for so long when it was opened that every later change moves its modification time.
///
/// A change within the same tick of the file system's clock would leave size and time as they are, and an answer
/// kept for them would be stale. File systems that store whole seconds tick slower.
fn is_settled(entry: &SourceEntry, opened_at: Timestamp) -> bool {
    if entry.is_exact {
        return true;
    }
    let is_coarse = entry.modified.subsec_nanosecond() == 0;
    let tick = if is_coarse {
        SignedDuration::from_secs(2)
    } else {
        SignedDuration::from_millis(50)
    };
    opened_at.duration_since(entry.modified).abs() > tick
}

/// A mark of the settings that can change an answer; empty for the defaults.
fn settings_mark(config: &ExtractionConfig) -> String {
    let relevant = |config: &ExtractionConfig| {
        let ExtractionConfig {
            dke_markers,
            dke_return_clear_labels,
            label_info,
            limits,
            background,
            ..
        } = config;
        serde_json::to_string(&(dke_markers, dke_return_clear_labels, label_info, limits, background))
            .unwrap_or_default()
    };
    let settings = relevant(config);
    if settings == relevant(&ExtractionConfig::default()) {
        return String::new();
    }
    format!(";{:016x}", fingerprint(&settings))
}
