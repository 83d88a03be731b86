//! Labels a subject sees.

use signet_contract::catalog::{LabelFamily, ListLabelsRequest, ListLabelsResponse};
use signet_contract::subject::{resolve_subject, visibility};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::query::{LabelQuery, list_labels as query_labels};
use signet_domain::snapshot::PolicySnapshot;

use super::own_tenant;
use crate::Catalog;

/// The page of labels, filtered and ordered here so that only what was asked for travels.
#[tracing::instrument(name = "catalog.list_labels", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn list_labels(
    catalog: &Catalog,
    context: &CallContext,
    request: ListLabelsRequest,
) -> Result<ListLabelsResponse, ContractError> {
    operation(request.family).authorize(&context.caller)?;
    let snapshot = own_tenant(catalog, context).await?;
    find(&snapshot, context, request).map_err(|refusal| refusal.decided_by(snapshot.revision()))
}

fn find(
    snapshot: &PolicySnapshot,
    context: &CallContext,
    request: ListLabelsRequest,
) -> Result<ListLabelsResponse, ContractError> {
    let user = resolve_subject(snapshot, &context.caller, request.family, &request.subject)?;
    let query = LabelQuery {
        visibility: visibility(&context.caller, request.family, user, request.scoped),
        parent: request.parent,
        nested: request.nested,
        filter: request.filter,
        search: request.search,
        order: request.order,
        skip: request.skip,
        top: request.top,
        after: request.after,
        count: request.count,
        locale: request.locale,
    };
    let page = query_labels(snapshot, &query)?;
    Ok(ListLabelsResponse {
        page,
        user,
        revision: snapshot.revision(),
    })
}

/// The permission of a family.
pub(super) fn operation(family: LabelFamily) -> Operation {
    match family {
        LabelFamily::Policy => Operation::ReadPolicyLabels,
        LabelFamily::Governance => Operation::ReadGovernanceLabels,
    }
}
