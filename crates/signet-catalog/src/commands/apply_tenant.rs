//! Puts a tenant document in force.

use signet_contract::catalog::{ExpectedRevision, TenantApplied, TenantJson};
use signet_contract::{CallContext, Caller, ContractError, Operation};
use signet_domain::tenant::diff;
use signet_store::{CommitOutcome, Expected, NewRevision};

use super::plan_tenant::read_own;
use crate::{Catalog, CatalogError};

/// One transaction: the whole document or nothing of it.
#[tracing::instrument(name = "catalog.apply_tenant", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn apply_tenant(
    catalog: &Catalog,
    context: &CallContext,
    json: TenantJson,
    expected: ExpectedRevision,
    note: Option<String>,
) -> Result<TenantApplied, ContractError> {
    Operation::ManageCatalog.authorize(&context.caller)?;
    let (document, warnings) = read_own(catalog, context, &json)?;
    let tenant = document.id;
    let before = catalog
        .store
        .get_revision(tenant, None)
        .await
        .map_err(CatalogError::from)?;
    let changes = diff(before.as_ref().map(|stored| &*stored.document), &document);
    let change = NewRevision {
        tenant,
        expected: match expected {
            ExpectedRevision::Any => Expected::Any,
            ExpectedRevision::Absent => Expected::Absent,
            ExpectedRevision::Exactly(revision) => Expected::Exactly(revision),
        },
        document,
        author: author(&context.caller),
        at: catalog.clock.now(),
        note,
    };
    let outcome = catalog.store.commit(change).await.map_err(CatalogError::from)?;
    let (revision, changed) = match outcome {
        CommitOutcome::Committed(revision) => (revision, true),
        CommitOutcome::Unchanged(revision) => (revision, false),
        CommitOutcome::Conflict { current } => return Err(CatalogError::RevisionConflict { current }.into()),
    };
    if changed {
        catalog.snapshots.forget_older(tenant, revision).await;
        let position = catalog.store.latest_position().await.map_err(CatalogError::from)?;
        catalog.feed.announce(position);
        tracing::info!(tenant.id = %tenant, revision = revision.0, changes = changes.len(), "tenant has a new revision");
    }
    Ok(TenantApplied {
        revision,
        changed,
        changes,
        warnings,
    })
}

fn author(caller: &Caller) -> String {
    let person = caller.user_principal_name.clone();
    person
        .or_else(|| caller.application_id.clone())
        .unwrap_or_else(|| "operator".to_owned())
}
