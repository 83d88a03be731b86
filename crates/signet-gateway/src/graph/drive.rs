//! drive, driveItem and the labels of a file. Source: rest-api 4.8, 9.2.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use signet_contract::extraction::{DriveInfo, DriveItem, DriveOwnerInfo, DriveQuota, ExtractedLabel, ItemKind};
use signet_domain::content::AssignmentMethod;

use super::time::Seconds;
use crate::handlers::tickets::ticket_url;
use crate::odata::select::Selection;

/// The answer of extractSensitivityLabels, once flat as SDKs read it and once nested as the sample has it.
#[derive(Serialize)]
pub(crate) struct ExtractAnswer<'a> {
    #[serde(rename = "@odata.context")]
    context: &'a str,
    labels: Vec<FileLabel<'a>>,
    value: NestedLabels<'a>,
}

#[derive(Serialize)]
struct NestedLabels<'a> {
    #[serde(rename = "@odata.type")]
    type_name: &'static str,
    labels: Vec<FileLabel<'a>>,
}

/// A label found in a file.
#[derive(Serialize, Clone, Copy)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileLabel<'a> {
    sensitivity_label_id: &'a str,
    assignment_method: AssignmentMethod,
    tenant_id: &'a str,
}

impl<'a> ExtractAnswer<'a> {
    /// The answer for some labels.
    pub(crate) fn new(context: &'a str, found: &'a [ExtractedLabel]) -> Self {
        let labels = file_labels(found);
        Self {
            context,
            labels: labels.clone(),
            value: NestedLabels {
                type_name: "microsoft.graph.extractSensitivityLabelsResult",
                labels,
            },
        }
    }
}

/// Labels as answers show them.
pub(crate) fn file_labels(found: &[ExtractedLabel]) -> Vec<FileLabel<'_>> {
    let labels = found.iter().map(|label| FileLabel {
        sensitivity_label_id: &label.label_id,
        assignment_method: label.assignment_method,
        tenant_id: &label.tenant_id,
    });
    labels.collect()
}

/// A drive, reduced to what was selected.
pub(crate) struct DriveJson<'a> {
    /// The drive.
    pub(crate) drive: &'a DriveInfo,
    /// Its context, when it stands alone.
    pub(crate) context: Option<&'a str>,
    /// Which members.
    pub(crate) selection: &'a Selection,
    /// The origin clients see, for `webUrl`.
    pub(crate) base: &'a str,
}

impl Serialize for DriveJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(context) = self.context {
            map.serialize_entry("@odata.context", context)?;
        }
        for property in self.selection.properties() {
            self.member(&mut map, property.name)?;
        }
        map.end()
    }
}

impl DriveJson<'_> {
    /// Members without a value here are left out, as those of items are.
    fn member<M: SerializeMap>(&self, map: &mut M, name: &str) -> Result<(), M::Error> {
        let drive = self.drive;
        match name {
            "id" => map.serialize_entry(name, &drive.id),
            "driveType" => map.serialize_entry(name, "business"),
            "name" => map.serialize_entry(name, &drive.name),
            "webUrl" => map.serialize_entry(name, &format!("{}/v1.0/drives/{}", self.base, drive.id)),
            "owner" => map.serialize_entry(name, &Owner::from(&drive.owner)),
            "quota" => match drive.quota {
                Some(quota) => map.serialize_entry(name, &Quota::from(quota)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Owner<'a> {
    User(Identity<'a>),
    Group(Identity<'a>),
    Site(Identity<'a>),
}

impl<'a> From<&'a DriveOwnerInfo> for Owner<'a> {
    fn from(owner: &'a DriveOwnerInfo) -> Self {
        match owner {
            DriveOwnerInfo::User { id, display_name } => Self::User(Identity {
                id,
                display_name: Some(display_name),
            }),
            DriveOwnerInfo::Group { id, display_name } => Self::Group(Identity {
                id,
                display_name: Some(display_name),
            }),
            DriveOwnerInfo::Site { id } => Self::Site(Identity { id, display_name: None }),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
}

#[derive(Serialize)]
struct Quota {
    total: u64,
    used: u64,
    remaining: u64,
    state: &'static str,
}

impl From<DriveQuota> for Quota {
    fn from(quota: DriveQuota) -> Self {
        let remaining = quota.total.saturating_sub(quota.used);
        let tenths = remaining.saturating_mul(10).checked_div(quota.total.max(1));
        let state = match tenths {
            _ if remaining == 0 => "exceeded",
            Some(0) => "nearing",
            _ => "normal",
        };
        Self {
            total: quota.total,
            used: quota.used,
            remaining,
            state,
        }
    }
}

/// Several drives.
#[derive(Serialize)]
pub(crate) struct DrivesAnswer<'a> {
    #[serde(rename = "@odata.context")]
    pub(crate) context: &'a str,
    pub(crate) value: Vec<DriveJson<'a>>,
}

/// Entries of a folder.
#[derive(Serialize)]
pub(crate) struct ChildrenAnswer<'a> {
    #[serde(rename = "@odata.context")]
    pub(crate) context: &'a str,
    pub(crate) value: ItemsJson<'a>,
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    pub(crate) next_link: Option<String>,
}

/// An item, reduced to what was selected.
pub(crate) struct ItemJson<'a> {
    /// The item.
    pub(crate) item: &'a DriveItem,
    /// Its context, when it stands alone.
    pub(crate) context: Option<&'a str>,
    /// Which members.
    pub(crate) selection: &'a Selection,
    /// The origin clients see, for `webUrl`.
    pub(crate) base: &'a str,
    /// Its entries, when they were asked for and it can have some.
    pub(crate) children: Option<&'a InlineChildren>,
}

/// Entries of a folder inside the folder.
pub(crate) struct InlineChildren {
    /// The first entries.
    pub(crate) items: Vec<DriveItem>,
    /// Which members of each.
    pub(crate) selection: Selection,
    /// Where further entries are, when there are too many.
    pub(crate) next_link: Option<String>,
}

/// A page of items.
pub(crate) struct ItemsJson<'a> {
    /// The items.
    pub(crate) items: &'a [DriveItem],
    /// Which members.
    pub(crate) selection: &'a Selection,
    /// The origin clients see.
    pub(crate) base: &'a str,
    /// Entries of each item, in the same order; empty when they were not asked for.
    pub(crate) children: &'a [Option<InlineChildren>],
}

impl Serialize for ItemsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items.iter().enumerate().map(|(at, item)| ItemJson {
            item,
            context: None,
            selection: self.selection,
            base: self.base,
            children: self.children.get(at).and_then(Option::as_ref),
        }))
    }
}

