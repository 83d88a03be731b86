//! Content of drive items.

use signet_contract::ContractError;
use signet_contract::content::{
    AssignRequest, CHUNK_BYTES, ContentChunk, ContentRange, NameConflict, OperationStatus, ScanRequest, ScanResult,
    Ticket, UploadChunk, UploadProgress, UploadRequest, UploadStatus, UploadedItem,
};
use signet_contract::extraction::{DriveItem, ExtractedLabel};
use signet_domain::content::AssignmentMethod;

use super::{
    ConversionError, Converted, from_instant, in_range, list, messages, number, optional_id, optional_text, present,
    required, required_instant, value,
};
use crate::proto::common;
use crate::proto::extraction as pb;
use crate::proto::extraction::get_operation_response::{Completed, InProgress, NotStarted, Status};
use crate::proto::extraction::scan_response::{Labels, Outcome};
use crate::proto::extraction::write_upload_response::Progress;

impl From<AssignRequest> for pb::AssignLabelRequest {
    fn from(request: AssignRequest) -> Self {
        Self {
            item: Some(request.item.into()),
            label_id: optional_text(request.label_id),
            method: number::<common::AssignmentMethod, AssignmentMethod>(request.method),
            justification: request.justification,
            at_least_revision: None,
        }
    }
}

impl TryFrom<pb::AssignLabelRequest> for AssignRequest {
    type Error = ConversionError;

    fn try_from(message: pb::AssignLabelRequest) -> Result<Self, Self::Error> {
        Ok(Self {
            item: required(message.item, "item")?,
            label_id: optional_id(message.label_id.as_deref(), "label_id")?,
            method: value::<common::AssignmentMethod, _>(message.method, "method")?,
            justification: message.justification,
        })
    }
}

impl From<OperationStatus> for pb::GetOperationResponse {
    fn from(status: OperationStatus) -> Self {
        let status = match status {
            OperationStatus::NotStarted => Status::NotStarted(NotStarted {}),
            OperationStatus::InProgress => Status::InProgress(InProgress {}),
            OperationStatus::Completed { item_id } => Status::Completed(Completed { item_id }),
            OperationStatus::Failed(error) => Status::Failed((*error).into()),
        };
        Self { status: Some(status) }
    }
}

impl TryFrom<pb::GetOperationResponse> for OperationStatus {
    type Error = ConversionError;

    fn try_from(message: pb::GetOperationResponse) -> Result<Self, Self::Error> {
        Ok(match present(message.status, "status")? {
            Status::NotStarted(NotStarted {}) => Self::NotStarted,
            Status::InProgress(InProgress {}) => Self::InProgress,
            Status::Completed(Completed { item_id }) => Self::Completed { item_id },
            Status::Failed(error) => Self::Failed(Box::new(ContractError::try_from(error)?)),
        })
    }
}

impl From<(Ticket, DriveItem)> for pb::CreateDownloadResponse {
    fn from((ticket, item): (Ticket, DriveItem)) -> Self {
        Self {
            ticket: ticket.expose().to_owned(),
            item: Some(item.into()),
        }
    }
}

impl TryFrom<pb::CreateDownloadResponse> for (Ticket, DriveItem) {
    type Error = ConversionError;

    fn try_from(message: pb::CreateDownloadResponse) -> Result<Self, Self::Error> {
        Ok((Ticket::new(&message.ticket), required(message.item, "item")?))
    }
}

/// The bytes a request for content is about.
pub(crate) fn content_range(message: &pb::ReadContentRequest) -> Converted<ContentRange> {
    let most = u32::try_from(CHUNK_BYTES).unwrap_or(u32::MAX);
    let length = in_range(message.length, 0..=most, "length")?;
    Ok(ContentRange {
        offset: message.offset,
        length: usize::try_from(length).unwrap_or(usize::MAX),
        c_tag: message.c_tag.clone(),
    })
}

impl From<ContentChunk> for pb::ReadContentResponse {
    fn from(chunk: ContentChunk) -> Self {
        Self {
            item: Some(chunk.item.into()),
            content: chunk.bytes,
        }
    }
}

impl TryFrom<pb::ReadContentResponse> for ContentChunk {
    type Error = ConversionError;

    fn try_from(message: pb::ReadContentResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            item: required(message.item, "item")?,
            bytes: message.content,
        })
    }
}

impl From<UploadRequest> for pb::CreateUploadRequest {
    fn from(request: UploadRequest) -> Self {
        let conflict = match request.conflict {
            NameConflict::Replace => pb::NameConflict::Replace,
            NameConflict::Fail => pb::NameConflict::Fail,
            NameConflict::Rename => pb::NameConflict::Rename,
        };
        Self {
            item: Some(request.item.into()),
            conflict: conflict.into(),
            size_bytes: request.size,
            defer_commit: request.defer_commit,
            if_match: request.if_match,
            if_none_match: request.if_none_match,
            at_least_revision: None,
        }
    }
}

