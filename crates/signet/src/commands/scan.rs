//! `signet scan`: the labels found inside the files of a folder tree, and a summary.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use signet_docmeta::{Options, Support, supported};

use super::found::{Fault, Inspected, Printer, UNREADABLE};
use super::inspect::inspect_all;
use crate::cli::{OutputFormat, ScanArgs};
use crate::output::{printable, standard_output};

/// Deepest folder looked into.
const MAX_DEPTH: usize = 64;
/// Files read before the first of them is printed.
const BATCH: usize = 256;

pub(super) fn run(args: &ScanArgs) -> anyhow::Result<ExitCode> {
    fs::read_dir(&args.folder).with_context(|| format!("cannot read {}", args.folder.display()))?;
    let progress = progress(args.format)?;
    let mut walk = Walk::new(&args.folder, &progress);
    let mut printer = Printer::new(standard_output(), args.format)?;
    let mut unreadable = false;
    loop {
        let files: Vec<PathBuf> = walk.by_ref().take(BATCH).collect();
        if files.is_empty() {
            break;
        }
        let found = inspect_all(&files, args.jobs);
        progress.suspend(|| {
            found.iter().try_for_each(|inspected| {
                unreadable |= inspected.error.as_ref().is_some_and(|fault| fault.code == UNREADABLE);
                printer.add(inspected)
            })
        })?;
        progress.inc(found.len() as u64);
    }
    progress.finish_and_clear();
    for fault in &walk.faults {
        printer.add(fault)?;
    }
    printer.finish(walk.passed_over)?;
    let complete = !unreadable && walk.faults.is_empty();
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A bar on standard error. Rows printed between two of its lines would be torn when both go to one terminal, so it
/// steps aside for them.
fn progress(format: OutputFormat) -> anyhow::Result<ProgressBar> {
    let progress = ProgressBar::new(0);
    progress.set_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} files found so far  {elapsed}",
    )?);
    if format == OutputFormat::Table || !std::io::stdout().is_terminal() {
        progress.enable_steady_tick(Duration::from_millis(200));
    }
    Ok(progress)
}

/// Supported files below a folder, folder by folder, by name. Links are not followed, so there are no circles.
struct Walk<'a> {
    options: Options,
    progress: &'a ProgressBar,
    /// What is still to be looked at, in reverse order.
    open: Vec<Place>,
    passed_over: u64,
    /// Folders that could not be read.
    faults: Vec<Inspected>,
}

struct Place {
    path: PathBuf,
    depth: usize,
    is_folder: bool,
}

impl<'a> Walk<'a> {
    fn new(folder: &Path, progress: &'a ProgressBar) -> Self {
        Self {
            options: Options::default(),
            progress,
            open: vec![Place {
                path: folder.to_owned(),
                depth: 0,
                is_folder: true,
            }],
            passed_over: 0,
            faults: Vec::new(),
        }
    }

    fn enter(&mut self, folder: &Place) {
        if folder.depth > MAX_DEPTH {
            return self.fault(&folder.path, format!("it lies deeper than {MAX_DEPTH} folders"));
        }
        let mut places = match self.places(folder) {
            Ok(places) => places,
            Err(error) => return self.fault(&folder.path, error.to_string()),
        };
        places.sort_unstable_by(|one, other| other.path.cmp(&one.path));
        let files = places.iter().filter(|place| !place.is_folder).count();
        self.progress.inc_length(files as u64);
        self.open.extend(places);
    }

    fn places(&mut self, folder: &Place) -> std::io::Result<Vec<Place>> {
        let mut places = Vec::new();
        for entry in fs::read_dir(&folder.path)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let is_folder = kind.is_dir();
            if is_folder || (kind.is_file() && self.carries_label(&entry)) {
                places.push(Place {
                    path: entry.path(),
                    depth: folder.depth + 1,
                    is_folder,
                });
            } else {
                self.passed_over += 1;
            }
        }
        Ok(places)
    }

    fn carries_label(&self, entry: &fs::DirEntry) -> bool {
        supported(&entry.file_name().to_string_lossy(), &self.options) == Support::Yes
    }

    fn fault(&mut self, path: &Path, message: String) {
        self.faults.push(Inspected {
            file: printable(&path.to_string_lossy()),
            labels: Vec::new(),
            protection: None,
            error: Some(Fault {
                code: UNREADABLE,
                message,
            }),
        });
    }
}

impl Iterator for Walk<'_> {
    type Item = PathBuf;

    fn next(&mut self) -> Option<PathBuf> {
        loop {
            let place = self.open.pop()?;
            if !place.is_folder {
                return Some(place.path);
            }
            self.enter(&place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_file_once_and_no_link() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("b/c")).unwrap();
        for name in ["z.docx", "b/c/y.pdf", "b/x.txt", "a.eml"] {
            fs::write(path(name), b"").unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path(), path("b/loop")).unwrap();
            std::os::unix::fs::symlink(path("z.docx"), path("b/link.docx")).unwrap();
        }
        let progress = ProgressBar::hidden();
        let mut walk = Walk::new(folder.path(), &progress);
        let found: Vec<PathBuf> = walk.by_ref().collect();
        assert_eq!(found, ["a.eml", "b/c/y.pdf", "z.docx"].map(path));
        assert_eq!(walk.passed_over, if cfg!(unix) { 3 } else { 1 });
        assert!(walk.faults.is_empty());
    }

    #[test]
    fn folders_out_of_reach_are_reported() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut deep = folder.path().to_owned();
        for _ in 0..=MAX_DEPTH {
            deep.push("d");
        }
        fs::create_dir_all(&deep).unwrap();
        let progress = ProgressBar::hidden();
        let mut walk = Walk::new(folder.path(), &progress);
        assert_eq!(walk.by_ref().count(), 0);
        assert_eq!(walk.faults.len(), 1);
        let mut walk = Walk::new(&folder.path().join("none"), &progress);
        assert_eq!((walk.by_ref().count(), walk.faults.len()), (0, 1));
    }
}
