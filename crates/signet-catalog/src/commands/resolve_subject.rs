//! Who a request is about.

use signet_contract::catalog::LabelFamily;
use signet_contract::{CallContext, ContractError, Subject};
use signet_domain::ids::UserId;

use super::own_tenant;
use crate::Catalog;

/// Checks that the caller may ask about the subject and says who it is.
#[tracing::instrument(name = "catalog.resolve_subject", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn resolve_subject(
    catalog: &Catalog,
    context: &CallContext,
    family: LabelFamily,
    subject: Subject,
) -> Result<Option<UserId>, ContractError> {
    let snapshot = own_tenant(catalog, context).await?;
    signet_contract::subject::resolve_subject(&snapshot, &context.caller, family, &subject)
}
