//! `signet label set`: the label of one tenant inside files.

mod choice;
mod file;
mod replace;

use std::process::ExitCode;

use serde::Serialize;

use super::found::{Fault, InspectedLabel};
use crate::cli::{LabelCommand, LabelSetArgs};
use crate::environment::{RandomIds, SystemClock};
use crate::output::{outln, print, printable, table};
use choice::Choice;

/// What became of one file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Labelled {
    file: String,
    /// `labelled`, `removed`, `unchanged` or `failed`.
    result: &'static str,
    /// The labels inside the file afterwards.
    labels: Vec<InspectedLabel>,
    /// What the caller may want to know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

pub(super) fn run(command: &LabelCommand) -> anyhow::Result<ExitCode> {
    let LabelCommand::Set(args) = command;
    set(args)
}

fn set(args: &LabelSetArgs) -> anyhow::Result<ExitCode> {
    let choice = Choice::read(args)?;
    let labelled: Vec<Labelled> = args
        .files
        .iter()
        .map(|path| {
            let file = printable(&path.to_string_lossy());
            match file::set_label(path, &choice, args.dry_run, &SystemClock, &RandomIds) {
                Ok(outcome) => Labelled {
                    file,
                    result: outcome.result,
                    labels: outcome.labels.iter().map(Into::into).collect(),
                    warnings: outcome.warnings,
                    error: None,
                },
                Err(fault) => Labelled {
                    file,
                    result: "failed",
                    labels: Vec::new(),
                    warnings: Vec::new(),
                    error: Some(fault),
                },
            }
        })
        .collect();
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&labelled)?)?;
    } else {
        print(&table(&rows(&labelled)))?;
    }
    let failed = labelled.iter().any(|file| file.error.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn rows(labelled: &[Labelled]) -> Vec<Vec<String>> {
    let mut rows = vec![["FILE", "RESULT", "LABELS"].map(str::to_owned).to_vec()];
    for file in labelled {
        let ids: Vec<&str> = file
            .labels
            .iter()
            .map(|label| label.sensitivity_label_id.as_str())
            .collect();
        let what = match &file.error {
            Some(fault) => format!("({}: {})", fault.code, fault.message),
            None if ids.is_empty() => "(no label)".to_owned(),
            None => ids.join(" "),
        };
        let warnings: String = file.warnings.iter().map(|warning| format!("; {warning}")).collect();
        rows.push(vec![file.file.clone(), file.result.to_owned(), what + &warnings]);
    }
    rows
}
