//! A drive that is a bucket, or what lies below a prefix of one.
//!
//! Folders are what the slashes in the names of objects make of them. An object is an item by its name, so a renamed
//! object is a new item; its content is known by its entity tag, and every read demands that tag. Names that begin with
//! a dot do not exist for a drive.

mod content;
mod folders;
mod place;
mod store;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use uuid::Uuid;

use self::content::OpenObject;
use self::folders::Listing;
pub(crate) use self::store::Pages;
use super::{
    Condition, ContentSource, Located, OpenContent, PageRequest, Pieces, Placed, SearchOutcome, SourceEntry,
    SourceError, SourcePage, SourceRefusal, owner_files,
};
use crate::config::ExtractionConfig;
use crate::path::ItemPath;

/// The bucket a drive names, by what follows `s3://`.
pub(crate) fn open(place: &str, config: &ExtractionConfig) -> Result<Arc<dyn ContentSource>, SourceRefusal> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let prefix = prefix.trim_matches('/');
    let settings = config
        .buckets
        .iter()
        .find(|settings| settings.allows(bucket, prefix))
        .ok_or(SourceRefusal::OutsideAllowedRoots)?;
    let prefix = Path::parse(prefix).map_err(|_| SourceRefusal::UnknownKind)?;
    let (objects, pages) = store::connect(bucket, settings, config.source_timeout).map_err(|error| {
        tracing::error!(%error, bucket, "a bucket cannot be opened as it is configured");
        SourceRefusal::BucketMisconfigured
    })?;
    Ok(Arc::new(BucketSource::new(objects, pages, prefix, config)))
}

/// A prefix of a bucket.
#[derive(Clone)]
pub(crate) struct BucketSource {
    objects: Arc<dyn ObjectStore>,
    pages: Arc<dyn Pages>,
    prefix: Path,
    timeout: Duration,
    /// Most entries of a folder that are looked at.
    scan_entries: usize,
}

impl BucketSource {
    pub(crate) fn new(
        objects: Arc<dyn ObjectStore>,
        pages: Arc<dyn Pages>,
        prefix: Path,
        config: &ExtractionConfig,
    ) -> Self {
        Self {
            objects,
            pages,
            prefix,
            timeout: config.source_timeout,
            scan_entries: config.scan_entries,
        }
    }

    /// Asks the bucket, within the time-out. `None`: there is no such object.
    async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, object_store::Error>> + Send,
    ) -> Result<Option<T>, SourceError> {
        match tokio::time::timeout(self.timeout, question).await {
            Err(_) => Err(SourceError::TimedOut),
            Ok(Ok(answer)) => Ok(Some(answer)),
            Ok(Err(object_store::Error::NotFound { .. })) => Ok(None),
            Ok(Err(error)) => Err(failure(error)),
        }
    }

    /// The name of the object at a path.
    fn location(&self, path: &ItemPath) -> Option<Path> {
        if path.is_root() {
            return Some(self.prefix.clone());
        }
        let names = path.to_text();
        let whole = match self.prefix.as_ref() {
            "" => names,
            prefix => format!("{prefix}/{names}"),
        };
        Path::parse(whole).ok()
    }

    /// The object or folder of exactly this spelling.
    async fn find_exact(&self, path: &ItemPath) -> Result<Option<SourceEntry>, SourceError> {
        if path.is_root() {
            return Ok(Some(folder_entry(path.clone())));
        }
        if path.names().iter().any(|name| is_hidden(name)) {
            return Ok(None);
        }
        let Some(location) = self.location(path) else {
            return Ok(None);
        };
        if let Some(meta) = self.ask(self.objects.head(&location)).await? {
            return Ok(Some(file_entry(path.clone(), &meta)));
        }
        Ok(folders::exists(self, path).await?.then(|| folder_entry(path.clone())))
    }

    /// The path in the spelling of the bucket; of several spellings the first in byte order.
    async fn spelled(&self, path: &ItemPath) -> Result<Option<SourceEntry>, SourceError> {
        let mut here = folder_entry(ItemPath::root());
        for name in path.names() {
            let Some(next) = folders::child_without_case(self, &here.path, name).await? else {
                return Ok(None);
            };
            here = next;
        }
        Ok(Some(here))
    }

    async fn find_entry(&self, path: &ItemPath) -> Result<Option<SourceEntry>, SourceError> {
        match self.find_exact(path).await? {
            Some(entry) => Ok(Some(entry)),
            None => self.spelled(path).await,
        }
    }
}

