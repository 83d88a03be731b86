//! One installation of each shape, asked the same.

use crate::folder::Folder;
use crate::installation::{Installation, Setup, Shape};
use crate::redact::{differences, redacted};
use crate::request::{Answer, Request};

/// One installation of each shape over the same tenants and drives.
pub struct Pair {
    /// Everything in one process.
    pub one: Installation,
    /// A process for each service.
    pub separate: Installation,
    /// What the drives lie in, kept as long as the installations run.
    pub drives: Option<Folder>,
}

impl Pair {
    /// Starts both.
    pub fn start(setup: &Setup) -> Self {
        Self {
            one: Installation::start(Shape::OneProcess, setup),
            separate: Installation::start(Shape::SeparateProcesses, setup),
            drives: None,
        }
    }

    /// Starts both over drives in a folder.
    pub fn start_with_drives(setup: &Setup, drives: Folder) -> Self {
        Self {
            drives: Some(drives),
            ..Self::start(setup)
        }
    }

    /// Both.
    pub fn installations(&self) -> [&Installation; 2] {
        [&self.one, &self.separate]
    }

    /// Sends the request to both, demands the same answer but for what differs from call to call, and gives the one of
    /// the single process.
    ///
    /// # Panics
    /// When the answers differ.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Answer {
        self.compare(request)
            .unwrap_or_else(|difference| panic!("{difference}"))
    }

    /// As [`Pair::send`].
    ///
    /// # Errors
    /// Says how the answers differ.
    pub fn compare(&self, request: &Request) -> Result<Answer, String> {
        let one = self.one.send(request);
        let separate = self.separate.send(request);
        let (first, second) = (
            redacted(&one, self.one.origin()),
            redacted(&separate, self.separate.origin()),
        );
        let found = differences(&first, &second);
        if found.is_empty() {
            return Ok(one);
        }
        let name = request.name();
        Err(format!(
            "{name}: one process against separate processes:\n  {}",
            found.join("\n  ")
        ))
    }
}
