//! Answers of the extraction service.

use signet_contract::extraction::{
    ChildrenPage, ChildrenQuery, DriveInfo, DriveItem, ExtractLabelsResponse, ExtractedLabel,
};
use signet_domain::content::AssignmentMethod;

use super::{ConversionError, Converted, in_range, list, messages, number, required, value};
use crate::proto::common;
use crate::proto::extraction as pb;

/// Most entries of one page.
const MAX_CHILDREN: u32 = 999;

/// The query in a request for children.
pub(crate) fn children_query(message: &pb::ListChildrenRequest) -> Converted<ChildrenQuery> {
    Ok(ChildrenQuery {
        top: in_range(message.page_size, 0..=MAX_CHILDREN, "page_size")?,
        after: Some(message.page_token.clone()).filter(|name| !name.is_empty()),
        descending: message.descending,
    })
}

impl From<Vec<DriveInfo>> for pb::ListDrivesResponse {
    fn from(drives: Vec<DriveInfo>) -> Self {
        Self {
            drives: messages(drives),
        }
    }
}

impl TryFrom<pb::ListDrivesResponse> for Vec<DriveInfo> {
    type Error = ConversionError;

    fn try_from(message: pb::ListDrivesResponse) -> Result<Self, Self::Error> {
        list(message.drives, "drives")
    }
}

impl From<DriveInfo> for pb::GetDriveResponse {
    fn from(drive: DriveInfo) -> Self {
        Self {
            drive: Some(drive.into()),
        }
    }
}

impl TryFrom<pb::GetDriveResponse> for DriveInfo {
    type Error = ConversionError;

    fn try_from(message: pb::GetDriveResponse) -> Result<Self, Self::Error> {
        required(message.drive, "drive")
    }
}

impl From<DriveItem> for pb::GetItemResponse {
    fn from(item: DriveItem) -> Self {
        Self {
            item: Some(item.into()),
        }
    }
}

impl TryFrom<pb::GetItemResponse> for DriveItem {
    type Error = ConversionError;

    fn try_from(message: pb::GetItemResponse) -> Result<Self, Self::Error> {
        required(message.item, "item")
    }
}

impl From<ChildrenPage> for pb::ListChildrenResponse {
    fn from(page: ChildrenPage) -> Self {
        Self {
            folder_id: page.folder_id,
            drive_id: page.drive_id,
            items: messages(page.items),
            next_page_token: page.next.unwrap_or_default(),
        }
    }
}

impl TryFrom<pb::ListChildrenResponse> for ChildrenPage {
    type Error = ConversionError;

    fn try_from(message: pb::ListChildrenResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            folder_id: message.folder_id,
            drive_id: message.drive_id,
            items: list(message.items, "items")?,
            next: Some(message.next_page_token).filter(|name| !name.is_empty()),
        })
    }
}

impl From<ExtractLabelsResponse> for pb::ExtractLabelsResponse {
    fn from(response: ExtractLabelsResponse) -> Self {
        Self {
            labels: messages(response.labels),
            from_cache: response.from_cache,
        }
    }
}

impl TryFrom<pb::ExtractLabelsResponse> for ExtractLabelsResponse {
    type Error = ConversionError;

    fn try_from(message: pb::ExtractLabelsResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            labels: list(message.labels, "labels")?,
            from_cache: message.from_cache,
        })
    }
}

impl From<ExtractedLabel> for pb::ExtractedLabel {
    fn from(label: ExtractedLabel) -> Self {
        Self {
            label_id: label.label_id,
            assignment_method: number::<common::AssignmentMethod, AssignmentMethod>(label.assignment_method),
            tenant_id: label.tenant_id,
        }
    }
}

impl TryFrom<pb::ExtractedLabel> for ExtractedLabel {
    type Error = ConversionError;

    fn try_from(message: pb::ExtractedLabel) -> Result<Self, Self::Error> {
        Ok(Self {
            label_id: message.label_id,
            assignment_method: value::<common::AssignmentMethod, _>(message.assignment_method, "assignment_method")?,
            tenant_id: message.tenant_id,
        })
    }
}
