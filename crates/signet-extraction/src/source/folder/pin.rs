//! Objects of the host held fast, so that what was checked is what is used.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::tree::{Root, visible_name};

/// A file or folder that lay inside the drive when it was looked up, whatever is exchanged on its path afterwards.
///
/// INVARIANT (nothing outside is shown or read): everything a drive tells about an object comes from its pin, or from
/// an entry of a pinned folder that is no link.
#[derive(Debug)]
pub(super) struct Pin {
    pub(super) metadata: Metadata,
    held: Held,
}

impl Pin {
    /// Follows links. `None`: the object lies outside of the drive, or is hidden in it.
    pub(super) fn new(root: &Root, path: &Path) -> io::Result<Option<Self>> {
        let (held, metadata) = Held::open(path)?;
        let place = held.place()?;
        let Ok(shown) = place.strip_prefix(&root.path) else {
            return Ok(None);
        };
        let is_shown = shown.components().all(|part| visible_name(part.as_os_str()).is_some());
        Ok(is_shown.then_some(Self { metadata, held }))
    }

    /// A path that leads to this very object, and below it to its entries.
    pub(super) fn path(&self) -> PathBuf {
        self.held.path()
    }

    /// What was opened through [`Pin::path`] is the pinned object.
    pub(super) fn is(&self, opened: &File) -> io::Result<bool> {
        Ok(super::entry::is_same(&self.metadata, &opened.metadata()?))
    }
}

/// Linux: a descriptor that names the object without opening it. The kernel says where the object really is and lets
/// it be used by its number.
#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Held(File);

#[cfg(target_os = "linux")]
impl Held {
    /// `O_PATH`, the same on every architecture Rust supports well.
    const PATH_ONLY: i32 = 0o10_000_000;

    fn open(path: &Path) -> io::Result<(Self, Metadata)> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let file = File::options().read(true).custom_flags(Self::PATH_ONLY).open(path)?;
        let metadata = file.metadata()?;
        Ok((Self(file), metadata))
    }

    fn path(&self) -> PathBuf {
        use std::os::fd::AsRawFd as _;
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }

    fn place(&self) -> io::Result<PathBuf> {
        std::fs::read_link(self.path())
    }
}

/// Elsewhere: the path with its links resolved. An exchange between looking and using is noticed when content is
/// opened ([`Pin::is`]), not when names are listed.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
struct Held(PathBuf);

#[cfg(not(target_os = "linux"))]
impl Held {
    fn open(path: &Path) -> io::Result<(Self, Metadata)> {
        let place = std::fs::canonicalize(path)?;
        let metadata = std::fs::symlink_metadata(&place)?;
        Ok((Self(place), metadata))
    }

    fn path(&self) -> PathBuf {
        self.0.clone()
    }

    fn place(&self) -> io::Result<PathBuf> {
        Ok(self.0.clone())
    }
}
