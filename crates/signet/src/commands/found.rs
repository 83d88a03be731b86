//! What was found inside files, and how it is printed.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;
use signet_docmeta::{FoundLabel, Method, ReadError};

use crate::cli::OutputFormat;
use crate::output::table;

/// Rows that are lined up with each other; more would have to be held in memory.
const ROWS: usize = 1000;

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

/// Code of a file or folder that could not be read at all.
pub(super) const UNREADABLE: &str = "unreadable";

/// One label of a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InspectedLabel {
    pub(super) sensitivity_label_id: String,
    pub(super) assignment_method: &'static str,
    pub(super) tenant_id: String,
    pub(super) origin: String,
}

impl From<&FoundLabel> for InspectedLabel {
    fn from(found: &FoundLabel) -> Self {
        Self {
            sensitivity_label_id: found.label_id.to_string(),
            assignment_method: match found.method {
                Method::Standard => "standard",
                Method::Privileged => "privileged",
                Method::Auto => "auto",
            },
            tenant_id: found.tenant_id.to_string(),
            origin: format!("{:?}", found.origin),
        }
    }
}

impl Fault {
    /// The failure of a read, with the cause when the file itself is out of reach.
    pub(super) fn of_read(error: &ReadError) -> Self {
        let message = match error {
            ReadError::Io(cause) => format!("{error}: {cause}"),
            other => other.to_string(),
        };
        Self {
            code: code(error),
            message,
        }
    }
}

/// The code the REST surface gives the same failure.
fn code(error: &ReadError) -> &'static str {
    match error {
        ReadError::NotSupported { .. } => "notSupported",
        ReadError::DoubleKeyEncrypted => "fileDoubleKeyEncrypted",
        ReadError::DecryptionNotSupported => "fileDecryptionNotSupported",
        ReadError::Malformed { .. } => "malformedContent",
        ReadError::LimitExceeded { .. } | ReadError::BudgetExceeded => "contentLimitExceeded",
        ReadError::Io(_) => UNREADABLE,
    }
}

/// Prints files one after the other, then the summary.
pub(super) struct Printer<W> {
    out: W,
    format: OutputFormat,
    rows: Vec<Vec<String>>,
    summary: Summary,
}

impl<W: Write> Printer<W> {
    /// Starts; CSV gets its heading.
    pub(super) fn new(mut out: W, format: OutputFormat) -> std::io::Result<Self> {
        if format == OutputFormat::Csv {
            writeln!(
                out,
                "file,sensitivityLabelId,assignmentMethod,tenantId,error,origin,protection"
            )?;
        }
        let heading = ["FILE", "LABEL", "METHOD", "TENANT", "FROM"];
        Ok(Self {
            out,
            format,
            rows: vec![heading.map(str::to_owned).to_vec()],
            summary: Summary::default(),
        })
    }

    /// Takes what was found in one file.
    pub(super) fn add(&mut self, found: &Inspected) -> anyhow::Result<()> {
        self.summary.add(found);
        match self.format {
            OutputFormat::Table => {
                self.rows.extend(rows(found));
                if self.rows.len() >= ROWS {
                    self.flush_rows()?;
                }
            }
            OutputFormat::Json => writeln!(self.out, "{}", serde_json::to_string(found)?)?,
            OutputFormat::Csv => write_csv(&mut self.out, found)?,
        }
        Ok(())
    }

    /// Prints the summary, with the number of files passed over.
    pub(super) fn finish(mut self, passed_over: u64) -> anyhow::Result<()> {
        let summary = self.summary.table(passed_over);
        if self.format == OutputFormat::Table {
            self.flush_rows()?;
            write!(self.out, "\n{summary}")?;
        } else {
            eprint!("{summary}");
        }
        self.out.flush()?;
        Ok(())
    }

    fn flush_rows(&mut self) -> std::io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        write!(self.out, "{}", table(&rows))
    }
}

