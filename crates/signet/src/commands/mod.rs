//! One file per subcommand.

mod config;
mod dev;
mod found;
mod health;
mod inspect;
mod label;
mod migrate;
mod openapi;
mod process;
mod scan;
mod serve;
mod store;
mod tenant;
mod token;

use std::process::ExitCode;

use anyhow::Context;
pub(crate) use store::named as find_tenants;

use crate::cli::{Cli, Command};

/// Does what the command line asks for.
///
/// # Errors
/// Anything the command could not do, for printing.
pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Dev(args) => {
            small_pages();
            runtime()?.block_on(dev::run(args))
        }
        Command::Serve(args) => runtime()?.block_on(serve::run(args)),
        Command::Token(args) => runtime()?.block_on(token::run(args)),
        Command::Tenant(command) => runtime()?.block_on(tenant::run(command)),
        Command::Inspect(args) => inspect::run(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Label(command) => label::run(&command),
        Command::Config(command) => config::run(command),
        Command::Openapi => openapi::run(),
        Command::Migrate(args) => runtime()?.block_on(migrate::run(args)),
        Command::Health(args) => runtime()?.block_on(health::run(args)),
    }
}

/// Does without memory pages of 2 MiB, of which mostly a corner is used: they make a process at rest 20 MB larger, and one
/// under load some percent faster, which is what `serve` wants.
fn small_pages() {
    // A kernel that does not know the question has no such pages.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime")
}
