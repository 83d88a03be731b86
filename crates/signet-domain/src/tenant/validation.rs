//! The rules between the parts of a tenant document, and those of single values that types cannot express.
//!
//! A fault refuses the document as a whole; a warning names something that will not do what it seems to.
//! Source: labelling semantics A1.

mod directory;
mod labels;
mod policies;

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;

use super::{Finding, TenantDocument};
use crate::ids::{LabelId, SensitiveTypeId};
use crate::label::Label;
use crate::locale::is_language_tag;

/// Most labels and policies of a tenant: what is compiled for each policy grows with the number of labels.
const MOST: [(&str, usize); 2] = [("labels", 50_000), ("policies", 5_000)];

/// Most faults, and most warnings, that are reported.
const MAX_FINDINGS: usize = 10_000;

/// Longest name of something else a message quotes, in characters. Names have no limit, and one may be quoted often.
const QUOTED: usize = 80;

/// Checks a document; `unreadable` are the paths that hold stand-ins and are not judged.
pub(super) fn check(document: &TenantDocument, unreadable: HashSet<String>) -> Report {
    let mut report = Report {
        unreadable,
        ..Report::default()
    };
    let known = Known::new(document, &report);
    if !is_language_tag(&document.default_locale) {
        report.fault("defaultLocale", not_a_tag(&document.default_locale));
    }
    for (position, domain) in document.domains.iter().enumerate() {
        if !is_domain(domain) {
            report.fault(
                format!("domains[{position}]"),
                format!("`{domain}` is not a domain name"),
            );
        }
    }
    let sizes = [document.labels.len(), document.policies.len()];
    for ((list, most), size) in MOST.into_iter().zip(sizes) {
        if size > most {
            let message = format!("has {size} entries, but a tenant has at most {most}, so split the tenant");
            report.fault(list, message);
        }
    }
    directory::check(document, &known, &mut report);
    labels::check(document, &known, &mut report);
    policies::check(document, &known, &mut report);
    report
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) faults: Vec<Finding>,
    pub(super) warnings: Vec<Finding>,
    unreadable: HashSet<String>,
}

impl Report {
    fn fault(&mut self, path: impl Into<String>, message: impl Into<String>) {
        Self::add(&mut self.faults, &self.unreadable, path.into(), message.into());
    }

    fn warn(&mut self, path: impl Into<String>, message: impl Into<String>) {
        Self::add(&mut self.warnings, &self.unreadable, path.into(), message.into());
    }

    fn add(findings: &mut Vec<Finding>, unreadable: &HashSet<String>, path: String, message: String) {
        if findings.len() < MAX_FINDINGS && readable(unreadable, &path) {
            findings.push(Finding { path, message });
        }
    }

    /// The value at the path was written by the author and is no stand-in.
    fn readable(&self, path: &str) -> bool {
        readable(&self.unreadable, path)
    }

    /// Every entry of a list was read, so that what it lacks does not exist.
    fn is_whole(&self, list: &str) -> bool {
        let entry = |path: &str| {
            path.strip_prefix(list)
                .is_some_and(|rest| rest.rfind(['[', '.']).unwrap_or(0) == 0)
        };
        !self.unreadable.iter().any(|path| entry(path))
    }

    /// Reports every value but the first of its kind.
    fn duplicates<K: Hash + Eq + Display>(&mut self, what: &str, keys: impl Iterator<Item = (String, K)>) {
        let mut first: HashMap<K, String> = HashMap::new();
        for (path, key) in keys {
            if !self.readable(&path) {
                continue;
            }
            match first.get(&key) {
                Some(earlier) => {
                    let message = format!("{what} `{key}` is already used at `{earlier}`, so choose another");
                    self.fault(path, message);
                }
                None => {
                    first.insert(key, path);
                }
            }
        }
    }
}

fn readable(unreadable: &HashSet<String>, path: &str) -> bool {
    if unreadable.is_empty() {
        return true;
    }
    let ends = path.match_indices(['.', '[']).map(|(end, _)| end).chain([path.len()]);
    !ends
        .filter_map(|end| path.get(..end))
        .any(|ancestor| unreadable.contains(ancestor))
}

/// What references may name.
struct Known<'a> {
    labels: HashMap<LabelId, &'a Label>,
    /// Labels with at least one sublabel.
    parents: HashSet<LabelId>,
    sensitive_types: HashSet<SensitiveTypeId>,
    /// Addresses of users and groups, lower case.
    addresses: HashSet<String>,
    /// Every label was read, so that a label that is not here does not exist.
    all_labels: bool,
}

impl<'a> Known<'a> {
    fn new(document: &'a TenantDocument, report: &Report) -> Self {
        let mut labels = HashMap::with_capacity(document.labels.len());
        let mut parents = HashSet::new();
        for (position, label) in document.labels.iter().enumerate() {
            if report.readable(&format!("labels[{position}].id")) {
                labels.entry(label.id).or_insert(label);
            }
            parents.extend(label.parent_id);
        }
        let users = document.users.iter().flat_map(|user| user.addresses());
        let groups = document.groups.iter().filter_map(|group| group.mail.as_deref());
        Self {
            labels,
            parents,
            sensitive_types: document.sensitive_types.iter().map(|known| known.id).collect(),
            addresses: users.chain(groups).map(str::to_lowercase).collect(),
            all_labels: report.is_whole("labels"),
        }
    }

    fn has_address(&self, address: &str) -> bool {
        self.addresses.contains(&address.trim().to_lowercase())
    }
}

/// A name as messages about something else quote it.
fn short(name: &str) -> &str {
    name.char_indices()
        .nth(QUOTED)
        .map_or(name, |(end, _)| name.get(..end).unwrap_or(name))
}

fn not_a_tag(text: &str) -> String {
    format!("`{text}` is not a language tag, use the form `en-US`")
}

/// Something before and after one `@`, no white space.
fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, domain)| !name.is_empty() && is_domain(domain)) && !text.contains(char::is_whitespace)
}

/// Labels of letters, digits, hyphens and underscores, separated by dots, at least one dot.
fn is_domain(text: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '_')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}
