//! Runs Signet as an operator would: the built program, real sockets, real files.
//!
//! An [`Installation`] is a running Signet in one of the two shapes of [`Shape`]; a [`Pair`] is one of each over the
//! same tenants and drives, and [`Pair::send`] demands that both give the same answer. Which program is tested is said
//! by `SIGNET_TEST_PROGRAM`; `cargo xtask test` sets it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fault of the harness should stop the test that meets it"
)]

mod bucket;
mod certificates;
mod client;
mod cluster;
mod environment;
mod folder;
mod installation;
mod pair;
mod process;
mod raw;
mod redact;
mod request;
mod tenant;
mod tokens;

pub use bucket::{Asked, Bucket, Hold};
pub use certificates::Authority;
pub use client::Client;
pub use cluster::{Cluster, LINKS, Trust};
pub use environment::{program, setting};
pub use folder::Folder;
pub use installation::{EVERYTHING, Installation, Setup, Shape};
pub use pair::Pair;
pub use process::{Finished, Process, run};
pub use raw::send_raw;
pub use redact::redacted;
pub use request::{Answer, Request, encoded};
pub use tenant::{Drive, Tenant, read_json, repository};
pub use tokens::{Caller, Minter, base64url};

use std::time::{Duration, Instant};

/// Longest wait for anything, before the test that waits has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `condition` gives something. Asks often; fails after [`PATIENCE`].
pub fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
