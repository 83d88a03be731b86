//! Writing a label into a file.
//!
//! Safe to repeat from every point: the new content takes its place in one step, and a file that carries the label
//! already is done.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use signet_contract::{ContractError, ServiceError};
use signet_docmeta::write::Segment;
use signet_domain::content::AssignmentMethod;
use signet_domain::ids::LabelId;
use signet_domain::record::{DecisionRecord, Outcome as RecordedOutcome};
use signet_store::{JobEnd, JobRow};

use super::assign_label::{AssignPayload, AssignResult, keep_until};
use crate::Extraction;
use crate::error::ExtractionError;
use crate::readers::LabelToWrite;
use crate::session::OpenDrive;
use crate::source::{Condition, OpenContent, Placed, SourceEntry, SourceError};
use crate::workers::Outcome;

/// How often it is tried.
const ATTEMPTS: u32 = 5;
/// How often a file may take its worker down before it is given up.
const DEATHS: u32 = 5;
/// Bytes copied at a time.
const COPIED_AT_ONCE: u64 = 1024 * 1024;

/// Writes the label and keeps how it ended.
pub(crate) async fn run(service: &Extraction, job: &JobRow) -> Outcome {
    let Ok(payload) = serde_json::from_str::<AssignPayload>(&job.payload) else {
        tracing::error!("a queued label cannot be read back and is dropped");
        return Outcome::End(JobEnd::Forget);
    };
    let tried = match job.lost {
        DEATHS.. => Err(ExtractionError::Internal),
        _ => write(service, job, &payload).await,
    };
    let written = match tried {
        Err(error) if error.may_pass() && job.attempts < ATTEMPTS => {
            tracing::info!(%error, item.id = %payload.item_id, "a label is written later");
            return Outcome::Retry;
        }
        written => written.map_err(|error| error.to_contract()),
    };
    let result = match written {
        Ok(()) => AssignResult::Completed {
            item_id: payload.item_id.clone(),
        },
        Err(error) => {
            if record_failure(service, &payload.record, &error).await.is_err() {
                return Outcome::Retry;
            }
            AssignResult::Failed {
                lock: error.fact_value("lock").map(str::to_owned),
                reason: error.reason.name().to_owned(),
                message: error.message,
            }
        }
    };
    Outcome::End(JobEnd::Keep {
        result: serde_json::to_string(&result).unwrap_or_default(),
        until: keep_until(service),
    })
}

async fn write(service: &Extraction, job: &JobRow, payload: &AssignPayload) -> Result<(), ExtractionError> {
    let tenant = job.key.tenant;
    let drive = service.drive_of(tenant, &payload.drive_id).await?;
    let source = Arc::clone(&drive.source);
    let located = service
        .item_ids
        .locate(&drive.key, source.as_ref(), &payload.item_id)
        .await?;
    let content = source
        .open(&located.entry.path)
        .await?
        .ok_or(ExtractionError::ItemNotFound)?;
    let before = service.extractor.own_label(Arc::clone(&content), tenant).await?;
    let wanted = payload.write.as_ref().map(|label| label.label_id);
    check_unchanged(before.map(|(label, _)| label), payload.before, wanted)?;
    let label = payload.write.clone().map(|label| not_lowered(label, before));
    let rewrite = service
        .extractor
        .rewrite(Arc::clone(&content), tenant, label.clone())
        .await?;
    let written = Written {
        service,
        job,
        drive: &drive,
        payload,
        label: label.as_ref(),
    };
    if !rewrite.changed {
        return written.note_method(content.entry()).await;
    }
    if source.is_checked_out(&content.entry().path).await? {
        return Err(ExtractionError::CheckedOut);
    }
    let entry = content.entry().clone();
    let pieces = pieces(content, rewrite.segments);
    let condition = Condition::Content(entry.content.clone());
    let placed = source
        .place(&entry.path, &condition, rewrite.length, pieces, service.ids.next_id())
        .await?;
    match placed {
        Placed::Replaced => written.keep_id(&entry).await,
        Placed::Created | Placed::Refused | Placed::IsFolder | Placed::NoFolder => Err(ExtractionError::ContentChanged),
    }
}

