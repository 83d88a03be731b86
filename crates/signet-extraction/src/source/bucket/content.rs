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

impl OpenObject {
    /// Why there is no content: the object was removed, or it is listed and its bytes are not there, as in an archive
    /// or behind a replica that has not caught up. Source: file formats 9.
    async fn gone(&self) -> SourceError {
        match self.source.ask(self.source.objects.head(&self.location)).await {
            Ok(None) => SourceError::Changed,
            Ok(Some(_)) => std::io::Error::from(std::io::ErrorKind::NotFound).into(),
            Err(error) => error,
        }
    }
}

#[async_trait]
impl OpenContent for OpenObject {
    fn entry(&self) -> &SourceEntry {
        &self.entry
    }

    /// Demands the entity tag, so that every byte comes from one version of the object; looks at the tag of the answer
    /// as well, because some servers answer without minding what was demanded.
    async fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        let end = offset
            .saturating_add(u64::try_from(length).unwrap_or(u64::MAX))
            .min(self.entry.size);
        if offset >= end {
            return Ok(Vec::new());
        }
        let tag = tag_of(&self.entry);
        let options = GetOptions {
            if_match: tag.clone(),
            range: Some(GetRange::Bounded(offset..end)),
            ..GetOptions::default()
        };
        let question = async {
            let answer = self.source.objects.get_opts(&self.location, options).await?;
            let is_same = tag.is_none() || answer.meta.e_tag == tag;
            Ok((is_same, answer.bytes().await?))
        };
        let Some((is_same, bytes)) = self.source.ask(question).await? else {
            return Err(self.gone().await);
        };
        if !is_same {
            return Err(SourceError::Changed);
        }
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