fn rows(found: &Inspected) -> Vec<Vec<String>> {
    let name = || found.file.clone();
    if let Some(fault) = &found.error {
        let nothing = String::new;
        return vec![vec![
            name(),
            format!("({})", fault.code),
            nothing(),
            nothing(),
            fault.message.clone(),
        ]];
    }
    if found.labels.is_empty() {
        return vec![vec![name(), "(no label)".to_owned()]];
    }
    let row = |label: &InspectedLabel| {
        let method = label.assignment_method.to_owned();
        let (id, tenant, origin) = (&label.sensitivity_label_id, &label.tenant_id, &label.origin);
        vec![name(), id.clone(), method, tenant.clone(), origin.clone()]
    };
    found.labels.iter().map(row).collect()
}

fn write_csv(out: &mut impl Write, found: &Inspected) -> std::io::Result<()> {
    let file = csv_field(&found.file);
    let protection = found.protection.as_deref().unwrap_or_default();
    if found.labels.is_empty() {
        let code = found.error.as_ref().map(|fault| fault.code).unwrap_or_default();
        return writeln!(out, "{file},,,,{code},,{protection}");
    }
    found.labels.iter().try_for_each(|label| {
        let (id, method) = (&label.sensitivity_label_id, label.assignment_method);
        writeln!(
            out,
            "{file},{id},{method},{},,{},{protection}",
            label.tenant_id, label.origin
        )
    })
}

fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
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

    fn table(&self, passed_over: u64) -> String {
        let row = |what: &str, count: u64| vec![what.to_owned(), count.to_string()];
        let mut rows = vec![vec!["LABEL".to_owned(), "FILES".to_owned()]];
        rows.extend(self.counts.iter().map(|(what, count)| row(what, *count)));
        if passed_over > 0 {
            rows.push(row("(cannot carry a label)", passed_over));
        }
        rows.push(row("all files", self.files));
        table(&rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, labels: &[&str], error: Option<&'static str>) -> Inspected {
        let label = |id: &&str| InspectedLabel {
            sensitivity_label_id: (*id).to_owned(),
            assignment_method: "standard",
            tenant_id: "t".to_owned(),
            origin: "Xmp".to_owned(),
        };
        Inspected {
            file: file.to_owned(),
            labels: labels.iter().map(label).collect(),
            protection: None,
            error: error.map(|code| Fault {
                code,
                message: "why".to_owned(),
            }),
        }
    }

    fn printed(format: OutputFormat) -> String {
        let mut out = Vec::new();
        let mut printer = Printer::new(&mut out, format).unwrap();
        for file in [
            found("a, \"b\"", &["1", "2"], None),
            found("c", &[], None),
            found("d", &[], Some("malformedContent")),
        ] {
            printer.add(&file).unwrap();
        }
        printer.finish(7).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn forms() {
        assert_eq!(
            printed(OutputFormat::Csv),
            "file,sensitivityLabelId,assignmentMethod,tenantId,error,origin,protection\n\
             \"a, \"\"b\"\"\",1,standard,t,,Xmp,\n\"a, \"\"b\"\"\",2,standard,t,,Xmp,\nc,,,,,,\nd,,,,malformedContent,,\n"
        );
        let json = printed(OutputFormat::Json);
        assert_eq!(json.lines().count(), 3);
        let last = r#"{"file":"d","labels":[],"error":{"code":"malformedContent","message":"why"}}"#;
        assert_eq!(json.lines().last(), Some(last));
        let table = printed(OutputFormat::Table);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[0].split_whitespace().collect::<Vec<_>>(),
            ["FILE", "LABEL", "METHOD", "TENANT", "FROM"]
        );
        assert!(
            table.contains("d       (malformedContent)") && lines.iter().any(|line| line.ends_with("  why")),
            "{table}"
        );
        assert!(
            lines.contains(&"(cannot carry a label)  7") && table.ends_with("all files               3\n"),
            "{table}"
        );
    }
}
