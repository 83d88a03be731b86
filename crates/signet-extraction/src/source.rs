//! Where the content of a drive lies. One trait in front of folders and, later, object stores.

pub(crate) mod folder;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

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
    /// A folder outside of the folders this installation may serve.
    OutsideAllowedRoots,
}

/// The source a drive names: `file:///folder`.
pub(crate) fn open_source(source: &str, config: &ExtractionConfig) -> Result<Arc<dyn ContentSource>, SourceRefusal> {
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
            ("s3://bucket/prefix", Some(SourceRefusal::UnknownKind)),
            ("https://example.com/", Some(SourceRefusal::UnknownKind)),
            ("", Some(SourceRefusal::UnknownKind)),
        ] {
            assert_eq!(open_source(source, &config).err(), refusal, "{source}");
        }
    }
}
