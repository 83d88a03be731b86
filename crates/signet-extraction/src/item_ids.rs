//! Ids of items: given once, kept through renames, replaced files and restarts.
//!
//! An object of the source gets an id derived from its identity when it is first seen; the store keeps which id
//! belongs to which object and where it was last seen. When another object stands at that place and the old one is
//! gone from the drive, the file was replaced, as most editors save, and the item goes on under its old id.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use signet_store::{ItemIdCandidate, ItemIdRow, ItemIdStore, StoreError};

use crate::error::ExtractionError;
use crate::path::ItemPath;
use crate::source::{ContentSource, Located, SourceEntry};
use crate::tags::DriveKey;

/// How long an item that could not be found is not looked for again.
const NOT_FOUND_FOR: Duration = Duration::from_secs(5);
/// Ids tried for an object whose own one was given away.
const SALTS: u32 = 8;

type Key = (Arc<DriveKey>, String);

/// Ids of items of all drives. What is in memory only spares questions to the store.
pub(crate) struct ItemIds {
    store: Arc<dyn ItemIdStore>,
    /// Rows by object of the source.
    by_key: Cache<Key, Arc<ItemIdRow>>,
    /// Rows by item id.
    by_id: Cache<Key, Arc<ItemIdRow>>,
    /// The object last seen at a path.
    key_at: Cache<Key, String>,
    not_found: Cache<Key, ()>,
}

impl ItemIds {
    pub(crate) fn new(store: Arc<dyn ItemIdStore>, capacity: u64) -> Self {
        Self {
            store,
            by_key: Cache::new(capacity),
            by_id: Cache::new(capacity),
            key_at: Cache::new(capacity),
            not_found: Cache::builder()
                .max_capacity(capacity)
                .time_to_live(NOT_FOUND_FOR)
                .build(),
        }
    }

    /// Ids of entries just seen in the source, in their order. All of them are of one folder or on one path.
    pub(crate) async fn ids_of(
        &self,
        drive: &Arc<DriveKey>,
        source: &dyn ContentSource,
        entries: &[&SourceEntry],
    ) -> Result<Vec<String>, ExtractionError> {
        self.continue_replaced(drive, source, entries).await?;
        let mut ids = Vec::with_capacity(entries.len());
        let mut unknown = Vec::new();
        for entry in entries {
            let id = self.known_id(drive, entry).await;
            if id.is_none() {
                unknown.push(*entry);
            }
            ids.push(id);
        }
        let mut rows = self.see(drive, &unknown).await?.into_iter();
        let ids = ids
            .into_iter()
            .map(|id| id.or_else(|| rows.next().map(|row| row.item_id.clone())));
        ids.collect::<Option<Vec<String>>>().ok_or(ExtractionError::Store)
    }

    /// Where the item of an id is now.
    pub(crate) async fn locate(
        &self,
        drive: &Arc<DriveKey>,
        source: &dyn ContentSource,
        item_id: &str,
    ) -> Result<Located, ExtractionError> {
        if item_id == drive.root_id() || item_id == "root" {
            return source
                .find(&ItemPath::root())
                .await?
                .ok_or(ExtractionError::ItemNotFound);
        }
        let row = self.row(drive, item_id).await?.ok_or(ExtractionError::ItemNotFound)?;
        if let Some(located) = at_home(source, &row).await?.0 {
            return Ok(located);
        }
        // Another replica may know better: what is in memory here is not what it has stored since.
        let row = self
            .stored(drive, item_id)
            .await?
            .ok_or(ExtractionError::ItemNotFound)?;
        let path = ItemPath::from_text(&row.path).ok_or(ExtractionError::ItemNotFound)?;
        match at_home(source, &row).await? {
            (Some(located), _) => Ok(located),
            (None, at_path) => self.locate_moved(drive, source, &row, &path, at_path).await,
        }
    }

    /// The object is no longer where it was last seen: it was renamed, replaced or removed.
    async fn locate_moved(
        &self,
        drive: &Arc<DriveKey>,
        source: &dyn ContentSource,
        row: &Arc<ItemIdRow>,
        last_path: &ItemPath,
        at_path: Option<Located>,
    ) -> Result<Located, ExtractionError> {
        let key: Key = (Arc::clone(drive), row.item_id.clone());
        if self.not_found.contains_key(&key) {
            return Err(ExtractionError::ItemNotFound);
        }
        let near = last_path.parent().unwrap_or_default();
        let search = source.search(std::slice::from_ref(&row.source_key), &near).await?;
        if let Some(path) = search.found.get(&row.source_key)
            && let Some(located) = source.find(path).await?
            && located.entry.key == row.source_key
        {
            return Ok(located);
        }
        if let Some(located) = at_path.filter(|located| !located.entry.is_folder) {
            if !search.complete {
                // The object may be where nobody looked: another file does not take its id.
                return Err(ExtractionError::ContentUnavailable);
            }
            self.rebind(drive, &row.item_id, &located.entry).await?;
            return Ok(located);
        }
        self.not_found.insert(key, ()).await;
        Err(ExtractionError::ItemNotFound)
    }

