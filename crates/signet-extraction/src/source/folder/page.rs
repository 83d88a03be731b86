//! Pages of a folder in the order of names, in memory proportional to the page and not to the folder.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs;
use std::path::Path;

use super::tree::{Found, Root, Tree, absent, inspect, visible_name};
use crate::path::{ItemPath, fold};
use crate::source::{ListedEntry, PageRequest, SourceError, SourcePage};

/// A name in the order of a listing.
#[derive(Debug, PartialEq, Eq)]
struct Ranked {
    folded: String,
    name: String,
    descending: bool,
}

impl Ranked {
    fn new(name: &str, descending: bool) -> Self {
        Self {
            folded: fold(name),
            name: name.to_owned(),
            descending,
        }
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        let ascending = (&self.folded, &self.name).cmp(&(&other.folded, &other.name));
        if self.descending {
            ascending.reverse()
        } else {
            ascending
        }
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A page of a folder. Entries that vanish or turn out not to be shown make it shorter, never the list.
pub(super) fn list(tree: &Tree, folder: &ItemPath, request: &PageRequest) -> Result<Option<SourcePage>, SourceError> {
    let root = tree.root()?;
    let Some(found) = tree.locate(folder)?.filter(|found| found.located.entry.is_folder) else {
        return Ok(None);
    };
    let mut names = first_names(&found.pin.path(), request)?;
    let more = names.len() > request.top;
    names.truncate(request.top);
    let next = names.last().filter(|_| more).cloned();
    let mut counted = Counter {
        left: tree.scan_entries,
    };
    let mut entries = Vec::with_capacity(names.len());
    for name in &names {
        entries.extend(listed(&root, &found, name, &mut counted)?);
    }
    Ok(Some(SourcePage { entries, next }))
}

/// The first names after the requested one, at most one more than asked for.
fn first_names(folder: &Path, request: &PageRequest) -> Result<Vec<String>, SourceError> {
    let after = request
        .after
        .as_deref()
        .map(|name| Ranked::new(name, request.descending));
    let mut first = BinaryHeap::with_capacity(request.top.saturating_add(2));
    let Some(entries) = absent(fs::read_dir(folder))? else {
        return Ok(Vec::new());
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = visible_name(&name) else { continue };
        if !entry
            .file_type()
            .is_ok_and(|kind| kind.is_dir() || kind.is_file() || kind.is_symlink())
        {
            continue;
        }
        let ranked = Ranked::new(name, request.descending);
        if after.as_ref().is_some_and(|after| ranked <= *after) {
            continue;
        }
        first.push(ranked);
        if first.len() > request.top.saturating_add(1) {
            first.pop();
        }
    }
    Ok(first.into_sorted_vec().into_iter().map(|ranked| ranked.name).collect())
}

fn listed(root: &Root, folder: &Found, name: &str, counted: &mut Counter) -> Result<Option<ListedEntry>, SourceError> {
    let Some(path) = folder.located.entry.path.child(name) else {
        return Ok(None);
    };
    let real = folder.pin.path().join(name);
    let Some(entry) = inspect(root, path, &real)? else {
        return Ok(None);
    };
    let child_count = if entry.is_folder {
        counted.count(root, &entry.path, &real)
    } else {
        0
    };
    Ok(Some(ListedEntry { entry, child_count }))
}

/// Number of entries a folder shows; stops counting at the tree's bound.
pub(super) fn count(tree: &Tree, folder: &ItemPath) -> Result<u64, SourceError> {
    let root = tree.root()?;
    let Some(found) = tree.locate(folder)? else {
        return Ok(0);
    };
    Ok(Counter {
        left: tree.scan_entries,
    }
    .count(&root, &found.located.entry.path, &found.pin.path()))
}

/// Entries that may still be looked at.
struct Counter {
    left: usize,
}

impl Counter {
    /// Entries of a folder, as far as they can be seen: a folder closed to us counts as empty.
    fn count(&mut self, root: &Root, path: &ItemPath, real: &Path) -> u64 {
        let Ok(entries) = fs::read_dir(real) else { return 0 };
        let mut count = 0;
        for entry in entries.map_while(Result::ok) {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            count += u64::from(is_shown(root, path, &entry));
        }
        count
    }
}

fn is_shown(root: &Root, folder: &ItemPath, entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let Some(path) = visible_name(&name).and_then(|name| folder.child(name)) else {
        return false;
    };
    let Ok(kind) = entry.file_type() else { return false };
    if kind.is_symlink() {
        return matches!(inspect(root, path, &entry.path()), Ok(Some(_)));
    }
    kind.is_dir() || kind.is_file()
}
