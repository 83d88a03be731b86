//! The labels of a file.

use std::time::Duration;

use signet_contract::extraction::{ExtractLabelsResponse, ExtractedLabel, ItemReference};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::error::ErrorReason;
use signet_domain::label::Protection;
use signet_domain::snapshot::PolicySnapshot;

use crate::Extraction;
use crate::answers::{FileAnswer, FileOutcome};
use crate::error::ExtractionError;
use crate::extractor::FileToRead;
use crate::reading::RIGHTS_MANAGED;
use crate::record::{Extracted, addressed_identifier, located_identifier, own_label};
use crate::session::within_deadline;

/// Time kept back from the caller's deadline to record and carry the answer.
const TIME_TO_ANSWER: Duration = Duration::from_millis(250);

/// The labels of a file: stored ones when they hold for its content, else read, stored, returned. Every extraction of
/// a known tenant leaves a record, whatever it ends in.
///
/// # Errors
/// See [`signet_contract::Extraction::extract_labels`].
#[tracing::instrument(name = "extraction.extract_labels", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn extract_labels(
    service: &Extraction,
    context: &CallContext,
    reference: ItemReference,
) -> Result<ExtractLabelsResponse, ContractError> {
    Operation::ExtractLabels.authorize(&context.caller)?;
    let snapshot = within_deadline(context, service.snapshot(context)).await?;
    let mut identifier = addressed_identifier(&reference);
    let answer = within_deadline(
        context,
        extract(service, context, &snapshot, &reference, &mut identifier),
    )
    .await;
    let outcome = answer.as_ref().map(|response| response.labels.as_slice());
    service
        .record(context, &snapshot, Extracted { identifier, outcome })
        .await?;
    answer
}

/// `identifier` becomes the item's own place as soon as it is known.
async fn extract(
    service: &Extraction,
    context: &CallContext,
    snapshot: &PolicySnapshot,
    reference: &ItemReference,
    identifier: &mut String,
) -> Result<ExtractLabelsResponse, ExtractionError> {
    let drive = service
        .open_drive(context, snapshot, Operation::ExtractLabels, &reference.drive)
        .await?;
    let located = service.locate(&drive, &reference.item).await?;
    *identifier = located_identifier(&drive.info.id, &located.entry.path);
    let file = service.file_at(drive, located).await?;
    labels_in(service, context, snapshot, &file).await
}

/// The labels of a file that was found, within the caller's time.
pub(crate) async fn labels_in(
    service: &Extraction,
    context: &CallContext,
    snapshot: &PolicySnapshot,
    file: &FileToRead,
) -> Result<ExtractLabelsResponse, ExtractionError> {
    let patience = context.remaining().saturating_sub(TIME_TO_ANSWER);
    let known = service.extractor.labels_of(file, patience).await?;
    match &known.answer.outcome {
        FileOutcome::Refused { reason, message } => Err(ExtractionError::Content {
            reason: *reason,
            message: message.clone(),
        }),
        FileOutcome::Labels(labels) => {
            if needs_second_key(snapshot, &known.answer, labels) && !service.config.dke_return_clear_labels {
                return Err(double_key());
            }
            Ok(ExtractLabelsResponse {
                labels: labels.clone(),
                from_cache: known.from_cache,
            })
        }
    }
}

/// The file is protected and the label it shows in clear encrypts with a second key. Source: file formats 4.3.
fn needs_second_key(snapshot: &PolicySnapshot, answer: &FileAnswer, labels: &[ExtractedLabel]) -> bool {
    answer.protection == RIGHTS_MANAGED
        && own_label(snapshot, labels)
            .and_then(|id| snapshot.label(id))
            .and_then(|label| label.protection.as_ref())
            .is_some_and(has_second_key)
}

fn has_second_key(protection: &Protection) -> bool {
    match protection {
        Protection::Template {
            double_key_encryption_url,
            ..
        }
        | Protection::UserDefined {
            double_key_encryption_url,
            ..
        } => double_key_encryption_url.is_some(),
        Protection::RemoveProtection {} => false,
    }
}

fn double_key() -> ExtractionError {
    ExtractionError::Content {
        reason: ErrorReason::FileDoubleKeyEncrypted,
        message: signet_docmeta::ReadError::DoubleKeyEncrypted.to_string(),
    }
}
