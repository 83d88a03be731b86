//! Rights on several contents and the label that flows on.

use signet_contract::catalog::LabelFamily;
use signet_contract::evaluation::{RightsAndInheritanceRequest, RightsAndInheritanceResponse};
use signet_contract::{CallContext, CallerKind, ContractError, Operation};
use signet_domain::error::ErrorReason;
use signet_domain::inheritance;
use signet_domain::record;
use signet_domain::snapshot::PolicySnapshot;

use super::Bench;
use crate::Evaluation;
use crate::audit;

/// Decides rights per content and the inherited label. Source: labelling semantics G2.
#[tracing::instrument(name = "evaluation.compute_rights_and_inheritance", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant, request.id = %context.request_id), err(level = "debug"))]
pub(crate) async fn compute_rights_and_inheritance(
    service: &Evaluation,
    context: &CallContext,
    request: RightsAndInheritanceRequest,
) -> Result<RightsAndInheritanceResponse, ContractError> {
    Operation::ComputeInheritance.authorize(&context.caller)?;
    let bench = Bench::open(service, context, LabelFamily::Governance, &request.subject).await?;
    bench.check_parent(context, request.parent)?;
    let named = request
        .delegated_user_email
        .as_deref()
        .filter(|email| !email.is_empty());
    let email = whose_rights(&bench.snapshot, context, named).map_err(|refusal| bench.refused(refusal))?;
    let result = inheritance::compute_rights_and_inheritance(
        &bench.snapshot,
        &email,
        &request.contents,
        &request.supported_formats,
        &request.locale,
        bench.actor(),
        request.parent,
        &*service.dependencies.ids,
    );
    let winner = result
        .as_ref()
        .map(|result| result.inherited_label.as_ref().map(|label| label.id()));
    let record = audit::computation_record(
        service,
        context,
        &bench.snapshot,
        bench.user,
        record::Operation::ComputeRightsAndInheritance,
        winner,
    );
    audit::keep(service, record).await?;
    let result = result.map_err(|refusal| bench.refused(refusal))?;
    Ok(RightsAndInheritanceResponse {
        result,
        decided_by: bench.decided_by,
    })
}

/// Somebody else's rights need the `.All` permission of a delegated caller; an application must name a person.
/// Source: rest-api section 2 and 8.3.
fn whose_rights(
    snapshot: &PolicySnapshot,
    context: &CallContext,
    named: Option<&str>,
) -> Result<String, ContractError> {
    let caller = &context.caller;
    if caller.kind != CallerKind::Delegated {
        return named.map(str::to_owned).ok_or_else(|| {
            ContractError::new(
                ErrorReason::InvalidArgument,
                "an application token must name the user whose rights are asked; give the address",
            )
            .at("delegated_user_email")
        });
    }
    let own = snapshot.user(caller.object_id);
    let Some(named) = named else {
        let own = own.ok_or_else(|| signet_contract::subject::user_not_found(&caller.object_id.to_string()))?;
        return Ok(own.user_principal_name.clone());
    };
    super::usage_rights::check_named(
        own,
        caller,
        named,
        "SensitivityLabel.Evaluate.All",
        "delegated_user_email",
    )?;
    Ok(named.to_owned())
}
