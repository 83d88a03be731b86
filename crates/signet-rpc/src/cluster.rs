//! The token by which services of one installation know each other.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;

/// Fewest bytes of a cluster token.
const MIN_BYTES: usize = 16;

/// A text that cannot be a cluster token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cluster token is at least 16 printable ASCII characters without spaces")]
pub struct InvalidClusterToken;

/// A secret shared by the services of one installation. Never printed.
#[derive(Clone)]
pub struct ClusterToken(Arc<str>);

impl ClusterToken {
    /// Takes a secret; white space around it is dropped.
    ///
    /// # Errors
    /// [`InvalidClusterToken`] when it is short or not printable ASCII.
    pub fn new(secret: &str) -> Result<Self, InvalidClusterToken> {
        let secret = secret.trim();
        if secret.len() < MIN_BYTES || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidClusterToken);
        }
        Ok(Self(Arc::from(secret)))
    }

    /// The same secret; the time this takes tells nothing but lengths.
    pub(crate) fn matches(&self, presented: &[u8]) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), presented).is_ok()
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClusterToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterToken(…)")
    }
}