impl Serialize for ItemJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(context) = self.context {
            map.serialize_entry("@odata.context", context)?;
        }
        for property in self.selection.properties() {
            self.member(&mut map, property.name)?;
        }
        if let Some(InlineChildren {
            items,
            selection,
            next_link,
        }) = self.children
        {
            map.serialize_entry(
                "children",
                &ItemsJson {
                    items,
                    selection,
                    base: self.base,
                    children: &[],
                },
            )?;
            if let Some(link) = next_link {
                map.serialize_entry("children@odata.nextLink", link)?;
            }
        }
        map.end()
    }
}

impl ItemJson<'_> {
    /// Members without a value here (descriptions, malware, …) are left out: they are facets, whose
    /// absence says something.
    fn member<M: SerializeMap>(&self, map: &mut M, name: &str) -> Result<(), M::Error> {
        let item = self.item;
        match name {
            "id" => map.serialize_entry(name, &item.id),
            "name" => map.serialize_entry(name, &item.name),
            "eTag" => map.serialize_entry(name, &item.e_tag),
            "cTag" => map.serialize_entry(name, &item.c_tag),
            "webUrl" => map.serialize_entry(name, &web_url(self.base, item)),
            "size" => map.serialize_entry(name, &item.size),
            "createdDateTime" => map.serialize_entry(name, &Seconds::of(item.created_at)),
            "lastModifiedDateTime" => map.serialize_entry(name, &Seconds::of(item.modified_at)),
            "parentReference" => map.serialize_entry(name, &ParentReference::of(item)),
            "fileSystemInfo" => map.serialize_entry(name, &FileSystemInfo::of(item)),
            "@microsoft.graph.downloadUrl" => match &item.download {
                Some(ticket) => map.serialize_entry(name, &ticket_url(self.base, "content", ticket)),
                None => Ok(()),
            },
            "root" if item.is_root => map.serialize_entry(name, &Nothing {}),
            "file" => match &item.kind {
                ItemKind::File { mime_type } => map.serialize_entry(name, &File { mime_type }),
                ItemKind::Folder { .. } => Ok(()),
            },
            "folder" => match item.kind {
                ItemKind::Folder { child_count } => map.serialize_entry(name, &Folder { child_count }),
                ItemKind::File { .. } => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// A link that shows the item; here the item's own address.
fn web_url(base: &str, item: &DriveItem) -> String {
    format!("{base}/v1.0/drives/{}/items/{}", item.drive_id, item.id)
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    mime_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Folder {
    child_count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParentReference<'a> {
    drive_id: &'a str,
    drive_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site_id: Option<&'a str>,
}

impl<'a> ParentReference<'a> {
    fn of(item: &'a DriveItem) -> Self {
        let parent = item.parent.as_ref();
        Self {
            drive_id: &item.drive_id,
            drive_type: "business",
            id: parent.map(|parent| parent.id.as_str()),
            name: parent.map(|parent| parent.name.as_str()),
            path: parent.map(|parent| format!("/drives/{}/root:{}", item.drive_id, parent.path)),
            site_id: item.site_id.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileSystemInfo {
    created_date_time: Seconds,
    last_modified_date_time: Seconds,
}

impl FileSystemInfo {
    fn of(item: &DriveItem) -> Self {
        Self {
            created_date_time: Seconds::of(item.created_at),
            last_modified_date_time: Seconds::of(item.modified_at),
        }
    }
}
