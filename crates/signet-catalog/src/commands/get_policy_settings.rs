//! Settings that bind a subject.

use signet_contract::catalog::{LabelFamily, PolicySettingsResponse};
use signet_contract::subject::{actor, resolve_subject};
use signet_contract::{CallContext, ContractError, Operation, Subject};

use super::own_tenant;
use crate::Catalog;

/// The settings of the policies in scope, merged. Source: labelling semantics A7.
#[tracing::instrument(name = "catalog.get_policy_settings", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn get_policy_settings(
    catalog: &Catalog,
    context: &CallContext,
    subject: Subject,
) -> Result<PolicySettingsResponse, ContractError> {
    Operation::ReadPolicyLabels.authorize(&context.caller)?;
    let snapshot = own_tenant(catalog, context).await?;
    let found = resolve_subject(&snapshot, &context.caller, LabelFamily::Policy, &subject)
        .and_then(|user| Ok((user, snapshot.effective_policy_settings(actor(user))?)));
    let (user, settings) = found.map_err(|refusal| refusal.decided_by(snapshot.revision()))?;
    Ok(PolicySettingsResponse {
        settings,
        user,
        revision: snapshot.revision(),
    })
}
