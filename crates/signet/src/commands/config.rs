//! `signet config`: what is in force, whether it would start, and the schema.

use std::process::ExitCode;

use serde_json::Value;

use crate::cli::{ConfigArgs, ConfigCommand};
use crate::config::SignetConfig;
use crate::config::load::{Loaded, Sources, load, refuse_unsafe};
use crate::environment::variables;
use crate::output::{outln, print, table};

pub(super) fn run(command: ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Show(args) => print(&show(&read(&args, Vec::new())?))?,
        ConfigCommand::Check(args) => {
            refuse_unsafe(&read(&args, Vec::new())?.config)?;
            outln!("the configuration is complete")?;
        }
        ConfigCommand::Schema => print(&schema()?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The configuration of this process.
pub(super) fn read(args: &ConfigArgs, flags: Vec<(String, Value)>) -> anyhow::Result<Loaded> {
    load(&Sources {
        file: args.config.clone(),
        environment: variables(),
        flags,
    })
}

/// Every key with its value and origin. There are no secret values in a configuration: secrets are files. What somebody
/// puts into an address before its host is not shown either.
pub(super) fn show(loaded: &Loaded) -> String {
    let mut rows = vec![vec!["KEY".to_owned(), "VALUE".to_owned(), "FROM".to_owned()]];
    for (key, (value, origin)) in &loaded.keys {
        let value = match value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        rows.push(vec![key.clone(), without_user(&value), origin.to_string()]);
    }
    table(&rows)
}

/// A text with `…` for the user and password of every address in it.
fn without_user(text: &str) -> String {
    let mut pieces = text.split("://");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let authority = piece.split(['/', '?', '#', '"', ' ', ',']).next().unwrap_or_default();
        let host = match authority.rsplit_once('@') {
            Some((user, _)) if user.contains(':') => {
                shown.push_str("://…");
                piece.get(user.len()..).unwrap_or_default()
            }
            _ => {
                shown.push_str("://");
                piece
            }
        };
        shown.push_str(host);
    }
    shown
}

/// The JSON schema of the configuration file.
pub(super) fn schema() -> anyhow::Result<String> {
    let schema = schemars::schema_for!(SignetConfig);
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::without_user;

    #[test]
    fn passwords_in_addresses_are_not_shown() {
        for (text, shown) in [
            ("http://catalog:8081", "http://catalog:8081"),
            ("postgres://signet@db:5432/signet", "postgres://signet@db:5432/signet"),
            ("https://ann:s3cret@host/path@x", "https://…@host/path@x"),
            ("https://ann:s3:cr@et@host", "https://…@host"),
            (
                "[\"http://a:s3cret@one:1\",\"http://two:2\"]",
                "[\"http://…@one:1\",\"http://two:2\"]",
            ),
            ("no address", "no address"),
            ("", ""),
        ] {
            assert_eq!(without_user(text), shown);
        }
    }
}
