//! Drives of the fakes: the same few folders and files in each.

use async_trait::async_trait;
use signet_contract::content::Ticket;
use signet_contract::extraction::*;
use signet_contract::{CallContext, CallerKind, ContractError, Extraction, Operation};
use signet_domain::content::AssignmentMethod;
use signet_domain::error::ErrorReason;

use super::fakes::Fakes;

/// The group of tenant A and its site.
pub(crate) const GROUP: &str = "b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e11";
/// Bob's object id in tenant A.
pub(crate) const BOB: &str = "6e7b768e-07e2-4810-8459-485f84f8f201";
/// Item ids of every drive.
pub(crate) const FILE_ID: &str = "016GVDAP3RCQS5VBQHORFIVU2ZMOSBL25U";

const FOLDERS: [(&str, &str); 2] = [("FOLDER", "/folder"), ("BREAK", "/break#out")];
const FILES: [(&str, &str); 5] = [
    (FILE_ID, "/folder/report (1).docx"),
    ("GAME", "/break#out/saved_game[1].bin"),
    ("NAMED", "/folder/extractsensitivitylabels"),
    ("ADELE", "/adele's files.docx"),
    ("DKE", "/locked.docx"),
];

#[async_trait]
impl Extraction for Fakes {
    async fn list_drives(&self, context: &CallContext, owner: DriveAddress) -> Result<Vec<DriveInfo>, ContractError> {
        self.enter("list_drives", context)?;
        Ok(vec![drive_of(context, &owner)?])
    }

    async fn get_drive(&self, context: &CallContext, drive: DriveAddress) -> Result<DriveInfo, ContractError> {
        self.enter("get_drive", context)?;
        drive_of(context, &drive)
    }

    async fn get_item(&self, context: &CallContext, item: ItemReference) -> Result<DriveItem, ContractError> {
        self.enter("get_item", context)?;
        find(context, &item)
    }

    async fn list_children(
        &self,
        context: &CallContext,
        folder: ItemReference,
        query: ChildrenQuery,
    ) -> Result<ChildrenPage, ContractError> {
        self.enter("list_children", context)?;
        let folder = find(context, &folder)?;
        if matches!(folder.kind, ItemKind::File { .. }) {
            return Err(ContractError::new(
                ErrorReason::InvalidArgument,
                "the item is a file; name a folder",
            ));
        }
        let prefix = if folder.is_root {
            String::new()
        } else {
            path_of(&folder.id).to_owned()
        };
        let mut items: Vec<DriveItem> = FOLDERS
            .iter()
            .chain(&FILES)
            .filter(|(_, path)| path.rsplit_once('/').is_some_and(|(parent, _)| parent == prefix) && *path != prefix)
            .map(|(id, _)| item(&folder.drive_id, id))
            .collect();
        items.sort_by(|a, b| a.name.cmp(&b.name));
        if query.descending {
            items.reverse();
        }
        if let Some(after) = &query.after {
            let position = items.iter().position(|item| item.name == *after).unwrap();
            items.drain(..=position);
        }
        let room = if query.top == 0 {
            200
        } else {
            usize::try_from(query.top).unwrap()
        };
        let more = items.len() > room;
        items.truncate(room);
        let next = items.last().filter(|_| more).map(|item| item.name.clone());
        Ok(ChildrenPage {
            folder_id: folder.id,
            drive_id: folder.drive_id,
            items,
            next,
        })
    }

    async fn extract_labels(
        &self,
        context: &CallContext,
        item: ItemReference,
    ) -> Result<ExtractLabelsResponse, ContractError> {
        self.enter("extract_labels", context)?;
        let item = find(context, &item)?;
        match (&item.kind, item.id.as_str()) {
            (ItemKind::Folder { .. }, _) => Err(ContractError::new(
                ErrorReason::ItemIsFolder,
                "the item is a folder; name a file",
            )),
            (_, "DKE") => Err(ContractError::new(
                ErrorReason::FileDoubleKeyEncrypted,
                "the file is encrypted with a key that is not ours; decrypt it first",
            )),
            _ => Ok(ExtractLabelsResponse {
                labels: three_labels(),
                from_cache: false,
            }),
        }
    }
}

fn three_labels() -> Vec<ExtractedLabel> {
    [
        (
            "5feba255-812e-446a-ac59-a7044ef827b5",
            "fed495cb-8c27-41ea-8749-00b0a084bc3d",
        ),
        (
            "fa781fdf-68c8-43ec-ae08-c4813deb2144",
            "277601b1-6094-456c-a358-95bfc99539d7",
        ),
        (
            "3937098d-df0c-4c8d-8f66-5876b57b75ba",
            "f2477f30-c8a2-422d-8995-6f056b494655",
        ),
    ]
    .into_iter()
    .map(|(label, tenant)| ExtractedLabel {
        label_id: label.to_owned(),
        assignment_method: AssignmentMethod::Standard,
        tenant_id: tenant.to_owned(),
    })
    .collect()
}

