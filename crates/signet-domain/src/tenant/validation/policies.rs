//! Label policies: what they name must exist.

use std::collections::HashMap;

use super::{Known, Report, TenantDocument, short};
use crate::ids::LabelId;
use crate::policy::{LabelPolicy, OutlookDefaultLabel};

pub(super) fn check(document: &TenantDocument, known: &Known<'_>, report: &mut Report) {
    let policies = document.policies.iter().enumerate();
    report.duplicates(
        "policy id",
        policies
            .clone()
            .map(|(at, policy)| (format!("policies[{at}].id"), policy.id)),
    );
    let mut priorities: HashMap<i32, &str> = HashMap::new();
    for (at, policy) in policies {
        let path = format!("policies[{at}]");
        scope(&path, policy, known, report);
        published(&path, policy, known, report);
        settings(&path, policy, known, report);
        if let Some(other) = priorities.insert(policy.priority, &policy.name) {
            let other = short(other);
            let message = format!("policy `{other}` has the same order number, so their ids decide which of them wins");
            report.warn(format!("{path}.priority"), message);
        }
    }
}

fn scope(path: &str, policy: &LabelPolicy, known: &Known<'_>, report: &mut Report) {
    for (member, addresses) in [("include", &policy.scope.include), ("exclude", &policy.scope.exclude)] {
        for (at, address) in addresses
            .iter()
            .enumerate()
            .filter(|(_, address)| !known.has_address(address))
        {
            let message = format!("nobody in the tenant has the address `{address}`");
            report.warn(format!("{path}.scope.{member}[{at}]"), message);
        }
    }
}

fn published(path: &str, policy: &LabelPolicy, known: &Known<'_>, report: &mut Report) {
    for (at, label) in policy.labels.iter().enumerate() {
        exists(&format!("{path}.labels[{at}]"), *label, known, report);
    }
}

fn settings(path: &str, policy: &LabelPolicy, known: &Known<'_>, report: &mut Report) {
    let settings = &policy.settings;
    let outlook = match settings.outlook_default_label {
        Some(OutlookDefaultLabel::Label(label)) => Some(label),
        Some(OutlookDefaultLabel::None) | None => None,
    };
    let members = [
        ("defaultLabelId", settings.default_label_id),
        ("outlookDefaultLabel", outlook),
        ("teamworkDefaultLabelId", settings.teamwork_default_label_id),
        ("powerBiDefaultLabelId", settings.power_bi_default_label_id),
    ];
    for (member, label) in members {
        let Some(label) = label else { continue };
        let path = format!("{path}.settings.{member}");
        if !exists(&path, label, known, report) || !known.parents.contains(&label) {
            continue;
        }
        let message = format!("label `{label}` has sublabels and is not applied itself, so name one of them");
        if member == "defaultLabelId" {
            report.fault(path, message);
        } else {
            report.warn(path, message);
        }
    }
}

fn exists(path: &str, label: LabelId, known: &Known<'_>, report: &mut Report) -> bool {
    let exists = known.labels.contains_key(&label);
    if !exists && known.all_labels {
        report.fault(
            path,
            format!("label `{label}` does not exist, so add it or remove the reference"),
        );
    }
    exists
}
