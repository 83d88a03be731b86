//! What the host knows of a file, as an entry of a drive.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

use jiff::Timestamp;

use crate::path::ItemPath;
use crate::source::SourceEntry;

/// The entry at a path. `own` is the object itself, `target` what it leads to when it is a link, else the same.
/// Absent when it is neither file nor folder.
pub(super) fn entry(path: ItemPath, own: &Metadata, target: &Metadata, root_device: u64) -> Option<SourceEntry> {
    if !target.is_file() && !target.is_dir() {
        return None;
    }
    let modified = timestamp(target.mtime(), target.mtime_nsec());
    Some(SourceEntry {
        key: if path.is_root() {
            String::new()
        } else {
            identity(own, root_device)
        },
        path,
        is_folder: target.is_dir(),
        size: if target.is_dir() { 0 } else { target.len() },
        content: content(target),
        is_exact: false,
        created: birth(target).unwrap_or(modified),
        modified,
    })
}

/// Identity of a file that survives renames, restarts and mounting elsewhere: inode and time of birth. The device
/// counts only where something else is mounted inside the drive, because its number changes between mounts.
fn identity(own: &Metadata, root_device: u64) -> String {
    let birth = birth(own).map_or(0, Timestamp::as_nanosecond);
    if own.dev() == root_device {
        format!("{}:{birth}", own.ino())
    } else {
        format!("{}:{birth}:{}", own.ino(), own.dev())
    }
}

/// The inode number in an identity.
pub(super) fn inode_of(key: &str) -> Option<u64> {
    key.split(':').next()?.parse().ok()
}

/// Source: product.md, Drives: `cTag` follows size and modification time; the inode tells a replaced file.
fn content(target: &Metadata) -> String {
    let size = if target.is_dir() { 0 } else { target.len() };
    format!("{size}:{}.{:09}:{}", target.mtime(), target.mtime_nsec(), target.ino())
}

/// Same object of the host.
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.dev() == other.dev() && one.ino() == other.ino()
}

fn birth(metadata: &Metadata) -> Option<Timestamp> {
    metadata.created().ok().and_then(|at| Timestamp::try_from(at).ok())
}

fn timestamp(seconds: i64, nanoseconds: i64) -> Timestamp {
    let nanoseconds = i32::try_from(nanoseconds).unwrap_or_default();
    Timestamp::new(seconds, nanoseconds).unwrap_or_default()
}
