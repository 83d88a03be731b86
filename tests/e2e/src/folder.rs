//! Temporary folders that go when the test does, however it goes.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A temporary folder. What shared installations use is never dropped, so a process of its own waits for the end of the
/// test's process to remove it.
pub struct Folder {
    directory: TempDir,
    janitor: Option<Child>,
}

impl Folder {
    /// A new folder, its name beginning with `signet-` and `purpose`.
    pub fn new(purpose: &str) -> Self {
        let directory = TempDir::with_prefix(format!("signet-{purpose}-")).expect("a temporary folder");
        // The pause lets processes that still write into the folder end first.
        let janitor = Command::new("sh")
            .args(["-c", "cat >/dev/null; sleep 1; rm -rf -- \"$1\"", "janitor"])
            .arg(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self {
            directory,
            janitor: janitor.ok(),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(janitor) = &mut self.janitor {
            let _ = janitor.kill();
            let _ = janitor.wait();
        }
    }
}