impl TryFrom<pb::CreateUploadRequest> for UploadRequest {
    type Error = ConversionError;

    fn try_from(message: pb::CreateUploadRequest) -> Result<Self, Self::Error> {
        let conflict = match pb::NameConflict::try_from(message.conflict) {
            Ok(pb::NameConflict::Unspecified | pb::NameConflict::Replace) => NameConflict::Replace,
            Ok(pb::NameConflict::Fail) => NameConflict::Fail,
            Ok(pb::NameConflict::Rename) => NameConflict::Rename,
            Err(_) => return Err(ConversionError::new("is no known value").within("conflict")),
        };
        Ok(Self {
            item: required(message.item, "item")?,
            conflict,
            size: message.size_bytes,
            defer_commit: message.defer_commit,
            if_match: message.if_match,
            if_none_match: message.if_none_match,
        })
    }
}

impl From<UploadStatus> for pb::Upload {
    fn from(status: UploadStatus) -> Self {
        Self {
            ticket: status.ticket.expose().to_owned(),
            expires_at: Some(from_instant(status.expires_at)),
            received_bytes: status.received,
            total_bytes: status.total,
        }
    }
}

impl TryFrom<pb::Upload> for UploadStatus {
    type Error = ConversionError;

    fn try_from(message: pb::Upload) -> Result<Self, Self::Error> {
        Ok(Self {
            ticket: Ticket::new(&message.ticket),
            expires_at: required_instant(message.expires_at, "expires_at")?,
            received: message.received_bytes,
            total: message.total_bytes,
        })
    }
}

/// The bytes of a request to write.
pub(crate) fn upload_chunk(message: pb::WriteUploadRequest) -> UploadChunk {
    UploadChunk {
        offset: message.offset,
        total: message.total_bytes,
        bytes: message.content,
    }
}

impl From<UploadProgress> for pb::WriteUploadResponse {
    fn from(progress: UploadProgress) -> Self {
        let progress = match progress {
            UploadProgress::Expecting(status) => Progress::Expecting(status.into()),
            UploadProgress::Done(item) => Progress::Done((*item).into()),
        };
        Self {
            progress: Some(progress),
        }
    }
}

impl TryFrom<pb::WriteUploadResponse> for UploadProgress {
    type Error = ConversionError;

    fn try_from(message: pb::WriteUploadResponse) -> Result<Self, Self::Error> {
        Ok(match present(message.progress, "progress")? {
            Progress::Expecting(status) => Self::Expecting(status.try_into()?),
            Progress::Done(item) => Self::Done(Box::new(item.try_into()?)),
        })
    }
}

impl From<UploadedItem> for pb::UploadedItem {
    fn from(uploaded: UploadedItem) -> Self {
        Self {
            item: Some(uploaded.item.into()),
            created: uploaded.created,
        }
    }
}

impl TryFrom<pb::UploadedItem> for UploadedItem {
    type Error = ConversionError;

    fn try_from(message: pb::UploadedItem) -> Result<Self, Self::Error> {
        Ok(Self {
            item: required(message.item, "item")?,
            created: message.created,
        })
    }
}

impl From<ScanRequest> for pb::ScanRequest {
    fn from(request: ScanRequest) -> Self {
        Self {
            item: Some(request.item.into()),
            after: request.after,
        }
    }
}

impl TryFrom<pb::ScanRequest> for ScanRequest {
    type Error = ConversionError;

    fn try_from(message: pb::ScanRequest) -> Result<Self, Self::Error> {
        Ok(Self {
            item: required(message.item, "item")?,
            after: message.after,
        })
    }
}

impl From<ScanResult> for pb::ScanResponse {
    fn from(result: ScanResult) -> Self {
        let outcome = match result.labels {
            Ok(labels) => Outcome::Labels(Labels {
                labels: messages(labels),
            }),
            Err(error) => Outcome::Error(error.into()),
        };
        Self {
            item: Some(result.item.into()),
            outcome: Some(outcome),
            cursor: result.cursor,
        }
    }
}

impl TryFrom<pb::ScanResponse> for ScanResult {
    type Error = ConversionError;

    fn try_from(message: pb::ScanResponse) -> Result<Self, Self::Error> {
        let labels = match present(message.outcome, "outcome")? {
            Outcome::Labels(labels) => Ok(list::<_, ExtractedLabel>(labels.labels, "labels.labels")?),
            Outcome::Error(error) => Err(error.try_into()?),
        };
        Ok(Self {
            item: required(message.item, "item")?,
            labels,
            cursor: message.cursor,
        })
    }
}
