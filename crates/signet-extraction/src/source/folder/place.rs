//! Writing into a folder. New bytes are gathered under `.signet`, which no drive shows, forced to the disk, and take
//! their place by one rename or link, so that a crash leaves the old file or the new one and never a part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use jiff::Timestamp;
use uuid::Uuid;

use super::tree::{Found, Tree, absent};
use crate::path::ItemPath;
use crate::source::{Condition, Placed, SourceError, owner_files};

/// Folder in the root of a drive for what is not finished.
const WORKSHOP: &str = ".signet";

/// A file that is being written and is in no place yet. Dropped without one, it goes.
pub(super) struct NewFile {
    path: PathBuf,
    file: File,
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Gone already when it took its place by a rename.
        let _result = fs::remove_file(&self.path);
    }
}

impl NewFile {
    /// An empty one. `token` is fresh.
    pub(super) fn create(tree: &Tree, token: Uuid) -> Result<Self, SourceError> {
        let path = workshop(tree)?.join(format!("{token}.new"));
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(failure)?;
        step();
        Ok(Self { path, file })
    }

    /// Adds bytes at the end.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), SourceError> {
        (&self.file).write_all(bytes).map_err(failure)?;
        step();
        Ok(())
    }

    /// Puts the file at a path.
    pub(super) fn place(&self, tree: &Tree, path: &ItemPath, condition: &Condition) -> Result<Placed, SourceError> {
        self.file.sync_all().map_err(failure)?;
        step();
        let _alone = tree.placing.lock().unwrap_or_else(PoisonError::into_inner);
        match tree.locate(path)? {
            Some(found) => self.replace(tree, &found, condition),
            None => self.add(tree, path, condition),
        }
    }

    fn replace(&self, tree: &Tree, found: &Found, condition: &Condition) -> Result<Placed, SourceError> {
        let entry = &found.located.entry;
        if entry.is_folder {
            return Ok(Placed::IsFolder);
        }
        let holds = match condition {
            Condition::Any => true,
            Condition::Absent => false,
            Condition::Content(content) => *content == entry.content,
        };
        if !holds {
            return Ok(Placed::Refused);
        }
        let (Some(folder), Some(name)) = (entry.path.parent(), entry.path.name()) else {
            return Ok(Placed::IsFolder);
        };
        let Some(folder) = tree.locate(&folder)? else {
            return Ok(Placed::NoFolder);
        };
        self.file
            .set_permissions(found.pin.metadata.permissions())
            .map_err(failure)?;
        let folder = folder.pin.path();
        fs::rename(&self.path, folder.join(name)).map_err(failure)?;
        step();
        sync_folder(&folder)?;
        Ok(Placed::Replaced)
    }

    fn add(&self, tree: &Tree, path: &ItemPath, condition: &Condition) -> Result<Placed, SourceError> {
        if matches!(condition, Condition::Content(_)) {
            return Ok(Placed::Refused);
        }
        let (Some(folder), Some(name)) = (path.parent(), path.name()) else {
            return Ok(Placed::IsFolder);
        };
        let Some(folder) = tree.locate(&folder)?.filter(|folder| folder.located.entry.is_folder) else {
            return Ok(Placed::NoFolder);
        };
        let folder = folder.pin.path();
        // A link fails where a rename would overwrite what another process put there meanwhile.
        match fs::hard_link(&self.path, folder.join(name)) {
            Ok(()) => step(),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(Placed::Refused),
            Err(error) => return Err(failure(error)),
        }
        sync_folder(&folder)?;
        Ok(Placed::Created)
    }
}

