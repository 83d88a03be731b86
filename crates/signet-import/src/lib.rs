//! Import of a tenant from Microsoft Purview: what `Get-Label`, `Get-LabelPolicy` and the auto-labelling cmdlets print
//! through `ConvertTo-Json` becomes a tenant document, and everything that could not be carried over is named with its
//! place and the reason. Bytes in, values out: nothing here knows files. Source: labelling semantics J.
//!
//! The result is valid, or the tenant would refuse it: what contradicts a rule of the tenant document (a name that
//! occurs twice, a sublabel out of order) is put right or left out, and noted.

mod actions;
mod conditions;
mod container;
mod draft;
mod flattened;
mod label;
mod locales;
mod marking;
mod members;
mod notes;
mod policy;
mod protection;
mod references;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use std::collections::BTreeMap;

use signet_domain::directory::SensitiveType;
use signet_domain::ids::{SensitiveTypeId, TenantId};
use signet_domain::tenant::{Finding, TenantDocument, validate};

use self::notes::Notes;
use self::references::References;

/// Largest file read, in bytes.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// The files of an export, as PowerShell wrote them: UTF-8 or UTF-16, one object or a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Export<'a> {
    /// What `Get-Label` printed.
    pub labels: &'a [u8],
    /// What `Get-LabelPolicy` printed.
    pub policies: &'a [u8],
    /// What `Get-AutoSensitivityLabelPolicy` and `Get-AutoSensitivityLabelRule` printed, in any order.
    pub rules: &'a [&'a [u8]],
}

/// A tenant made of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The tenant; valid.
    pub document: TenantDocument,
    /// What was not carried over, or differently, and why; in the order of the files.
    pub notes: Vec<Finding>,
    /// Notes beyond the most that are kept.
    pub more_notes: usize,
}

/// An empty tenant, for an export that goes into none.
pub fn empty_tenant(id: TenantId) -> TenantDocument {
    TenantDocument {
        id,
        key: None,
        display_name: String::new(),
        domains: Vec::new(),
        default_locale: "en-US".to_owned(),
        users: Vec::new(),
        groups: Vec::new(),
        sensitive_types: Vec::new(),
        labels: Vec::new(),
        policies: Vec::new(),
        drives: Vec::new(),
    }
}

/// Puts an export into a tenant: its labels and policies replace those of the tenant (a file without any leaves them),
/// sensitive types are added, everything else stays.
///
/// # Errors
/// Every fault of the files that leaves nothing to import: no JSON, no objects, labels and policies without an id, a
/// file that is too large. Paths begin with `labels`, `policies` or `rules`.
pub fn import(export: &Export<'_>, tenant: TenantDocument) -> Result<Imported, Vec<Finding>> {
    let mut notes = Notes::default();
    let mut document = tenant;
    let mut types = BTreeMap::new();
    let files = read(export)?;

    let mut faults = Vec::new();
    let mut drafts = Vec::new();
    for (at, value) in files.labels.iter().enumerate() {
        match label::draft(&format!("labels[{at}]"), value, &mut types, &mut notes) {
            Ok(draft) => drafts.push(draft),
            Err(fault) => faults.push(fault),
        }
    }
    if !drafts.is_empty() {
        document.labels = tree::grow(drafts, &mut notes);
    }
    let references = References::new(&document.labels);
    let mut policies = Vec::new();
    for (at, value) in files.policies.iter().enumerate() {
        match policy::policy(&format!("policies[{at}]"), value, &references, &mut notes) {
            Ok(policy) => policies.extend(policy),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if !policies.is_empty() || !files.policies.is_empty() {
        document.policies = policy::without_duplicates(policies, &mut notes);
    }
    rules::add(&files.rules, &references, &mut document.labels, &mut types, &mut notes);
    drop(references);
    tree::forget_what_is_gone(&mut document, &mut notes);
    add_types(&mut document, types);

    let (faults, _) = validate(&document);
    if !faults.is_empty() {
        return Err(faults);
    }
    let (notes, more_notes) = notes.finish();
    Ok(Imported {
        document,
        notes,
        more_notes,
    })
}

struct Files {
    labels: Vec<serde_json::Value>,
    policies: Vec<serde_json::Value>,
    rules: Vec<serde_json::Value>,
}

/// The objects of all files, or what is wrong with any of them.
fn read(export: &Export<'_>) -> Result<Files, Vec<Finding>> {
    let mut faults = Vec::new();
    let mut objects = |place: &str, bytes: &[u8]| {
        text::objects(place, bytes).unwrap_or_else(|fault| {
            faults.push(fault);
            Vec::new()
        })
    };
    let files = Files {
        labels: objects("labels", export.labels),
        policies: objects("policies", export.policies),
        rules: export.rules.iter().flat_map(|bytes| objects("rules", bytes)).collect(),
    };
    if faults.is_empty() { Ok(files) } else { Err(faults) }
}

/// Types that conditions name and the tenant does not know yet, with the name the export gives them.
fn add_types(document: &mut TenantDocument, types: BTreeMap<SensitiveTypeId, String>) {
    let known: std::collections::HashSet<SensitiveTypeId> =
        document.sensitive_types.iter().map(|known| known.id).collect();
    let new = types.into_iter().filter(|(id, _)| !known.contains(id));
    document
        .sensitive_types
        .extend(new.map(|(id, name)| SensitiveType { id, name }));
}
