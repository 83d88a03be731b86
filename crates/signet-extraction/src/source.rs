//! Where the content of a drive lies. One trait in front of folders and buckets.

pub(crate) mod bucket;
pub(crate) mod folder;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use uuid::Uuid;

use crate::config::ExtractionConfig;
use crate::path::ItemPath;

/// Why a source gave no answer. Absence is not a failure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// It failed.
    #[error("the source failed")]
    Failed(#[from] std::io::Error),
    /// It did not answer in time.
    #[error("the source did not answer in time")]
    TimedOut,
    /// The content is no longer the one that was opened.
    #[error("the content changed while it was read")]
    Changed,
    /// There is no room for what was to be written.
    #[error("the source is full")]
    Full,
    /// It may be read and not written.
    #[error("the source is read-only")]
    ReadOnly,
    /// It has more entries than are looked at.
    #[error("the folder has too many entries")]
    TooMany,
}

/// An object of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceEntry {
    /// Where it is, in its own spelling.
    pub(crate) path: ItemPath,
    /// Identity that survives renames where the source can tell; the path where it cannot.
    pub(crate) key: String,
    pub(crate) is_folder: bool,
    /// Bytes; of a folder: 0.
    pub(crate) size: u64,
    /// Differs whenever the content does.
    pub(crate) content: String,
    /// `content` differs also when the content was changed within one tick of the source's clock.
    pub(crate) is_exact: bool,
    /// When it was made; when it was last changed where the source cannot tell.
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

/// An object together with the folder it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) entry: SourceEntry,
    /// Absent for the root.
    pub(crate) folder: Option<SourceEntry>,
}

/// Which entries of a folder are wanted. Order: by name without case, then by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// At most.
    pub(crate) top: usize,
    /// Continue after the entry of this name, which need not exist any more.
    pub(crate) after: Option<String>,
    pub(crate) descending: bool,
}

/// An entry of a listed folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedEntry {
    pub(crate) entry: SourceEntry,
    /// Entries in it; 0 for a file.
    pub(crate) child_count: u64,
}

/// A page of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourcePage {
    pub(crate) entries: Vec<ListedEntry>,
    /// Name the next page starts after; absent on the last one.
    pub(crate) next: Option<String>,
}

/// What looking for objects by identity gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SearchOutcome {
    /// Where the objects found are now, by key.
    pub(crate) found: HashMap<String, ItemPath>,
    /// Everything was looked at, so what was not found is not there.
    pub(crate) complete: bool,
}

/// What the place a file is put at must be like. Checked as late as the source allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Anything but a folder.
    Any,
    /// Nothing is there.
    Absent,
    /// A file with this [`SourceEntry::content`] is there.
    Content(String),
}

/// What became of a file that was to be put somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placed {
    /// It is there and is new.
    Created,
    /// It took the place of the file there.
    Replaced,
    /// The condition does not hold; nothing changed.
    Refused,
    /// A folder is there; nothing changed.
    IsFolder,
    /// The folder it was to be in is not there.
    NoFolder,
}

/// Bytes of a file to be written, in order.
pub(crate) type Pieces<'a> = BoxStream<'a, Result<Vec<u8>, SourceError>>;

/// The content of a drive. Paths compare without case; an exact match is preferred, and names come back in the
/// spelling of the source.
#[async_trait]
pub(crate) trait ContentSource: Send + Sync {
    /// The object at a path. `None`: nothing is there that a drive shows.
    async fn find(&self, path: &ItemPath) -> Result<Option<Located>, SourceError>;

    /// Entries of a folder. `None`: it is not there, or not a folder.
    async fn list(&self, folder: &ItemPath, request: &PageRequest) -> Result<Option<SourcePage>, SourceError>;

    /// Number of entries of a folder; counting stops at a bound. 0 when it is not there.
    async fn count_children(&self, folder: &ItemPath) -> Result<u64, SourceError>;

    /// Looks for objects by key, first in the folder `near`, then everywhere, up to a bound.
    async fn search(&self, keys: &[String], near: &ItemPath) -> Result<SearchOutcome, SourceError>;

    /// Opens a file. `None`: it is not there, or not a file.
    async fn open(&self, path: &ItemPath) -> Result<Option<Arc<dyn OpenContent>>, SourceError>;

    /// An editor has the file at a path open, as what it put beside the file says.
    async fn is_checked_out(&self, path: &ItemPath) -> Result<bool, SourceError>;

