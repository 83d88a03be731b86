//! Content of the fake drives: every file holds the digits from 0 to 9 and on, and every ticket opens what it is named.

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use jiff::Timestamp;
use signet_contract::content::*;
use signet_contract::extraction::{DriveItem, ItemKind, ItemReference};
use signet_contract::{CallContext, ContractError, DriveContent, Operation};
use signet_domain::content::AssignmentMethod;
use signet_domain::error::ErrorReason;

use super::fake_drives::{FILE_ID, find, item};
use super::fakes::Fakes;

/// The file behind every ticket.
pub(crate) const CONTENT: &[u8] = b"01234567890123456789012345678901234";

fn status() -> UploadStatus {
    UploadStatus {
        ticket: Ticket::new("upload"),
        expires_at: Timestamp::from_second(1_772_700_000).unwrap(),
        received: 26,
        total: Some(128),
    }
}

fn uploaded(created: bool) -> UploadedItem {
    UploadedItem {
        item: item("drive-bob", FILE_ID),
        created,
    }
}

fn check(call: &TicketCall) -> Result<(), ContractError> {
    if call.ticket.expose() == "gone" {
        return Err(ContractError::new(
            ErrorReason::UploadNotFound,
            "the upload does not exist",
        ));
    }
    Ok(())
}

#[async_trait]
impl DriveContent for Fakes {
    async fn assign_label(&self, context: &CallContext, request: AssignRequest) -> Result<Ticket, ContractError> {
        self.enter("assign_label", context)?;
        Operation::AssignLabel.authorize(&context.caller)?;
        find(context, &request.item)?;
        if request.method == AssignmentMethod::Auto {
            return Err(ContractError::new(ErrorReason::PrivilegedRequired, "not automatically").at("method"));
        }
        Ok(Ticket::new("operation"))
    }

    async fn get_operation(&self, call: TicketCall) -> Result<OperationStatus, ContractError> {
        Ok(match call.ticket.expose() {
            "waiting" => OperationStatus::NotStarted,
            "running" => OperationStatus::InProgress,
            "failed" => OperationStatus::Failed(Box::new(ContractError::new(
                ErrorReason::ContentChanged,
                "the file changed",
            ))),
            _ => OperationStatus::Completed {
                item_id: FILE_ID.to_owned(),
            },
        })
    }

    async fn create_download(
        &self,
        context: &CallContext,
        item: ItemReference,
    ) -> Result<(Ticket, DriveItem), ContractError> {
        self.enter("create_download", context)?;
        let item = find(context, &item)?;
        match item.kind {
            ItemKind::File { .. } => Ok((Ticket::new("download"), item)),
            ItemKind::Folder { .. } => Err(ContractError::new(ErrorReason::ItemIsFolder, "it is a folder")),
        }
    }

    async fn read_content(&self, call: TicketCall, range: ContentRange) -> Result<ContentChunk, ContractError> {
        check(&call)?;
        let from = usize::try_from(range.offset).unwrap().min(CONTENT.len());
        let to = from.saturating_add(range.length.min(7)).min(CONTENT.len());
        Ok(ContentChunk {
            item: item("drive-bob", FILE_ID),
            bytes: CONTENT[from..to].to_vec(),
        })
    }

    async fn create_upload(
        &self,
        context: &CallContext,
        request: UploadRequest,
    ) -> Result<UploadStatus, ContractError> {
        self.enter("create_upload", context)?;
        Operation::WriteDrive.authorize(&context.caller)?;
        find(context, &request.item)?;
        Ok(status())
    }

    async fn get_upload(&self, call: TicketCall) -> Result<UploadStatus, ContractError> {
        check(&call)?;
        Ok(status())
    }

    async fn write_upload(&self, call: TicketCall, chunk: UploadChunk) -> Result<UploadProgress, ContractError> {
        check(&call)?;
        let end = chunk.offset + u64::try_from(chunk.bytes.len()).unwrap();
        if chunk.total == Some(end) {
            return Ok(UploadProgress::Done(Box::new(uploaded(true))));
        }
        Ok(UploadProgress::Expecting(UploadStatus {
            received: end,
            ..status()
        }))
    }

    async fn commit_upload(&self, call: TicketCall) -> Result<UploadedItem, ContractError> {
        check(&call)?;
        Ok(uploaded(false))
    }

    async fn cancel_upload(&self, call: TicketCall) -> Result<(), ContractError> {
        check(&call)
    }

    async fn scan(
        &self,
        context: &CallContext,
        request: ScanRequest,
    ) -> Result<BoxStream<'static, Result<ScanResult, ContractError>>, ContractError> {
        self.enter("scan", context)?;
        Operation::ExtractLabels.authorize(&context.caller)?;
        find(context, &request.item)?;
        let found = |cursor: &str, labels| {
            Ok(ScanResult {
                item: item("drive-bob", FILE_ID),
                labels,
                cursor: cursor.to_owned(),
            })
        };
        let refusal = ContractError::new(ErrorReason::MalformedContent, "it is damaged");
        let broken = ContractError::new(ErrorReason::ContentUnavailable, "the drive does not answer");
        let results = vec![found("1", Ok(Vec::new())), found("2", Err(refusal)), Err(broken)];
        Ok(stream::iter(results).boxed())
    }
}
