//! What a tenant document would change.

use std::sync::Arc;

use signet_contract::catalog::{TenantJson, TenantPlan};
use signet_contract::error::ServiceError;
use signet_contract::{CallContext, CallerKind, ContractError, Operation};
use signet_domain::ids::TenantId;
use signet_domain::tenant::{Finding, TenantDocument, diff, read_document};

use super::off_thread;
use crate::{Catalog, CatalogError};

/// Compares a document with the revision in force.
#[tracing::instrument(name = "catalog.plan_tenant", level = "debug", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn plan_tenant(
    catalog: &Catalog,
    context: &CallContext,
    json: TenantJson,
) -> Result<TenantPlan, ContractError> {
    Operation::ReadCatalog.authorize(&context.caller)?;
    let (document, warnings) = read_own(catalog, context, json).await?;
    let current = catalog
        .store
        .get_revision(document.id, None)
        .await
        .map_err(CatalogError::from)?;
    let revision = current.as_ref().map(|stored| stored.revision);
    let changes = off_thread(move || diff(current.as_ref().map(|stored| &*stored.document), &document)).await?;
    Ok(TenantPlan {
        current: revision,
        changes,
        warnings,
    })
}

/// Reads a document of the caller's own tenant, with every fault it has.
///
/// # Errors
/// `DocumentInvalid`.
pub(super) async fn read_own(
    catalog: &Catalog,
    context: &CallContext,
    json: TenantJson,
) -> Result<(Arc<TenantDocument>, Vec<Finding>), ContractError> {
    let limit = catalog.config.max_document_bytes;
    let (document, warnings) = off_thread(move || read(limit, &json))
        .await?
        .map_err(|faults| CatalogError::DocumentInvalid { faults })?;
    own(context, document.id)?;
    Ok((Arc::new(document), warnings))
}

fn read(limit: usize, json: &TenantJson) -> Result<(TenantDocument, Vec<Finding>), Vec<Finding>> {
    let fault = |message: String| {
        vec![Finding {
            path: String::new(),
            message,
        }]
    };
    if json.0.len() > limit {
        return Err(fault(format!(
            "the document is larger than {limit} bytes; split the tenant or raise the limit"
        )));
    }
    let value = serde_json::from_str(&json.0).map_err(|error| fault(format!("the document is not JSON: {error}")))?;
    read_document(&value)
}

/// A tenant is changed by its own callers only; the operator's commands act for the tenant they name.
fn own(context: &CallContext, tenant: TenantId) -> Result<(), ContractError> {
    if context.caller.tenant == tenant {
        return Ok(());
    }
    debug_assert!(
        context.caller.kind != CallerKind::Service,
        "a service names the tenant it acts for"
    );
    let fault = Finding {
        path: "id".to_owned(),
        message: "the document's id is not the tenant of the token; use a token of that tenant".to_owned(),
    };
    Err(CatalogError::DocumentInvalid { faults: vec![fault] }.to_contract())
}
