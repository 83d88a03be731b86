//! Public keys of an issuer.
//!
//! Source: RFC 7517 (JWK), RFC 7518 section 6 (key parameters).

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::AuthError;
use crate::issuer::with_tenant;
use crate::jws::{ParsedToken, SigningAlgorithm};

/// Most keys taken from one document.
const MAX_KEYS: usize = 128;

/// A document that yields no key we could use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeySet {
    /// Not a JSON object with a `keys` array.
    #[error("the key set is not a JSON object with a `keys` array")]
    NotAKeySet,
    /// No RSA key of 2,048 to 8,192 bits and no P-256 key for signatures among the first 128.
    #[error("the key set has no RSA or P-256 signature key")]
    NoUsableKey,
}

/// The signature keys of one issuer at one time.
pub struct KeySet {
    keys: Vec<VerificationKey>,
    /// What the provider calls itself, when the keys came through discovery.
    pub(crate) published_issuer: Option<String>,
    pub(crate) digest: [u8; 32],
}

struct VerificationKey {
    key_id: Option<String>,
    algorithm: SigningAlgorithm,
    /// Tenants the provider says this key signs for, as an issuer template.
    issuer: Option<String>,
    key: ParsedPublicKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    issuer: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a JWKS document. Keys of other kinds or uses, and broken ones, are passed over.
    ///
    /// # Errors
    /// [`InvalidKeySet`] when nothing usable is left.
    pub fn from_jwks(document: &[u8]) -> Result<Self, InvalidKeySet> {
        let parsed: Document = serde_json::from_slice(document).map_err(|_| InvalidKeySet::NotAKeySet)?;
        let mut keys = Vec::new();
        for text in parsed.keys.iter().take(MAX_KEYS) {
            if let Ok(jwk) = serde_json::from_str::<Jwk>(text.get()) {
                keys.extend(jwk.into_keys());
            }
        }
        if keys.is_empty() {
            return Err(InvalidKeySet::NoUsableKey);
        }
        Ok(Self {
            keys,
            published_issuer: None,
            digest: sha256(document),
        })
    }

    /// Remembers what the provider calls itself; part of what tells two sets apart.
    pub(crate) fn published_by(mut self, issuer: String) -> Self {
        self.digest = sha256(&[&self.digest, issuer.as_bytes()].concat());
        self.published_issuer = Some(issuer);
        self
    }

    /// Checks the signature, and that the key may sign for this issuer and tenant.
    ///
    /// # Errors
    /// `UnknownKey` when no key has the token's key id and algorithm (without a key id: unless exactly one has the
    /// algorithm), `BadSignature`, `Issuer` when the key is another tenant's.
    pub(crate) fn verify(&self, token: &ParsedToken<'_>, issuer: &str, tenant: &str) -> Result<(), AuthError> {
        let candidates = self.candidates(token);
        if candidates.is_empty() || (token.key_id.is_none() && candidates.len() > 1) {
            return Err(AuthError::UnknownKey);
        }
        let signer = candidates
            .into_iter()
            .find(|key| key.key.verify_sig(token.signed, &token.signature).is_ok());
        let signer = signer.ok_or(AuthError::BadSignature)?;
        if self.may_sign(signer, issuer, tenant) {
            Ok(())
        } else {
            Err(AuthError::Issuer)
        }
    }

    fn candidates(&self, token: &ParsedToken<'_>) -> Vec<&VerificationKey> {
        let fits = |key: &&VerificationKey| {
            key.algorithm == token.algorithm && (token.key_id.is_none() || key.key_id == token.key_id)
        };
        self.keys.iter().filter(fits).collect()
    }

    /// A provider may bind a key to tenants with an `issuer` member. It names the newer form of the issuer even for
    /// tokens of the older form, so the published issuer counts as well.
    ///
    /// Source: Microsoft identity platform, access tokens, "Validate the signing key issuer".
    fn may_sign(&self, key: &VerificationKey, issuer: &str, tenant: &str) -> bool {
        let Some(bound_to) = &key.issuer else { return true };
        let bound_to = with_tenant(bound_to, tenant);
        bound_to == issuer
            || self
                .published_issuer
                .as_ref()
                .is_some_and(|own| with_tenant(own, tenant) == bound_to)
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|key| (&key.key_id, key.algorithm)).collect();
        f.debug_struct("KeySet").field("keys", &ids).finish_non_exhaustive()
    }
}

impl Jwk {
    /// One entry per algorithm the key may be used with.
    fn into_keys(self) -> Vec<VerificationKey> {
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Vec::new();
        }
        if self
            .key_ops
            .as_ref()
            .is_some_and(|operations| !operations.iter().any(|name| name == "verify"))
        {
            return Vec::new();
        }
        let possible: &[SigningAlgorithm] = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => &[SigningAlgorithm::Rs256, SigningAlgorithm::Ps256],
            ("EC", Some("P-256")) => &[SigningAlgorithm::Es256],
            _ => &[],
        };
        possible
            .iter()
            .filter(|algorithm| {
                self.alg
                    .as_deref()
                    .is_none_or(|name| SigningAlgorithm::from_name(name) == Some(**algorithm))
            })
            .filter_map(|algorithm| {
                let key = self.public_key(*algorithm)?;
                Some(VerificationKey {
                    key_id: self.kid.clone(),
                    algorithm: *algorithm,
                    issuer: self.issuer.clone(),
                    key,
                })
            })
            .collect()
    }

    fn public_key(&self, algorithm: SigningAlgorithm) -> Option<ParsedPublicKey> {
        match algorithm {
            SigningAlgorithm::Rs256 => self
                .rsa_components()?
                .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
                .ok(),
            SigningAlgorithm::Ps256 => self
                .rsa_components()?
                .to_parsed_public_key(&RSA_PSS_2048_8192_SHA256)
                .ok(),
            SigningAlgorithm::Es256 => {
                let (x, y) = (number(self.x.as_deref())?, number(self.y.as_deref())?);
                // Source: SEC 1 section 2.3.3, an uncompressed point.
                let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()
            }
        }
    }

    fn rsa_components(&self) -> Option<RsaPublicKeyComponents<Vec<u8>>> {
        let (n, e) = (number(self.n.as_deref())?, number(self.e.as_deref())?);
        let n: Vec<u8> = n.into_iter().skip_while(|byte| *byte == 0).collect();
        (256..=1024)
            .contains(&n.len())
            .then_some(RsaPublicKeyComponents { n, e })
    }
}

fn number(text: Option<&str>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest::digest(&digest::SHA256, bytes).as_ref()) {
        *to = *from;
    }
    out
}
