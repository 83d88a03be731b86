//! `signet tenant`: labels as code.

mod history;
mod import;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use signet_contract::CatalogAdministration;
use signet_contract::catalog::{ExpectedRevision, TenantApplied, TenantJson};
use signet_domain::ids::{Revision, TenantId};
use signet_domain::tenant::{ChangeKind, EntityKind, Finding, TenantChange, TenantDocument, read_document};
use signet_store::{CatalogStore, MemoryStore};

use super::store;
use crate::cli::{StoreArgs, TenantCommand};
use crate::output::{outln, print};
use crate::store::{Place, Schema, Store};

/// Largest tenant file read, in bytes.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

pub(super) async fn run(command: TenantCommand) -> anyhow::Result<ExitCode> {
    match command {
        TenantCommand::Validate { file } => validate(&file),
        TenantCommand::Plan { file, store } => plan(&file, &store).await,
        TenantCommand::Apply {
            file,
            store,
            expect_revision,
            note,
        } => apply(&file, &store, expect_revision, note).await,
        TenantCommand::Export {
            tenant,
            revision,
            json,
            store,
        } => export(tenant.as_deref(), revision, json, &store).await,
        TenantCommand::ImportPurview(args) => import::import_purview(&args),
        TenantCommand::Revisions { tenant, limit, store } => history::revisions(tenant.as_deref(), limit, &store).await,
        TenantCommand::Diff {
            from,
            to,
            tenant,
            store,
        } => history::diff(from, to, tenant.as_deref(), &store).await,
        TenantCommand::Rollback {
            revision,
            tenant,
            expect_revision,
            note,
            store,
        } => history::rollback(revision, tenant.as_deref(), expect_revision, note, &store).await,
    }
}

