//! `gen`: files that are made from others, or a complaint when one of them is stale.

use std::fs;

use anyhow::{Context, bail};

use crate::shell::{self, cargo, root};

/// The committed schema of the configuration file.
const SCHEMA: &str = "docs/config.schema.json";

/// The committed OpenAPI document.
pub(crate) const OPENAPI: &str = "docs/openapi.json";

/// Rewrites generated files; with `check`, compares instead and changes nothing.
///
/// # Errors
/// When a file cannot be made; with `check`, when one is stale.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    // A run of its own, so that only this verb builds the protobuf compiler.
    let mut protos = vec![
        "run",
        "--quiet",
        "--package",
        "xtask",
        "--features",
        "codegen",
        "--",
        "gen-protos",
    ];
    protos.extend(check.then_some("--check"));
    shell::run(&mut cargo(&protos))?;
    printed(check, &["config", "schema"], SCHEMA)?;
    printed(check, &["openapi"], OPENAPI)
}

/// A file that a command of the program prints.
fn printed(check: bool, command: &[&str], file: &str) -> anyhow::Result<()> {
    let run = ["run", "--quiet", "--package", "signet", "--"];
    let made = cargo(&[&run, command].concat()).output()?;
    if !made.status.success() {
        let shown = command.join(" ");
        bail!("`signet {shown}` failed: {}", String::from_utf8_lossy(&made.stderr));
    }
    let path = root().join(file);
    if !check {
        return fs::write(&path, made.stdout).with_context(|| format!("cannot write {file}"));
    }
    let committed = fs::read(&path).with_context(|| format!("cannot read {file}"))?;
    if committed != made.stdout {
        bail!("{file} is stale; run `cargo xtask gen`");
    }
    Ok(())
}
