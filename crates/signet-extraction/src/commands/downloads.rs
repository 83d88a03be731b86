//! Content of files on its way out.

use std::sync::Arc;

use signet_contract::content::{CHUNK_BYTES, ContentChunk, ContentRange, Ticket, TicketCall};
use signet_contract::extraction::{DriveItem, ItemKind, ItemReference};
use signet_contract::{CallContext, ContractError, Operation};

use crate::Extraction;
use crate::error::ExtractionError;
use crate::session::within_deadline;
use crate::source::SourceError;
use crate::tickets::Grant;

/// A ticket for the content of a file.
#[tracing::instrument(name = "extraction.create_download", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn create_download(
    service: &Extraction,
    context: &CallContext,
    reference: ItemReference,
) -> Result<(Ticket, DriveItem), ContractError> {
    Operation::ReadDrive.authorize(&context.caller)?;
    within_deadline(context, async {
        let snapshot = service.snapshot(context).await?;
        let drive = service
            .open_drive(context, &snapshot, Operation::ReadDrive, &reference.drive)
            .await?;
        let located = service.locate(&drive, &reference.item).await?;
        let item = service.describe_item(&drive, &located, 0).await?;
        let ticket = item.download.clone().ok_or(ExtractionError::FolderHasNoContent)?;
        Ok((ticket, item))
    })
    .await
}

/// Bytes of the file a ticket opens.
#[tracing::instrument(name = "extraction.read_content", skip_all, err(level = "debug"))]
pub(crate) async fn read_content(
    service: &Extraction,
    call: &TicketCall,
    range: &ContentRange,
) -> Result<ContentChunk, ExtractionError> {
    let Some((tenant, Grant::Download { drive_id, item_id })) = service.tickets.open(&call.ticket, service.clock.now())
    else {
        return Err(ExtractionError::DownloadExpired);
    };
    let drive = service.drive_of(tenant, &drive_id).await?;
    let located = service
        .item_ids
        .locate(&drive.key, drive.source.as_ref(), &item_id)
        .await?;
    let item = service.describe_item(&drive, &located, 0).await?;
    if !matches!(item.kind, ItemKind::File { .. }) {
        return Err(ExtractionError::FolderHasNoContent);
    }
    if range.c_tag.as_ref().is_some_and(|wanted| *wanted != item.c_tag) {
        return Err(ExtractionError::ContentChanged);
    }
    let length = range.length.min(CHUNK_BYTES);
    if length == 0 || range.offset >= item.size {
        return Ok(ContentChunk {
            item,
            bytes: Vec::new(),
        });
    }
    let content = drive.source.open(&located.entry.path).await?;
    let content: Arc<_> = content.ok_or(ExtractionError::ItemNotFound)?;
    if content.entry().content != located.entry.content {
        return Err(ExtractionError::ContentChanged);
    }
    let bytes = content.read(range.offset, length).await?;
    if !content.is_current().await? {
        return Err(SourceError::Changed.into());
    }
    Ok(ContentChunk { item, bytes })
}
