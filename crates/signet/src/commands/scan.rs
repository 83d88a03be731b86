//! `signet scan`: the labels found inside the files of a folder tree, and a summary.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use signet_docmeta::{Options, Support, supported};

use super::inspect::{Inspected, inspect};
use crate::cli::{ScanArgs, ScanFormat};
use crate::output::table;

/// Deepest folder looked into.
const MAX_DEPTH: usize = 64;

pub(super) fn run(args: &ScanArgs) -> anyhow::Result<ExitCode> {
    let files = files(&args.folder)?;
    let progress = ProgressBar::new(files.len() as u64);
    progress.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} files  {eta} left")?);
    let mut summary = Summary::default();
    let mut out = std::io::stdout().lock();
    if args.format == ScanFormat::Csv {
        writeln!(out, "file,sensitivityLabelId,assignmentMethod,tenantId,error")?;
    }
    for file in &files {
        let found = inspect(file);
        summary.add(&found);
        match args.format {
            ScanFormat::Table => {}
            ScanFormat::Json => writeln!(out, "{}", serde_json::to_string(&found)?)?,
            ScanFormat::Csv => write_csv(&mut out, &found)?,
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    match args.format {
        ScanFormat::Table => write!(out, "{}", summary.table())?,
        ScanFormat::Json | ScanFormat::Csv => eprint!("{}", summary.table()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Supported files below a folder, by path. Links are not followed.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let options = Options::default();
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            let path = entry.path();
            if kind.is_dir() && depth < MAX_DEPTH {
                open.push((path, depth + 1));
            } else if kind.is_file() && supported(&entry.file_name().to_string_lossy(), &options) == Support::Yes {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn write_csv(out: &mut impl Write, found: &Inspected) -> std::io::Result<()> {
    let file = field(&found.file);
    if let Some(fault) = &found.error {
        return writeln!(out, "{file},,,,{}", fault.code);
    }
    if found.labels.is_empty() {
        return writeln!(out, "{file},,,,");
    }
    found.labels.iter().try_for_each(|label| {
        writeln!(
            out,
            "{file},{},{},{},",
            label.sensitivity_label_id, label.assignment_method, label.tenant_id
        )
    })
}

fn field(text: &str) -> String {
    let plain = !text.contains([',', '"', '\n', '\r']);
    if plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

/// Files by label and by failure.
#[derive(Debug, Default)]
struct Summary {
    files: u64,
    counts: BTreeMap<String, u64>,
}

impl Summary {
    fn add(&mut self, found: &Inspected) {
        self.files += 1;
        let mut count = |what: String| *self.counts.entry(what).or_default() += 1;
        if let Some(fault) = &found.error {
            count(format!("({})", fault.code));
        } else if found.labels.is_empty() {
            count("(no label)".to_owned());
        }
        for label in &found.labels {
            count(label.sensitivity_label_id.clone());
        }
    }

    fn table(&self) -> String {
        let mut rows = vec![vec!["LABEL".to_owned(), "FILES".to_owned()]];
        rows.extend(
            self.counts
                .iter()
                .map(|(what, count)| vec![what.clone(), count.to_string()]),
        );
        rows.push(vec!["all files".to_owned(), self.files.to_string()]);
        table(&rows)
    }
}
