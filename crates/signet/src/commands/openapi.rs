//! `signet openapi`: the description of the REST surface, for generators of clients.

use std::process::ExitCode;

use crate::output::print;

pub(super) fn run() -> anyhow::Result<ExitCode> {
    print(signet_gateway::openapi_document())?;
    Ok(ExitCode::SUCCESS)
}
