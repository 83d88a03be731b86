//! Values of drives and extraction.

use signet_contract::content::{
    AssignRequest, ContentChunk, NameConflict, OperationStatus, ScanRequest, ScanResult, Ticket, UploadRequest,
    UploadStatus, UploadedItem,
};
use signet_contract::extraction::{
    ChildrenPage, ChildrenQuery, DriveAddress, DriveInfo, DriveItem, DriveOwnerInfo, DriveQuota, ExtractLabelsResponse,
    ExtractedLabel, ItemAddress, ItemKind, ItemParent, ItemReference,
};

use super::sample::Sample;

impl Sample {
    /// An address, which may be owned by another one.
    pub(crate) fn drive_address(&mut self) -> DriveAddress {
        match self.below(7) {
            0 => DriveAddress::Id(self.text()),
            1 => DriveAddress::Me,
            2 => DriveAddress::User(self.text()),
            3 => DriveAddress::Group(self.text()),
            4 => DriveAddress::Site(self.text()),
            5 => DriveAddress::Default,
            _ => DriveAddress::Owned {
                owner: Box::new(self.drive_address()),
                drive: self.text(),
            },
        }
    }

    pub(crate) fn item_address(&mut self) -> ItemAddress {
        match self.below(4) {
            0 => ItemAddress::Root,
            1 => ItemAddress::Id(self.text()),
            2 => ItemAddress::Path(self.many(Self::name)),
            _ => ItemAddress::Under {
                parent: self.text(),
                path: self.many(Self::name),
            },
        }
    }

    pub(crate) fn item_reference(&mut self) -> ItemReference {
        ItemReference {
            drive: self.drive_address(),
            item: self.item_address(),
        }
    }

    pub(crate) fn drive(&mut self) -> DriveInfo {
        DriveInfo {
            id: self.text(),
            name: self.text(),
            owner: match self.below(3) {
                0 => DriveOwnerInfo::User {
                    id: self.text(),
                    display_name: self.text(),
                },
                1 => DriveOwnerInfo::Group {
                    id: self.text(),
                    display_name: self.text(),
                },
                _ => DriveOwnerInfo::Site { id: self.text() },
            },
            quota: self.maybe(|sample| DriveQuota {
                total: sample.number(),
                used: sample.number(),
            }),
        }
    }

    pub(crate) fn item(&mut self) -> DriveItem {
        DriveItem {
            id: self.text(),
            name: self.text(),
            kind: match self.truth() {
                true => ItemKind::File { mime_type: self.text() },
                false => ItemKind::Folder {
                    child_count: self.number(),
                },
            },
            is_root: self.truth(),
            size: self.number(),
            e_tag: self.text(),
            c_tag: self.text(),
            created_at: self.instant(),
            modified_at: self.instant(),
            drive_id: self.text(),
            site_id: self.maybe(Self::text),
            parent: self.maybe(|sample| ItemParent {
                id: sample.text(),
                name: sample.text(),
                path: sample.text(),
            }),
            download: self.maybe(|sample| Ticket::new(&sample.text())),
        }
    }

    pub(crate) fn children_query(&mut self) -> ChildrenQuery {
        ChildrenQuery {
            top: self.below(1000) as u32,
            after: self.maybe(Self::name),
            descending: self.truth(),
        }
    }

    pub(crate) fn children(&mut self) -> ChildrenPage {
        ChildrenPage {
            folder_id: self.text(),
            drive_id: self.text(),
            items: self.many(Self::item),
            next: self.maybe(Self::name),
        }
    }

    pub(crate) fn extracted(&mut self) -> ExtractLabelsResponse {
        ExtractLabelsResponse {
            labels: self.many(|sample| ExtractedLabel {
                label_id: sample.text(),
                assignment_method: sample.method(),
                tenant_id: sample.text(),
            }),
            from_cache: self.truth(),
        }
    }

    pub(crate) fn ticket(&mut self) -> Ticket {
        Ticket::new(&self.text())
    }

    pub(crate) fn assign_request(&mut self) -> AssignRequest {
        AssignRequest {
            item: self.item_reference(),
            label_id: self.maybe(Self::label_id),
            method: self.method(),
            justification: self.maybe(Self::text),
        }
    }

    pub(crate) fn operation_status(&mut self) -> OperationStatus {
        match self.below(4) {
            0 => OperationStatus::NotStarted,
            1 => OperationStatus::InProgress,
            2 => OperationStatus::Completed { item_id: self.text() },
            _ => OperationStatus::Failed(Box::new(self.error())),
        }
    }

    pub(crate) fn upload_request(&mut self) -> UploadRequest {
        UploadRequest {
            item: self.item_reference(),
            conflict: self.pick(&[NameConflict::Replace, NameConflict::Fail, NameConflict::Rename]),
            size: self.maybe(Self::number),
            defer_commit: self.truth(),
            if_match: self.many(Self::text),
            if_none_match: self.many(Self::text),
        }
    }

    pub(crate) fn upload_status(&mut self) -> UploadStatus {
        UploadStatus {
            ticket: self.ticket(),
            expires_at: self.instant(),
            received: self.number(),
            total: self.maybe(Self::number),
        }
    }

    pub(crate) fn uploaded(&mut self) -> UploadedItem {
        UploadedItem {
            item: self.item(),
            created: self.truth(),
        }
    }

    pub(crate) fn content_chunk(&mut self) -> ContentChunk {
        ContentChunk {
            item: self.item(),
            bytes: self.text().into_bytes(),
        }
    }

    pub(crate) fn scan_request(&mut self) -> ScanRequest {
        ScanRequest {
            item: self.item_reference(),
            after: self.maybe(Self::text),
        }
    }

    pub(crate) fn scan_result(&mut self) -> ScanResult {
        ScanResult {
            item: self.item(),
            labels: match self.truth() {
                true => Ok(self.extracted().labels),
                false => Err(self.error()),
            },
            cursor: self.text(),
        }
    }
}