#[async_trait]
impl ContentSource for BucketSource {
    async fn find(&self, path: &ItemPath) -> Result<Option<Located>, SourceError> {
        let Some(entry) = self.find_entry(path).await? else {
            return Ok(None);
        };
        let folder = entry.path.parent().map(folder_entry);
        Ok(Some(Located { entry, folder }))
    }

    async fn list(&self, folder: &ItemPath, request: &PageRequest) -> Result<Option<SourcePage>, SourceError> {
        let Some(entry) = self.find_entry(folder).await?.filter(|entry| entry.is_folder) else {
            return Ok(None);
        };
        let listing = Listing::read(self, &entry.path).await?;
        Ok(Some(listing.page(self, request).await?))
    }

    async fn count_children(&self, folder: &ItemPath) -> Result<u64, SourceError> {
        folders::count(self, folder).await
    }

    /// An object that is not at its name any more is gone: a bucket knows no renames.
    async fn search(&self, _keys: &[String], _near: &ItemPath) -> Result<SearchOutcome, SourceError> {
        Ok(SearchOutcome {
            complete: true,
            ..SearchOutcome::default()
        })
    }

    async fn open(&self, path: &ItemPath) -> Result<Option<Arc<dyn OpenContent>>, SourceError> {
        let Some(entry) = self.find_entry(path).await?.filter(|entry| !entry.is_folder) else {
            return Ok(None);
        };
        let Some(location) = self.location(&entry.path) else {
            return Ok(None);
        };
        Ok(Some(Arc::new(OpenObject::new(self.clone(), location, entry))))
    }

    async fn is_checked_out(&self, path: &ItemPath) -> Result<bool, SourceError> {
        let Some(location) = self.location(path) else {
            return Ok(false);
        };
        let location = location.as_ref();
        let (folder, name) = location.rsplit_once('/').unwrap_or(("", location));
        for owner in owner_files(name) {
            let Ok(beside) = Path::parse(format!("{folder}/{owner}")) else {
                continue;
            };
            if self.ask(self.objects.head(&beside)).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn place(
        &self,
        path: &ItemPath,
        condition: &Condition,
        length: u64,
        pieces: Pieces<'_>,
        _token: Uuid,
    ) -> Result<Placed, SourceError> {
        place::place(self, path, condition, length, pieces).await
    }

    async fn stage(&self, upload: Uuid, piece: Uuid, bytes: Vec<u8>) -> Result<(), SourceError> {
        place::stage(self, upload, piece, bytes).await
    }

    async fn staged(&self, upload: Uuid, piece: Uuid) -> Result<Option<Vec<u8>>, SourceError> {
        place::staged(self, upload, piece).await
    }

    async fn unstage(&self, upload: Uuid) -> Result<(), SourceError> {
        place::unstage(self, upload).await
    }

    /// Parts of an object that was never finished are no objects; the bucket's own rules remove them.
    async fn sweep(&self, _before: Timestamp) -> Result<u64, SourceError> {
        Ok(0)
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

fn file_entry(path: ItemPath, meta: &ObjectMeta) -> SourceEntry {
    let modified = Timestamp::from_second(meta.last_modified.timestamp()).unwrap_or_default();
    let content = match &meta.e_tag {
        Some(tag) => format!("{}:{tag}", meta.size),
        None => format!("{}:{}", meta.size, meta.last_modified.timestamp_millis()),
    };
    SourceEntry {
        key: format!("object:{}", path.to_text()),
        path,
        is_folder: false,
        size: meta.size,
        content,
        is_exact: meta.e_tag.is_some(),
        created: modified,
        modified,
    }
}

/// A bucket does not say when a folder came about.
fn folder_entry(path: ItemPath) -> SourceEntry {
    SourceEntry {
        key: match path.is_root() {
            true => String::new(),
            false => format!("folder:{}", path.to_text()),
        },
        path,
        is_folder: true,
        size: 0,
        content: String::new(),
        is_exact: true,
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
    }
}

/// The entity tag inside [`SourceEntry::content`].
fn tag_of(entry: &SourceEntry) -> Option<String> {
    let (_, tag) = entry.content.split_once(':')?;
    entry.is_exact.then(|| tag.to_owned())
}

fn failure(error: object_store::Error) -> SourceError {
    match error {
        object_store::Error::Precondition { .. } | object_store::Error::NotModified { .. } => SourceError::Changed,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            std::io::Error::new(std::io::ErrorKind::PermissionDenied, error).into()
        }
        other => std::io::Error::other(other).into(),
    }
}
