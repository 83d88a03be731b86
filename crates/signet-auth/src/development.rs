//! The development issuer: a small OpenID Connect provider whose tokens need no server to be minted.
//!
//! What to answer, not how: the gateway puts a path and a socket in front of it. A production configuration refuses it,
//! see [`is_development_issuer`].

mod claims;
mod form;
mod pem;
mod token_endpoint;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::issuer::TENANT_PLACEHOLDER;
use crate::keys::sha256;
use crate::{IssuerConfig, KeySet, StaticKeys};

use claims::{common_claims, subject_claims};

pub use form::{InvalidTokenForm, TokenForm};
pub use token_endpoint::{DirectoryUser, TokenEndpoint, TokenResponse, UserLookup};

/// The `iss` of every development token. A constant, whatever ports a server listens on, so that a token can be minted
/// while none runs and stays good when one starts.
pub const DEV_ISSUER: &str = "https://localhost/{tid}/v2.0";

/// Whether a configured issuer is the development issuer, or would take its tokens. Production refuses it: anyone who can
/// read the key file of a development directory could sign in.
pub fn is_development_issuer(issuer: &str) -> bool {
    let host = issuer.strip_prefix("https://localhost");
    host.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
}

/// The object id of an application's service principal in a tenant; the same every time.
pub fn application_object_id(tenant_id: Uuid, client_id: &str) -> Uuid {
    Uuid::new_v5(
        &tenant_id,
        format!("service-principal:{}", client_id.to_ascii_lowercase()).as_bytes(),
    )
}

/// A key file that holds no usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DevelopmentKeyError {
    /// The text is not a PEM block `PRIVATE KEY`.
    #[error("the issuer key is not a PEM block `PRIVATE KEY`")]
    NotPem,
    /// The key is not an RSA key in PKCS#8 form.
    #[error("the issuer key is not an RSA key in PKCS#8 form")]
    NotRsa,
    /// The machine's random generator or its cryptography failed.
    #[error("the issuer key could not be made")]
    Generation,
}

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A delegated token.
    User {
        /// Claims `oid` and `sub`.
        object_id: Uuid,
        /// Claims `upn` and `preferred_username`.
        user_principal_name: String,
        /// Claim `name`.
        display_name: Option<String>,
        /// The application acting for the user: claims `azp` and `appid`.
        client_id: String,
        /// Claim `scp`.
        scopes: Vec<String>,
    },
    /// An application-only token; `oid` follows from tenant and client id.
    Application {
        /// Claims `azp` and `appid`.
        client_id: String,
        /// Claim `roles`.
        roles: Vec<String>,
    },
}

/// What to put into a token.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Claim `tid`, and part of `iss`.
    pub tenant_id: Uuid,
    /// Who the token speaks for.
    pub subject: Subject,
    /// Claim `aud`.
    pub audience: String,
    /// Until when the token is good, from `now`; whole seconds.
    pub expires_in: Duration,
    /// Claims `iat` and `nbf`.
    pub now: Timestamp,
    /// Claims `jti` and `uti`: a fresh random id.
    pub token_id: Uuid,
}

/// Mints tokens with a key of its own.
pub struct DevelopmentIssuer {
    key: KeyPair,
    key_id: String,
    modulus: String,
    exponent: String,
}

