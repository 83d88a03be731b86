//! The development issuer over HTTP: discovery, keys and the token endpoint of every tenant.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use signet_auth::{DevelopmentIssuer, DirectoryUser, TokenEndpoint, TokenForm, UserLookup};
use signet_contract::Operation;
use signet_domain::environment::{Clock, IdSource};
use signet_domain::ids::TenantId;
use signet_store::CatalogStore;
use uuid::Uuid;

use crate::environment::{RandomIds, SystemClock};

/// Largest token request, in bytes.
const MAX_FORM_BYTES: usize = 16 * 1024;

/// What the endpoints work with.
pub(crate) struct IssuerState {
    pub(crate) issuer: DevelopmentIssuer,
    pub(crate) endpoint: TokenEndpoint,
    pub(crate) store: Arc<dyn CatalogStore>,
    /// Origin the endpoints are reached at, e.g. `https://127.0.0.1:8443`.
    pub(crate) base_url: String,
}

/// Every permission Signet knows, for applications.
pub(crate) fn application_permissions() -> Vec<String> {
    permissions(|operation| operation.requirement().application)
}

/// Every permission Signet knows, for people.
pub(crate) fn delegated_permissions() -> Vec<String> {
    permissions(|operation| operation.requirement().delegated)
}

fn permissions(of: impl Fn(Operation) -> &'static [&'static str]) -> Vec<String> {
    let mut names: Vec<String> = Operation::ALL
        .into_iter()
        .flat_map(of)
        .map(|name| (*name).to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The endpoints.
pub(crate) fn router(state: Arc<IssuerState>) -> Router {
    Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery))
        .route("/{tenant}/discovery/v2.0/keys", get(keys))
        .route("/{tenant}/oauth2/v2.0/token", post(token))
        .layer(axum::extract::DefaultBodyLimit::max(MAX_FORM_BYTES))
        .with_state(state)
}

async fn discovery(State(state): State<Arc<IssuerState>>, Path(tenant): Path<String>) -> Response {
    match find_tenant(&*state.store, &tenant).await {
        Some(id) => answer(StatusCode::OK, state.issuer.discovery_document(&state.base_url, id)),
        None => answer(StatusCode::BAD_REQUEST, unknown_tenant(&tenant)),
    }
}

async fn keys(State(state): State<Arc<IssuerState>>, Path(tenant): Path<String>) -> Response {
    match find_tenant(&*state.store, &tenant).await {
        Some(_) => answer(StatusCode::OK, state.issuer.jwks()),
        None => answer(StatusCode::BAD_REQUEST, unknown_tenant(&tenant)),
    }
}

async fn token(
    State(state): State<Arc<IssuerState>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Ok(form) = TokenForm::parse(&body, authorization) else {
        let error =
            json!({"error": "invalid_request", "error_description": "the body is not a form with single values"});
        return answer(StatusCode::BAD_REQUEST, error);
    };
    let tenant = find_tenant(&*state.store, &tenant).await;
    let directory = Directory {
        store: state.store.clone(),
    };
    let now = SystemClock.now();
    let id = RandomIds.next_id();
    let given = state
        .endpoint
        .answer(&state.issuer, &directory, tenant, &form, now, id)
        .await;
    answer(
        StatusCode::from_u16(given.status).unwrap_or(StatusCode::BAD_REQUEST),
        given.body,
    )
}

fn answer(status: StatusCode, body: Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body.to_string()).into_response()
}

fn unknown_tenant(tenant: &str) -> Value {
    let tenant: String = tenant.chars().take(80).collect();
    json!({"error": "invalid_tenant", "error_description": format!("there is no tenant `{tenant}` here")})
}

/// A tenant by id or domain, as OAuth clients name it.
async fn find_tenant(store: &dyn CatalogStore, name: &str) -> Option<Uuid> {
    let found = crate::commands::find_tenants(store, Some(name)).await.ok()?;
    found.first().map(|tenant| tenant.id.as_uuid())
}

struct Directory {
    store: Arc<dyn CatalogStore>,
}

#[async_trait]
impl UserLookup for Directory {
    async fn has_tenant(&self, tenant_id: Uuid) -> bool {
        matches!(
            self.store.current_revision(TenantId::from_uuid(tenant_id)).await,
            Ok(Some(_))
        )
    }

    async fn user(&self, tenant_id: Uuid, user_principal_name: &str) -> Option<DirectoryUser> {
        let stored = self
            .store
            .get_revision(TenantId::from_uuid(tenant_id), None)
            .await
            .ok()??;
        let user = stored.document.users.iter().find(|user| {
            user.addresses()
                .any(|address| address.eq_ignore_ascii_case(user_principal_name))
        })?;
        Some(DirectoryUser {
            object_id: user.id.as_uuid(),
            user_principal_name: user.user_principal_name.clone(),
            display_name: Some(user.display_name.clone()).filter(|name| !name.is_empty()),
        })
    }
}
