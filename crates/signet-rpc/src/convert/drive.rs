//! Drives and their items.

use signet_contract::content::Ticket;
use signet_contract::extraction::{
    DriveAddress, DriveInfo, DriveItem, DriveOwnerInfo, DriveQuota, ItemAddress, ItemKind, ItemParent, ItemReference,
};
use signet_domain::error::ErrorReason;

use super::{ConversionError, Converted, deeper, from_instant, present, required, required_instant};
use crate::proto::extraction as pb;
use crate::proto::extraction::drive_address::{Default, Kind as DriveKind, Me, Owned};
use crate::proto::extraction::drive_item::{File, Folder, Kind as FileOrFolder};
use crate::proto::extraction::drive_owner::{Identity, Kind as OwnerKind};
use crate::proto::extraction::item_address::{Kind as ItemKey, Path, Root, Under};

/// Characters no name in a drive contains. Source: OneDrive addressing, reserved characters.
const RESERVED: &[char] = &['/', '\\', '*', '<', '>', '?', ':', '|'];

impl From<DriveAddress> for pb::DriveAddress {
    fn from(address: DriveAddress) -> Self {
        let kind = match address {
            DriveAddress::Id(id) => DriveKind::Id(id),
            DriveAddress::Me => DriveKind::Me(Me {}),
            DriveAddress::User(user) => DriveKind::User(user),
            DriveAddress::Group(group) => DriveKind::Group(group),
            DriveAddress::Site(site) => DriveKind::Site(site),
            DriveAddress::Default => DriveKind::Default(Default {}),
            DriveAddress::Owned { owner, drive } => DriveKind::Owned(Box::new(Owned {
                owner: Some(Box::new((*owner).into())),
                drive_id: drive,
            })),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<pb::DriveAddress> for DriveAddress {
    type Error = ConversionError;

    fn try_from(message: pb::DriveAddress) -> Result<Self, Self::Error> {
        drive(message, 0)
    }
}

fn drive(message: pb::DriveAddress, depth: usize) -> Converted<DriveAddress> {
    let depth = deeper(depth)?;
    Ok(match present(message.kind, "kind")? {
        DriveKind::Id(id) => DriveAddress::Id(id),
        DriveKind::Me(Me {}) => DriveAddress::Me,
        DriveKind::User(user) => DriveAddress::User(user),
        DriveKind::Group(group) => DriveAddress::Group(group),
        DriveKind::Site(site) => DriveAddress::Site(site),
        DriveKind::Default(Default {}) => DriveAddress::Default,
        DriveKind::Owned(owned) => {
            let owner = present(owned.owner, "owned.owner")?;
            DriveAddress::Owned {
                owner: Box::new(drive(*owner, depth).map_err(|error| error.within("owned.owner"))?),
                drive: owned.drive_id,
            }
        }
    })
}

impl From<ItemAddress> for pb::ItemAddress {
    fn from(address: ItemAddress) -> Self {
        let kind = match address {
            ItemAddress::Root => ItemKey::Root(Root {}),
            ItemAddress::Id(id) => ItemKey::Id(id),
            ItemAddress::Path(segments) => ItemKey::Path(Path { segments }),
            ItemAddress::Under { parent, path } => ItemKey::Under(Under {
                parent_id: parent,
                segments: path,
            }),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<pb::ItemAddress> for ItemAddress {
    type Error = ConversionError;

    fn try_from(message: pb::ItemAddress) -> Result<Self, Self::Error> {
        Ok(match present(message.kind, "kind")? {
            ItemKey::Root(Root {}) => Self::Root,
            ItemKey::Id(id) => Self::Id(id),
            ItemKey::Path(path) => Self::Path(path_segments(path.segments, "path.segments")?),
            ItemKey::Under(under) => Self::Under {
                parent: under.parent_id,
                path: path_segments(under.segments, "under.segments")?,
            },
        })
    }
}

fn path_segments(segments: Vec<String>, field: &str) -> Converted<Vec<String>> {
    let bad = |segment: &String| matches!(segment.as_str(), "" | "." | "..") || segment.contains(RESERVED);
    match segments.iter().position(bad) {
        None => Ok(segments),
        Some(position) => {
            let message = "cannot be part of a path; send names without `/ \\ * < > ? : |`";
            Err(ConversionError::because(ErrorReason::InvalidPath, message).within(format_args!("{field}[{position}]")))
        }
    }
}

impl From<ItemReference> for pb::ItemReference {
    fn from(reference: ItemReference) -> Self {
        Self {
            drive: Some(reference.drive.into()),
            item: Some(reference.item.into()),
        }
    }
}

impl TryFrom<pb::ItemReference> for ItemReference {
    type Error = ConversionError;

    fn try_from(message: pb::ItemReference) -> Result<Self, Self::Error> {
        Ok(Self {
            drive: required(message.drive, "drive")?,
            item: required(message.item, "item")?,
        })
    }
}

impl From<DriveInfo> for pb::DriveInfo {
    fn from(drive: DriveInfo) -> Self {
        Self {
            id: drive.id,
            name: drive.name,
            owner: Some(drive.owner.into()),
            quota: drive.quota.map(|quota| pb::DriveQuota {
                total_bytes: quota.total,
                used_bytes: quota.used,
            }),
        }
    }
}

impl TryFrom<pb::DriveInfo> for DriveInfo {
    type Error = ConversionError;

    fn try_from(message: pb::DriveInfo) -> Result<Self, Self::Error> {
        Ok(Self {
            id: message.id,
            name: message.name,
            owner: required(message.owner, "owner")?,
            quota: message.quota.map(|quota| DriveQuota {
                total: quota.total_bytes,
                used: quota.used_bytes,
            }),
        })
    }
}

impl From<DriveOwnerInfo> for pb::DriveOwner {
    fn from(owner: DriveOwnerInfo) -> Self {
        let kind = match owner {
            DriveOwnerInfo::User { id, display_name } => OwnerKind::User(Identity { id, display_name }),
            DriveOwnerInfo::Group { id, display_name } => OwnerKind::Group(Identity { id, display_name }),
            DriveOwnerInfo::Site { id } => OwnerKind::SiteId(id),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<pb::DriveOwner> for DriveOwnerInfo {
    type Error = ConversionError;

    fn try_from(message: pb::DriveOwner) -> Result<Self, Self::Error> {
        Ok(match present(message.kind, "kind")? {
            OwnerKind::User(Identity { id, display_name }) => Self::User { id, display_name },
            OwnerKind::Group(Identity { id, display_name }) => Self::Group { id, display_name },
            OwnerKind::SiteId(id) => Self::Site { id },
        })
    }
}

impl From<DriveItem> for pb::DriveItem {
    fn from(item: DriveItem) -> Self {
        let kind = match item.kind {
            ItemKind::File { mime_type } => FileOrFolder::File(File { mime_type }),
            ItemKind::Folder { child_count } => FileOrFolder::Folder(Folder { child_count }),
        };
        Self {
            id: item.id,
            name: item.name,
            kind: Some(kind),
            is_root: item.is_root,
            size_bytes: item.size,
            e_tag: item.e_tag,
            c_tag: item.c_tag,
            created_at: Some(from_instant(item.created_at)),
            modified_at: Some(from_instant(item.modified_at)),
            drive_id: item.drive_id,
            site_id: item.site_id,
            parent: item.parent.map(|parent| pb::ItemParent {
                id: parent.id,
                name: parent.name,
                path: parent.path,
            }),
            download_ticket: item.download.map(|ticket| ticket.expose().to_owned()),
        }
    }
}

impl TryFrom<pb::DriveItem> for DriveItem {
    type Error = ConversionError;

    fn try_from(message: pb::DriveItem) -> Result<Self, Self::Error> {
        let kind = match present(message.kind, "kind")? {
            FileOrFolder::File(File { mime_type }) => ItemKind::File { mime_type },
            FileOrFolder::Folder(Folder { child_count }) => ItemKind::Folder { child_count },
        };
        Ok(Self {
            id: message.id,
            name: message.name,
            kind,
            is_root: message.is_root,
            size: message.size_bytes,
            e_tag: message.e_tag,
            c_tag: message.c_tag,
            created_at: required_instant(message.created_at, "created_at")?,
            modified_at: required_instant(message.modified_at, "modified_at")?,
            drive_id: message.drive_id,
            site_id: message.site_id,
            parent: message.parent.map(|parent| ItemParent {
                id: parent.id,
                name: parent.name,
                path: parent.path,
            }),
            download: message.download_ticket.as_deref().map(Ticket::new),
        })
    }
}
