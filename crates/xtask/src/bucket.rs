//! The S3-compatible server of a test run, of another make than the client the program uses. Versions are pinned in
//! `tests/clients/bucket`.

use std::fs;
use std::path::PathBuf;

use crate::clients::virtual_environment;
use crate::shell::target_dir;

/// A Python that has the server, installed from its registry below the target folder.
///
/// # Errors
/// When Python or a package cannot be had.
pub(crate) fn install() -> anyhow::Result<PathBuf> {
    let folder = target_dir()?.join("bucket");
    fs::create_dir_all(&folder)?;
    virtual_environment(&folder, "tests/clients/bucket/requirements.txt")
}
