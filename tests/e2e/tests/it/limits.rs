//! Limits: each at its value, one over it, and a hundred times over it, against running processes. What is over is
//! refused as documented, at once, and leaves no memory behind.

mod files;
mod grpc;
mod memory;
mod rest;

use std::sync::OnceLock;

use signet_e2e::{Folder, Pair, Setup};

use self::memory::Memory;
use crate::support::contoso_with_corpus;

/// How far over a limit a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    At,
    Over,
    Hundredfold,
}

impl Size {
    const ALL: [Self; 3] = [Self::At, Self::Over, Self::Hundredfold];

    fn of(self, limit: u64) -> u64 {
        match self {
            Self::At => limit,
            Self::Over => limit + 1,
            Self::Hundredfold => limit * 100,
        }
    }
}

/// Both shapes for these tests alone, whose memory is watched, and the folder of bob's drive.
fn installations() -> &'static (Pair, Folder) {
    static PAIR: OnceLock<(Pair, Folder)> = OnceLock::new();
    PAIR.get_or_init(|| {
        let (tenant, folder) = contoso_with_corpus();
        let setup = Setup {
            tenants: vec![tenant],
            ..Setup::default()
        };
        (Pair::start(&setup), folder)
    })
}
