//! `test`: everything, fetching what it needs.

use std::process::Command;

use anyhow::Context;

use crate::generate::OPENAPI;
use crate::shell::{self, cargo, root, target_dir};
use crate::{bucket, clients, database, deploy};

/// The tests of a cluster under faults.
const FAULTS: &str = "faults_of_a_cluster";

/// Checks, then tests; the last lines are the summary of the end-to-end run.
///
/// # Errors
/// The first thing that fails. Nothing passes by being skipped.
pub(crate) fn run() -> anyhow::Result<()> {
    crate::check::run()?;
    crate::generate::run(true)?;
    shell::run(&mut cargo(&["build", "--package", "signet"]))?;
    let database = database::start()?;
    shell::run(
        cargo(&["test", "--workspace", "--exclude", "signet-e2e"]).env("SIGNET_TEST_DATABASE_URL", database.url()),
    )?;
    exhaustive()?;
    fuzz_queries()?;
    let clients = clients::install().context("the official client libraries")?;
    let mut validator = Command::new(&clients.python);
    validator.args(["-m", "openapi_spec_validator"]);
    shell::run(validator.arg(root().join(OPENAPI)))?;
    let bucket = bucket::install().context("the server of the tests' bucket")?;
    deploy::run().context("the files of deploy/")?;
    let program = target_dir()?.join("debug/signet");
    let end_to_end = |arguments: &[&str]| {
        shell::run(
            cargo(&["test", "--package", "signet-e2e", "--lib", "--test", "it", "--"])
                .args(arguments)
                .env("SIGNET_TEST_PROGRAM", &program)
                .env("SIGNET_TEST_DATABASE_URL", database.url())
                .env("SIGNET_TEST_BUCKET_PYTHON", &bucket)
                .env("SIGNET_TEST_PYTHON", &clients.python)
                .env("SIGNET_TEST_NODE", &clients.node)
                .env("SIGNET_TEST_NODE_MODULES", &clients.node_modules),
        )
    };
    // A cluster under faults has promises about time to keep, and nine processes: it gets the machine to itself.
    end_to_end(&["--skip", FAULTS])?;
    end_to_end(&[FAULTS, "--test-threads", "1"])
}

/// The fuzz targets of the REST surface, for a fixed time.
fn fuzz_queries() -> anyhow::Result<()> {
    shell::run(
        cargo(&["test", "--package", "signet-gateway", "--lib", "--", "fuzz_tests"])
            .env("SIGNET_FUZZ_SECONDS", FUZZ_SECONDS),
    )
}

/// How long each fuzz target runs, in seconds.
const FUZZ_SECONDS: &str = "6";

/// Random and mutated inputs in numbers the quick run does not have time for; optimised, or they would not end. The
/// fuzz targets of these packages run for a fixed time.
fn exhaustive() -> anyhow::Result<()> {
    for package in ["signet-domain", "signet-docmeta"] {
        shell::run(
            cargo(&["test", "--release", "--package", package, "--features", "exhaustive"])
                .env("SIGNET_FUZZ_SECONDS", FUZZ_SECONDS),
        )?;
    }
    Ok(())
}
