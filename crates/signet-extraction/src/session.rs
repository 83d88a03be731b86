//! What every command does first: the tenant, the drive, the item.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use signet_contract::content::Ticket;
use signet_contract::extraction::{
    DriveAddress, DriveInfo, DriveItem, DriveOwnerInfo, ItemAddress, ItemKind, ItemParent,
};
use signet_contract::{CallContext, ContractError, Operation, ServiceError};
use signet_domain::drive::Drive;
use signet_domain::ids::TenantId;
use signet_domain::snapshot::PolicySnapshot;

use crate::Extraction;
use crate::drives::Drives;
use crate::error::ExtractionError;
use crate::extractor::FileToRead;
use crate::mime::mime_type;
use crate::path::ItemPath;
use crate::source::{ContentSource, Located, SourceEntry, SourceRefusal, open_source};
use crate::tags::{DriveKey, content_tag, item_tag};
use crate::tickets::Grant;
use crate::workers::length;

/// A drive and the source it names now.
pub(crate) type SourceKey = (Arc<DriveKey>, String);

/// A drive that may be used.
#[derive(Clone)]
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
        self.open(snapshot.tenant_id(), drive, drives.describe(drive)).await
    }

    /// A drive for a worker or the holder of a ticket, whose right to use it was checked before.
    pub(crate) async fn drive_of(&self, tenant: TenantId, drive_id: &str) -> Result<OpenDrive, ExtractionError> {
        let deadline = Self::worker_deadline();
        let lease = self.policies.get_snapshot(tenant, None, deadline).await?;
        let snapshot = lease.ok_or(ExtractionError::TenantUnknown)?.snapshot;
        let (drive, info) = find_drive(&snapshot, drive_id).ok_or(ExtractionError::DriveNotFound)?;
        self.open(tenant, drive, info).await
    }

    async fn open(&self, tenant: TenantId, drive: &Drive, info: DriveInfo) -> Result<OpenDrive, ExtractionError> {
        let key = Arc::new(DriveKey {
            tenant,
            drive_id: drive.id.clone(),
        });
        let source_key = (Arc::clone(&key), drive.source.clone());
        let open = async {
            let source = open_source(&drive.source, &self.config)?;
            let (service, opened) = (self.clone(), Arc::clone(&source));
            tokio::spawn(async move { service.sweep(opened.as_ref()).await });
            Ok::<_, SourceRefusal>(source)
        };
        let source = self.sources.try_get_with(source_key, open).await.map_err(|refusal| {
            tracing::warn!(drive.id = %drive.id, reason = ?refusal, "a drive's source cannot be served as configured");
            ExtractionError::from(*refusal)
        })?;
        Ok(OpenDrive { key, info, source })
    }

    /// A located file, as extraction wants it.
    pub(crate) async fn file_at(&self, drive: OpenDrive, located: Located) -> Result<FileToRead, ExtractionError> {
        let ids = self
            .item_ids
            .ids_of(&drive.key, drive.source.as_ref(), &[&located.entry])
            .await?;
        Ok(FileToRead {
            item_id: ids.into_iter().next().unwrap_or_default(),
            drive: drive.key,
            source: drive.source,
            entry: located.entry,
        })
    }

    /// A ticket that is good from now on.
    pub(crate) fn ticket(&self, tenant: TenantId, grant: Grant, lifetime: Duration) -> Ticket {
        self.tickets.issue(tenant, grant, self.clock.now(), length(lifetime))
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
        Ok(self.drive_item(drive, entry, id, parent, child_count))
    }
}

impl Extraction {
    /// An object of the source as an item of the drive.
    pub(crate) fn drive_item(
        &self,
        drive: &OpenDrive,
        entry: &SourceEntry,
        id: String,
        parent: Option<ItemParent>,
        child_count: u64,
    ) -> DriveItem {
        let grant = Grant::Download {
            drive_id: drive.info.id.clone(),
            item_id: id.clone(),
        };
        let lifetime = self.config.download_lifetime;
        let download = (!entry.is_folder).then(|| self.ticket(drive.key.tenant, grant, lifetime));
        DriveItem {
            download,
            ..drive_item(drive, entry, id, parent, child_count)
        }
    }
}

fn find_drive<'s>(snapshot: &'s PolicySnapshot, drive_id: &str) -> Option<(&'s Drive, DriveInfo)> {
    let drive = snapshot.document().drives.iter().find(|drive| drive.id == drive_id)?;
    Some((drive, crate::drives::describe(snapshot, drive)))
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

fn drive_item(
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
        download: None,
    }
}

fn name_of(entry: &SourceEntry) -> String {
    entry.path.name().unwrap_or("root").to_owned()
}
