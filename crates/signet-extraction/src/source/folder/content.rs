//! Reading files of a folder.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::sync::Arc;

use async_trait::async_trait;

use super::FolderSource;
use super::tree::{Tree, absent};
use crate::path::ItemPath;
use crate::source::{ContentSource, OpenContent, SourceEntry, SourceError};

/// `O_NONBLOCK`: opening a pipe that took the place of a file must not wait for a writer. Without effect on files.
const NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 0x0004 };

/// Opens the file a path leads to. `None`: there is none, or it leads out of the drive.
pub(super) fn open(tree: &Tree, path: &ItemPath) -> Result<Option<(File, SourceEntry)>, SourceError> {
    let Some(found) = tree.locate(path)? else {
        return Ok(None);
    };
    if found.located.entry.is_folder {
        return Ok(None);
    }
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(NONBLOCK)
        .open(found.pin.path());
    let Some(file) = absent(opened)? else { return Ok(None) };
    if !found.pin.is(&file)? {
        return Ok(None);
    }
    Ok(Some((file, found.located.entry)))
}

/// A file held open.
pub(super) struct OpenFile {
    source: FolderSource,
    file: Arc<File>,
    entry: SourceEntry,
}

impl OpenFile {
    pub(super) fn new(source: FolderSource, file: File, entry: SourceEntry) -> Self {
        Self {
            source,
            file: Arc::new(file),
            entry,
        }
    }
}

#[async_trait]
impl OpenContent for OpenFile {
    fn entry(&self) -> &SourceEntry {
        &self.entry
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        let file = Arc::clone(&self.file);
        let size = self.entry.size;
        self.source.run(move |_| read_range(&file, size, offset, length)).await
    }

    async fn is_current(&self) -> Result<bool, SourceError> {
        let now = self.source.find(&self.entry.path).await?;
        Ok(now.is_some_and(|now| now.entry.content == self.entry.content))
    }
}

/// Reads what lies in the range of a file of `size` bytes. A file that became shorter was changed.
fn read_range(file: &File, size: u64, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
    let wanted = size
        .saturating_sub(offset)
        .min(u64::try_from(length).unwrap_or(u64::MAX));
    let mut bytes = vec![0; usize::try_from(wanted).unwrap_or(usize::MAX)];
    match file.read_exact_at(&mut bytes, offset) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(SourceError::Changed),
        Err(error) => Err(error.into()),
    }
}
