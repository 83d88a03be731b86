//! `signet config`: what is in force, whether it would start, and the schema.

use std::process::ExitCode;

use serde_json::Value;

use crate::cli::{ConfigArgs, ConfigCommand};
use crate::config::SignetConfig;
use crate::config::load::{Loaded, Sources, load, refuse_unsafe};
use crate::environment::variables;
use crate::output::table;

pub(super) fn run(command: ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Show(args) => print!("{}", show(&read(&args, Vec::new())?)),
        ConfigCommand::Check(args) => {
            refuse_unsafe(&read(&args, Vec::new())?.config)?;
            println!("the configuration is complete");
        }
        ConfigCommand::Schema => print!("{}", schema()?),
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

/// Every key with its value and origin. There are no secret values in a configuration: secrets are files.
pub(super) fn show(loaded: &Loaded) -> String {
    let mut rows = vec![vec!["KEY".to_owned(), "VALUE".to_owned(), "FROM".to_owned()]];
    for (key, (value, origin)) in &loaded.keys {
        let value = match value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        rows.push(vec![key.clone(), value, origin.to_string()]);
    }
    table(&rows)
}

/// The JSON schema of the configuration file.
pub(super) fn schema() -> anyhow::Result<String> {
    let schema = schemars::schema_for!(SignetConfig);
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}
