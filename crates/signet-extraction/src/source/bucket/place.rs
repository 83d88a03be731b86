//! Writing objects. An object appears whole or not at all; what is not finished lies under `.signet`.

use futures::StreamExt;
use object_store::path::Path;
use object_store::{
    Error, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion,
};
use uuid::Uuid;

use super::{BucketSource, failure, tag_of};
use crate::path::ItemPath;
use crate::source::{Condition, Pieces, Placed, SourceEntry, SourceError};

/// Up to here an object is written by one conditional request, in bytes; larger ones in parts.
const ONE_REQUEST: u64 = 16 * 1024 * 1024;
/// Size of a part, in bytes. S3 takes no smaller one than 5 MiB, but the last, and at most 10,000.
const PART: usize = 8 * 1024 * 1024;

/// See [`crate::source::ContentSource::place`].
pub(super) async fn place(
    source: &BucketSource,
    path: &ItemPath,
    condition: &Condition,
    length: u64,
    pieces: Pieces<'_>,
) -> Result<Placed, SourceError> {
    let found = source.find_entry(path).await?;
    if let Some(refusal) = refusal(found.as_ref(), condition) {
        return Ok(refusal);
    }
    if found.is_none() && !has_folder(source, path).await? {
        return Ok(Placed::NoFolder);
    }
    let path = found.as_ref().map_or(path, |entry| &entry.path);
    let location = source.location(path).ok_or(SourceError::Changed)?;
    let written = if length <= ONE_REQUEST {
        put_at_once(source, &location, mode(found.as_ref(), condition), pieces).await?
    } else {
        put_in_parts(source, &location, path, condition, pieces).await?
    };
    Ok(match (written, found) {
        (false, _) => Placed::Refused,
        (true, None) => Placed::Created,
        (true, Some(_)) => Placed::Replaced,
    })
}

fn refusal(found: Option<&SourceEntry>, condition: &Condition) -> Option<Placed> {
    match (found, condition) {
        (Some(entry), _) if entry.is_folder => Some(Placed::IsFolder),
        (Some(_), Condition::Absent) | (None, Condition::Content(_)) => Some(Placed::Refused),
        (Some(entry), Condition::Content(content)) if *content != entry.content => Some(Placed::Refused),
        _ => None,
    }
}

/// The folder of a new object is there. The root always is.
async fn has_folder(source: &BucketSource, path: &ItemPath) -> Result<bool, SourceError> {
    match path.parent() {
        None => Ok(false),
        Some(folder) if folder.is_root() => Ok(true),
        Some(folder) => Ok(source.find_entry(&folder).await?.is_some_and(|entry| entry.is_folder)),
    }
}

fn mode(found: Option<&SourceEntry>, condition: &Condition) -> PutMode {
    match (condition, found.and_then(tag_of)) {
        (Condition::Absent, _) => PutMode::Create,
        (Condition::Content(_), Some(tag)) => PutMode::Update(UpdateVersion {
            e_tag: Some(tag),
            version: None,
        }),
        _ => PutMode::Overwrite,
    }
}

/// False: the condition does not hold any more.
async fn put_at_once(
    source: &BucketSource,
    location: &Path,
    mode: PutMode,
    mut pieces: Pieces<'_>,
) -> Result<bool, SourceError> {
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        whole.extend(piece?);
    }
    let put = source
        .objects
        .put_opts(location, PutPayload::from(whole), PutOptions::from(mode));
    match tokio::time::timeout(source.timeout, put).await {
        Err(_) => Err(SourceError::TimedOut),
        Ok(Ok(_)) => Ok(true),
        Ok(Err(Error::AlreadyExists { .. } | Error::Precondition { .. } | Error::NotFound { .. })) => Ok(false),
        Ok(Err(error)) => Err(refused(error)),
    }
}

/// A bucket whose objects were just looked up, and that takes none, may be read only.
fn refused(error: Error) -> SourceError {
    match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => SourceError::ReadOnly,
        other => failure(other),
    }
}

/// Parts know no conditions, so the condition is looked at once more before they become the object.
async fn put_in_parts(
    source: &BucketSource,
    location: &Path,
    path: &ItemPath,
    condition: &Condition,
    mut pieces: Pieces<'_>,
) -> Result<bool, SourceError> {
    let mut upload = source.objects.put_multipart(location).await.map_err(refused)?;
    let sent = async {
        let mut part = Vec::with_capacity(PART);
        while let Some(piece) = pieces.next().await {
            part.extend(piece?);
            if part.len() >= PART {
                let full = std::mem::replace(&mut part, Vec::with_capacity(PART));
                upload.put_part(full.into()).await.map_err(refused)?;
            }
        }
        if !part.is_empty() {
            upload.put_part(part.into()).await.map_err(refused)?;
        }
        let found = source.find_exact(path).await?;
        Ok(refusal(found.as_ref(), condition).is_none())
    }
    .await;
    match sent {
        Ok(true) => upload.complete().await.map(|_| true).map_err(failure),
        other => {
            give_up(upload.as_mut()).await;
            other
        }
    }
}

async fn give_up(upload: &mut dyn MultipartUpload) {
    if let Err(error) = upload.abort().await {
        tracing::warn!(%error, "parts of an object that was not finished stay in the bucket");
    }
}

/// Keeps bytes of an upload aside.
pub(super) async fn stage(source: &BucketSource, upload: Uuid, piece: Uuid, bytes: Vec<u8>) -> Result<(), SourceError> {
    let location = workshop(source, upload).join(piece.to_string());
    let put = source.objects.put(&location, PutPayload::from(bytes));
    match tokio::time::timeout(source.timeout, put).await {
        Err(_) => Err(SourceError::TimedOut),
        Ok(put) => put.map(drop).map_err(refused),
    }
}

/// Bytes kept aside.
pub(super) async fn staged(source: &BucketSource, upload: Uuid, piece: Uuid) -> Result<Option<Vec<u8>>, SourceError> {
    let location = workshop(source, upload).join(piece.to_string());
    let question = async { source.objects.get(&location).await?.bytes().await };
    Ok(source.ask(question).await?.map(Into::into))
}

/// Forgets an upload.
pub(super) async fn unstage(source: &BucketSource, upload: Uuid) -> Result<(), SourceError> {
    let prefix = workshop(source, upload);
    let mut pieces = source.objects.list(Some(&prefix));
    while let Some(piece) = pieces.next().await {
        let location = piece.map_err(failure)?.location;
        source.ask(source.objects.delete(&location)).await?;
    }
    Ok(())
}

fn workshop(source: &BucketSource, upload: Uuid) -> Path {
    source.prefix.clone().join(".signet").join(upload.to_string())
}
