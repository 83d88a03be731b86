//! Drives and their items. Source: rest-api 1.5, 9.1, 9.2.

use http::StatusCode;
use signet_contract::ContractError;
use signet_contract::extraction::{ChildrenQuery, DriveAddress, DriveItem, ItemAddress, ItemKind, ItemReference};
use signet_domain::error::ErrorReason;

use super::labels::version_of;
use super::paging;
use crate::call::Call;
use crate::front::answer::{self, Answer, Content};
use crate::graph::drive::{ChildrenAnswer, DriveJson, DrivesAnswer, InlineChildren, ItemJson, ItemsJson};
use crate::graph::error::GraphError;
use crate::odata::options::{self, ChildrenOptions};
use crate::odata::select::Selection;

/// Entries shown inside their folder at most; a link leads to the rest.
const INLINE_CHILDREN: u32 = 200;

/// Answers one drive.
pub(crate) async fn get(call: &Call<'_>) -> Result<Answer, GraphError> {
    let selection = read_drive(call).await?;
    let drive = call
        .gateway
        .services
        .extraction
        .get_drive(&call.context, call.matched.drive())
        .await?;
    let context = call
        .contexts()
        .of(&format!("drives{}/$entity", selection.context_suffix()));
    Answer::json(&DriveJson {
        drive: &drive,
        context: Some(&context),
        selection: &selection,
        base: &call.base,
    })
}

async fn read_drive(call: &Call<'_>) -> Result<Selection, GraphError> {
    match options::parse_drive(call.query(), version_of(call)) {
        Ok(selection) => Ok(selection),
        Err(fault) => Err(call.refuse(fault.into()).await),
    }
}

/// Answers the drives of an owner.
pub(crate) async fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    let selection = read_drive(call).await?;
    let drives = call
        .gateway
        .services
        .extraction
        .list_drives(&call.context, call.matched.drive())
        .await?;
    let context = call.contexts().of(&format!("drives{}", selection.context_suffix()));
    let value = drives
        .iter()
        .map(|drive| DriveJson {
            drive,
            context: None,
            selection: &selection,
            base: &call.base,
        })
        .collect();
    Answer::json(&DrivesAnswer {
        context: &context,
        value,
    })
}

/// The item a path names.
///
/// # Errors
/// A path with a segment no item is named by.
pub(crate) fn item_of(call: &Call<'_>) -> Result<ItemReference, GraphError> {
    call.matched
        .item()
        .map_err(|why| ContractError::new(ErrorReason::InvalidPath, why).into())
}

/// Answers one item.
pub(crate) async fn item(call: &Call<'_>) -> Result<Answer, GraphError> {
    let reference = item_of(call)?;
    let shape = match options::parse_item(call.query(), version_of(call)) {
        Ok(shape) => shape,
        Err(fault) => return Err(call.refuse(fault.into()).await),
    };
    let item = call
        .gateway
        .services
        .extraction
        .get_item(&call.context, reference)
        .await?;
    if answer::none_match(call.headers(), &[&item.e_tag, &item.c_tag]) {
        let not_modified = Answer::new(StatusCode::NOT_MODIFIED, Content::Empty);
        return Ok(Answer {
            etag: Some(item.e_tag),
            ..not_modified
        });
    }
    let children = inline_children(call, &item, shape.children.as_ref()).await?;
    let context = call.contexts().drive_items(&item.drive_id);
    let context = format!("{context}{}/$entity", shape.selection.context_suffix());
    let answer = Answer::json(&ItemJson {
        item: &item,
        context: Some(&context),
        selection: &shape.selection,
        base: &call.base,
        children: children.as_ref(),
    })?;
    Ok(Answer {
        etag: Some(item.e_tag),
        ..answer
    })
}

/// The first entries of an item, when they are wanted; a file has none.
async fn inline_children(
    call: &Call<'_>,
    item: &DriveItem,
    selection: Option<&Selection>,
) -> Result<Option<InlineChildren>, GraphError> {
    let Some(selection) = selection.filter(|_| matches!(item.kind, ItemKind::Folder { .. })) else {
        return Ok(None);
    };
    let folder = ItemReference {
        drive: DriveAddress::Id(item.drive_id.clone()),
        item: ItemAddress::Id(item.id.clone()),
    };
    let query = ChildrenQuery {
        top: INLINE_CHILDREN,
        ..ChildrenQuery::default()
    };
    let page = call
        .gateway
        .services
        .extraction
        .list_children(&call.context, folder, query)
        .await?;
    let further = page.next.as_deref();
    Ok(Some(InlineChildren {
        next_link: further.map(|after| paging::further_children_link(call, &item.drive_id, &item.id, after)),
        selection: selection.clone(),
        items: page.items,
    }))
}

/// Answers the entries of a folder.
pub(crate) async fn children(call: &Call<'_>) -> Result<Answer, GraphError> {
    let folder = item_of(call)?;
    let (options, query) = match read_children(call) {
        Ok(read) => read,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let mut page = call
        .gateway
        .services
        .extraction
        .list_children(&call.context, folder, query)
        .await?;
    if options.paging.top == 0 {
        page.items.clear();
        page.next = None;
    }
    let mut inline = Vec::new();
    if let Some(selection) = &options.shape.children {
        for item in &page.items {
            inline.push(inline_children(call, item, Some(selection)).await?);
        }
    }
    let context = call.contexts().children(&page.drive_id, &page.folder_id);
    let context = format!("{context}{}", options.shape.selection.context_suffix());
    Answer::json(&ChildrenAnswer {
        context: &context,
        value: ItemsJson {
            items: &page.items,
            selection: &options.shape.selection,
            base: &call.base,
            children: &inline,
        },
        next_link: paging::next_name_link(call, &options.query, page.next.as_deref()),
    })
}

fn read_children(call: &Call<'_>) -> Result<(ChildrenOptions, ChildrenQuery), GraphError> {
    let options = options::parse_children(call.query(), version_of(call))?;
    let query = ChildrenQuery {
        top: options.paging.top.max(1),
        after: paging::after_name(call, &options.query, &options.paging)?,
        descending: options.descending,
    };
    Ok((options, query))
}
