//! The end of an upload: what arrived becomes a file.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use signet_contract::content::UploadedItem;
use signet_contract::extraction::{DriveItem, ItemAddress};
use signet_store::UploadRow;
use uuid::Uuid;

use super::placing::{begin_placing, is_there, note_placing};
use super::{Piece, UploadState, discard};
use crate::Extraction;
use crate::error::ExtractionError;
use crate::path::ItemPath;
use crate::session::OpenDrive;
use crate::source::{Condition, ContentSource, Placed, SourceError};

/// Names tried for a file whose own one is taken.
const NAMES: u32 = 100;
/// How often an item is looked for that moves, or changes, while its new content takes its place.
const MOVES: u32 = 4;

/// Safe to repeat: a file that took its place, and whose process died before it could say so, is found again.
pub(super) async fn commit(
    service: &Extraction,
    row: UploadRow,
    state: &UploadState,
) -> Result<UploadedItem, ExtractionError> {
    let drive = service.drive_of(row.tenant, &state.drive_id).await?;
    if let Some(placing) = &state.placing
        && let Some(path) = placing.path.as_deref().and_then(ItemPath::from_text)
        && is_there(drive.source.as_ref(), &row, state, &path).await?
    {
        let item = describe(service, &drive, &path, placing.item_id.clone()).await?;
        discard(service, &row).await?;
        return Ok(UploadedItem { item, created: false });
    }
    if let Some(id) = &state.item_id {
        match commit_as(service, &drive, row.clone(), state, id).await {
            // The name is free again.
            Err(ExtractionError::ItemNotFound) if !state.is_by_id => {}
            committed => return committed,
        }
    }
    commit_at(service, &drive, row, state).await
}

/// Makes what arrived the content of an item, wherever that is now. Another one that has its old place stays.
async fn commit_as(
    service: &Extraction,
    drive: &OpenDrive,
    mut row: UploadRow,
    state: &UploadState,
    id: &str,
) -> Result<UploadedItem, ExtractionError> {
    for _ in 0..MOVES {
        let located = service
            .item_ids
            .locate(&drive.key, drive.source.as_ref(), id)
            .await?
            .entry;
        if located.is_folder {
            return Err(ExtractionError::NameAlreadyExists);
        }
        if state
            .content
            .as_ref()
            .is_some_and(|content| *content != located.content)
        {
            return Err(ExtractionError::PreconditionFailed);
        }
        row = note_placing(service, row, state, &located.path, Some(id.to_owned())).await?;
        let pieces = pieces(Arc::clone(&drive.source), row.id, state.pieces.clone());
        let condition = Condition::Content(located.content);
        let placed = drive
            .source
            .place(
                &located.path,
                &condition,
                state.received(),
                pieces,
                service.ids.next_id(),
            )
            .await?;
        if placed == Placed::Replaced {
            let item = describe(service, drive, &located.path, Some(id.to_owned())).await?;
            discard(service, &row).await?;
            return Ok(UploadedItem { item, created: false });
        }
        // It was moved or changed between the two looks.
    }
    Err(ExtractionError::ContentChanged)
}

/// Makes what arrived the file at a path.
async fn commit_at(
    service: &Extraction,
    drive: &OpenDrive,
    row: UploadRow,
    state: &UploadState,
) -> Result<UploadedItem, ExtractionError> {
    let path = match &state.under {
        None => ItemPath::from_text(&state.path).ok_or(ExtractionError::Internal)?,
        Some((folder, below)) => {
            let below = ItemPath::from_text(below).ok_or(ExtractionError::Internal)?;
            let folder = service.locate(drive, &ItemAddress::Id(folder.clone())).await?;
            folder.entry.path.join(below.names())?
        }
    };
    let (is_first, before) = begin_placing(service, drive, &row, state, &path).await?;
    for attempt in 0..=NAMES {
        let path = if attempt == 0 {
            path.clone()
        } else {
            beside(&path, attempt)?
        };
        if !is_first && is_there(drive.source.as_ref(), &row, state, &path).await? {
            let item = describe(service, drive, &path, before).await?;
            discard(service, &row).await?;
            let created = state.must_be_new || state.rename;
            return Ok(UploadedItem { item, created });
        }
        let pieces = pieces(Arc::clone(&drive.source), row.id, state.pieces.clone());
        let placed = drive
            .source
            .place(
                &path,
                &state.condition(),
                state.received(),
                pieces,
                service.ids.next_id(),
            )
            .await?;
        let created = match placed {
            Placed::Created => true,
            Placed::Replaced => false,
            Placed::Refused | Placed::IsFolder if state.rename => continue,
            Placed::Refused if state.must_be_new => return Err(ExtractionError::NameAlreadyExists),
            Placed::Refused => return Err(ExtractionError::PreconditionFailed),
            Placed::IsFolder => return Err(ExtractionError::NameAlreadyExists),
            Placed::NoFolder => return Err(ExtractionError::ItemNotFound),
        };
        let item = describe(service, drive, &path, before.clone().filter(|_| !created)).await?;
        discard(service, &row).await?;
        return Ok(UploadedItem { item, created });
    }
    Err(ExtractionError::NameAlreadyExists)
}

/// The item that is there now. `same_as`: it continues this one.
async fn describe(
    service: &Extraction,
    drive: &OpenDrive,
    path: &ItemPath,
    same_as: Option<String>,
) -> Result<DriveItem, ExtractionError> {
    let now = drive.source.find(path).await?.ok_or(ExtractionError::ItemNotFound)?;
    if let Some(id) = same_as {
        service.item_ids.rebind(&drive.key, &id, &now.entry).await?;
    }
    service.describe_item(drive, &now, 0).await
}

/// `Report.docx` becomes `Report 1.docx`.
fn beside(path: &ItemPath, number: u32) -> Result<ItemPath, ExtractionError> {
    let name = path.name().unwrap_or_default();
    let name = match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem} {number}.{extension}"),
        None => format!("{name} {number}"),
    };
    path.parent().unwrap_or_default().join(&[name])
}

fn pieces(
    source: Arc<dyn ContentSource>,
    upload: Uuid,
    pieces: Vec<Piece>,
) -> BoxStream<'static, Result<Vec<u8>, SourceError>> {
    stream::iter(pieces)
        .then(move |piece| {
            let source = Arc::clone(&source);
            async move {
                let bytes = source.staged(upload, piece.id).await?;
                let is_whole = |bytes: &Vec<u8>| u64::try_from(bytes.len()).ok() == Some(piece.length);
                bytes.filter(is_whole).ok_or_else(|| {
                    let lost = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                    SourceError::Failed(lost)
                })
            }
        })
        .boxed()
}