fn validate(file: &Path) -> anyhow::Result<ExitCode> {
    let (document, warnings) = read_checked(file)?;
    print_findings("warning", &warnings);
    outln!(
        "{}: {} labels, {} policies, {} users, {} groups; no faults",
        file.display(),
        document.labels.len(),
        document.policies.len(),
        document.users.len(),
        document.groups.len()
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn plan(file: &Path, args: &StoreArgs) -> anyhow::Result<ExitCode> {
    let (document, warnings) = read_checked(file)?;
    let catalog = store::catalog(as_it_is(args).await?);
    let json = TenantJson(serde_json::to_string(&document)?);
    let plan = catalog.plan_tenant(&store::operator(document.id), json).await?;
    print_findings("warning", &warnings);
    print_changes(&plan.changes)?;
    match plan.current {
        Some(revision) => outln!("{} changes to revision {revision}", plan.changes.len())?,
        None => outln!("{} changes; the tenant does not exist yet", plan.changes.len())?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn apply(file: &Path, args: &StoreArgs, expected: Option<u64>, note: Option<String>) -> anyhow::Result<ExitCode> {
    let (document, warnings) = read_checked(file)?;
    let catalog = store::catalog(open(args, true).await?);
    let expected = expected_revision(expected);
    let json = TenantJson(serde_json::to_string(&document)?);
    let applied = catalog
        .apply_tenant(&store::operator(document.id), json, expected, note)
        .await?;
    print_findings("warning", &warnings);
    print_applied(document.id, &applied)?;
    Ok(ExitCode::SUCCESS)
}

/// Absent: whatever is there; 0: the tenant does not exist yet.
fn expected_revision(expected: Option<u64>) -> ExpectedRevision {
    match expected {
        None => ExpectedRevision::Any,
        Some(0) => ExpectedRevision::Absent,
        Some(revision) => ExpectedRevision::Exactly(Revision(revision)),
    }
}

fn print_applied(tenant: TenantId, applied: &TenantApplied) -> io::Result<()> {
    print_changes(&applied.changes)?;
    if applied.changed {
        outln!("tenant {tenant} is at revision {}", applied.revision)?;
    } else {
        outln!(
            "tenant {tenant} stays at revision {}; nothing differs",
            applied.revision
        )?;
    }
    Ok(())
}

async fn export(tenant: Option<&str>, revision: Option<u64>, json: bool, args: &StoreArgs) -> anyhow::Result<ExitCode> {
    let opened = open(args, false).await?;
    let summary = store::only(&*opened, tenant).await?;
    let catalog = store::catalog(opened);
    let at = catalog
        .export_tenant(&store::operator(summary.id), revision.map(Revision))
        .await?;
    print(&written(&at.document, json)?)?;
    Ok(ExitCode::SUCCESS)
}

/// A document as a tenant file holds it.
fn written(document: &TenantDocument, json: bool) -> anyhow::Result<String> {
    if json {
        return Ok(serde_json::to_string_pretty(document)? + "\n");
    }
    serde_saphyr::to_string(document).context("the document as YAML")
}

async fn open(args: &StoreArgs, create: bool) -> anyhow::Result<Arc<dyn Store>> {
    let place = store::place(args)?;
    if create && let Place::File(path) = &place {
        path.parent().map(crate::output::private_folder).transpose()?;
    }
    place.open(if create { Schema::UpToDate } else { Schema::AsIs }).await
}

/// The store to compare with: looking changes neither its schema nor its folder. Where there is none yet, nothing is in it.
async fn as_it_is(args: &StoreArgs) -> anyhow::Result<Arc<dyn CatalogStore>> {
    match store::place(args)? {
        Place::File(path) if !path.exists() => Ok(Arc::new(MemoryStore::new())),
        place => Ok(place.open(Schema::AsIs).await?),
    }
}

/// A tenant file as JSON: by its extension, or whatever it turns out to be.
///
/// # Errors
/// When it cannot be read or is neither JSON nor YAML.
pub(crate) fn read_value(file: &Path) -> anyhow::Result<serde_json::Value> {
    let size = fs::metadata(file)
        .with_context(|| format!("cannot read {}", file.display()))?
        .len();
    if size > MAX_FILE_BYTES {
        bail!("{} is larger than {MAX_FILE_BYTES} bytes", file.display());
    }
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let json = file
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if json {
        return serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()));
    }
    serde_saphyr::from_str(&text).with_context(|| format!("{} is not YAML", file.display()))
}

/// A tenant document with its warnings.
///
/// # Errors
/// Lists every fault with its path.
pub(crate) fn read_checked(file: &Path) -> anyhow::Result<(TenantDocument, Vec<Finding>)> {
    read_document(&read_value(file)?).map_err(|faults| refused(&file.display().to_string(), &faults))
}

fn refused(what: &str, faults: &[Finding]) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(line).collect();
    anyhow::anyhow!("{what} is refused, {} faults:\n  {}", faults.len(), lines.join("\n  "))
}

fn line(finding: &Finding) -> String {
    let place = if finding.path.is_empty() {
        "(document)"
    } else {
        finding.path.as_str()
    };
    format!("{place}: {}", finding.message)
}

fn print_findings(kind: &str, findings: &[Finding]) {
    for finding in findings {
        eprintln!("{kind}: {}", line(finding));
    }
}

fn print_changes(changes: &[TenantChange]) -> io::Result<()> {
    for change in changes {
        let sign = match change.change {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed => '~',
        };
        outln!("{sign} {} {} {}", entity(change.entity), change.id, change.name)?;
        for member in &change.members {
            outln!(
                "    {}: {} -> {}",
                member.path,
                shown(&member.before),
                shown(&member.after)
            )?;
        }
    }
    Ok(())
}

/// A kind of thing, as the tenant file calls it.
const fn entity(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Tenant => "tenant",
        EntityKind::User => "user",
        EntityKind::Group => "group",
        EntityKind::SensitiveType => "sensitive type",
        EntityKind::Label => "label",
        EntityKind::Policy => "policy",
        EntityKind::Drive => "drive",
    }
}

fn shown(value: &serde_json::Value) -> String {
    if value.is_null() {
        "(none)".to_owned()
    } else {
        value.to_string()
    }
}
