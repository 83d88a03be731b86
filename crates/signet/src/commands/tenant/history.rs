//! The revisions of a tenant: listed, compared, taken back.

use std::process::ExitCode;

use signet_catalog::Catalog;
use signet_contract::catalog::{RevisionInfo, TenantApplied};
use signet_contract::{CallContext, CatalogAdministration, ContractError};
use signet_domain::ids::{Revision, TenantId};

use super::{expected_revision, line, open, print_applied, print_changes, print_findings};
use crate::cli::StoreArgs;
use crate::commands::store;
use crate::output::{outln, print, printable, table};

pub(super) async fn revisions(tenant: Option<&str>, limit: u32, args: &StoreArgs) -> anyhow::Result<ExitCode> {
    let (_, catalog, operator) = tenant_of(tenant, args).await?;
    let revisions = catalog.list_revisions(&operator, None, limit).await?;
    let heading = ["REVISION", "AT", "BY", "NOTE"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(revisions.iter().map(row)).collect();
    print(&table(&rows))?;
    Ok(ExitCode::SUCCESS)
}

fn row(info: &RevisionInfo) -> Vec<String> {
    let note = info.note.as_deref().map(printable).unwrap_or_default();
    vec![
        info.revision.to_string(),
        info.at.to_string(),
        printable(&info.author),
        note,
    ]
}

pub(super) async fn diff(
    from: u64,
    to: Option<u64>,
    tenant: Option<&str>,
    args: &StoreArgs,
) -> anyhow::Result<ExitCode> {
    let (_, catalog, operator) = tenant_of(tenant, args).await?;
    let diff = catalog
        .diff_revisions(&operator, Revision(from), to.map(Revision))
        .await?;
    print_changes(&diff.changes)?;
    outln!(
        "{} changes from revision {} to revision {}",
        diff.changes.len(),
        diff.from,
        diff.to
    )?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn rollback(
    revision: u64,
    tenant: Option<&str>,
    expected: Option<u64>,
    note: Option<String>,
    args: &StoreArgs,
) -> anyhow::Result<ExitCode> {
    let (tenant, catalog, operator) = tenant_of(tenant, args).await?;
    let applied: Result<TenantApplied, ContractError> = catalog
        .rollback_tenant(&operator, Revision(revision), expected_revision(expected), note)
        .await;
    let applied = applied.map_err(with_faults)?;
    print_findings("warning", &applied.warnings);
    print_applied(tenant, &applied)?;
    Ok(ExitCode::SUCCESS)
}

/// The refusal with every fault it lists.
fn with_faults(error: ContractError) -> anyhow::Error {
    let faults = error.violations.iter().map(|fault| {
        line(&signet_domain::tenant::Finding {
            path: fault.path.clone(),
            message: fault.message.clone(),
        })
    });
    let lines: Vec<String> = std::iter::once(error.message.clone()).chain(faults).collect();
    anyhow::anyhow!("{}", lines.join("\n  "))
}

/// The one tenant that is meant, and the operator's way to it.
async fn tenant_of(tenant: Option<&str>, args: &StoreArgs) -> anyhow::Result<(TenantId, Catalog, CallContext)> {
    let opened = open(args, false).await?;
    let summary = store::only(&*opened, tenant).await?;
    Ok((summary.id, store::catalog(opened), store::operator(summary.id)))
}
