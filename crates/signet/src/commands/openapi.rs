//! `signet openapi`: the description of the REST surface, for generators of clients.

use std::process::ExitCode;

pub(super) fn run() -> ExitCode {
    print!("{}", signet_gateway::openapi_document());
    ExitCode::SUCCESS
}
