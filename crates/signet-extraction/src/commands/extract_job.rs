//! Finishing a deferred file.

use jiff::Timestamp;
use signet_store::{JobEnd, JobRow};

use crate::Extraction;
use crate::deferred::ExtractPayload;
use crate::error::ExtractionError;
use crate::extractor::{Deed, FileToRead};
use crate::workers::{Outcome, length};

/// How often a file may take its worker down before it is given up.
const DEATHS: u32 = 5;
/// Pause before a file is read again that was changed only just now.
const UNTIL_SETTLED: std::time::Duration = std::time::Duration::from_secs(3);

/// Reads the file as it is now and keeps what is in it.
pub(crate) async fn run(service: &Extraction, job: &JobRow) -> Outcome {
    let Ok(payload) = serde_json::from_str::<ExtractPayload>(&job.payload) else {
        tracing::error!("a queued file cannot be read back and is dropped");
        return Outcome::End(JobEnd::Forget);
    };
    match finish(service, job, &payload).await {
        Ok(outcome) => outcome,
        Err(error) if error.may_pass() && !is_overdue(service, job) => {
            tracing::info!(%error, item.id = %payload.item_id, "a deferred file is tried again later");
            Outcome::Retry
        }
        // The next caller reads the file, and is told then what is wrong.
        Err(error) => {
            tracing::info!(%error, item.id = %payload.item_id, "a deferred file cannot be read");
            Outcome::End(JobEnd::Forget)
        }
    }
}

async fn finish(service: &Extraction, job: &JobRow, payload: &ExtractPayload) -> Result<Outcome, ExtractionError> {
    let drive = service.drive_of(job.key.tenant, &payload.drive_id).await?;
    let located = service
        .item_ids
        .locate(&drive.key, drive.source.as_ref(), &payload.item_id)
        .await?;
    let file = FileToRead {
        drive: drive.key,
        source: drive.source,
        item_id: payload.item_id.clone(),
        entry: located.entry,
    };
    if job.lost >= DEATHS || is_overdue(service, job) {
        service.extractor.give_up(&file).await;
        return Ok(Outcome::End(JobEnd::Forget));
    }
    Ok(match service.extractor.finish(&file).await? {
        Deed::Kept => Outcome::End(JobEnd::Forget),
        Deed::NotSettled => Outcome::RetryAfter(UNTIL_SETTLED),
    })
}

fn is_overdue(service: &Extraction, job: &JobRow) -> bool {
    let end: Timestamp = job
        .created_at
        .saturating_add(length(service.config.defer_max))
        .unwrap_or(Timestamp::MAX);
    service.clock.now() > end
}
