//! Uploads: bytes arrive in pieces that lie aside, and become the file all at once. Source: rest-api 9.3, 9.4.

mod committing;
mod placing;

use serde::{Deserialize, Serialize};
use signet_contract::content::{
    CHUNK_BYTES, NameConflict, TicketCall, UploadChunk, UploadProgress, UploadRequest, UploadStatus, UploadedItem,
};
use signet_contract::extraction::{DriveItem, ItemAddress};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::TenantId;
use signet_store::{StoreError, UploadRow};
use uuid::Uuid;

use self::committing::commit;
use self::placing::Placing;
use crate::Extraction;
use crate::error::ExtractionError;
use crate::path::ItemPath;
use crate::session::{OpenDrive, within_deadline};
use crate::source::{Condition, Located};
use crate::tickets::Grant;
use crate::workers::length;

/// What the store keeps about an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadState {
    drive_id: String,
    /// Where the file is to be, from the root, as far as the ids below do not say.
    path: String,
    /// The item whose content it is to be, wherever that is by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item_id: Option<String>,
    /// It was addressed by that id: once the item is gone there is nothing to upload to.
    #[serde(default)]
    is_by_id: bool,
    /// The folder it is to be in or below, wherever that is by then, and the path from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    under: Option<(String, String)>,
    /// Content the file there must have still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    rename: bool,
    must_be_new: bool,
    defer_commit: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    pieces: Vec<Piece>,
    /// Present once it was begun to make the pieces the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    placing: Option<Placing>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Piece {
    id: Uuid,
    length: u64,
}

impl UploadState {
    fn received(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.length).sum()
    }

    fn is_complete(&self) -> bool {
        self.total == Some(self.received())
    }

    fn condition(&self) -> Condition {
        match &self.content {
            Some(content) => Condition::Content(content.clone()),
            None if self.must_be_new || self.rename => Condition::Absent,
            None => Condition::Any,
        }
    }
}

/// Begins an upload.
#[tracing::instrument(name = "extraction.create_upload", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn create_upload(
    service: &Extraction,
    context: &CallContext,
    request: UploadRequest,
) -> Result<UploadStatus, ContractError> {
    Operation::WriteDrive.authorize(&context.caller)?;
    within_deadline(context, create(service, context, &request)).await
}

async fn create(
    service: &Extraction,
    context: &CallContext,
    request: &UploadRequest,
) -> Result<UploadStatus, ExtractionError> {
    let snapshot = service.snapshot(context).await?;
    let drive = service
        .open_drive(context, &snapshot, Operation::WriteDrive, &request.item.drive)
        .await?;
    check_size(service, request.size.unwrap_or(0))?;
    let (path, found) = target(service, &drive, &request.item.item).await?;
    let state = check_target(service, &drive, request, path, found.as_ref()).await?;
    let row = UploadRow {
        tenant: snapshot.tenant_id(),
        id: service.ids.next_id(),
        version: 0,
        state: written(&state)?,
        expires_at: expiry(service),
    };
    if !service
        .uploads
        .create_upload(row.clone(), service.config.max_uploads)
        .await?
    {
        return Err(ExtractionError::Overloaded);
    }
    Ok(status(service, &row, &state))
}

/// Where the file is to be, and what is there.
async fn target(
    service: &Extraction,
    drive: &OpenDrive,
    address: &ItemAddress,
) -> Result<(ItemPath, Option<Located>), ExtractionError> {
    let path = match address {
        ItemAddress::Root | ItemAddress::Id(_) => {
            let located = service.locate(drive, address).await?;
            return Ok((located.entry.path.clone(), Some(located)));
        }
        ItemAddress::Path(segments) => ItemPath::from_segments(segments)?,
        ItemAddress::Under { parent, path } => {
            ItemPath::from_segments(path)?;
            let folder = service
                .item_ids
                .locate(&drive.key, drive.source.as_ref(), parent)
                .await?;
            folder.entry.path.join(path)?
        }
    };
    if path.names().iter().any(|name| name.starts_with('.')) {
        return Err(ExtractionError::InvalidPath {
            message: "a name that begins with a dot is not shown by drives; choose another".to_owned(),
        });
    }
    if let Some(found) = drive.source.find(&path).await? {
        return Ok((found.entry.path.clone(), Some(found)));
    }
    let folder = drive.source.find(&path.parent().unwrap_or_default()).await?;
    let folder = folder.filter(|folder| folder.entry.is_folder);
    let folder = folder.ok_or(ExtractionError::ItemNotFound)?;
    let name = path.name().map(str::to_owned).into_iter().collect::<Vec<_>>();
    Ok((folder.entry.path.join(&name)?, None))
}

