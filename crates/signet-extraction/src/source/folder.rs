//! A drive that is a folder of the host.
//!
//! Nothing outside of the folder is ever shown or read: names are walked one by one, every object on the way is held
//! fast and must lie inside, and a symbolic link counts only when its target does. Names that begin with a dot, that are not UTF-8, and objects that are neither file nor folder do not
//! exist for a drive.

mod content;
mod entry;
mod page;
mod pin;
mod place;
mod search;
#[cfg(test)]
mod tests;
mod tree;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::StreamExt;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use uuid::Uuid;

use self::content::OpenFile;
use self::tree::Tree;
use super::{
    Condition, ContentSource, Located, OpenContent, PageRequest, Pieces, Placed, SearchOutcome, SourceError, SourcePage,
};
use crate::config::ExtractionConfig;
use crate::path::ItemPath;

/// A folder and the threads that may wait for it at a time, so that a folder that hangs stops no other drive.
#[derive(Debug, Clone)]
pub(crate) struct FolderSource {
    tree: Arc<Tree>,
    threads: Arc<Semaphore>,
    timeout: Duration,
}

impl FolderSource {
    /// The folder need not exist yet; until it does the drive does not answer.
    pub(crate) fn new(root: PathBuf, config: &ExtractionConfig) -> Self {
        Self {
            tree: Arc::new(Tree::new(root, config.allowed_roots.clone(), config.scan_entries)),
            threads: Arc::new(Semaphore::new(config.source_concurrency)),
            timeout: config.source_timeout,
        }
    }

    /// Does blocking work on a thread that may wait, within the time-out.
    async fn run<T, W>(&self, work: W) -> Result<T, SourceError>
    where
        T: Send + 'static,
        W: FnOnce(&Tree) -> Result<T, SourceError> + Send + 'static,
    {
        let threads = Arc::clone(&self.threads);
        let tree = Arc::clone(&self.tree);
        let answer = async move {
            let thread = threads.acquire_owned().await.map_err(std::io::Error::other)?;
            let task = tokio::task::spawn_blocking(move || {
                let _held_until_done = thread;
                work(&tree)
            });
            task.await.map_err(std::io::Error::other)?
        };
        tokio::time::timeout(self.timeout, answer)
            .await
            .map_err(|_| SourceError::TimedOut)?
    }
}

#[async_trait]
impl ContentSource for FolderSource {
    async fn find(&self, path: &ItemPath) -> Result<Option<Located>, SourceError> {
        let path = path.clone();
        self.run(move |tree| Ok(tree.locate(&path)?.map(|found| found.located)))
            .await
    }

    async fn list(&self, folder: &ItemPath, request: &PageRequest) -> Result<Option<SourcePage>, SourceError> {
        let (folder, request) = (folder.clone(), request.clone());
        self.run(move |tree| page::list(tree, &folder, &request)).await
    }

    async fn count_children(&self, folder: &ItemPath) -> Result<u64, SourceError> {
        let folder = folder.clone();
        self.run(move |tree| page::count(tree, &folder)).await
    }

    async fn search(&self, keys: &[String], near: &ItemPath) -> Result<SearchOutcome, SourceError> {
        let (keys, near) = (keys.to_vec(), near.clone());
        // Gives up by itself before the time-out, so that no thread goes on for nobody.
        let until = Instant::now() + self.timeout.mul_f32(0.8);
        self.run(move |tree| search::search(tree, &keys, &near, until)).await
    }

    async fn open(&self, path: &ItemPath) -> Result<Option<Arc<dyn OpenContent>>, SourceError> {
        let path = path.clone();
        let opened = self.run(move |tree| content::open(tree, &path)).await?;
        Ok(opened.map(|(file, entry)| -> Arc<dyn OpenContent> { Arc::new(OpenFile::new(self.clone(), file, entry)) }))
    }

    async fn is_checked_out(&self, path: &ItemPath) -> Result<bool, SourceError> {
        let path = path.clone();
        self.run(move |tree| place::is_checked_out(tree, &path)).await
    }

    async fn place(
        &self,
        path: &ItemPath,
        condition: &Condition,
        _length: u64,
        mut pieces: Pieces<'_>,
        token: Uuid,
    ) -> Result<Placed, SourceError> {
        let new = self.run(move |tree| place::NewFile::create(tree, token)).await?;
        let new = Arc::new(new);
        while let Some(piece) = pieces.next().await {
            let (piece, new) = (piece?, Arc::clone(&new));
            self.run(move |_| new.write(&piece)).await?;
        }
        let (path, condition) = (path.clone(), condition.clone());
        self.run(move |tree| new.place(tree, &path, &condition)).await
    }

    async fn stage(&self, upload: Uuid, piece: Uuid, bytes: Vec<u8>) -> Result<(), SourceError> {
        self.run(move |tree| place::stage(tree, upload, piece, &bytes)).await
    }

    async fn staged(&self, upload: Uuid, piece: Uuid) -> Result<Option<Vec<u8>>, SourceError> {
        self.run(move |tree| place::staged(tree, upload, piece)).await
    }

    async fn unstage(&self, upload: Uuid) -> Result<(), SourceError> {
        self.run(move |tree| place::unstage(tree, upload)).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<u64, SourceError> {
        self.run(move |tree| place::sweep(tree, before)).await
    }
}