    /// Puts a file of `length` bytes at a path, all at once: whoever looks sees the old one or the new one, also after
    /// a crash. `token` is fresh. A failure of the pieces is handed through and nothing changes.
    async fn place(
        &self,
        path: &ItemPath,
        condition: &Condition,
        length: u64,
        pieces: Pieces<'_>,
        token: Uuid,
    ) -> Result<Placed, SourceError>;

    /// Keeps bytes of an upload aside, where no drive shows them. `piece` is unique in the upload.
    async fn stage(&self, upload: Uuid, piece: Uuid, bytes: Vec<u8>) -> Result<(), SourceError>;

    /// Bytes kept aside. `None`: they are not there.
    async fn staged(&self, upload: Uuid, piece: Uuid) -> Result<Option<Vec<u8>>, SourceError>;

    /// Forgets everything kept aside for an upload.
    async fn unstage(&self, upload: Uuid) -> Result<(), SourceError>;

    /// Removes what writes left behind whose process died, as far as nobody has touched it since `before`. Says how
    /// many files that were.
    async fn sweep(&self, before: Timestamp) -> Result<u64, SourceError>;
}

/// What editors put beside a file they have open: Word cuts the first two characters of long names, Excel and PowerPoint
/// cut none, LibreOffice has a form of its own.
pub(crate) fn owner_files(name: &str) -> [String; 3] {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let cut = stem.chars().count().saturating_sub(6).min(2);
    let short: String = name.chars().skip(cut).collect();
    [format!("~${name}"), format!("~${short}"), format!(".~lock.{name}#")]
}

/// The content of one file as it was when it was opened.
#[async_trait]
pub(crate) trait OpenContent: Send + Sync {
    /// What was opened.
    fn entry(&self) -> &SourceEntry;

    /// `length` bytes from `offset` on, fewer only where the content ends.
    ///
    /// # Errors
    /// `Changed` where the source can tell at once that the content is another by now.
    async fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, SourceError>;

    /// The path still leads to exactly this content.
    async fn is_current(&self) -> Result<bool, SourceError>;
}

/// Why a drive's source cannot be used as it is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceRefusal {
    /// A kind of source that is not served.
    UnknownKind,
    /// A folder or bucket outside of those this installation may serve.
    OutsideAllowedRoots,
    /// The bucket's settings contradict each other.
    BucketMisconfigured,
}

/// The source a drive names: `file:///folder` or `s3://bucket/prefix`.
pub(crate) fn open_source(source: &str, config: &ExtractionConfig) -> Result<Arc<dyn ContentSource>, SourceRefusal> {
    if let Some(place) = source.strip_prefix("s3://") {
        return bucket::open(place, config);
    }
    let folder = source.strip_prefix("file://").ok_or(SourceRefusal::UnknownKind)?;
    let folder = percent_decode_str(folder)
        .decode_utf8()
        .map_err(|_| SourceRefusal::UnknownKind)?;
    let folder = PathBuf::from(folder.into_owned());
    if !is_allowed(&folder, &config.allowed_roots) {
        return Err(SourceRefusal::OutsideAllowedRoots);
    }
    Ok(Arc::new(folder::FolderSource::new(folder, config)))
}

/// The folder lies in an allowed one by its name. Symbolic links on the way are the operator's own.
fn is_allowed(folder: &std::path::Path, roots: &[PathBuf]) -> bool {
    let is_plain = folder.is_absolute()
        && folder
            .components()
            .all(|part| !matches!(part, std::path::Component::ParentDir));
    is_plain && roots.iter().any(|root| folder.starts_with(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_in_allowed_roots_are_served() {
        let config = ExtractionConfig {
            allowed_roots: vec!["/srv/drives".into()],
            ..ExtractionConfig::default()
        };
        for (source, refusal) in [
            ("file:///srv/drives/bob", None),
            ("file:///srv/drives", None),
            ("file:///srv/drives/a%20b", None),
            ("file:///srv/drives2", Some(SourceRefusal::OutsideAllowedRoots)),
            ("file:///srv/drives/../../etc", Some(SourceRefusal::OutsideAllowedRoots)),
            (
                "file:///srv/drives/%2e%2e/etc",
                Some(SourceRefusal::OutsideAllowedRoots),
            ),
            ("file:///etc", Some(SourceRefusal::OutsideAllowedRoots)),
            ("file://srv/drives", Some(SourceRefusal::OutsideAllowedRoots)),
            ("s3://bucket/prefix", Some(SourceRefusal::OutsideAllowedRoots)),
            ("https://example.com/", Some(SourceRefusal::UnknownKind)),
            ("", Some(SourceRefusal::UnknownKind)),
        ] {
            assert_eq!(open_source(source, &config).err(), refusal, "{source}");
        }
    }
}
