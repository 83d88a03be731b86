//! Entries of a folder.

use signet_contract::extraction::{ChildrenPage, ChildrenQuery, DriveItem, ItemReference};
use signet_contract::{CallContext, ContractError, Operation};

use crate::Extraction;
use crate::error::ExtractionError;
use crate::session::{OpenDrive, item_parent, within_deadline};
use crate::source::{Located, PageRequest, SourceEntry, SourcePage};

/// Source: rest-api 7.2.
const DEFAULT_TOP: u32 = 200;
const MAX_TOP: u32 = 999;

/// A page of a folder's entries.
///
/// # Errors
/// See [`signet_contract::Extraction::list_children`].
#[tracing::instrument(name = "extraction.list_children", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn list_children(
    service: &Extraction,
    context: &CallContext,
    folder: ItemReference,
    query: ChildrenQuery,
) -> Result<ChildrenPage, ContractError> {
    Operation::ReadDrive.authorize(&context.caller)?;
    within_deadline(context, async {
        let snapshot = service.snapshot(context).await?;
        let drive = service
            .open_drive(context, &snapshot, Operation::ReadDrive, &folder.drive)
            .await?;
        let located = service.locate(&drive, &folder.item).await?;
        if !located.entry.is_folder {
            return Err(ExtractionError::ItemIsFile);
        }
        let listed = drive.source.list(&located.entry.path, &page_request(query)).await?;
        describe(service, &drive, &located, listed.ok_or(ExtractionError::ItemNotFound)?).await
    })
    .await
}

fn page_request(query: ChildrenQuery) -> PageRequest {
    let top = if query.top == 0 {
        DEFAULT_TOP
    } else {
        query.top.min(MAX_TOP)
    };
    PageRequest {
        top: usize::try_from(top).unwrap_or(usize::MAX),
        after: query.after,
        descending: query.descending,
    }
}

async fn describe(
    service: &Extraction,
    drive: &OpenDrive,
    folder: &Located,
    page: SourcePage,
) -> Result<ChildrenPage, ExtractionError> {
    let seen: Vec<&SourceEntry> = page.entries.iter().map(|listed| &listed.entry).collect();
    let item_ids = &service.item_ids;
    let ids = item_ids.ids_of(&drive.key, drive.source.as_ref(), &seen).await?;
    let folder_ids = item_ids
        .ids_of(&drive.key, drive.source.as_ref(), &[&folder.entry])
        .await?;
    let folder_id = folder_ids.into_iter().next().unwrap_or_default();
    let items: Vec<DriveItem> = page
        .entries
        .iter()
        .zip(ids)
        .map(|(listed, id)| {
            let parent = item_parent(&folder.entry, folder_id.clone());
            service.drive_item(drive, &listed.entry, id, Some(parent), listed.child_count)
        })
        .collect();
    Ok(ChildrenPage {
        folder_id,
        drive_id: drive.info.id.clone(),
        items,
        next: page.next,
    })
}
