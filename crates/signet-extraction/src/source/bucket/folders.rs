//! Folders of a bucket: what the slashes in the names of objects make of them.

use futures::StreamExt;
use futures::stream;
use object_store::path::Path;

use super::{BucketSource, file_entry, folder_entry, is_hidden};
use crate::path::{ItemPath, fold};
use crate::source::{ListedEntry, PageRequest, SourceEntry, SourceError, SourcePage};

/// Entries asked for at once; no server gives more.
const PAGE: usize = 1000;
/// Folders counted at a time.
const COUNTED_AT_ONCE: usize = 16;

/// Everything directly in a folder.
pub(super) struct Listing {
    entries: Vec<SourceEntry>,
}

impl Listing {
    /// # Errors
    /// `TooMany` when the folder has more entries than are looked at; none is left out in silence.
    pub(super) async fn read(source: &BucketSource, folder: &ItemPath) -> Result<Self, SourceError> {
        let mut entries = Vec::new();
        let mut walk = Walk::new(source, folder);
        while let Some(page) = walk.next(PAGE).await? {
            entries.extend(page);
            if entries.len() > source.scan_entries {
                return Err(SourceError::TooMany);
            }
        }
        Ok(Self { entries })
    }

    /// The page that was asked for, in the order of names without case.
    pub(super) async fn page(
        mut self,
        source: &BucketSource,
        request: &PageRequest,
    ) -> Result<SourcePage, SourceError> {
        self.entries.sort_by_cached_key(rank);
        if request.descending {
            self.entries.reverse();
        }
        let after = request.after.as_deref().map(|name| (fold(name), name.to_owned()));
        let is_after = |entry: &SourceEntry| match &after {
            None => true,
            Some(after) if request.descending => rank(entry) < *after,
            Some(after) => rank(entry) > *after,
        };
        let mut wanted: Vec<SourceEntry> = self
            .entries
            .into_iter()
            .filter(is_after)
            .take(request.top.saturating_add(1))
            .collect();
        let more = wanted.len() > request.top;
        wanted.truncate(request.top);
        let next = wanted.last().filter(|_| more).and_then(|entry| entry.path.name());
        let next = next.map(str::to_owned);
        let counted = stream::iter(wanted)
            .map(|entry| counted(source, entry))
            .buffered(COUNTED_AT_ONCE);
        let entries: Vec<Result<ListedEntry, SourceError>> = counted.collect().await;
        Ok(SourcePage {
            entries: entries.into_iter().collect::<Result<_, _>>()?,
            next,
        })
    }
}

fn rank(entry: &SourceEntry) -> (String, String) {
    let name = entry.path.name().unwrap_or_default();
    (fold(name), name.to_owned())
}

async fn counted(source: &BucketSource, entry: SourceEntry) -> Result<ListedEntry, SourceError> {
    let child_count = match entry.is_folder {
        true => count(source, &entry.path).await?,
        false => 0,
    };
    Ok(ListedEntry { entry, child_count })
}

/// Entries of a folder, as far as one request shows them: at most a thousand.
pub(super) async fn count(source: &BucketSource, folder: &ItemPath) -> Result<u64, SourceError> {
    let page = Walk::new(source, folder).next(PAGE).await?;
    Ok(page.map_or(0, |page| u64::try_from(page.len()).unwrap_or(u64::MAX)))
}

/// Some object lies below the folder.
pub(super) async fn exists(source: &BucketSource, folder: &ItemPath) -> Result<bool, SourceError> {
    let Some(prefix) = prefix_of(source, folder) else {
        return Ok(false);
    };
    let page = source.ask(source.pages.page(&prefix, 1, None)).await?;
    Ok(page.is_some_and(|(found, _)| !found.objects.is_empty() || !found.common_prefixes.is_empty()))
}

/// The entry of a folder whose name differs in case only; of several the first in byte order.
pub(super) async fn child_without_case(
    source: &BucketSource,
    folder: &ItemPath,
    name: &str,
) -> Result<Option<SourceEntry>, SourceError> {
    let wanted = fold(name);
    let mut looked_at = 0_usize;
    let mut walk = Walk::new(source, folder);
    let mut best: Option<SourceEntry> = None;
    while let Some(page) = walk.next(PAGE).await? {
        looked_at += page.len();
        let same = page.into_iter().filter(|entry| {
            let other = entry.path.name().unwrap_or_default();
            fold(other) == wanted
        });
        best = best.into_iter().chain(same).min_by_key(|entry| {
            let other = entry.path.name().unwrap_or_default();
            (other != name, other.to_owned())
        });
        if looked_at > source.scan_entries {
            return Err(SourceError::TooMany);
        }
    }
    Ok(best)
}

/// Going through a folder page by page.
struct Walk<'a> {
    source: &'a BucketSource,
    folder: &'a ItemPath,
    prefix: Option<String>,
    token: Option<String>,
}

impl<'a> Walk<'a> {
    fn new(source: &'a BucketSource, folder: &'a ItemPath) -> Self {
        Self {
            source,
            folder,
            prefix: prefix_of(source, folder),
            token: None,
        }
    }

    /// Entries of the next page. `None`: there is no further one.
    async fn next(&mut self, max: usize) -> Result<Option<Vec<SourceEntry>>, SourceError> {
        let Some(prefix) = self.prefix.take() else {
            return Ok(None);
        };
        let token = self.token.take();
        let page = self.source.ask(self.source.pages.page(&prefix, max, token)).await?;
        // A listing of nothing is empty; a bucket that is not there is a failure.
        let gone = || std::io::Error::from(std::io::ErrorKind::NotFound);
        let (found, next) = page.ok_or_else(gone)?;
        let files = found.objects.iter().filter_map(|meta| {
            let path = self.child(&prefix, &meta.location)?;
            Some(file_entry(path, meta))
        });
        let mut entries: Vec<SourceEntry> = files.collect();
        let folders = found.common_prefixes.iter();
        entries.extend(folders.filter_map(|below| self.child(&prefix, below).map(folder_entry)));
        if next.is_some() {
            self.prefix = Some(prefix);
            self.token = next;
        }
        Ok(Some(entries))
    }

    /// The path of something directly in the folder; absent for what a drive does not show.
    fn child(&self, prefix: &str, location: &Path) -> Option<ItemPath> {
        let name = location.as_ref().strip_prefix(prefix)?;
        if is_hidden(name) {
            return None;
        }
        self.folder.child(name)
    }
}

/// What the names of all objects in a folder begin with; absent when no object can.
fn prefix_of(source: &BucketSource, folder: &ItemPath) -> Option<String> {
    let location = source.location(folder)?;
    Some(match location.as_ref() {
        "" => String::new(),
        whole => format!("{whole}/"),
    })
}
