//! `check`: formatting, lints and tidy.

use crate::shell::{self, cargo};

/// Everything that looks at the sources without running them.
///
/// # Errors
/// The first check that fails.
pub(crate) fn run() -> anyhow::Result<()> {
    shell::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    shell::run(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    crate::tidy::run()
}
