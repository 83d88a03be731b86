//! Making an upload the file, once, however often it is begun: a process that died may have done it and not said so.

use serde::{Deserialize, Serialize};
use signet_store::UploadRow;

use super::{UploadState, find, id_at, written};
use crate::Extraction;
use crate::error::ExtractionError;
use crate::path::ItemPath;
use crate::session::OpenDrive;
use crate::source::ContentSource;

/// What was known before the file took its place, for whoever goes on after a process that died.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Placing {
    /// The item that is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) item_id: Option<String>,
    /// Where that item is, when it is addressed by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
}

/// Notes that the file is about to take its place. True: nobody tried before. With the id of the item it replaces.
pub(super) async fn begin_placing(
    service: &Extraction,
    drive: &OpenDrive,
    row: &UploadRow,
    state: &UploadState,
    path: &ItemPath,
) -> Result<(bool, Option<String>), ExtractionError> {
    if let Some(placing) = &state.placing {
        return Ok((false, placing.item_id.clone()));
    }
    let before = id_at(service, drive, path).await?;
    let placing = UploadState {
        placing: Some(Placing {
            item_id: before.clone(),
            path: None,
        }),
        ..state.clone()
    };
    let row = UploadRow {
        version: row.version + 1,
        state: written(&placing)?,
        ..row.clone()
    };
    Ok((service.uploads.update_upload(row).await?, before))
}

/// Notes where an item is whose content is about to be replaced, and answers the upload as it is stored now.
pub(super) async fn note_placing(
    service: &Extraction,
    row: UploadRow,
    state: &UploadState,
    path: &ItemPath,
    item_id: Option<String>,
) -> Result<UploadRow, ExtractionError> {
    let placing = UploadState {
        placing: Some(Placing {
            item_id,
            path: Some(path.to_text()),
        }),
        ..state.clone()
    };
    let row = UploadRow {
        version: row.version + 1,
        state: written(&placing)?,
        ..row
    };
    match service.uploads.update_upload(row.clone()).await? {
        true => Ok(row),
        // Another request makes the same bytes the file at this moment, or has done so.
        false => find(service, row.tenant, row.id).await,
    }
}

/// What is at a path is what was uploaded. Pieces that lie aside no more were removed because it is.
pub(super) async fn is_there(
    source: &dyn ContentSource,
    row: &UploadRow,
    state: &UploadState,
    path: &ItemPath,
) -> Result<bool, ExtractionError> {
    let Some(content) = source.open(path).await? else {
        return Ok(false);
    };
    if content.entry().size != state.received() {
        return Ok(false);
    }
    let mut offset = 0;
    for piece in &state.pieces {
        if let Some(bytes) = source.staged(row.id, piece.id).await?
            && content.read(offset, bytes.len()).await? != bytes
        {
            return Ok(false);
        }
        offset += piece.length;
    }
    Ok(true)
}
