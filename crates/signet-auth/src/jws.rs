//! The outer form of a token: three base64url parts and a header that says how it was signed.
//!
//! Source: RFC 7515 (JWS compact serialization), RFC 8725 (JWT best current practices).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::AuthError;

/// Longest `kid` looked up, in bytes. A longer one names no key of ours.
const MAX_KEY_ID_BYTES: usize = 512;

/// How a token may be signed. There is no other way: names are compared exactly, as RFC 7515 asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl SigningAlgorithm {
    /// The algorithm of this JWA name; `None` when it is not accepted.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// A token taken apart, nothing of it believed yet.
#[derive(Debug)]
pub(crate) struct ParsedToken<'a> {
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) key_id: Option<String>,
    /// What was signed: header and payload as they came.
    pub(crate) signed: &'a [u8],
    /// The payload's JSON text.
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// Of the header only what decides the check. Keys a token brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are
/// never looked at.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    // Present, whatever the value: there is no extension we understand, and `null` is not a legal value either.
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl<'a> ParsedToken<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedAlgorithm`; `UnknownKey` when the key id is too long to be one.
    pub(crate) fn parse(token: &'a str) -> Result<Self, AuthError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(AuthError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(AuthError::Malformed)?;
        // A dot left in the payload is no base64url, so more than three parts are refused here too.
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| AuthError::Malformed)?;
        let algorithm = SigningAlgorithm::from_name(&header.alg).ok_or(AuthError::UnsupportedAlgorithm)?;
        if header.crit {
            return Err(AuthError::Malformed);
        }
        if header
            .kid
            .as_ref()
            .is_some_and(|key_id| key_id.len() > MAX_KEY_ID_BYTES)
        {
            return Err(AuthError::UnknownKey);
        }
        Ok(Self {
            algorithm,
            key_id: header.kid,
            signed: signed.as_bytes(),
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }
}

/// Base64url without padding; anything else, stray trailing bits included, is refused.
fn decode(part: &str) -> Result<Vec<u8>, AuthError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| AuthError::Malformed)
}
