//! Walking a folder by names without ever leaving it.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::entry::{entry, is_same};
use crate::path::{ItemPath, fold};
use crate::source::{Located, SourceEntry, SourceError};

/// A folder of the host that is a drive.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
    /// Most entries looked at by one search or one count.
    pub(super) scan_entries: usize,
}

/// The root as it is now.
#[derive(Debug)]
pub(super) struct Root {
    /// Canonical, so that canonical paths inside begin with it.
    pub(super) path: PathBuf,
    pub(super) metadata: Metadata,
}

/// An object of the drive and where it lies on the host.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) located: Located,
    pub(super) real: PathBuf,
}

struct Step {
    entry: SourceEntry,
    real: PathBuf,
    target: Metadata,
}

impl Tree {
    pub(super) fn new(root: PathBuf, scan_entries: usize) -> Self {
        Self { root, scan_entries }
    }

    /// # Errors
    /// `Failed` when the root is not there or no folder.
    pub(super) fn root(&self) -> Result<Root, SourceError> {
        let path = fs::canonicalize(&self.root)?;
        let metadata = fs::metadata(&path)?;
        if !metadata.is_dir() {
            return Err(io::Error::from(ErrorKind::NotADirectory).into());
        }
        Ok(Root { path, metadata })
    }

    /// The object at a path, names without case.
    pub(super) fn locate(&self, path: &ItemPath) -> Result<Option<Found>, SourceError> {
        let root = self.root()?;
        let Some(root_entry) = entry(ItemPath::root(), &root.metadata, &root.metadata, root.metadata.dev()) else {
            return Ok(None);
        };
        let mut here = Step {
            entry: root_entry,
            real: root.path.clone(),
            target: root.metadata.clone(),
        };
        let mut folder = None;
        for name in path.names() {
            let Some(next) = step(&root, &here, name)? else {
                return Ok(None);
            };
            folder = Some(std::mem::replace(&mut here, next).entry);
        }
        if !leads_inside(&root, &here.real, &here.target) {
            return Ok(None);
        }
        Ok(Some(Found {
            located: Located {
                entry: here.entry,
                folder,
            },
            real: here.real,
        }))
    }
}

/// One name down: the exact name, else one that differs in case only.
fn step(root: &Root, here: &Step, name: &str) -> Result<Option<Step>, SourceError> {
    if !here.entry.is_folder || is_hidden(name) {
        return Ok(None);
    }
    if let Some(exact) = child(root, here, name)? {
        return Ok(Some(exact));
    }
    for other in names_without_case(&here.real, name)? {
        if let Some(found) = child(root, here, &other)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn child(root: &Root, here: &Step, name: &str) -> Result<Option<Step>, SourceError> {
    let Some(path) = here.entry.path.child(name) else {
        return Ok(None);
    };
    let real = here.real.join(name);
    let Some((entry, target)) = inspect(root, path, &real)? else {
        return Ok(None);
    };
    Ok(Some(Step { entry, real, target }))
}

/// Names of a folder that differ from a name in case only, in byte order.
fn names_without_case(folder: &Path, name: &str) -> Result<Vec<String>, SourceError> {
    let wanted = fold(name);
    let mut names = Vec::new();
    let Some(entries) = absent(fs::read_dir(folder))? else {
        return Ok(names);
    };
    for entry in entries {
        let other = entry?.file_name();
        if let Some(other) = visible_name(&other)
            && other != name
            && fold(other) == wanted
        {
            names.push(other.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The entry of an object. `None`: it is not there, no file or folder, or a link that leads out of the drive.
pub(super) fn inspect(
    root: &Root,
    path: ItemPath,
    real: &Path,
) -> Result<Option<(SourceEntry, Metadata)>, SourceError> {
    let Some(own) = absent(fs::symlink_metadata(real))? else {
        return Ok(None);
    };
    let target = if own.is_symlink() {
        link_target(root, real)
    } else {
        Some(own.clone())
    };
    let Some(target) = target else { return Ok(None) };
    Ok(entry(path, &own, &target, root.metadata.dev()).map(|entry| (entry, target)))
}

/// What a link leads to; absent when that is outside of the drive or nothing.
fn link_target(root: &Root, link: &Path) -> Option<Metadata> {
    let target = fs::canonicalize(link).ok()?;
    let shown = target.strip_prefix(&root.path).ok()?;
    // A link must not uncover what the drive hides.
    let is_shown = shown.components().all(|part| visible_name(part.as_os_str()).is_some());
    if is_shown {
        fs::symlink_metadata(&target).ok()
    } else {
        None
    }
}

/// The path leads to this object and the object lies inside the drive. Asked after the object was looked at or opened,
/// it tells when a folder on the way was exchanged for a link meanwhile.
pub(super) fn leads_inside(root: &Root, real: &Path, seen: &Metadata) -> bool {
    let Ok(canonical) = fs::canonicalize(real) else {
        return false;
    };
    canonical.starts_with(&root.path) && fs::symlink_metadata(&canonical).is_ok_and(|now| is_same(&now, seen))
}

/// The name as a drive shows it; absent when it does not.
pub(super) fn visible_name(name: &OsStr) -> Option<&str> {
    name.to_str().filter(|name| !is_hidden(name))
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

/// Nothing of that name, as `None`. Names the host cannot have, and loops of links, are absence too.
pub(super) fn absent<T>(answer: io::Result<T>) -> Result<Option<T>, SourceError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_absence(error.kind()) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_absence(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename | ErrorKind::InvalidInput
    )
}
