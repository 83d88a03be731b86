//! One file: read, checked, rewritten, put in place.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use signet_docmeta::write::{LabelChange, NewLabel, Rewrite, Warning, WriteError, WriteOptions, set_label as rewrite};
use signet_docmeta::{FileRange, FoundLabel, Guid, Limits, Method, Options, Report, read_labels};
use signet_domain::environment::{Clock, IdSource};

use super::choice::Choice;
use super::replace::Replacement;
use crate::commands::found::{Fault, UNREADABLE};

/// What became of a file that did not fail.
pub(super) struct Outcome {
    pub(super) result: &'static str,
    /// The labels inside the file afterwards.
    pub(super) labels: Vec<FoundLabel>,
    pub(super) warnings: Vec<&'static str>,
}

/// Sets or removes the label of one file. Whatever fails, the file is as it was.
pub(super) fn set_label(
    path: &Path,
    choice: &Choice,
    dry_run: bool,
    clock: &dyn Clock,
    ids: &dyn IdSource,
) -> Result<Outcome, Fault> {
    // What a link leads to is labelled; the link stays.
    let path = std::fs::canonicalize(path).map_err(unreadable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut file = open(&path, &name)?;
    let limits = Limits::background();
    let options = write_options(choice);
    let before = {
        let mut range = FileRange::new(&file).map_err(unreadable)?;
        read_labels(&mut range, &name, &options.read, &limits).map_err(|error| Fault::of_read(&error))?
    };
    let Some(change) = change(choice, &before, clock, ids)? else {
        return Ok(unchanged(before));
    };
    let rewrite = {
        let mut range = FileRange::new(&file).map_err(unreadable)?;
        rewrite(&mut range, &name, &change, &options, &limits).map_err(|error| write_fault(&error))?
    };
    if !rewrite.changed {
        return Ok(unchanged(before));
    }
    let labels = labels_after(&rewrite, &file, &name, &options.read, &limits)?;
    if !dry_run {
        let replacement = Replacement::write(&path, &mut file, &rewrite, ids).map_err(unwritable)?;
        replacement.put_in_place(&file).map_err(unwritable)?;
    }
    Ok(Outcome {
        result: if change.label.is_some() { "labelled" } else { "removed" },
        labels,
        warnings: rewrite
            .warnings
            .iter()
            .map(|Warning::Signed| "the file is digitally signed; check its signature")
            .collect(),
    })
}

fn unchanged(before: Report) -> Outcome {
    Outcome {
        result: "unchanged",
        labels: before.labels,
        warnings: Vec::new(),
    }
}

/// The file, which nobody may be working on. The lock is held until the file is closed.
fn open(path: &Path, name: &str) -> Result<File, Fault> {
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::Error::other("not a regular file")));
    }
    if metadata.permissions().readonly() {
        return Err(fault(
            "accessDenied",
            "the file is read-only; allow writing and try again",
        ));
    }
    if let Some(owner) = owner_files(path, name).into_iter().find(|owner| owner.exists()) {
        let owner = crate::output::printable(&owner.file_name().unwrap_or_default().to_string_lossy());
        let message = format!("the file is open in an editor, as `{owner}` says; close it and try again");
        return Err(fault("fileCheckedOut", message));
    }
    let file = File::open(path).map_err(unreadable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        // Not every file system knows locks.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(unreadable(error)),
        Err(TryLockError::WouldBlock) => Err(fault(
            "fileCheckedOut",
            "another program has locked the file; try again when it is done",
        )),
    }
}

/// What editors put beside a file they have open: Word cuts the first two characters of long names, Excel and
/// PowerPoint cut none, LibreOffice has a form of its own.
fn owner_files(path: &Path, name: &str) -> Vec<PathBuf> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().chars().count();
    let cut = stem.saturating_sub(6).min(2);
    let short: String = name.chars().skip(cut).collect();
    let names = [format!("~${name}"), format!("~${short}"), format!(".~lock.{name}#")];
    names.iter().map(|name| path.with_file_name(name)).collect()
}

fn write_options(choice: &Choice) -> WriteOptions {
    let mut read = Options::default();
    read.label_info.insert(choice.tenant, choice.label_info);
    WriteOptions {
        read,
        sync_custom_properties: None,
    }
}

/// What is to be done; nothing when the file already is as asked for. Source: labelling semantics C3 and C4.
fn change(
    choice: &Choice,
    before: &Report,
    clock: &dyn Clock,
    ids: &dyn IdSource,
) -> Result<Option<LabelChange>, Fault> {
    let current = before.labels.iter().find(|label| label.tenant_id == choice.tenant);
    let mut method = choice.method;
    if let (Some(current), Some(label)) = (current, choice.label) {
        if current.label_id != label && current.method == Method::Privileged && method == Method::Standard {
            let message = format!(
                "somebody chose the label `{}` the file carries; replace it with --method privileged or auto",
                current.label_id
            );
            return Err(fault("privilegedRequired", message));
        }
        if current.label_id == label {
            // A method is never lowered, and `auto` is noted as `standard`.
            if current.method == Method::Privileged || method != Method::Privileged {
                return Ok(None);
            }
            method = method.max(current.method);
        }
    }
    let label = choice.label.map(|label_id| NewLabel {
        label_id,
        method,
        name: choice.name.clone(),
        set_date: clock.now().as_second(),
        action_id: Guid::from_bytes(ids.next_id().into_bytes()),
    });
    Ok(Some(LabelChange {
        tenant_id: choice.tenant,
        label,
    }))
}

fn labels_after(
    rewrite: &Rewrite,
    file: &File,
    name: &str,
    options: &Options,
    limits: &Limits,
) -> Result<Vec<FoundLabel>, Fault> {
    let mut original = FileRange::new(file).map_err(unreadable)?;
    let report = read_labels(&mut rewrite.over(&mut original), name, options, limits);
    report
        .map(|report| report.labels)
        .map_err(|error| Fault::of_read(&error))
}

fn write_fault(error: &WriteError) -> Fault {
    match error {
        WriteError::NotSupported { .. } => fault("notSupported", error.to_string()),
        WriteError::DocumentCertified => fault("documentCertified", error.to_string()),
        WriteError::Read(error) => Fault::of_read(error),
        WriteError::Verification { .. } => fault("generalException", error.to_string()),
    }
}

fn fault(code: &'static str, message: impl Into<String>) -> Fault {
    Fault {
        code,
        message: message.into(),
    }
}

fn unreadable(error: io::Error) -> Fault {
    fault(UNREADABLE, format!("reading the file failed: {error}"))
}

fn unwritable(error: io::Error) -> Fault {
    fault("notWritten", format!("the file is as it was; {error}"))
}

#[cfg(test)]
mod tests;
