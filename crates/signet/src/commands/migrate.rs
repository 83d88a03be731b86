//! `signet migrate`: brings a store to the current schema.

use std::process::ExitCode;

use anyhow::Context;
use signet_store_sqlite::{OpenOptions, SqliteStore};

use crate::cli::StoreArgs;

pub(super) async fn run(args: StoreArgs) -> anyhow::Result<ExitCode> {
    let path = super::store::path(&args)?;
    let options = OpenOptions {
        create: true,
        migrate: true,
    };
    let opened = SqliteStore::open(&path, options).await;
    opened.with_context(|| format!("cannot bring {} to the current schema", path.display()))?;
    println!("{} has the current schema", path.display());
    Ok(ExitCode::SUCCESS)
}
