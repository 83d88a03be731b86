//! The PostgreSQL server of a test run.

use anyhow::bail;
use signet_testkit::postgres::{Server, find_binaries};

use crate::shell::apt;

/// Starts one, installing PostgreSQL where it is missing. It ends when dropped.
///
/// # Errors
/// Names the package to install.
pub(crate) fn start() -> anyhow::Result<Server> {
    if find_binaries().is_none() {
        apt(&["postgresql"])?;
    }
    if find_binaries().is_none() {
        bail!("there is no PostgreSQL on this machine; run `apt-get install postgresql`");
    }
    Ok(Server::start(&[]))
}
