//! A drive that does what drives rarely do: folders that may not be looked into, files that move at the wrong moment.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::world::{World, tenant};
use crate::path::ItemPath;
use crate::source::folder::FolderSource;
use crate::source::{
    Condition, ContentSource, Located, OpenContent, PageRequest, Pieces, Placed, SearchOutcome, SourceError, SourcePage,
};
use crate::tags::DriveKey;

/// Bob's drive. What is in closed folders, and below, is neither listed nor found; `""` closes the root too.
pub(super) struct Closed {
    drive: FolderSource,
    folders: Mutex<HashSet<String>>,
    /// Done once, right before the next file takes its place.
    before_place: Mutex<Option<Hook>>,
    /// The next file takes its place, and nobody is told.
    loses_answer: AtomicBool,
}

type Hook = Box<dyn FnOnce() + Send>;

impl Closed {
    /// Puts it in the place of bob's drive.
    pub(super) async fn over(world: &World, folders: &[&str]) -> Arc<Self> {
        let folder = world.real("bob");
        let closed = Arc::new(Self {
            drive: FolderSource::new(folder.clone(), &world.config),
            folders: Mutex::default(),
            before_place: Mutex::default(),
            loses_answer: AtomicBool::new(false),
        });
        closed.close(folders);
        let key = DriveKey {
            tenant: tenant(),
            drive_id: "b!bob".to_owned(),
        };
        let source = format!("file://{}", folder.display());
        let opened: Arc<dyn ContentSource> = closed.clone();
        world.service.sources.insert((Arc::new(key), source), opened).await;
        closed
    }

    pub(super) fn close(&self, folders: &[&str]) {
        let folders = folders.iter().map(|folder| (*folder).to_owned());
        self.folders.lock().unwrap().extend(folders);
    }

    pub(super) fn before_place(&self, hook: impl FnOnce() + Send + 'static) {
        *self.before_place.lock().unwrap() = Some(Box::new(hook));
    }

    pub(super) fn lose_answer(&self) {
        self.loses_answer.store(true, Ordering::SeqCst);
    }

    fn check(&self, path: Option<&ItemPath>) -> Result<(), SourceError> {
        let folders = self.folders.lock().unwrap();
        let mut at = path.cloned();
        while let Some(path) = at {
            if folders.contains(&path.to_text()) {
                return Err(std::io::Error::from(std::io::ErrorKind::PermissionDenied).into());
            }
            at = path.parent();
        }
        Ok(())
    }
}

#[async_trait]
impl ContentSource for Closed {
    async fn find(&self, path: &ItemPath) -> Result<Option<Located>, SourceError> {
        match path.parent() {
            Some(folder) => self.check(Some(&folder))?,
            None => self.check(Some(path))?,
        }
        self.drive.find(path).await
    }

    async fn list(&self, folder: &ItemPath, request: &PageRequest) -> Result<Option<SourcePage>, SourceError> {
        self.check(Some(folder))?;
        self.drive.list(folder, request).await
    }

    async fn count_children(&self, folder: &ItemPath) -> Result<u64, SourceError> {
        self.drive.count_children(folder).await
    }

    async fn search(&self, keys: &[String], near: &ItemPath) -> Result<SearchOutcome, SourceError> {
        self.drive.search(keys, near).await
    }

    async fn open(&self, path: &ItemPath) -> Result<Option<Arc<dyn OpenContent>>, SourceError> {
        self.check(path.parent().as_ref())?;
        self.drive.open(path).await
    }

    async fn is_checked_out(&self, path: &ItemPath) -> Result<bool, SourceError> {
        self.drive.is_checked_out(path).await
    }

    async fn place(
        &self,
        path: &ItemPath,
        condition: &Condition,
        length: u64,
        pieces: Pieces<'_>,
        token: Uuid,
    ) -> Result<Placed, SourceError> {
        let hook = self.before_place.lock().unwrap().take();
        if let Some(hook) = hook {
            hook();
        }
        let placed = self.drive.place(path, condition, length, pieces, token).await;
        if self.loses_answer.swap(false, Ordering::SeqCst) {
            return Err(SourceError::TimedOut);
        }
        placed
    }

    async fn stage(&self, upload: Uuid, piece: Uuid, bytes: Vec<u8>) -> Result<(), SourceError> {
        self.drive.stage(upload, piece, bytes).await
    }

    async fn staged(&self, upload: Uuid, piece: Uuid) -> Result<Option<Vec<u8>>, SourceError> {
        self.drive.staged(upload, piece).await
    }

    async fn unstage(&self, upload: Uuid) -> Result<(), SourceError> {
        self.drive.unstage(upload).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<u64, SourceError> {
        self.drive.sweep(before).await
    }
}