fn drive_of(context: &CallContext, address: &DriveAddress) -> Result<DriveInfo, ContractError> {
    Operation::ReadDrive.authorize(&context.caller)?;
    let delegated = context.caller.kind == CallerKind::Delegated;
    let id = match address {
        DriveAddress::Id(id) => id.as_str(),
        DriveAddress::Me => "drive-bob",
        DriveAddress::Default if delegated => "drive-bob",
        DriveAddress::Default => "drive-root",
        DriveAddress::User(user) if user == "bob@contoso.com" || user == BOB => "drive-bob",
        DriveAddress::User(_) => {
            return Err(ContractError::new(
                ErrorReason::UserNotFound,
                "the tenant has no such user; check the address",
            ));
        }
        DriveAddress::Group(group) if group == GROUP => "drive-group",
        DriveAddress::Site(site) if site == "root" => "drive-root",
        DriveAddress::Owned { owner, drive } => {
            let owned = drive_of(context, owner)?;
            if owned.id == *drive { return Ok(owned) } else { "" }
        }
        _ => "",
    };
    let owner = match id {
        "drive-bob" => DriveOwnerInfo::User {
            id: BOB.to_owned(),
            display_name: "Bob Baker".to_owned(),
        },
        "drive-group" => DriveOwnerInfo::Group {
            id: GROUP.to_owned(),
            display_name: "Project".to_owned(),
        },
        "drive-root" => DriveOwnerInfo::Site { id: "root".to_owned() },
        _ => {
            return Err(ContractError::new(
                ErrorReason::DriveNotFound,
                "the drive does not exist; check its id",
            ));
        }
    };
    Ok(DriveInfo {
        id: id.to_owned(),
        name: "Documents".to_owned(),
        owner,
        quota: Some(DriveQuota { total: 1000, used: 400 }),
    })
}

fn path_of(id: &str) -> &'static str {
    FOLDERS
        .iter()
        .chain(&FILES)
        .find(|(known, _)| *known == id)
        .map_or("", |(_, path)| path)
}

pub(super) fn find(context: &CallContext, reference: &ItemReference) -> Result<DriveItem, ContractError> {
    let drive = drive_of(context, &reference.drive)?;
    let path = match &reference.item {
        ItemAddress::Root => return Ok(item(&drive.id, "ROOT")),
        ItemAddress::Id(id) => path_of(id).to_owned(),
        ItemAddress::Path(path) => format!("/{}", path.join("/")),
        ItemAddress::Under { parent, path } => format!("{}/{}", path_of(parent), path.join("/")),
    };
    let found = FOLDERS
        .iter()
        .chain(&FILES)
        .find(|(_, known)| known.eq_ignore_ascii_case(&path) && !path.is_empty());
    let (id, _) = found.ok_or_else(|| {
        ContractError::new(
            ErrorReason::ItemNotFound,
            "the item does not exist in this drive; check its id or path",
        )
    })?;
    Ok(item(&drive.id, id))
}

pub(super) fn item(drive: &str, id: &str) -> DriveItem {
    let is_root = id == "ROOT";
    let is_folder = is_root || FOLDERS.iter().any(|(folder, _)| *folder == id);
    let (parent, name) = path_of(id).rsplit_once('/').unwrap_or(("", "root"));
    let at = jiff::Timestamp::from_second(1_772_600_000).unwrap();
    DriveItem {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: if is_folder {
            ItemKind::Folder { child_count: 2 }
        } else {
            ItemKind::File {
                mime_type: "application/octet-stream".to_owned(),
            }
        },
        is_root,
        size: if is_folder { 0 } else { 35 },
        e_tag: format!("\"{{{id}}},1\""),
        c_tag: format!("\"c:{{{id}}},0\""),
        created_at: at,
        modified_at: at,
        drive_id: drive.to_owned(),
        site_id: (drive == "drive-root").then(|| "root".to_owned()),
        parent: (!is_root).then(|| ItemParent {
            id: if parent.is_empty() {
                "ROOT".to_owned()
            } else {
                "FOLDER".to_owned()
            },
            name: parent.trim_start_matches('/').to_owned(),
            path: parent.to_owned(),
        }),
        download: (!is_folder).then(|| Ticket::new("download")),
    }
}
