//! `signet migrate`: brings a store to the current schema.

use std::process::ExitCode;

use anyhow::Context;

use crate::cli::StoreArgs;
use crate::output::outln;

pub(super) async fn run(args: StoreArgs) -> anyhow::Result<ExitCode> {
    let place = super::store::place(&args)?;
    let migrated = place.migrate().await;
    migrated.with_context(|| format!("cannot bring {place} to the current schema"))?;
    outln!("{place} has the current schema")?;
    Ok(ExitCode::SUCCESS)
}