/// See [`crate::source::ContentSource::is_checked_out`].
pub(super) fn is_checked_out(tree: &Tree, path: &ItemPath) -> Result<bool, SourceError> {
    let Some(found) = tree.locate(path)? else {
        return Ok(false);
    };
    let entry = &found.located.entry.path;
    let (Some(folder), Some(name)) = (entry.parent(), entry.name()) else {
        return Ok(false);
    };
    let Some(folder) = tree.locate(&folder)? else {
        return Ok(false);
    };
    let folder = folder.pin.path();
    for owner in owner_files(name) {
        if absent(fs::symlink_metadata(folder.join(owner)))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A place at which tests kill the process.
fn step() {
    #[cfg(test)]
    crate::tests::crashes::step();
}

/// Removes new files in no place yet that nobody has written to since `before`: their process has died. Says how many.
pub(super) fn sweep(tree: &Tree, before: Timestamp) -> Result<u64, SourceError> {
    let folder = tree.root()?.path.join(WORKSHOP);
    // A link could lead out of the drive.
    if !absent(fs::symlink_metadata(&folder))?.is_some_and(|found| found.is_dir()) {
        return Ok(0);
    }
    let mut removed = 0;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if is_new_file(&path) && is_older(&path, before)? && absent(fs::remove_file(&path))?.is_some() {
            removed += 1;
        }
    }
    Ok(removed)
}

/// The name is one given by [`NewFile::create`].
fn is_new_file(path: &Path) -> bool {
    let token = path.file_stem().and_then(|name| name.to_str());
    path.extension().is_some_and(|extension| extension == "new")
        && token.is_some_and(|token| Uuid::try_parse(token).is_ok())
}

fn is_older(path: &Path, before: Timestamp) -> Result<bool, SourceError> {
    let Some(found) = absent(fs::symlink_metadata(path))? else {
        return Ok(false);
    };
    let changed = Timestamp::try_from(found.modified()?).unwrap_or(Timestamp::MAX);
    Ok(found.is_file() && changed < before)
}

/// Keeps bytes of an upload aside.
pub(super) fn stage(tree: &Tree, upload: Uuid, piece: Uuid, bytes: &[u8]) -> Result<(), SourceError> {
    let folder = workshop(tree)?.join(upload.to_string());
    match fs::create_dir(&folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failure(error)),
        _ => {}
    }
    let path = folder.join(piece.to_string());
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(failure)?;
    file.write_all(bytes).map_err(failure)?;
    file.sync_all().map_err(failure)
}

/// Bytes kept aside.
pub(super) fn staged(tree: &Tree, upload: Uuid, piece: Uuid) -> Result<Option<Vec<u8>>, SourceError> {
    let path = workshop(tree)?.join(upload.to_string()).join(piece.to_string());
    absent(fs::read(path))
}

/// Forgets an upload.
pub(super) fn unstage(tree: &Tree, upload: Uuid) -> Result<(), SourceError> {
    let folder = workshop(tree)?.join(upload.to_string());
    absent(fs::remove_dir_all(folder)).map(drop)
}

/// The folder for what is not finished. It must be a real folder: a link could lead out of the drive.
fn workshop(tree: &Tree) -> Result<PathBuf, SourceError> {
    let path = tree.root()?.path.join(WORKSHOP);
    match fs::create_dir(&path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failure(error)),
        _ => {}
    }
    if !fs::symlink_metadata(&path)?.is_dir() {
        return Err(io::Error::from(ErrorKind::NotADirectory).into());
    }
    Ok(path)
}

/// What was renamed or linked survives the loss of power only when the folder is on the disk.
fn sync_folder(folder: &Path) -> Result<(), SourceError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failure)
}

fn failure(error: io::Error) -> SourceError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => SourceError::Full,
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => SourceError::ReadOnly,
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_may_not_be_written_is_no_fault_that_passes() {
        for kind in [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied] {
            assert!(matches!(failure(kind.into()), SourceError::ReadOnly), "{kind}");
        }
        assert!(matches!(failure(ErrorKind::StorageFull.into()), SourceError::Full));
        assert!(matches!(failure(ErrorKind::TimedOut.into()), SourceError::Failed(_)));
    }
}
