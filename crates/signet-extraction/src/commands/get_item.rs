//! One item.

use signet_contract::extraction::{DriveItem, ItemReference};
use signet_contract::{CallContext, ContractError, Operation};

use crate::Extraction;
use crate::session::within_deadline;

/// The item at an address.
///
/// # Errors
/// See [`signet_contract::Extraction::get_item`].
#[tracing::instrument(name = "extraction.get_item", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn get_item(
    service: &Extraction,
    context: &CallContext,
    reference: ItemReference,
) -> Result<DriveItem, ContractError> {
    Operation::ReadDrive.authorize(&context.caller)?;
    within_deadline(context, async {
        let snapshot = service.snapshot(context).await?;
        let drive = service
            .open_drive(context, &snapshot, Operation::ReadDrive, &reference.drive)
            .await?;
        let located = service.locate(&drive, &reference.item).await?;
        let child_count = match located.entry.is_folder {
            true => drive.source.count_children(&located.entry.path).await?,
            false => 0,
        };
        service.describe_item(&drive, &located, child_count).await
    })
    .await
}
