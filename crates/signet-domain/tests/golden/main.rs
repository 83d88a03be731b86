//! Golden cases against the decision core: the request as a client sends it is read by the small wire reader beside
//! this file, decided by the core, and written in the documented JSON shape.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fault in a case or in its helpers should stop the test"
)]

mod answer;
mod render;
mod request;

use std::sync::Arc;

use signet_domain::ids::Revision;
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::read_document;
use signet_testkit::cases::{Case, EVALUATION_GROUPS, catalog, evaluation_cases};

/// Cases that only a wire can answer: which kind of token may use which path.
const WIRE_ONLY: [&str; 1] = ["apply-organisation-path-delegated"];

fn contoso() -> PolicySnapshot {
    let (document, warnings) = read_document(&catalog("contoso")).unwrap();
    assert_eq!(warnings, []);
    PolicySnapshot::compile(Arc::new(document), Revision(1))
}

fn run(group: &str) {
    let snapshot = contoso();
    let cases = evaluation_cases(group);
    assert!(!cases.is_empty());
    let is_wire_only = |case: &&Case| WIRE_ONLY.contains(&case.id.as_str());
    let failures: Vec<String> = cases
        .iter()
        .filter(|case| !is_wire_only(case))
        .filter_map(|case| {
            assert_eq!(case.tenant, "contoso");
            let difference = case.difference(&answer::answer(&snapshot, case), true)?;
            Some(format!("{} ({}): {difference}", case.id, case.why))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases fail:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn apply() {
    run("apply");
}

#[test]
fn classify() {
    run("classify");
}

#[test]
fn remove() {
    run("remove");
}

#[test]
fn extract() {
    run("extract");
}

#[test]
fn inherit() {
    run("inherit");
}

#[test]
fn rights() {
    run("rights");
}

#[test]
fn every_case_but_those_of_the_wire_is_run() {
    let cases: Vec<Case> = EVALUATION_GROUPS.into_iter().flat_map(evaluation_cases).collect();
    let wire_only = cases
        .iter()
        .filter(|case| WIRE_ONLY.contains(&case.id.as_str()))
        .count();
    assert_eq!((cases.len(), wire_only), (153, WIRE_ONLY.len()));
}
