//! What every command does first: the tenant, the drive, the item.

use std::future::Future;
use std::sync::Arc;

use signet_contract::extraction::{
    DriveAddress, DriveInfo, DriveItem, DriveOwnerInfo, ItemAddress, ItemKind, ItemParent,
};
use signet_contract::{CallContext, ContractError, Operation, ServiceError};
use signet_domain::snapshot::PolicySnapshot;

use crate::Extraction;
use crate::drives::Drives;
use crate::error::ExtractionError;
use crate::mime::mime_type;
use crate::path::ItemPath;
use crate::source::{ContentSource, Located, SourceEntry, open_source};
use crate::tags::{DriveKey, content_tag, item_tag};

/// A drive and the source it names now.
pub(crate) type SourceKey = (Arc<DriveKey>, String);

/// A drive the caller may use.
pub(crate) struct OpenDrive {
    pub(crate) key: Arc<DriveKey>,
    pub(crate) info: DriveInfo,
    pub(crate) source: Arc<dyn ContentSource>,
}

/// Runs a command until the caller stops waiting, and says its error in the words of the contract.
pub(crate) async fn within_deadline<T>(
    context: &CallContext,
    command: impl Future<Output = Result<T, ExtractionError>>,
) -> Result<T, ContractError> {
    let remaining = context.remaining();
    if remaining.is_zero() {
        return Err(ExtractionError::DeadlineExceeded.to_contract());
    }
    let answer = tokio::time::timeout(remaining, command).await;
    answer
        .unwrap_or(Err(ExtractionError::DeadlineExceeded))
        .map_err(|error| error.to_contract())
}

impl Extraction {
    /// The caller's tenant.
    pub(crate) async fn snapshot(&self, context: &CallContext) -> Result<Arc<PolicySnapshot>, ExtractionError> {
        let tenant = context.caller.tenant;
        let lease = self
            .policies
            .get_snapshot(tenant, context.at_least_revision, context.deadline)
            .await?;
        lease.map(|lease| lease.snapshot).ok_or(ExtractionError::TenantUnknown)
    }

    /// The drive at an address, with its source.
    pub(crate) async fn open_drive(
        &self,
        context: &CallContext,
        snapshot: &PolicySnapshot,
        operation: Operation,
        address: &DriveAddress,
    ) -> Result<OpenDrive, ExtractionError> {
        let drives = Drives::new(snapshot, &context.caller, operation);
        let drive = drives.get(address)?;
        let key = Arc::new(DriveKey {
            tenant: snapshot.tenant_id(),
            drive_id: drive.id.clone(),
        });
        let source_key = (Arc::clone(&key), drive.source.clone());
        let open = async { open_source(&drive.source, &self.config) };
        let source = self.sources.try_get_with(source_key, open).await.map_err(|refusal| {
            tracing::warn!(drive.id = %drive.id, reason = ?refusal, "a drive's source cannot be served as configured");
            ExtractionError::from(*refusal)
        })?;
        Ok(OpenDrive {
            key,
            info: drives.describe(drive),
            source,
        })
    }

    /// The object an address names.
    pub(crate) async fn locate(&self, drive: &OpenDrive, address: &ItemAddress) -> Result<Located, ExtractionError> {
        let path = match address {
            ItemAddress::Root => ItemPath::root(),
            ItemAddress::Id(id) => return self.item_ids.locate(&drive.key, drive.source.as_ref(), id).await,
            ItemAddress::Path(segments) => ItemPath::from_segments(segments)?,
            ItemAddress::Under { parent, path } => {
                // A malformed path is refused before anything is looked up.
                ItemPath::from_segments(path)?;
                let folder = self.item_ids.locate(&drive.key, drive.source.as_ref(), parent).await?;
                folder.entry.path.join(path)?
            }
        };
        drive.source.find(&path).await?.ok_or(ExtractionError::ItemNotFound)
    }

    /// The item an object is for clients, with the ids of itself and of its folder.
    pub(crate) async fn describe_item(
        &self,
        drive: &OpenDrive,
        located: &Located,
        child_count: u64,
    ) -> Result<DriveItem, ExtractionError> {
        let Located { entry, folder } = located;
        let seen: Vec<&SourceEntry> = std::iter::once(entry).chain(folder).collect();
        let ids = self.item_ids.ids_of(&drive.key, drive.source.as_ref(), &seen).await?;
        let mut ids = ids.into_iter();
        let id = ids.next().unwrap_or_default();
        let parent = folder
            .as_ref()
            .zip(ids.next())
            .map(|(folder, id)| item_parent(folder, id));
        Ok(drive_item(drive, entry, id, parent, child_count))
    }
}

/// A folder as its children name it.
pub(crate) fn item_parent(folder: &SourceEntry, id: String) -> ItemParent {
    let path = match folder.path.is_root() {
        true => String::new(),
        false => format!("/{}", folder.path.to_text()),
    };
    ItemParent {
        id,
        name: name_of(folder),
        path,
    }
}

/// An object of the source as an item of the drive.
pub(crate) fn drive_item(
    drive: &OpenDrive,
    entry: &SourceEntry,
    id: String,
    parent: Option<ItemParent>,
    child_count: u64,
) -> DriveItem {
    let name = name_of(entry);
    let kind = match entry.is_folder {
        true => ItemKind::Folder { child_count },
        false => ItemKind::File {
            mime_type: mime_type(&name).to_owned(),
        },
    };
    let parent_id = parent.as_ref().map_or("", |parent| parent.id.as_str());
    DriveItem {
        e_tag: item_tag(&id, entry, parent_id),
        c_tag: content_tag(&id, entry),
        id,
        name,
        kind,
        is_root: entry.path.is_root(),
        size: entry.size,
        created_at: entry.created,
        modified_at: entry.modified,
        drive_id: drive.info.id.clone(),
        site_id: match &drive.info.owner {
            DriveOwnerInfo::Site { id } => Some(id.clone()),
            DriveOwnerInfo::User { .. } | DriveOwnerInfo::Group { .. } => None,
        },
        parent,
    }
}

fn name_of(entry: &SourceEntry) -> String {
    entry.path.name().unwrap_or("root").to_owned()
}
