//! One label a subject sees.

use signet_contract::catalog::{GetLabelRequest, GetLabelResponse};
use signet_contract::subject::{resolve_subject, visibility};
use signet_contract::{CallContext, ContractError};
use signet_domain::error::ErrorReason;
use signet_domain::query::get_label as query_label;
use signet_domain::snapshot::PolicySnapshot;

use super::{list_labels::operation, own_tenant};
use crate::Catalog;

/// The label, when the subject sees it and it is where the request looks for it.
#[tracing::instrument(name = "catalog.get_label", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant, label.id = %request.label), err(level = "debug"))]
pub(crate) async fn get_label(
    catalog: &Catalog,
    context: &CallContext,
    request: GetLabelRequest,
) -> Result<GetLabelResponse, ContractError> {
    operation(request.family).authorize(&context.caller)?;
    let snapshot = own_tenant(catalog, context).await?;
    find(&snapshot, context, &request).map_err(|refusal| refusal.decided_by(snapshot.revision()))
}

fn find(
    snapshot: &PolicySnapshot,
    context: &CallContext,
    request: &GetLabelRequest,
) -> Result<GetLabelResponse, ContractError> {
    let user = resolve_subject(snapshot, &context.caller, request.family, &request.subject)?;
    let visibility = visibility(&context.caller, request.family, user, None);
    let label = query_label(snapshot, &visibility, request.label, &request.locale)?;
    if request
        .parent
        .is_some_and(|parent| label.label.parent_id != Some(parent))
    {
        return Err(ContractError::new(
            ErrorReason::LabelNotFound,
            format!(
                "label `{}` is not a sublabel there; ask for it in the collection of its parent",
                request.label
            ),
        )
        .fact("label_id", request.label.to_string()));
    }
    Ok(GetLabelResponse {
        label,
        user,
        revision: snapshot.revision(),
    })
}
