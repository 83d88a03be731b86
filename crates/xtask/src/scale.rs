//! `scale`: requests per second with one, two and three evaluators.

use crate::shell::{self, cargo, target_dir};

/// Runs `tests/e2e/examples/scale.rs` against a release build.
///
/// # Errors
/// When something failed under load.
pub(crate) fn run() -> anyhow::Result<()> {
    shell::run(&mut cargo(&["build", "--release", "--package", "signet"]))?;
    let program = target_dir()?.join("release/signet");
    shell::run(
        cargo(&["run", "--release", "--package", "signet-e2e", "--example", "scale"])
            .env("SIGNET_TEST_PROGRAM", program),
    )
}
