//! How labels were assigned where documents cannot say it: those that were assigned automatically say `standard`.
//! Source: file formats 1.
//!
//! A note is kept in the store beside the labels of the item, once the label is in the file, and names the version that
//! was written. It is looked up for every answer it can change, so every replica answers the same from then on. A process
//! that dies in between leaves the job, and whoever takes that up writes the note.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use signet_contract::extraction::ExtractedLabel;
use signet_domain::content::AssignmentMethod;
use signet_domain::ids::LabelId;
use signet_store::{ContentVersion, ItemLabelRow, ItemLabelStore, ItemOutcome, StoreError};

use crate::answers::{FileAnswer, FileOutcome};
use crate::tags::DriveKey;

/// What is kept. An item has one note at most.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    label_id: String,
    assignment_method: AssignmentMethod,
    /// Tag of the content that carries the label so.
    content_tag: String,
}

/// The notes of all items.
pub(crate) struct Assigned {
    store: Arc<dyn ItemLabelStore>,
}

impl Assigned {
    pub(crate) fn new(store: Arc<dyn ItemLabelStore>) -> Self {
        Self { store }
    }

    /// Keeps that a label was assigned automatically in the content with this tag.
    pub(crate) async fn note_automatic(
        &self,
        drive: &DriveKey,
        item_id: &str,
        content_tag: &str,
        label: LabelId,
    ) -> Result<(), StoreError> {
        let note = Note {
            label_id: label.to_string(),
            assignment_method: AssignmentMethod::Auto,
            content_tag: content_tag.to_owned(),
        };
        let note = serde_json::to_string(&note).map_err(|_| StoreError::corrupt("note of an assignment"))?;
        let row = ItemLabelRow {
            tenant: drive.tenant,
            drive_id: drive.drive_id.clone(),
            item_id: item_id.to_owned(),
            version: place(),
            outcome: ItemOutcome::Labels(note),
            kind: String::new(),
            protection: String::new(),
            // So that it takes no answer with it.
            at: Timestamp::UNIX_EPOCH,
        };
        self.store.put_item_labels(row).await.map(drop)
    }

    /// An answer about the content with this tag, with the method that is noted. A store that fails is as good as one
    /// without a note.
    pub(crate) async fn complete(
        &self,
        drive: &DriveKey,
        item_id: &str,
        content_tag: &str,
        answer: Arc<FileAnswer>,
    ) -> Arc<FileAnswer> {
        let tenant = drive.tenant.to_string();
        let FileOutcome::Labels(labels) = &answer.outcome else {
            return answer;
        };
        let is_open =
            |label: &ExtractedLabel| label.tenant_id == tenant && label.assignment_method == AssignmentMethod::Standard;
        let Some(position) = labels.iter().position(is_open) else {
            return answer;
        };
        let note = match self.find(drive, item_id).await {
            Ok(note) => note,
            Err(error) => {
                tracing::warn!(%error, item.id = %item_id, "how a label was assigned cannot be looked up");
                None
            }
        };
        let Some(note) = note.filter(|note| note.content_tag == content_tag) else {
            return answer;
        };
        let mut labels = labels.clone();
        if let Some(label) = labels.get_mut(position).filter(|label| label.label_id == note.label_id) {
            label.assignment_method = note.assignment_method;
        }
        Arc::new(FileAnswer {
            outcome: FileOutcome::Labels(labels),
            ..FileAnswer::clone(&answer)
        })
    }

    async fn find(&self, drive: &DriveKey, item_id: &str) -> Result<Option<Note>, StoreError> {
        let row = self
            .store
            .get_item_labels(drive.tenant, &drive.drive_id, item_id, &place())
            .await?;
        Ok(match row.map(|row| row.outcome) {
            Some(ItemOutcome::Labels(note)) => serde_json::from_str(&note).ok(),
            Some(ItemOutcome::Refused { .. }) | None => None,
        })
    }
}

/// Where among the rows of an item the note is: under a version that no content has, and above every extractor's, so that
/// no answer takes it away. See rule 3 of [`ItemLabelStore::put_item_labels`].
fn place() -> ContentVersion {
    ContentVersion {
        content_tag: "assigned".to_owned(),
        extension: String::new(),
        extractor_version: u32::MAX,
    }
}
