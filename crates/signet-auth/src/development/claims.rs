//! What development tokens say.
//!
//! Source: Microsoft identity platform, access token and id token claims references.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Subject, TokenRequest, application_object_id, issuer_of};

/// What every token says.
pub(super) fn common_claims(request: &TokenRequest) -> Map<String, Value> {
    let issued_at = request.now.as_second();
    let lifetime = i64::try_from(request.expires_in.as_secs()).unwrap_or(i64::MAX);
    let claims = [
        ("iss", json!(issuer_of(request.tenant_id))),
        ("tid", json!(request.tenant_id)),
        ("iat", json!(issued_at)),
        ("nbf", json!(issued_at)),
        ("exp", json!(issued_at.saturating_add(lifetime))),
        ("jti", json!(request.token_id)),
        ("uti", json!(request.token_id)),
        ("ver", json!("2.0")),
    ];
    claims
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// What an access token says about whom it speaks for.
pub(super) fn subject_claims(tenant_id: Uuid, subject: &Subject) -> Map<String, Value> {
    let claims = match subject {
        Subject::User {
            object_id,
            user_principal_name,
            display_name,
            client_id,
            scopes,
        } => vec![
            ("idtyp", json!("user")),
            ("oid", json!(object_id)),
            ("sub", json!(object_id)),
            ("upn", json!(user_principal_name)),
            ("preferred_username", json!(user_principal_name)),
            ("name", json!(display_name.as_deref().unwrap_or(user_principal_name))),
            ("azp", json!(client_id)),
            ("appid", json!(client_id)),
            ("scp", json!(scopes.join(" "))),
        ],
        Subject::Application { client_id, roles } => {
            let object_id = application_object_id(tenant_id, client_id);
            vec![
                ("idtyp", json!("app")),
                ("oid", json!(object_id)),
                ("sub", json!(object_id)),
                ("azp", json!(client_id)),
                ("appid", json!(client_id)),
                ("roles", json!(roles)),
            ]
        }
    };
    claims
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
