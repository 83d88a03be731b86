//! `scale`: requests per second with one, two and three evaluators.

use crate::shell::{self, cargo, target_dir};

/// Runs `tests/e2e/examples/scale.rs` against an optimised build.
///
/// # Errors
/// When something failed under load.
pub(crate) fn run() -> anyhow::Result<()> {
    shell::run(&mut cargo(&["build", "--profile", "bench", "--package", "signet"]))?;
    // Where the profile `bench` puts it.
    let program = target_dir()?.join("release/signet");
    shell::run(
        cargo(&[
            "run",
            "--profile",
            "bench",
            "--package",
            "signet-e2e",
            "--example",
            "scale",
        ])
        .env("SIGNET_TEST_PROGRAM", program),
    )
}
