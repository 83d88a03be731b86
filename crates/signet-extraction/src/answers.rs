//! What is known about the labels of files, by version of their content.

use std::sync::Arc;

use jiff::Timestamp;
use moka::future::Cache;
use serde::{Deserialize, Serialize};
use signet_contract::extraction::ExtractedLabel;
use signet_domain::content::AssignmentMethod;
use signet_domain::error::ErrorReason;
use signet_store::{ContentVersion, ItemLabelRow, ItemLabelStore, ItemOutcome, PutOutcome};

use crate::tags::DriveKey;

/// One version of one item: what an answer is valid for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct AnswerKey {
    pub(crate) drive: Arc<DriveKey>,
    pub(crate) item_id: String,
    pub(crate) version: ContentVersion,
}

/// What reading a file ended in, as long as its content stays the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileAnswer {
    pub(crate) outcome: FileOutcome,
    pub(crate) kind: String,
    pub(crate) protection: String,
    /// The version of the content that was read, as in the key; empty until that is known.
    pub(crate) content_tag: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileOutcome {
    Labels(Vec<ExtractedLabel>),
    Refused { reason: ErrorReason, message: String },
}

/// A label as the store keeps it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredLabel {
    label_id: String,
    assignment_method: AssignmentMethod,
    tenant_id: String,
}

/// Answers of all files: the store, and in front of it the memory. An answer of a version never changes, so what is
/// in memory is right in every replica.
pub(crate) struct Answers {
    store: Arc<dyn ItemLabelStore>,
    memory: Cache<AnswerKey, Arc<FileAnswer>>,
}

impl Answers {
    pub(crate) fn new(store: Arc<dyn ItemLabelStore>, capacity: u64) -> Self {
        Self {
            store,
            memory: Cache::new(capacity),
        }
    }

    /// The answer of exactly this version. A store that fails is as good as one that knows nothing: the file tells.
    pub(crate) async fn get(&self, key: &AnswerKey) -> Option<Arc<FileAnswer>> {
        if let Some(known) = self.memory.get(key).await {
            return Some(known);
        }
        let AnswerKey {
            drive,
            item_id,
            version,
        } = key;
        let row = match self
            .store
            .get_item_labels(drive.tenant, &drive.drive_id, item_id, version)
            .await
        {
            Ok(row) => row?,
            Err(error) => {
                tracing::warn!(%error, item.id = %item_id, "stored labels cannot be read, the file is read instead");
                return None;
            }
        };
        let answer = Arc::new(from_row(row)?);
        self.memory.insert(key.clone(), Arc::clone(&answer)).await;
        Some(answer)
    }

    /// Keeps an answer and returns the one that counts: labels once read from a version are not taken back.
    pub(crate) async fn put(&self, key: &AnswerKey, answer: FileAnswer, at: Timestamp) -> Arc<FileAnswer> {
        let stored = match to_row(key, &answer, at) {
            Some(row) => self.store.put_item_labels(row).await,
            None => Ok(PutOutcome::Stored),
        };
        match stored {
            Ok(PutOutcome::Stored) => {}
            Ok(PutOutcome::Kept) => {
                if let Some(kept) = self.get(key).await {
                    return kept;
                }
            }
            Err(error) => {
                tracing::warn!(%error, item.id = %key.item_id, "labels cannot be stored and will be read again");
            }
        }
        let answer = Arc::new(answer);
        self.memory.insert(key.clone(), Arc::clone(&answer)).await;
        answer
    }
}

fn to_row(key: &AnswerKey, answer: &FileAnswer, at: Timestamp) -> Option<ItemLabelRow> {
    let outcome = match &answer.outcome {
        FileOutcome::Labels(labels) => {
            let labels: Vec<StoredLabel> = labels.iter().map(StoredLabel::from).collect();
            ItemOutcome::Labels(serde_json::to_string(&labels).ok()?)
        }
        FileOutcome::Refused { reason, message } => ItemOutcome::Refused {
            reason: *reason,
            message: message.clone(),
        },
    };
    Some(ItemLabelRow {
        tenant: key.drive.tenant,
        drive_id: key.drive.drive_id.clone(),
        item_id: key.item_id.clone(),
        version: key.version.clone(),
        outcome,
        kind: answer.kind.clone(),
        protection: answer.protection.clone(),
        at,
    })
}

/// `None` when the labels cannot be read back.
fn from_row(row: ItemLabelRow) -> Option<FileAnswer> {
    let outcome = match row.outcome {
        ItemOutcome::Labels(json) => {
            let labels: Vec<StoredLabel> = serde_json::from_str(&json).ok()?;
            FileOutcome::Labels(labels.into_iter().map(ExtractedLabel::from).collect())
        }
        ItemOutcome::Refused { reason, message } => FileOutcome::Refused { reason, message },
    };
    Some(FileAnswer {
        outcome,
        kind: row.kind,
        protection: row.protection,
        content_tag: row.version.content_tag,
    })
}

impl From<&ExtractedLabel> for StoredLabel {
    fn from(label: &ExtractedLabel) -> Self {
        Self {
            label_id: label.label_id.clone(),
            assignment_method: label.assignment_method,
            tenant_id: label.tenant_id.clone(),
        }
    }
}

impl From<StoredLabel> for ExtractedLabel {
    fn from(label: StoredLabel) -> Self {
        Self {
            label_id: label.label_id,
            assignment_method: label.assignment_method,
            tenant_id: label.tenant_id,
        }
    }
}
