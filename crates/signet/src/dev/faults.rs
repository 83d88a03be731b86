//! The file with fault rules: which requests to `signet dev` meet which fault.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use signet_gateway::FaultRule;

/// One entry of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// `METHOD /path`.
    requests: String,
    /// As in the header `Signet-Fault`.
    fault: String,
}

/// Reads a file of rules, YAML or JSON; the first that matches counts.
///
/// # Errors
/// Names the file, the entry and what is wrong with it.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<FaultRule>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse(&text).with_context(|| format!("{}", file.display()))
}

fn parse(text: &str) -> anyhow::Result<Vec<FaultRule>> {
    let entries: Vec<Entry> =
        serde_saphyr::from_str(text).context("not a list of entries with `requests` and `fault`")?;
    entries
        .iter()
        .enumerate()
        .map(|(at, entry)| FaultRule::parse(&entry.requests, &entry.fault).with_context(|| format!("entry {}", at + 1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn yaml_and_json_are_read() {
        let yaml = "- requests: GET /v1.0/drives/**\n  fault: 503;retry-after=2;times=2\n- {requests: '* /beta/**', fault: '402'}\n";
        assert_eq!(parse(yaml).unwrap().len(), 2);
        let json = r#"[{"requests": "GET /v1.0/drives/**", "fault": "delay;delay=2s"}]"#;
        assert_eq!(parse(json).unwrap().len(), 1);
    }

    #[test]
    fn a_fault_of_the_file_is_told_with_its_entry() {
        let error = parse("- {requests: GET /x, fault: '402'}\n- {requests: GET /x, fault: '418'}\n").unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("entry 2") && error.contains("`418`"), "{error}");
        for text in [
            "x",
            "- {requests: GET /x}",
            "- {requests: GET /x, fault: '402', more: 1}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
