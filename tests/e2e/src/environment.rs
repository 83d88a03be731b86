//! What the tests are told by whoever runs them.

use std::path::PathBuf;

/// The program under test.
///
/// # Panics
/// When nobody says which it is.
pub fn program() -> PathBuf {
    setting("SIGNET_TEST_PROGRAM")
}

/// A path in a variable.
///
/// # Panics
/// When the variable is missing: a test that cannot run has not passed.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is how the tests are told where things are"
)]
pub fn setting(name: &str) -> PathBuf {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => PathBuf::from(value),
        _ => panic!("{name} is not set; run `cargo xtask test`"),
    }
}
