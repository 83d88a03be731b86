//! `POST /{tenant}/oauth2/v2.0/token`.
//!
//! Source: RFC 6749 sections 4.3, 4.4, 5.1 and 5.2; Microsoft identity platform for the form of `scope`.

use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{DevelopmentIssuer, Subject, TokenForm, TokenRequest};
use crate::keys::sha256;

/// How long tokens of the endpoint are good.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Longest client id taken, in bytes.
const MAX_CLIENT_ID_BYTES: usize = 256;

/// The audience of scopes given without a resource.
const DEFAULT_RESOURCE: &str = "https://graph.microsoft.com";

/// Scopes that ask for the form of the answer, not for a permission.
const PROTOCOL_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// Who may sign in.
#[async_trait]
pub trait UserLookup: Send + Sync {
    /// Whether there is such a tenant.
    async fn has_tenant(&self, tenant_id: Uuid) -> bool;

    /// The user with this user principal name, compared without case; `None` when the tenant has none.
    async fn user(&self, tenant_id: Uuid, user_principal_name: &str) -> Option<DirectoryUser>;
}

/// What a token says about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// Object id.
    pub object_id: Uuid,
    /// User principal name as the directory spells it.
    pub user_principal_name: String,
    /// Name for people, if there is one.
    pub display_name: Option<String>,
}

/// What the endpoint grants.
#[derive(Clone)]
pub struct TokenEndpoint {
    /// Resources tokens are given for: the verifier's audiences.
    pub audiences: Vec<String>,
    /// Permissions an application gets.
    pub application_permissions: Vec<String>,
    /// Permissions a user's application may ask for.
    pub delegated_permissions: Vec<String>,
    /// The one password of all users.
    pub password: String,
}

/// What to answer, as JSON with `Cache-Control: no-store`.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenResponse {
    /// 200, 400 or 401.
    pub status: u16,
    /// Token or error, as RFC 6749 spells them.
    pub body: Value,
}

/// A refusal in the words of RFC 6749 section 5.2.
struct Refusal {
    status: u16,
    error: &'static str,
    description: String,
}

fn refuse<T>(error: &'static str, description: impl Into<String>) -> Result<T, Refusal> {
    let status = if error == "invalid_client" { 401 } else { 400 };
    Err(Refusal {
        status,
        error,
        description: description.into(),
    })
}

/// What a `scope` parameter asks for.
struct Wanted {
    audience: String,
    permissions: Vec<String>,
    id_token: bool,
}

impl TokenEndpoint {
    /// Answers a token request. Never fails: what cannot be granted is answered with the reason.
    /// - `tenant_id`: the tenant of the path, `None` when it is no GUID.
    /// - `token_id`: a fresh random id.
    pub async fn answer(
        &self,
        issuer: &DevelopmentIssuer,
        directory: &dyn UserLookup,
        tenant_id: Option<Uuid>,
        form: &TokenForm,
        now: Timestamp,
        token_id: Uuid,
    ) -> TokenResponse {
        match self.grant(directory, tenant_id, form, now, token_id).await {
            Ok((request, id_token)) => token_response(issuer, &request, id_token),
            Err(refusal) => TokenResponse {
                status: refusal.status,
                body: json!({"error": refusal.error, "error_description": refusal.description}),
            },
        }
    }

    async fn grant(
        &self,
        directory: &dyn UserLookup,
        tenant_id: Option<Uuid>,
        form: &TokenForm,
        now: Timestamp,
        token_id: Uuid,
    ) -> Result<(TokenRequest, bool), Refusal> {
        let grant_type = required(form, "grant_type")?;
        let tenant_id = match tenant_id {
            Some(tenant_id) if directory.has_tenant(tenant_id).await => tenant_id,
            _ => return refuse("invalid_request", "the tenant of the address does not exist here"),
        };
        let (wanted, subject) = match grant_type {
            "client_credentials" => self.application(form)?,
            "password" => self.user(directory, tenant_id, form).await?,
            other => {
                return refuse(
                    "unsupported_grant_type",
                    format!("the grant type `{}` is not supported", clip(other)),
                );
            }
        };
        let request = TokenRequest {
            tenant_id,
            subject,
            audience: wanted.audience,
            expires_in: LIFETIME,
            now,
            token_id,
        };
        Ok((request, wanted.id_token))
    }

    /// Client credentials: any client id, any secret or assertion, and all there is to grant.
    fn application(&self, form: &TokenForm) -> Result<(Wanted, Subject), Refusal> {
        let client_id = client_id(form)?;
        if form.get("client_secret").is_none() && form.get("client_assertion").is_none() {
            return refuse(
                "invalid_client",
                "a `client_secret` or `client_assertion` is missing; any value will do",
            );
        }
        let scope = required(form, "scope")?;
        let Some(resource) = scope
            .strip_suffix("/.default")
            .filter(|resource| !resource.contains(' '))
        else {
            return refuse(
                "invalid_scope",
                "with client credentials `scope` is `{resource}/.default`",
            );
        };
        let wanted = Wanted {
            audience: self.audience(resource)?,
            permissions: self.application_permissions.clone(),
            id_token: false,
        };
        let roles = wanted.permissions.clone();
        Ok((wanted, Subject::Application { client_id, roles }))
    }

