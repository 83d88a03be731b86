//! The drives of an owner.

use signet_contract::extraction::{DriveAddress, DriveInfo};
use signet_contract::{CallContext, ContractError, Operation};

use crate::Extraction;
use crate::drives::Drives;
use crate::session::within_deadline;

/// The drives of an owner; none is an empty list.
///
/// # Errors
/// See [`signet_contract::Extraction::list_drives`].
#[tracing::instrument(name = "extraction.list_drives", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn list_drives(
    service: &Extraction,
    context: &CallContext,
    owner: DriveAddress,
) -> Result<Vec<DriveInfo>, ContractError> {
    Operation::ReadDrive.authorize(&context.caller)?;
    within_deadline(context, async {
        let snapshot = service.snapshot(context).await?;
        let drives = Drives::new(&snapshot, &context.caller, Operation::ReadDrive);
        let found = drives.list(&owner)?;
        Ok(found.into_iter().map(|drive| drives.describe(drive)).collect())
    })
    .await
}
