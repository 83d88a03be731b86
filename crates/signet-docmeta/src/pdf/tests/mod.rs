mod build;
mod filters;
mod hostile;
mod lexer;
mod protection;
mod structure;
mod update;

use crate::{Limits, MemoryRange, Options, Origin, ReadError, Report, read_labels};

fn read_with(data: &[u8], options: &Options, limits: &Limits) -> Result<Report, ReadError> {
    read_labels(&mut MemoryRange::new(data), "a.pdf", options, limits)
}

fn read(data: &[u8]) -> Result<Report, ReadError> {
    read_with(data, &Options::default(), &Limits::default())
}

/// Labels with their origin.
fn labels(data: &[u8]) -> Vec<(String, Origin)> {
    let report = read(data).unwrap();
    report
        .labels
        .iter()
        .map(|label| (label.label_id.to_string(), label.origin))
        .collect()
}
