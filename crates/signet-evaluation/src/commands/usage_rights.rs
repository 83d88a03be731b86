//! Rights on one label.

use signet_contract::catalog::LabelFamily;
use signet_contract::evaluation::{UsageRightsRequest, UsageRightsResponse};
use signet_contract::{CallContext, Caller, CallerKind, ContractError, Operation};
use signet_domain::directory::User;
use signet_domain::error::ErrorReason;
use signet_domain::rights::{RightsQuestion, usage_rights as domain_usage_rights};

use super::Bench;
use crate::Evaluation;

/// Rights on one label. Source: labelling semantics G3.
#[tracing::instrument(name = "evaluation.usage_rights", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant, label.id = %request.label), err(level = "debug"))]
pub(crate) async fn usage_rights(
    service: &Evaluation,
    context: &CallContext,
    request: UsageRightsRequest,
) -> Result<UsageRightsResponse, ContractError> {
    Operation::ReadRights.authorize(&context.caller)?;
    let bench = Bench::open(service, context, LabelFamily::Governance, &request.subject).await?;
    let question = question(&bench, context, request.owner_email, request.user_email)?;
    let visibility = bench.governance_visibility(context);
    if let Some(parent) = request.parent {
        let below = bench
            .snapshot
            .label(request.label)
            .is_some_and(|label| label.parent_id == Some(parent));
        if !below {
            return Err(bench.refused(ContractError::new(
                ErrorReason::LabelNotFound,
                format!(
                    "label `{}` is not a sublabel there; ask in the collection of its parent",
                    request.label
                ),
            )));
        }
    }
    let rights = domain_usage_rights(&bench.snapshot, &visibility, request.label, &question)
        .map_err(|refusal| bench.refused(refusal))?;
    Ok(UsageRightsResponse {
        rights,
        decided_by: bench.decided_by,
    })
}

/// Who asks about whom, once it is sure that he may.
pub(super) fn question(
    bench: &Bench,
    context: &CallContext,
    owner_email: Option<String>,
    user_email: Option<String>,
) -> Result<RightsQuestion, ContractError> {
    let caller = &context.caller;
    let signed_in = bench
        .snapshot
        .user(caller.object_id)
        .filter(|_| caller.kind == CallerKind::Delegated);
    if let Some(named) = user_email.as_deref() {
        check_named(signed_in, caller, named, "SensitivityLabels.Read.All", "user_email")?;
    }
    let acting = bench.user.or(signed_in.map(|user| user.id));
    Ok(RightsQuestion {
        owner_email,
        user_email,
        acting,
    })
}

/// Lets a delegated caller name himself, or anybody with the higher permission. Source: rest-api section 2.
pub(super) fn check_named(
    signed_in: Option<&User>,
    caller: &Caller,
    named: &str,
    higher: &str,
    target: &str,
) -> Result<(), ContractError> {
    if caller.kind != CallerKind::Delegated {
        return Ok(());
    }
    let himself = signed_in.is_some_and(|user| user.addresses().any(|address| address.eq_ignore_ascii_case(named)));
    if himself || caller.permissions.has(higher) {
        return Ok(());
    }
    let held: Vec<&str> = caller.permissions.names().take(20).collect();
    Err(ContractError::new(
        ErrorReason::PermissionMissing,
        format!(
            "asking about another user needs the permission {higher}; the token holds {}",
            held.join(", ")
        ),
    )
    .at(target)
    .fact("permission", higher))
}
