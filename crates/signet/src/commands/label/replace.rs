//! A new version of a file, put in its place as a whole or not at all.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use signet_docmeta::write::{Rewrite, Segment};
use signet_domain::environment::IdSource;

/// A finished new version beside the file it is to replace. Dropped before that, it disappears.
pub(super) struct Replacement {
    target: PathBuf,
    /// Empty once the version is in place.
    temporary: Option<PathBuf>,
    /// What the file was when it was read.
    before: Metadata,
}

impl Replacement {
    /// Writes the new version to the disk, in the folder of the file, with its permissions and owner.
    pub(super) fn write(target: &Path, old: &mut File, rewrite: &Rewrite, ids: &dyn IdSource) -> io::Result<Self> {
        let before = old.metadata()?;
        let temporary = target.with_file_name(format!(".signet-{}.tmp", ids.next_id()));
        let mut new = create(&temporary)?;
        let replacement = Self {
            target: target.to_owned(),
            temporary: Some(temporary),
            before,
        };
        for segment in &rewrite.segments {
            match segment {
                Segment::Copy { offset, length } => copy(old, *offset, *length, &mut new)?,
                Segment::Bytes(bytes) => new.write_all(bytes)?,
            }
        }
        keep_access(&new, &replacement.before)?;
        new.sync_all()?;
        Ok(replacement)
    }

    /// Puts the new version in place, unless the file is another one than it was. `old` must be the file as it was opened.
    pub(super) fn put_in_place(mut self, old: &File) -> io::Result<()> {
        let now = fs::metadata(&self.target)?;
        if !same(&self.before, &now) || !same(&self.before, &old.metadata()?) {
            return Err(io::Error::other(
                "it was changed by another program meanwhile; try again",
            ));
        }
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target)?;
        }
        self.temporary = None;
        sync_folder(&self.target);
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nothing more can be done; the name says what it is.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// A file that only its owner can read until it has the permissions of the old one.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn copy(old: &mut File, offset: u64, length: u64, new: &mut File) -> io::Result<()> {
    old.seek(SeekFrom::Start(offset))?;
    let copied = io::copy(&mut old.take(length), new)?;
    if copied == length {
        Ok(())
    } else {
        Err(io::Error::other("it became shorter while it was read; try again"))
    }
}

/// Owner first, since a change of owner takes permissions away.
#[cfg(unix)]
fn keep_access(new: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let made = new.metadata()?;
    if (made.uid(), made.gid()) != (old.uid(), old.gid()) {
        fchown(new, Some(old.uid()), Some(old.gid()))
            .map_err(|error| io::Error::new(error.kind(), format!("its owner cannot be kept: {error}")))?;
    }
    new.set_permissions(old.permissions())
}

#[cfg(not(unix))]
fn keep_access(new: &File, old: &Metadata) -> io::Result<()> {
    new.set_permissions(old.permissions())
}

fn same(one: &Metadata, other: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if (one.dev(), one.ino()) != (other.dev(), other.ino()) {
            return false;
        }
    }
    one.len() == other.len() && one.modified().ok() == other.modified().ok()
}

/// Makes the new name last; a file system that cannot do so keeps names in its own way.
#[cfg(unix)]
fn sync_folder(target: &Path) {
    if let Some(folder) = target.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) {}