/// The file carries what it carried when the label was decided about, or the new label: written by an attempt before.
fn check_unchanged(
    now: Option<LabelId>,
    before: Option<LabelId>,
    wanted: Option<LabelId>,
) -> Result<(), ExtractionError> {
    if now == before || now == wanted {
        return Ok(());
    }
    Err(ExtractionError::LabelChanged)
}

/// A label that is in the file already keeps its method when that is the higher one, also when it was raised since the
/// decision. Source: labelling semantics C4.
fn not_lowered(label: LabelToWrite, before: Option<(LabelId, AssignmentMethod)>) -> LabelToWrite {
    let kept = before.filter(|(before, _)| *before == label.label_id);
    let method = kept.map_or(label.method, |(_, method)| method.max(label.method));
    LabelToWrite { method, ..label }
}

/// What is left to do once the label is in the file.
struct Written<'a> {
    service: &'a Extraction,
    job: &'a JobRow,
    drive: &'a OpenDrive,
    payload: &'a AssignPayload,
    /// The label that is in the file now; absent: none.
    label: Option<&'a LabelToWrite>,
}

impl Written<'_> {
    /// The new content is the same item.
    async fn keep_id(&self, entry: &SourceEntry) -> Result<(), ExtractionError> {
        if let Some(now) = self.drive.source.find(&entry.path).await? {
            let ids = &self.service.item_ids;
            ids.rebind(&self.drive.key, &self.payload.item_id, &now.entry).await?;
            self.note_method(&now.entry).await?;
        }
        Ok(())
    }

    /// Notes what the document cannot say, see [`crate::assigned`]. The label is written, so that in the end a failure of
    /// this is no failure of the operation.
    async fn note_method(&self, entry: &SourceEntry) -> Result<(), ExtractionError> {
        let automatic = |label: &&LabelToWrite| label.method == AssignmentMethod::Auto;
        let Some(label) = self.label.filter(automatic) else {
            return Ok(());
        };
        let item_id = &self.payload.item_id;
        let noted = self
            .service
            .extractor
            .note_automatic(&self.drive.key, item_id, entry, label.label_id)
            .await;
        match noted {
            Err(error) if self.job.attempts >= ATTEMPTS => {
                tracing::warn!(%error, item.id = %item_id, "how a label was assigned is not kept");
                Ok(())
            }
            noted => noted,
        }
    }
}

/// The new content as bytes, copied piece by piece.
fn pieces(content: Arc<dyn OpenContent>, segments: Vec<Segment>) -> BoxStream<'static, Result<Vec<u8>, SourceError>> {
    let chunks = segments.into_iter().flat_map(chunks);
    stream::iter(chunks)
        .then(move |chunk| {
            let content = Arc::clone(&content);
            async move {
                match chunk {
                    Segment::Bytes(bytes) => Ok(bytes),
                    Segment::Copy { offset, length } => {
                        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
                        let bytes = content.read(offset, wanted).await?;
                        (bytes.len() == wanted).then_some(bytes).ok_or(SourceError::Changed)
                    }
                }
            }
        })
        .boxed()
}

fn chunks(segment: Segment) -> Vec<Segment> {
    let Segment::Copy { offset, length } = segment else {
        return vec![segment];
    };
    let count = length.div_ceil(COPIED_AT_ONCE);
    (0..count)
        .map(|at| Segment::Copy {
            offset: offset + at * COPIED_AT_ONCE,
            length: COPIED_AT_ONCE.min(length - at * COPIED_AT_ONCE),
        })
        .collect()
}

/// What was decided did not come about.
pub(crate) async fn record_failure(
    service: &Extraction,
    decided: &DecisionRecord,
    error: &ContractError,
) -> Result<(), ContractError> {
    let record = DecisionRecord {
        id: service.ids.next_id(),
        time: service.clock.now(),
        outcome: RecordedOutcome::Refused,
        reason: Some(error.reason.name().to_owned()),
        label_after: None,
        ..decided.clone()
    };
    service.keep_record(record).await
}