/// The folder the address names by its id, and the path from there. An id goes on naming its folder when that is renamed
/// before the last bytes are there.
async fn folder_in(
    service: &Extraction,
    drive: &OpenDrive,
    address: &ItemAddress,
    path: &ItemPath,
) -> Result<Option<(String, String)>, ExtractionError> {
    let ItemAddress::Under { parent, .. } = address else {
        return Ok(None);
    };
    let folder = service.locate(drive, &ItemAddress::Id(parent.clone())).await?;
    let below = path.names().strip_prefix(folder.entry.path.names());
    let below = ItemPath::root().join(below.ok_or(ExtractionError::ItemNotFound)?)?;
    Ok(Some((parent.clone(), below.to_text())))
}

async fn check_target(
    service: &Extraction,
    drive: &OpenDrive,
    request: &UploadRequest,
    path: ItemPath,
    found: Option<&Located>,
) -> Result<UploadState, ExtractionError> {
    if found.is_some_and(|found| found.entry.is_folder) {
        return Err(ExtractionError::NameAlreadyExists);
    }
    let item = match found {
        Some(found) => Some(service.describe_item(drive, found, 0).await?),
        None => None,
    };
    if !matches(&request.if_match, item.as_ref(), true) || matches(&request.if_none_match, item.as_ref(), false) {
        return Err(ExtractionError::PreconditionFailed);
    }
    if found.is_some() && request.conflict == NameConflict::Fail {
        return Err(ExtractionError::NameAlreadyExists);
    }
    let is_conditional = !request.if_match.is_empty() || !request.if_none_match.is_empty();
    let under = folder_in(service, drive, &request.item.item, &path).await?;
    Ok(UploadState {
        drive_id: drive.info.id.clone(),
        path: path.to_text(),
        item_id: item
            .map(|item| item.id)
            .filter(|_| request.conflict == NameConflict::Replace),
        is_by_id: matches!(request.item.item, ItemAddress::Id(_)),
        under,
        content: found
            .filter(|_| is_conditional)
            .map(|found| found.entry.content.clone()),
        rename: request.conflict == NameConflict::Rename,
        must_be_new: request.conflict == NameConflict::Fail || (is_conditional && found.is_none()),
        defer_commit: request.defer_commit,
        total: request.size,
        pieces: Vec::new(),
        placing: None,
    })
}

/// One of the tags is the item's. `without`: the answer when no tag is given.
fn matches(tags: &[String], item: Option<&DriveItem>, without: bool) -> bool {
    if tags.is_empty() {
        return without;
    }
    item.is_some_and(|item| {
        tags.iter()
            .any(|tag| tag == "*" || *tag == item.e_tag || *tag == item.c_tag)
    })
}

/// Where an upload stands.
pub(crate) async fn get_upload(service: &Extraction, call: &TicketCall) -> Result<UploadStatus, ExtractionError> {
    let (row, state) = open(service, call).await?;
    Ok(status(service, &row, &state))
}

/// Takes the next bytes.
#[tracing::instrument(name = "extraction.write_upload", skip_all, err(level = "debug"))]
pub(crate) async fn write_upload(
    service: &Extraction,
    call: &TicketCall,
    chunk: UploadChunk,
) -> Result<UploadProgress, ExtractionError> {
    let (row, mut state) = open(service, call).await?;
    let length = u64::try_from(chunk.bytes.len()).unwrap_or(u64::MAX);
    let end = chunk.offset.saturating_add(length);
    if state.is_complete() && !state.defer_commit && Some(end) == state.total {
        // The answer to the last bytes was lost, or the process that had them.
        return commit(service, row, &state).await.map(done);
    }
    check_chunk(service, &mut state, &chunk, end)?;
    let piece = Piece {
        id: service.ids.next_id(),
        length,
    };
    let drive = service.drive_of(row.tenant, &state.drive_id).await?;
    if length > 0 {
        drive.source.stage(row.id, piece.id, chunk.bytes).await?;
        state.pieces.push(piece);
    }
    let row = UploadRow {
        version: row.version + 1,
        state: written(&state)?,
        expires_at: expiry(service),
        ..row
    };
    if !service.uploads.update_upload(row.clone()).await? {
        // Another request brought these bytes first. Ours lie aside until the upload is over.
        return Err(ExtractionError::NotTheNextRange);
    }
    if state.is_complete() && !state.defer_commit {
        return commit(service, row, &state).await.map(done);
    }
    Ok(UploadProgress::Expecting(status(service, &row, &state)))
}

