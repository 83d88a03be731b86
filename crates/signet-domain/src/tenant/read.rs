//! Reads a tenant document and judges it.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use super::repair::repair;
use super::structure::TENANT;
use super::{Finding, TenantDocument, validation};

/// Reads a document. `Ok` carries the warnings.
///
/// # Errors
/// Every fault with its path (as far as they can be told apart: at most some thousands), not only the first: of structure (a wrong type, an unknown or missing member, a
/// malformed GUID) and between the parts (see [`validate`]).
pub fn read_document(value: &Value) -> Result<(TenantDocument, Vec<Finding>), Vec<Finding>> {
    match TenantDocument::deserialize(value) {
        Ok(document) => {
            let (faults, warnings) = validate(&document);
            if faults.is_empty() {
                Ok((document, warnings))
            } else {
                Err(faults)
            }
        }
        Err(error) => Err(every_fault(value, &error.to_string())),
    }
}

/// Checks a document that was built in code. Gives its faults, then its warnings.
///
/// Faults: ids, names, sensitivities and addresses that occur twice; references to labels, users or groups that must
/// exist; a tree of labels deeper than two levels or out of order; a parent as default label; malformed colours,
/// language tags, domains, addresses and limits. Source: labelling semantics A1.
pub fn validate(document: &TenantDocument) -> (Vec<Finding>, Vec<Finding>) {
    let report = validation::check(document, HashSet::new());
    (report.faults, report.warnings)
}

/// The faults of a value that is not a document: first those of structure, then those of what can be read of it.
fn every_fault(value: &Value, first: &str) -> Vec<Finding> {
    let (repaired, mut faults) = repair(value, &TENANT);
    let unreadable: HashSet<String> = faults.iter().map(|fault| fault.path.clone()).collect();
    if let Some(Ok(document)) = repaired.map(TenantDocument::deserialize) {
        faults.extend(validation::check(&document, unreadable).faults);
    }
    if faults.is_empty() {
        faults.push(Finding {
            path: String::new(),
            message: first.to_owned(),
        });
    }
    faults
}
