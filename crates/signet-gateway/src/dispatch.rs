//! The order in which a request is checked, and who answers it.
//!
//! Token (401), segment and method (400, 405), kind of token and permission (400, 403), what the path names (404),
//! media type and size (415, 413), query and body (400), then the semantics. Source: rest-api 6.2, order of checks.

use std::sync::OnceLock;
use std::time::Instant;

use axum::body::Body;
use http::request::Parts;
use http::{StatusCode, header};
use signet_auth::{Principal, TokenKind};
use signet_contract::{Caller, CallerKind, Credential, PermissionSet};
use signet_domain::ids::{TenantId, UserId};
use uuid::Uuid;

use crate::admission;
use crate::call::Call;
use crate::front::answer::Answer;
use crate::front::ids::RequestIds;
use crate::gateway::Inner;
use crate::graph::error::GraphError;
use crate::handlers;
use crate::routes::{Endpoint, Matched, Mismatch, Verb};

/// Answers a request whose route is known or known to be missing.
/// - `tenant`: told once the caller's token has been verified.
pub(crate) async fn dispatch(
    gateway: &Inner,
    parts: &Parts,
    body: Body,
    found: Result<Matched<'_>, Mismatch>,
    ids: &RequestIds,
    deadline: Instant,
    tenant: &OnceLock<Uuid>,
) -> Result<Answer, GraphError> {
    if let Ok(matched) = &found
        && matched.leaf.endpoint.is_anonymous()
    {
        if matched.leaf.endpoint.needs_ticket() {
            return handlers::tickets::answer(gateway, parts, matched, body, ids, deadline).await;
        }
        return handlers::service::answer(gateway, parts, matched);
    }
    // Who needs no token is not asked for one because of the method.
    if let Err(found @ Mismatch::MethodNotAllowed { anonymous: true, .. }) = found {
        return Err(mismatch(found));
    }
    let authorization = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let principal = gateway.services.verifier.verify_header(authorization).await?;
    let _ = tenant.set(principal.tenant_id);
    admission::admit(gateway, parts, &principal).await?;
    let matched = found.map_err(mismatch)?;
    let call = Call::new(
        gateway,
        parts,
        matched,
        caller(&principal),
        credential(authorization),
        ids,
        deadline,
    );
    answer_call(&call, body).await
}

/// Answers a call of a known caller.
pub(crate) async fn answer_call(call: &Call<'_>, body: Body) -> Result<Answer, GraphError> {
    call.check_caller()?;
    if let Err(fault) = call.check_headers() {
        return Err(call.refuse(fault).await);
    }
    let mut answer = handle(call, body).await?;
    answer.deprecated = call.matched.prefix.legacy;
    Ok(answer)
}

async fn handle(call: &Call<'_>, body: Body) -> Result<Answer, GraphError> {
    match call.matched.leaf.endpoint {
        Endpoint::ServiceDocument | Endpoint::Metadata => {
            handlers::service::answer(call.gateway, call.parts, &call.matched)
        }
        Endpoint::EvaluateApplication
        | Endpoint::EvaluateClassificationResults
        | Endpoint::EvaluateRemoval
        | Endpoint::ExtractContentLabel => handlers::evaluate::evaluate(call, body).await,
        Endpoint::ListPolicyLabels => handlers::policy_labels::list(call).await,
        Endpoint::CountPolicyLabels | Endpoint::CountLabels => handlers::count::count(call).await,
        Endpoint::GetPolicyLabel => handlers::policy_labels::get(call).await,
        Endpoint::GetPolicyLabelParent => handlers::policy_labels::parent(call).await,
        Endpoint::GetPolicySettings => handlers::policy_labels::settings(call).await,
        Endpoint::ListLabels => handlers::labels::list(call).await,
        Endpoint::GetLabel => handlers::labels::get(call).await,
        Endpoint::GetRights => handlers::rights::get(call).await,
        Endpoint::ComputeInheritance => handlers::compute::inheritance(call).await,
        Endpoint::ComputeRightsAndInheritance => handlers::compute::rights_and_inheritance(call, body).await,
        Endpoint::GetDrive => handlers::drive::get(call).await,
        Endpoint::ListDrives => handlers::drive::list(call).await,
        Endpoint::GetItem => handlers::drive::item(call).await,
        Endpoint::ListChildren => handlers::drive::children(call).await,
        Endpoint::ExtractLabels => handlers::extract::extract(call, body).await,
        Endpoint::ListDecisions => handlers::decisions::list(call).await,
        Endpoint::Batch => handlers::batch::run(call, body).await,
        Endpoint::AssignLabel => handlers::assign::assign(call, body).await,
        Endpoint::GetContent => handlers::upload::download(call).await,
        Endpoint::PutContent => handlers::upload::put(call, body).await,
        Endpoint::CreateUploadSession => handlers::upload::create_session(call, body).await,
        Endpoint::ScanDrive => handlers::scan::scan(call).await,
        // Answered before a caller is looked for.
        Endpoint::GetOperation
        | Endpoint::Download
        | Endpoint::UploadPart
        | Endpoint::GetUpload
        | Endpoint::CommitUpload
        | Endpoint::CancelUpload => Err(GraphError::internal()),
        Endpoint::LegacyEvaluate => Err(not_supported(call)),
    }
}

fn not_supported(call: &Call<'_>) -> GraphError {
    GraphError::new(
        StatusCode::NOT_IMPLEMENTED,
        "notSupported",
        format!("{} is not offered by this service", call.matched.leaf.endpoint.name()),
    )
}

/// How a path without a route is refused. Source: rest-api 1.6, 6.2.
pub(crate) fn mismatch(mismatch: Mismatch) -> GraphError {
    match mismatch {
        Mismatch::UnknownSegment(segment) => GraphError::unknown_segment(&segment),
        Mismatch::Unreadable(why) => GraphError::invalid(why),
        Mismatch::MethodNotAllowed { allowed, .. } => {
            let allowed: Vec<&str> = allowed.into_iter().map(Verb::name).collect();
            GraphError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.",
            )
            .with_header(header::ALLOW, allowed.join(", "))
        }
    }
}

fn caller(principal: &Principal) -> Caller {
    Caller {
        tenant: TenantId::from_uuid(principal.tenant_id),
        kind: match principal.kind {
            TokenKind::Delegated => CallerKind::Delegated,
            TokenKind::Application => CallerKind::Application,
        },
        object_id: UserId::from_uuid(principal.object_id),
        user_principal_name: principal.user_principal_name.clone(),
        application_id: principal.application_id.clone(),
        permissions: PermissionSet::from(principal.permissions.names()),
    }
}

/// The token of a verified header.
fn credential(authorization: Option<&str>) -> Option<Credential> {
    let (_, token) = authorization?.trim().split_once(' ')?;
    Some(Credential::new(token.trim()))
}
