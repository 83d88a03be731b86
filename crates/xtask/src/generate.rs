//! `gen`: files that are made from others, or a complaint when one of them is stale.

use std::fs;

use anyhow::{Context, bail};

use crate::shell::{self, cargo, root};

/// The committed schema of the configuration file.
const SCHEMA: &str = "docs/config.schema.json";

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
    schema(check)
}

fn schema(check: bool) -> anyhow::Result<()> {
    let made = cargo(&["run", "--quiet", "--package", "signet", "--", "config", "schema"]).output()?;
    if !made.status.success() {
        bail!(
            "`signet config schema` failed: {}",
            String::from_utf8_lossy(&made.stderr)
        );
    }
    let path = root().join(SCHEMA);
    if !check {
        return fs::write(&path, made.stdout).with_context(|| format!("cannot write {SCHEMA}"));
    }
    let committed = fs::read(&path).with_context(|| format!("cannot read {SCHEMA}"))?;
    if committed != made.stdout {
        bail!("{SCHEMA} is stale; run `cargo xtask gen`");
    }
    Ok(())
}