impl DevelopmentIssuer {
    /// A new issuer, and its key as PKCS#8 PEM text to be kept (readable by the owner only).
    ///
    /// # Errors
    /// [`DevelopmentKeyError::Generation`].
    pub fn generate() -> Result<(Self, String), DevelopmentKeyError> {
        let key = KeyPair::generate(KeySize::Rsa2048).map_err(|_| DevelopmentKeyError::Generation)?;
        let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| DevelopmentKeyError::Generation)?;
        let text = pem::encode(der.as_ref());
        Ok((Self::from_key(key), text))
    }

    /// The issuer whose key was kept.
    ///
    /// # Errors
    /// [`DevelopmentKeyError`] when the text is no RSA key of 2,048 bits or more in PKCS#8 PEM.
    pub fn from_pem(text: &[u8]) -> Result<Self, DevelopmentKeyError> {
        let der = pem::decode(text).ok_or(DevelopmentKeyError::NotPem)?;
        KeyPair::from_pkcs8(&der)
            .map(Self::from_key)
            .map_err(|_| DevelopmentKeyError::NotRsa)
    }

    fn from_key(key: KeyPair) -> Self {
        let public = key.public_key();
        let modulus = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let exponent = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        // Source: RFC 7638, JWK thumbprint: these members in this order, no spaces.
        let thumbprint = sha256(format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#).as_bytes());
        Self {
            key,
            key_id: URL_SAFE_NO_PAD.encode(thumbprint),
            modulus,
            exponent,
        }
    }

    /// The answer of `/{tenant}/discovery/v2.0/keys`.
    pub fn jwks(&self) -> Value {
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id, "n": self.modulus, "e": self.exponent
        }]})
    }

    /// What a verifier needs to take this issuer's tokens.
    ///
    /// # Errors
    /// [`DevelopmentKeyError::NotRsa`] when the key is too small to verify with.
    pub fn issuer_config(&self) -> Result<IssuerConfig, DevelopmentKeyError> {
        let keys = KeySet::from_jwks(self.jwks().to_string().as_bytes()).map_err(|_| DevelopmentKeyError::NotRsa)?;
        Ok(IssuerConfig {
            issuer: DEV_ISSUER.to_owned(),
            keys: Arc::new(StaticKeys::new(keys)),
        })
    }

    /// The answer of `/{tenant}/v2.0/.well-known/openid-configuration`.
    /// - `base_url`: where the server is reached, without a trailing slash.
    ///
    /// `authorization_endpoint` is there because client libraries insist on it; nothing answers under it.
    pub fn discovery_document(&self, base_url: &str, tenant_id: Uuid) -> Value {
        let tenant_url = format!("{}/{tenant_id}", base_url.trim_end_matches('/'));
        json!({
            "issuer": issuer_of(tenant_id),
            "authorization_endpoint": format!("{tenant_url}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{tenant_url}/oauth2/v2.0/token"),
            "jwks_uri": format!("{tenant_url}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
            "grant_types_supported": ["client_credentials", "password"],
            "response_types_supported": ["code", "id_token"],
            "response_modes_supported": ["query", "form_post"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "claims_supported": ["aud", "azp", "exp", "iat", "iss", "name", "nbf", "oid", "preferred_username", "sub", "tid", "ver"]
        })
    }

    /// A signed access token.
    ///
    /// # Errors
    /// [`DevelopmentKeyError::Generation`] when the cryptography fails.
    pub fn mint(&self, request: &TokenRequest) -> Result<String, DevelopmentKeyError> {
        let mut claims = common_claims(request);
        claims.insert("aud".into(), json!(request.audience));
        claims.extend(subject_claims(request.tenant_id, &request.subject));
        self.sign(&claims)
    }

    /// A signed id token: the user `request` is for, told to the application `request` is for.
    fn mint_id_token(&self, request: &TokenRequest) -> Result<String, DevelopmentKeyError> {
        let mut claims = common_claims(request);
        let about = subject_claims(request.tenant_id, &request.subject);
        let client_id = about.get("azp").cloned().unwrap_or_default();
        claims.insert("aud".into(), client_id);
        claims.extend(
            about
                .into_iter()
                .filter(|(name, _)| matches!(name.as_str(), "oid" | "sub" | "name" | "preferred_username")),
        );
        self.sign(&claims)
    }

    fn sign(&self, claims: &Map<String, Value>) -> Result<String, DevelopmentKeyError> {
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": self.key_id}).to_string();
        let payload = Value::Object(claims.clone()).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| DevelopmentKeyError::Generation)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Shows which key, never the key.
impl std::fmt::Debug for DevelopmentIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DevelopmentIssuer")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

fn issuer_of(tenant_id: Uuid) -> String {
    DEV_ISSUER.replace(TENANT_PLACEHOLDER, &tenant_id.to_string())
}
