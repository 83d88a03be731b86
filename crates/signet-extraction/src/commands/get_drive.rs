//! One drive.

use signet_contract::extraction::{DriveAddress, DriveInfo};
use signet_contract::{CallContext, ContractError, Operation};

use crate::Extraction;
use crate::drives::Drives;
use crate::session::within_deadline;

/// The drive at an address. Its source is not asked.
///
/// # Errors
/// See [`signet_contract::Extraction::get_drive`].
#[tracing::instrument(name = "extraction.get_drive", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn get_drive(
    service: &Extraction,
    context: &CallContext,
    drive: DriveAddress,
) -> Result<DriveInfo, ContractError> {
    Operation::ReadDrive.authorize(&context.caller)?;
    within_deadline(context, async {
        let snapshot = service.snapshot(context).await?;
        let drives = Drives::new(&snapshot, &context.caller, Operation::ReadDrive);
        drives.get(&drive).map(|drive| drives.describe(drive))
    })
    .await
}