    /// Resource owner password: a user of the directory with the one password.
    async fn user(
        &self,
        directory: &dyn UserLookup,
        tenant_id: Uuid,
        form: &TokenForm,
    ) -> Result<(Wanted, Subject), Refusal> {
        let client_id = client_id(form)?;
        let (username, password) = (required(form, "username")?, required(form, "password")?);
        let wanted = self.delegated(required(form, "scope")?)?;
        // Digests are of one length, so the comparison tells nothing about the password, its length included.
        let same = verify_slices_are_equal(&sha256(password.as_bytes()), &sha256(self.password.as_bytes())).is_ok();
        let user = directory.user(tenant_id, username).await.filter(|_| same);
        let Some(user) = user else {
            return refuse("invalid_grant", "the user does not exist or the password is wrong");
        };
        let subject = Subject::User {
            object_id: user.object_id,
            user_principal_name: user.user_principal_name,
            display_name: user.display_name,
            client_id,
            scopes: wanted.permissions.clone(),
        };
        Ok((wanted, subject))
    }

    /// Reads scopes: `Files.Read`, `https://graph.microsoft.com/Files.Read`, `https://graph.microsoft.com/.default`, all
    /// of one resource, beside those of the protocol.
    fn delegated(&self, scope: &str) -> Result<Wanted, Refusal> {
        let mut wanted = Wanted {
            audience: String::new(),
            permissions: Vec::new(),
            id_token: false,
        };
        for item in scope.split_ascii_whitespace() {
            if PROTOCOL_SCOPES.contains(&item) {
                wanted.id_token |= item == "openid";
                continue;
            }
            let (resource, name) = item.rsplit_once('/').unwrap_or((DEFAULT_RESOURCE, item));
            let audience = self.audience(resource)?;
            if !wanted.audience.is_empty() && wanted.audience != audience {
                return refuse("invalid_scope", "all scopes of a request are of one resource");
            }
            wanted.audience = audience;
            wanted.permissions.extend(self.delegated_permission(name)?);
        }
        if wanted.permissions.is_empty() {
            return refuse("invalid_scope", "the scope names no permission");
        }
        Ok(wanted)
    }

    fn delegated_permission(&self, name: &str) -> Result<Vec<String>, Refusal> {
        if name == ".default" {
            return Ok(self.delegated_permissions.clone());
        }
        match self
            .delegated_permissions
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name))
        {
            Some(known) => Ok(vec![known.clone()]),
            None => refuse(
                "invalid_scope",
                format!("the permission `{}` does not exist", clip(name)),
            ),
        }
    }

    fn audience(&self, resource: &str) -> Result<String, Refusal> {
        match self.audiences.iter().find(|known| *known == resource) {
            Some(known) => Ok(known.clone()),
            None => refuse(
                "invalid_scope",
                format!("the resource `{}` is not served here", clip(resource)),
            ),
        }
    }
}

fn token_response(issuer: &DevelopmentIssuer, request: &TokenRequest, id_token: bool) -> TokenResponse {
    let minted = issuer.mint(request).and_then(|token| {
        let id_token = if id_token {
            Some(issuer.mint_id_token(request)?)
        } else {
            None
        };
        Ok((token, id_token))
    });
    let Ok((token, id_token)) = minted else {
        return TokenResponse {
            status: 500,
            body: json!({"error": "server_error"}),
        };
    };
    let lifetime = request.expires_in.as_secs();
    let mut body =
        json!({"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token});
    if let (Some(members), Subject::User { scopes, .. }) = (body.as_object_mut(), &request.subject) {
        members.insert("scope".to_owned(), json!(scopes.join(" ")));
        members.extend(id_token.map(|token| ("id_token".to_owned(), json!(token))));
    }
    TokenResponse { status: 200, body }
}

fn required<'a>(form: &'a TokenForm, name: &str) -> Result<&'a str, Refusal> {
    match form.get(name) {
        Some(value) => Ok(value),
        None => refuse("invalid_request", format!("the parameter `{name}` is missing")),
    }
}

fn client_id(form: &TokenForm) -> Result<String, Refusal> {
    let client_id = required(form, "client_id")?;
    if client_id.len() > MAX_CLIENT_ID_BYTES || client_id.chars().any(char::is_control) {
        return refuse(
            "invalid_client",
            "the `client_id` is longer than 256 bytes or not printable",
        );
    }
    Ok(client_id.to_owned())
}

fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}
