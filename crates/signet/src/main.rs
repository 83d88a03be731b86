//! The Signet binary: configuration, wiring, subcommands, shutdown. The only crate that reads flags, files and the
//! environment.

mod certificates;
mod cli;
mod clients;
mod commands;
mod config;
mod dev;
mod environment;
mod listeners;
mod observe;
mod output;
mod ready;
mod store;
mod tls;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    if let Err(error) = tls::install_provider() {
        eprintln!("signet: {error:#}");
        return ExitCode::FAILURE;
    }
    match commands::run(cli) {
        Ok(code) => code,
        // As programs end that are stopped by SIGPIPE.
        Err(error) if output::reader_is_gone(&error) => ExitCode::from(128 + 13),
        Err(error) => {
            eprintln!("signet: {error:#}");
            ExitCode::FAILURE
        }
    }
}
