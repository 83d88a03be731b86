//! `bench`: the benchmarks, as ratios in one run.

use crate::shell::{self, cargo, target_dir};

/// Benchmarks that measure through the program, after those of single crates.
///
/// # Errors
/// When one cannot be run.
pub(crate) fn run() -> anyhow::Result<()> {
    shell::run(&mut cargo(&["build", "--profile", "bench", "--package", "signet"]))?;
    shell::run(&mut cargo(&["bench", "--package", "signet-domain"]))?;
    shell::run(&mut cargo(&["bench", "--package", "signet-catalog"]))?;
    crate::clients::exiftool()?;
    shell::run(&mut cargo(&["bench", "--package", "signet-docmeta"]))?;
    // Where the profile `bench` puts it.
    let program = target_dir()?.join("release/signet");
    for part in ["peers", "allocations", "bulk"] {
        let mut command = cargo(&[
            "run",
            "--release",
            "--manifest-path",
            "benches/peers/Cargo.toml",
            "--bin",
            part,
        ]);
        command.arg("--target-dir").arg(target_dir()?.join("peers"));
        shell::run(command.env("SIGNET_TEST_PROGRAM", &program))?;
    }
    shell::run(cargo(&["bench", "--package", "signet-e2e"]).env("SIGNET_TEST_PROGRAM", program))
}
