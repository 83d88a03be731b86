//! Who is calling: token verification, key sets, principals and the development issuer.
//!
//! [`Verifier`] turns the bearer token of a request into a [`Principal`] or an [`AuthError`]. It knows issuers, keys and
//! claims; what a permission allows is decided by whoever asks. Nothing here has heard of labels, HTTP routes or gRPC.

mod cache;
mod claims;
mod development;
mod error;
mod issuer;
mod jws;
mod keys;
mod principal;
mod source;
mod verifier;

#[cfg(test)]
mod tests;

pub use development::{
    DEV_ISSUER, DevelopmentIssuer, DevelopmentKeyError, DirectoryUser, InvalidTokenForm, Subject, TokenEndpoint,
    TokenForm, TokenRequest, TokenResponse, UserLookup, application_object_id, is_development_issuer,
};
pub use error::{AuthError, AuthErrorKind};
pub use issuer::{IssuerConfig, TENANT_PLACEHOLDER};
pub use keys::{InvalidKeySet, KeySet};
pub use principal::{PERSONAL_TENANT, Permissions, Principal, TokenKind};
pub use source::{HttpKeySource, HttpKeySourceConfig, KeySource, KeySourceConfigError, KeysUnavailable, StaticKeys};
pub use verifier::{DEFAULT_LEEWAY, DEFAULT_MAX_TOKEN_BYTES, Verifier, VerifierConfig, default_audiences};

/// Tells the time; the binary passes the system clock, tests a fixed one.
pub type Clock = std::sync::Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;
