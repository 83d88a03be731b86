//! Finding objects that were renamed, by their identity.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::os::unix::fs::DirEntryExt;
use std::time::Instant;

use super::entry::inode_of;
use super::tree::{Root, Tree, inspect, visible_name};
use crate::path::ItemPath;
use crate::source::{SearchOutcome, SourceError};

struct Search<'a> {
    root: Root,
    /// Keys still looked for, by inode.
    wanted: HashMap<u64, Vec<&'a str>>,
    found: HashMap<String, ItemPath>,
    entries_left: usize,
    until: Instant,
    /// Everything so far could be looked at.
    complete: bool,
}

/// Looks in the folder `near`, then in the whole tree, folder by folder. Folders that cannot be read, the bound on
/// entries and the time make the answer incomplete.
pub(super) fn search(
    tree: &Tree,
    keys: &[String],
    near: &ItemPath,
    until: Instant,
) -> Result<SearchOutcome, SourceError> {
    let mut wanted: HashMap<u64, Vec<&str>> = HashMap::new();
    for key in keys {
        if let Some(inode) = inode_of(key) {
            wanted.entry(inode).or_default().push(key);
        }
    }
    let root = tree.root()?;
    let mut search = Search {
        root,
        wanted,
        found: HashMap::new(),
        entries_left: tree.scan_entries,
        until,
        complete: true,
    };
    if !near.is_root() {
        search.look_in(near, &mut VecDeque::new())?;
    }
    let mut folders = VecDeque::from([ItemPath::root()]);
    while let Some(folder) = folders.pop_front() {
        if search.is_over() {
            break;
        }
        search.look_in(&folder, &mut folders)?;
    }
    Ok(SearchOutcome {
        found: search.found,
        complete: search.complete,
    })
}

impl Search<'_> {
    fn is_over(&mut self) -> bool {
        if self.wanted.is_empty() {
            return true;
        }
        if self.entries_left == 0 || Instant::now() >= self.until {
            self.complete = false;
        }
        !self.complete
    }

    fn look_in(&mut self, folder: &ItemPath, folders: &mut VecDeque<ItemPath>) -> Result<(), SourceError> {
        let real = folder
            .names()
            .iter()
            .fold(self.root.path.clone(), |path, name| path.join(name));
        let Ok(entries) = fs::read_dir(&real) else {
            // Gone meanwhile, or closed to us: then what is in it stays unknown.
            self.complete &= !real.exists();
            return Ok(());
        };
        for entry in entries.map_while(Result::ok) {
            if self.entries_left == 0 {
                self.complete = false;
                return Ok(());
            }
            self.entries_left -= 1;
            self.look_at(folder, &entry, folders)?;
        }
        Ok(())
    }

    fn look_at(
        &mut self,
        folder: &ItemPath,
        entry: &fs::DirEntry,
        folders: &mut VecDeque<ItemPath>,
    ) -> Result<(), SourceError> {
        let name = entry.file_name();
        let Some(path) = visible_name(&name).and_then(|name| folder.child(name)) else {
            return Ok(());
        };
        if self.wanted.contains_key(&entry.ino()) {
            let inspected = inspect(&self.root, path.clone(), &entry.path())?;
            if let Some(seen) = inspected {
                self.note(entry.ino(), &seen.key, &path);
            }
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push_back(path);
        }
        Ok(())
    }

    fn note(&mut self, inode: u64, key: &str, path: &ItemPath) {
        let Some(keys) = self.wanted.get_mut(&inode) else {
            return;
        };
        let before = keys.len();
        keys.retain(|wanted| *wanted != key);
        if keys.len() < before {
            self.found.insert(key.to_owned(), path.clone());
        }
        if keys.is_empty() {
            self.wanted.remove(&inode);
        }
    }
}
