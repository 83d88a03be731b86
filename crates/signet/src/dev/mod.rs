//! What only `signet dev` has: sample data, a local CA, a token issuer and a banner.

pub(crate) mod banner;
pub(crate) mod drives;
pub(crate) mod faults;
pub(crate) mod issuer;
pub(crate) mod sample;

/// File of the development issuer's key in the data directory.
pub(crate) const ISSUER_KEY_FILE: &str = "issuer.key";
