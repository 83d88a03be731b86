//! `soak`: load for a given time, watched.

use anyhow::{Context, ensure};

use crate::shell::{self, cargo, target_dir};

/// Runs `tests/e2e/examples/soak.rs` against an optimised build.
///
/// # Errors
/// When something failed under load, or memory or descriptors grew.
pub(crate) fn run(minutes: &str) -> anyhow::Result<()> {
    let count: u32 = minutes.parse().context("--minutes takes a number")?;
    ensure!(count > 0, "--minutes takes a number above zero");
    shell::run(&mut cargo(&["build", "--profile", "bench", "--package", "signet"]))?;
    // Where the profile `bench` puts it.
    let program = target_dir()?.join("release/signet");
    shell::run(
        cargo(&["run", "--package", "signet-e2e", "--example", "soak", "--", minutes])
            .env("SIGNET_TEST_PROGRAM", program),
    )
}