fn check_chunk(
    service: &Extraction,
    state: &mut UploadState,
    chunk: &UploadChunk,
    end: u64,
) -> Result<(), ExtractionError> {
    let total = chunk.total.or(state.total);
    let changed = chunk.total.is_some() && state.total.is_some() && chunk.total != state.total;
    if changed || total.is_some_and(|total| end > total) || chunk.bytes.len() > CHUNK_BYTES {
        return Err(ExtractionError::TotalChanged);
    }
    check_size(service, total.unwrap_or(end).max(end))?;
    if chunk.offset != state.received() {
        return Err(ExtractionError::NotTheNextRange);
    }
    state.total = total;
    Ok(())
}

fn check_size(service: &Extraction, size: u64) -> Result<(), ExtractionError> {
    let limit = service.config.max_upload_bytes;
    if size > limit {
        return Err(ExtractionError::TooLarge { limit });
    }
    Ok(())
}

fn done(item: UploadedItem) -> UploadProgress {
    UploadProgress::Done(Box::new(item))
}

/// Makes what arrived the file.
#[tracing::instrument(name = "extraction.commit_upload", skip_all, err(level = "debug"))]
pub(crate) async fn commit_upload(service: &Extraction, call: &TicketCall) -> Result<UploadedItem, ExtractionError> {
    let (row, state) = open(service, call).await?;
    if state.total.is_some() && !state.is_complete() {
        return Err(ExtractionError::BytesMissing);
    }
    commit(service, row, &state).await
}

/// The id of what is at a path, before it is replaced.
async fn id_at(service: &Extraction, drive: &OpenDrive, path: &ItemPath) -> Result<Option<String>, ExtractionError> {
    let Some(found) = drive.source.find(path).await? else {
        return Ok(None);
    };
    let ids = service
        .item_ids
        .ids_of(&drive.key, drive.source.as_ref(), &[&found.entry])
        .await?;
    Ok(ids.into_iter().next())
}

/// Gives an upload up.
pub(crate) async fn cancel_upload(service: &Extraction, call: &TicketCall) -> Result<(), ExtractionError> {
    let (row, _) = open(service, call).await?;
    Ok(discard(service, &row).await?)
}

/// Removes what lies aside, then the upload; in this order, so that nothing is left behind.
pub(crate) async fn discard(service: &Extraction, row: &UploadRow) -> Result<(), StoreError> {
    if let Ok(state) = serde_json::from_str::<UploadState>(&row.state) {
        match service.drive_of(row.tenant, &state.drive_id).await {
            Ok(drive) => {
                if let Err(error) = drive.source.unstage(row.id).await {
                    tracing::warn!(%error, "bytes of an upload that is over stay aside");
                }
            }
            Err(error) => tracing::warn!(%error, "the drive of an upload that is over cannot be opened"),
        }
    }
    service.uploads.delete_upload(row.tenant, row.id).await.map(drop)
}

async fn open(service: &Extraction, call: &TicketCall) -> Result<(UploadRow, UploadState), ExtractionError> {
    let now = service.clock.now();
    let Some((tenant, Grant::Upload(id))) = service.tickets.open(&call.ticket, now) else {
        return Err(ExtractionError::UploadNotFound);
    };
    let row = find(service, tenant, id).await?;
    if row.expires_at < now {
        return Err(ExtractionError::UploadNotFound);
    }
    let state = serde_json::from_str(&row.state).map_err(|_| ExtractionError::Internal)?;
    Ok((row, state))
}

async fn find(service: &Extraction, tenant: TenantId, id: Uuid) -> Result<UploadRow, ExtractionError> {
    let row = service.uploads.find_upload(tenant, id).await?;
    row.ok_or(ExtractionError::UploadNotFound)
}

/// The ticket outlives the upload: it is extended as bytes arrive, its URL is not.
fn status(service: &Extraction, row: &UploadRow, state: &UploadState) -> UploadStatus {
    let lifetime = service.config.upload_lifetime.saturating_mul(24);
    UploadStatus {
        ticket: service.ticket(row.tenant, Grant::Upload(row.id), lifetime),
        expires_at: row.expires_at,
        received: state.received(),
        total: state.total,
    }
}

fn expiry(service: &Extraction) -> jiff::Timestamp {
    let now = service.clock.now();
    now.saturating_add(length(service.config.upload_lifetime))
        .unwrap_or(now)
}

fn written(state: &UploadState) -> Result<String, ExtractionError> {
    serde_json::to_string(state).map_err(|_| ExtractionError::Internal)
}
