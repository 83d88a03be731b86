//! `signet inspect`: the labels found inside files.

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use signet_docmeta::{FileRange, Limits, Options, Protection, ReadError, Report, read_labels};

use super::found::{Fault, Inspected, Printer};
use crate::cli::InspectArgs;
use crate::output::{outln, printable, standard_output};

/// Files read before the first of them is printed.
const BATCH: usize = 256;

pub(super) fn run(args: &InspectArgs) -> anyhow::Result<ExitCode> {
    let mut failed = false;
    if args.json {
        let found = inspect_all(&args.files, args.jobs);
        failed = found.iter().any(|inspected| inspected.error.is_some());
        outln!("{}", serde_json::to_string_pretty(&found)?)?;
    } else {
        let mut printer = Printer::new(standard_output(), args.format)?;
        for files in args.files.chunks(BATCH) {
            for inspected in inspect_all(files, args.jobs) {
                failed |= inspected.error.is_some();
                printer.add(&inspected)?;
            }
        }
        printer.finish(0)?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Reads files side by side, `jobs` at a time; the answers are in the order of the files.
pub(super) fn inspect_all<P: AsRef<Path> + Sync>(files: &[P], jobs: usize) -> Vec<Inspected> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((index, file)) = take(files, &next) {
            done.push((index, inspect(file.as_ref())));
        }
        done
    };
    let mut done: Vec<(usize, Inspected)> = std::thread::scope(|scope| {
        let count = threads(jobs).min(files.len());
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
        // A panic of the reader would be a defect; it is not hidden.
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().flat_map(join).collect()
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, inspected)| inspected).collect()
}

fn take<'f, P>(files: &'f [P], next: &AtomicUsize) -> Option<(usize, &'f P)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    Some((index, files.get(index)?))
}

fn threads(jobs: usize) -> usize {
    match jobs {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs.min(256),
    }
}

/// Reads one file. A file that cannot be read is an answer too.
fn inspect(file: &Path) -> Inspected {
    let shown = printable(&file.to_string_lossy());
    match read(file) {
        Ok(report) => Inspected {
            file: shown,
            protection: (report.protection != Protection::None).then(|| format!("{:?}", report.protection)),
            labels: report.labels.iter().map(Into::into).collect(),
            error: None,
        },
        Err(error) => Inspected {
            file: shown,
            labels: Vec::new(),
            protection: None,
            error: Some(Fault::of_read(&error)),
        },
    }
}

fn read(file: &Path) -> Result<Report, ReadError> {
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut range = FileRange::new(open(file)?)?;
    read_labels(&mut range, &name, &Options::default(), &Limits::background())
}

/// A pipe or a device would never end, or never begin.
fn open(file: &Path) -> std::io::Result<File> {
    if !std::fs::metadata(file)?.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    File::open(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_files() {
        let folder = tempfile::TempDir::new().unwrap();
        let files: Vec<_> = (0..40)
            .map(|number| folder.path().join(format!("{number}.txt")))
            .collect();
        for file in files.iter().take(20) {
            std::fs::write(file, b"x").unwrap();
        }
        for jobs in [0, 1, 7] {
            let found = inspect_all(&files, jobs);
            assert_eq!(found.len(), 40);
            for (file, found) in files.iter().zip(&found) {
                assert_eq!(found.file, file.display().to_string());
            }
            let code = |index: usize| found[index].error.as_ref().unwrap().code;
            assert_eq!((code(0), code(39)), ("notSupported", "unreadable"));
        }
        assert!(inspect_all::<&Path>(&[], 3).is_empty());
    }
}
