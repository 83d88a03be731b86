//! Walking a folder by names without ever leaving it.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::entry::entry;
use super::pin::Pin;
use crate::path::{ItemPath, fold};
use crate::source::{Located, SourceEntry, SourceError};

/// A folder of the host that is a drive.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
    /// Folders one of which the root must lie in, links resolved.
    allowed: Vec<PathBuf>,
    /// Most entries looked at by one search or one count.
    pub(super) scan_entries: usize,
    /// Held while a file takes its place, so that a condition checked stays true among writers of this process.
    pub(super) placing: Mutex<()>,
}

/// The root as it is now.
#[derive(Debug)]
pub(super) struct Root {
    /// Canonical, so that canonical paths inside begin with it.
    pub(super) path: PathBuf,
    pub(super) metadata: Metadata,
}

/// An object of the drive, held fast.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) located: Located,
    pub(super) pin: Pin,
}

struct Step {
    entry: SourceEntry,
    pin: Pin,
}

impl Tree {
    pub(super) fn new(root: PathBuf, allowed: Vec<PathBuf>, scan_entries: usize) -> Self {
        Self {
            root,
            allowed,
            scan_entries,
            placing: Mutex::new(()),
        }
    }

    /// # Errors
    /// `Failed` when the root is not there, no folder, or a link that leads out of what may be served.
    pub(super) fn root(&self) -> Result<Root, SourceError> {
        let path = fs::canonicalize(&self.root)?;
        let is_inside = |allowed: &PathBuf| fs::canonicalize(allowed).is_ok_and(|allowed| path.starts_with(allowed));
        if !self.allowed.iter().any(is_inside) {
            return Err(io::Error::from(ErrorKind::PermissionDenied).into());
        }
        let metadata = fs::metadata(&path)?;
        if !metadata.is_dir() {
            return Err(io::Error::from(ErrorKind::NotADirectory).into());
        }
        Ok(Root { path, metadata })
    }

    /// The object at a path, names without case.
    pub(super) fn locate(&self, path: &ItemPath) -> Result<Option<Found>, SourceError> {
        let root = self.root()?;
        let Some(mut here) = start(&root)? else { return Ok(None) };
        let mut folder = None;
        for name in path.names() {
            let Some(next) = step(&root, &here, name)? else {
                return Ok(None);
            };
            folder = Some(std::mem::replace(&mut here, next).entry);
        }
        let located = Located {
            entry: here.entry,
            folder,
        };
        Ok(Some(Found { located, pin: here.pin }))
    }
}

fn start(root: &Root) -> Result<Option<Step>, SourceError> {
    let Some(pin) = Pin::new(root, &root.path)? else {
        return Ok(None);
    };
    let entry = entry(ItemPath::root(), &pin.metadata, &pin.metadata, root.metadata.dev());
    Ok(entry.map(|entry| Step { entry, pin }))
}

/// One name down: the exact name, else one that differs in case only.
fn step(root: &Root, here: &Step, name: &str) -> Result<Option<Step>, SourceError> {
    if !here.entry.is_folder || is_hidden(name) {
        return Ok(None);
    }
    if let Some(exact) = child(root, here, name)? {
        return Ok(Some(exact));
    }
    for other in names_without_case(&here.pin.path(), name)? {
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
    let real = here.pin.path().join(name);
    let Some(own) = absent(fs::symlink_metadata(&real))? else {
        return Ok(None);
    };
    let Some(pin) = pin_child(root, &real, &own)? else {
        return Ok(None);
    };
    // What is no link is what was pinned, even when another file took its place in between.
    let own = if own.is_symlink() { &own } else { &pin.metadata };
    let entry = entry(path, own, &pin.metadata, root.metadata.dev());
    Ok(entry.map(|entry| Step { entry, pin }))
}

/// A link that leads nowhere is absence; anything else must open.
fn pin_child(root: &Root, real: &Path, own: &Metadata) -> Result<Option<Pin>, SourceError> {
    let pin = Pin::new(root, real);
    if own.is_symlink() {
        return Ok(pin.ok().flatten());
    }
    Ok(absent(pin)?.flatten())
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

/// An entry of a pinned folder. `None`: it is not there, no file or folder, or a link that leads out of the drive.
pub(super) fn inspect(root: &Root, path: ItemPath, real: &Path) -> Result<Option<SourceEntry>, SourceError> {
    let Some(own) = absent(fs::symlink_metadata(real))? else {
        return Ok(None);
    };
    if !own.is_symlink() {
        return Ok(entry(path, &own, &own, root.metadata.dev()));
    }
    let target = pin_child(root, real, &own)?;
    Ok(target.and_then(|target| entry(path, &own, &target.metadata, root.metadata.dev())))
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
