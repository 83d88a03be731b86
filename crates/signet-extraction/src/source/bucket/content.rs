//! Reading objects.

use async_trait::async_trait;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};

use super::{BucketSource, tag_of};
use crate::source::{OpenContent, SourceEntry, SourceError};

/// An object as it was when it was looked up.
pub(super) struct OpenObject {
    source: BucketSource,
    location: Path,
    entry: SourceEntry,
}

impl OpenObject {
    pub(super) fn new(source: BucketSource, location: Path, entry: SourceEntry) -> Self {
        Self {
            source,
            location,
            entry,
        }
    }
}

#[async_trait]
impl OpenContent for OpenObject {
    fn entry(&self) -> &SourceEntry {
        &self.entry
    }

    /// Demands the entity tag, so that every byte comes from one version of the object.
    async fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        let end = offset
            .saturating_add(u64::try_from(length).unwrap_or(u64::MAX))
            .min(self.entry.size);
        if offset >= end {
            return Ok(Vec::new());
        }
        let options = GetOptions {
            if_match: tag_of(&self.entry),
            range: Some(GetRange::Bounded(offset..end)),
            ..GetOptions::default()
        };
        let question = async {
            let answer = self.source.objects.get_opts(&self.location, options).await?;
            answer.bytes().await
        };
        let bytes = self.source.ask(question).await?.ok_or(SourceError::Changed)?;
        if u64::try_from(bytes.len()).ok() != Some(end - offset) {
            return Err(SourceError::Changed);
        }
        Ok(bytes.into())
    }

    async fn is_current(&self) -> Result<bool, SourceError> {
        if self.entry.is_exact {
            // What was read carried the tag. Whether another version has come since is for the next caller.
            return Ok(true);
        }
        let now = self.source.ask(self.source.objects.head(&self.location)).await?;
        Ok(now.is_some_and(|meta| super::file_entry(self.entry.path.clone(), &meta).content == self.entry.content))
    }
}
