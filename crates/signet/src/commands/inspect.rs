//! `signet inspect`: the labels found inside files.

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use signet_docmeta::{FileRange, Limits, Method, Options, Protection, ReadError, Report, read_labels};

use crate::cli::InspectArgs;
use crate::output::{printable, table};

/// What was found in one file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Inspected {
    /// The file.
    pub(super) file: String,
    /// The labels.
    pub(super) labels: Vec<InspectedLabel>,
    /// How it is protected, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) protection: Option<String>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Fault>,
}

/// Why there is no answer.
#[derive(Debug, Serialize)]
pub(super) struct Fault {
    /// Stable code, as the REST surface gives it.
    pub(super) code: &'static str,
    /// For people.
    pub(super) message: String,
}

/// One label of a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InspectedLabel {
    pub(super) sensitivity_label_id: String,
    pub(super) assignment_method: &'static str,
    pub(super) tenant_id: String,
    pub(super) origin: String,
}

pub(super) fn run(args: &InspectArgs) -> anyhow::Result<ExitCode> {
    let found: Vec<Inspected> = args.files.iter().map(|file| inspect(file)).collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        print!("{}", table(&rows(&found)));
    }
    let failed = found.iter().any(|inspected| inspected.error.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Reads one file. A file that cannot be read is an answer too.
pub(super) fn inspect(file: &Path) -> Inspected {
    let shown = printable(&file.to_string_lossy());
    match read(file) {
        Ok(report) => Inspected {
            file: shown,
            protection: (report.protection != Protection::None).then(|| format!("{:?}", report.protection)),
            labels: report.labels.iter().map(label).collect(),
            error: None,
        },
        Err(error) => {
            let fault = Fault {
                code: code(&error),
                message: error.to_string(),
            };
            Inspected {
                file: shown,
                labels: Vec::new(),
                protection: None,
                error: Some(fault),
            }
        }
    }
}

fn read(file: &Path) -> Result<Report, ReadError> {
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut range = FileRange::new(File::open(file).map_err(ReadError::Io)?).map_err(ReadError::Io)?;
    read_labels(&mut range, &name, &Options::default(), &Limits::background())
}

fn label(found: &signet_docmeta::FoundLabel) -> InspectedLabel {
    InspectedLabel {
        sensitivity_label_id: found.label_id.to_string(),
        assignment_method: method(found.method),
        tenant_id: found.tenant_id.to_string(),
        origin: format!("{:?}", found.origin),
    }
}

/// How a label came about, as the REST surface spells it.
const fn method(method: Method) -> &'static str {
    match method {
        Method::Standard => "standard",
        Method::Privileged => "privileged",
        Method::Auto => "auto",
    }
}

/// The code the REST surface gives the same failure.
pub(super) fn code(error: &ReadError) -> &'static str {
    match error {
        ReadError::NotSupported { .. } => "notSupported",
        ReadError::DoubleKeyEncrypted => "fileDoubleKeyEncrypted",
        ReadError::DecryptionNotSupported => "fileDecryptionNotSupported",
        ReadError::Malformed { .. } => "malformedContent",
        ReadError::LimitExceeded { .. } | ReadError::BudgetExceeded => "contentLimitExceeded",
        ReadError::Io(_) => "unreadable",
    }
}

fn rows(found: &[Inspected]) -> Vec<Vec<String>> {
    let mut rows = vec![
        ["FILE", "LABEL", "METHOD", "TENANT", "FROM"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for inspected in found {
        let name = inspected.file.clone();
        if let Some(fault) = &inspected.error {
            rows.push(vec![name, format!("{}: {}", fault.code, fault.message)]);
        } else if inspected.labels.is_empty() {
            rows.push(vec![name, "(no label)".to_owned()]);
        } else {
            rows.extend(inspected.labels.iter().map(|label| {
                vec![
                    name.clone(),
                    label.sensitivity_label_id.clone(),
                    label.assignment_method.to_owned(),
                    label.tenant_id.clone(),
                    label.origin.clone(),
                ]
            }));
        }
    }
    rows
}
