//! `signet tenant import-purview`: a tenant file from the exports of another service.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use signet_domain::ids::TenantId;
use signet_domain::tenant::{Finding, TenantDocument, validate};
use signet_import::{Export, MAX_FILE_BYTES, empty_tenant, import};
use uuid::Uuid;

use super::{print_findings, read_checked, refused, written};
use crate::cli::ImportPurviewArgs;
use crate::output::{print, printable, write_whole};

pub(super) fn import_purview(args: &ImportPurviewArgs) -> anyhow::Result<ExitCode> {
    let (labels, policies) = (read(&args.labels)?, read(&args.policies)?);
    let rules = args
        .rules
        .iter()
        .map(|file| read(file))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let rules: Vec<&[u8]> = rules.iter().map(Vec::as_slice).collect();
    let export = Export {
        labels: &labels,
        policies: &policies,
        rules: &rules,
    };
    let tenant = tenant_of(args)?;
    let imported = import(&export, tenant).map_err(|faults| refused("the export", &faults))?;

    let (_, warnings) = validate(&imported.document);
    print_notes(&imported.notes);
    print_findings("warning", &warnings);
    if imported.document.id == unknown() {
        eprintln!(
            "note: id: an export does not say which tenant it is of, so set the directory id here or with --tenant-id"
        );
    }
    write(args.out.as_deref(), &imported.document)?;
    eprintln!(
        "{} labels, {} policies; {} things were not carried over as they were",
        imported.document.labels.len(),
        imported.document.policies.len(),
        imported.notes.len() + imported.more_notes
    );
    Ok(ExitCode::SUCCESS)
}

/// A file as it is, but no more of it than is read.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut content = Vec::new();
    let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(file)
        .and_then(|opened| opened.take(limit).read_to_end(&mut content))
        .with_context(|| format!("cannot read {}", file.display()))?;
    Ok(content)
}

/// What the export goes into: a tenant file, or nothing but an id.
fn tenant_of(args: &ImportPurviewArgs) -> anyhow::Result<TenantDocument> {
    match &args.into {
        Some(file) => Ok(read_checked(file)?.0),
        None => Ok(empty_tenant(args.tenant_id.unwrap_or_else(unknown))),
    }
}

/// The id of a tenant nobody named.
fn unknown() -> TenantId {
    TenantId::from_uuid(Uuid::nil())
}

/// Notes quote the export, which may hold anything.
fn print_notes(notes: &[Finding]) {
    for note in notes {
        eprintln!("note: {}: {}", printable(&note.path), note.message);
    }
}

fn write(out: Option<&Path>, document: &TenantDocument) -> anyhow::Result<()> {
    let Some(file) = out else {
        print(&written(document, false)?)?;
        return Ok(());
    };
    let json = file
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    write_whole(file, written(document, json)?.as_bytes())
}