    /// Entries that stand where another object was seen before, and that object is gone: the item goes on as they are.
    async fn continue_replaced(
        &self,
        drive: &Arc<DriveKey>,
        source: &dyn ContentSource,
        entries: &[&SourceEntry],
    ) -> Result<(), ExtractionError> {
        let mut replaced = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.is_folder) {
            let before = self.key_at.get(&(Arc::clone(drive), entry.path.to_text())).await;
            if let Some(before) = before.filter(|before| *before != entry.key)
                && let Some(row) = self.by_key.get(&(Arc::clone(drive), before)).await
            {
                replaced.push((row, *entry));
            }
        }
        let Some((_, first)) = replaced.first() else {
            return Ok(());
        };
        let keys: Vec<String> = replaced.iter().map(|(row, _)| row.source_key.clone()).collect();
        let search = source.search(&keys, &first.path.parent().unwrap_or_default()).await?;
        for (row, entry) in &replaced {
            // What was not found may be where nobody looked. Then the entry gets an id of its own.
            if search.complete && !search.found.contains_key(&row.source_key) {
                self.rebind(drive, &row.item_id, entry).await?;
            }
        }
        Ok(())
    }

    async fn known_id(&self, drive: &Arc<DriveKey>, entry: &SourceEntry) -> Option<String> {
        if entry.path.is_root() {
            return Some(drive.root_id());
        }
        let row = self.by_key.get(&(Arc::clone(drive), entry.key.clone())).await?;
        (row.path == entry.path.to_text()).then(|| row.item_id.clone())
    }

    async fn row(&self, drive: &Arc<DriveKey>, item_id: &str) -> Result<Option<Arc<ItemIdRow>>, ExtractionError> {
        let key: Key = (Arc::clone(drive), item_id.to_owned());
        if let Some(row) = self.by_id.get(&key).await {
            return Ok(Some(row));
        }
        self.stored(drive, item_id).await
    }

    /// The row of an id as the store has it now.
    async fn stored(&self, drive: &Arc<DriveKey>, item_id: &str) -> Result<Option<Arc<ItemIdRow>>, ExtractionError> {
        let Some(row) = self.store.find_item_id(drive.tenant, &drive.drive_id, item_id).await? else {
            return Ok(None);
        };
        Ok(Some(self.remember(drive, row).await))
    }

    /// Rows of entries the memory does not know at their present path.
    async fn see(
        &self,
        drive: &Arc<DriveKey>,
        entries: &[&SourceEntry],
    ) -> Result<Vec<Arc<ItemIdRow>>, ExtractionError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let candidates = entries.iter().map(|entry| candidate(drive, entry, 0)).collect();
        let stored = match self
            .store
            .get_or_insert_item_ids(drive.tenant, &drive.drive_id, candidates)
            .await
        {
            Err(StoreError::Conflict { .. }) => self.see_one_by_one(drive, entries).await?,
            answer => answer?,
        };
        let mut rows = Vec::with_capacity(stored.len());
        for row in stored {
            rows.push(self.remember(drive, row).await);
        }
        Ok(rows)
    }

    /// An id was given away: its object had been replaced and is back. It gets another one.
    async fn see_one_by_one(
        &self,
        drive: &Arc<DriveKey>,
        entries: &[&SourceEntry],
    ) -> Result<Vec<ItemIdRow>, ExtractionError> {
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            rows.push(self.see_with_salt(drive, entry).await?);
        }
        Ok(rows)
    }

    async fn see_with_salt(&self, drive: &Arc<DriveKey>, entry: &SourceEntry) -> Result<ItemIdRow, ExtractionError> {
        for salt in 0..SALTS {
            let candidates = vec![candidate(drive, entry, salt)];
            match self
                .store
                .get_or_insert_item_ids(drive.tenant, &drive.drive_id, candidates)
                .await
            {
                Err(StoreError::Conflict { .. }) => {}
                answer => return answer?.pop().ok_or(ExtractionError::Store),
            }
        }
        Err(ExtractionError::Internal)
    }

    /// Says that an item goes on as another object, which was just seen.
    pub(crate) async fn rebind(
        &self,
        drive: &Arc<DriveKey>,
        item_id: &str,
        to: &SourceEntry,
    ) -> Result<(), ExtractionError> {
        let path = to.path.to_text();
        let is_bound = self
            .store
            .rebind_item_id(drive.tenant, &drive.drive_id, item_id, &to.key, &path)
            .await?;
        if is_bound {
            let row = ItemIdRow {
                tenant: drive.tenant,
                drive_id: drive.drive_id.clone(),
                item_id: item_id.to_owned(),
                source_key: to.key.clone(),
                path,
            };
            self.remember(drive, row).await;
        }
        Ok(())
    }

    async fn remember(&self, drive: &Arc<DriveKey>, row: ItemIdRow) -> Arc<ItemIdRow> {
        let row = Arc::new(row);
        self.by_key
            .insert((Arc::clone(drive), row.source_key.clone()), Arc::clone(&row))
            .await;
        self.by_id
            .insert((Arc::clone(drive), row.item_id.clone()), Arc::clone(&row))
            .await;
        self.key_at
            .insert((Arc::clone(drive), row.path.clone()), row.source_key.clone())
            .await;
        row
    }
}

fn candidate(drive: &DriveKey, entry: &SourceEntry, salt: u32) -> ItemIdCandidate {
    ItemIdCandidate {
        source_key: entry.key.clone(),
        path: entry.path.to_text(),
        item_id: drive.item_id(&entry.key, salt),
    }
}

/// The object of a row, if it is still where it was last seen, else what stands there.
async fn at_home(
    source: &dyn ContentSource,
    row: &ItemIdRow,
) -> Result<(Option<Located>, Option<Located>), ExtractionError> {
    let path = ItemPath::from_text(&row.path).ok_or(ExtractionError::ItemNotFound)?;
    let at_path = source.find(&path).await?;
    Ok(match at_path {
        Some(located) if located.entry.key == row.source_key => (Some(located), None),
        other => (None, other),
    })
}
