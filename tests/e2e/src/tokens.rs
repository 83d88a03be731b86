//! Tokens, made by another implementation than the one that verifies them.

use std::path::Path;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::tenant::Tenant;

/// Client id of the application every caller works with.
const CLIENT_ID: &str = "de8bc8b5-d9f9-48b1-a8ad-b748da725064";

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    tenant: String,
    claims: Map<String, Value>,
}

impl Caller {
    /// A user of a tenant by any address, with scopes parted by spaces.
    pub fn user(tenant: &Tenant, address: &str, scopes: &str) -> Self {
        let user = tenant.user(address);
        let name = user["userPrincipalName"].as_str().expect("a user has a name");
        Self::person(
            &tenant.id(),
            user["id"].as_str().expect("a user has an id"),
            name,
            scopes,
        )
    }

    /// A person the tenant need not know.
    pub fn person(tenant_id: &str, object_id: &str, name: &str, scopes: &str) -> Self {
        let claims = json!({
            "idtyp": "user", "oid": object_id, "sub": object_id, "upn": name, "preferred_username": name,
            "azp": CLIENT_ID, "appid": CLIENT_ID, "scp": scopes,
        });
        Self::with_claims(tenant_id, claims)
    }

    /// An application of a tenant, with roles parted by spaces.
    pub fn application(tenant: &Tenant, roles: &str) -> Self {
        let tenant_id = Uuid::parse_str(&tenant.id()).expect("a tenant id is a GUID");
        let object_id = Uuid::new_v5(&tenant_id, format!("service-principal:{CLIENT_ID}").as_bytes());
        let claims = json!({
            "idtyp": "app", "oid": object_id, "sub": object_id, "azp": CLIENT_ID, "appid": CLIENT_ID,
            "roles": roles.split_whitespace().collect::<Vec<_>>(),
        });
        Self::with_claims(&tenant.id(), claims)
    }

    fn with_claims(tenant: &str, claims: Value) -> Self {
        let Value::Object(claims) = claims else {
            unreachable!("claims are an object")
        };
        Self {
            tenant: tenant.to_owned(),
            claims,
        }
    }

    /// With another value of a claim, for tokens that must be refused. Null takes the claim away.
    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }
}

/// An issuer of tokens.
pub struct Minter {
    issuer: String,
    key: EncodingKey,
    key_id: Option<String>,
}

impl Minter {
    /// The issuer of a development data directory.
    pub fn development(data_dir: &Path) -> Self {
        Self::new("https://localhost/{tid}/v2.0", &data_dir.join("issuer.key"), None)
    }

    /// An issuer whose tokens name `issuer`, with `{tid}` for the tenant.
    pub fn new(issuer: &str, key_file: &Path, key_id: Option<&str>) -> Self {
        let pem = std::fs::read(key_file).expect("the issuer key can be read");
        Self {
            issuer: issuer.to_owned(),
            key: EncodingKey::from_rsa_pem(&pem).expect("the issuer key is an RSA key"),
            key_id: key_id.map(str::to_owned),
        }
    }

    /// The claims of a token good for an hour.
    pub fn claims(&self, caller: &Caller) -> Value {
        let now = get_current_timestamp();
        let mut claims = json!({
            "iss": self.issuer.replace("{tid}", &caller.tenant),
            "aud": "https://graph.microsoft.com",
            "tid": caller.tenant,
            "iat": now, "nbf": now, "exp": now + 3600,
            "ver": "2.0",
        });
        for (name, value) in &caller.claims {
            claims[name] = value.clone();
        }
        if let Value::Object(claims) = &mut claims {
            claims.retain(|_, value| !value.is_null());
        }
        claims
    }

    /// The header of its tokens.
    pub fn header(&self) -> Value {
        match &self.key_id {
            Some(key_id) => json!({"alg": "RS256", "typ": "JWT", "kid": key_id}),
            None => json!({"alg": "RS256", "typ": "JWT"}),
        }
    }

    /// Any header and claims, signed with the issuer's key whatever the header says.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, Algorithm::RS256);
        format!("{signed}.{}", signature.expect("a token can be signed"))
    }

    /// A token good for an hour.
    pub fn token(&self, caller: &Caller) -> String {
        let claims = self.claims(caller);
        let header = Header {
            kid: self.key_id.clone(),
            ..Header::new(Algorithm::RS256)
        };
        encode(&header, &claims, &self.key).expect("a token can be signed")
    }
}

/// Text as tokens write it.
pub fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let value = three
            .iter()
            .fold(0_usize, |value, byte| value << 8 | usize::from(*byte))
            << (8 * (3 - three.len()));
        for digit in 0..=three.len() {
            text.push(char::from(DIGITS[value >> (18 - 6 * digit) & 63]));
        }
    }
    text
}
