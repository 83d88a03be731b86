//! Dashboards and alert rules name metrics that exist.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use signet_e2e::{Caller, Client, Request, repository};

use crate::support::{contoso, golden};

/// Names in a query that are metrics of ours.
fn metrics_in(query: &str) -> BTreeSet<String> {
    let word = |character: char| !(character.is_ascii_alphanumeric() || character == '_' || character == ':');
    query
        .split(word)
        .filter(|name| {
            ["signet_", "http_server_", "rpc_", "process_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        })
        .filter(|name| !name.starts_with("rpc_method") && !name.starts_with("rpc_response"))
        .map(str::to_owned)
        .collect()
}

/// Every text under a member of this name, anywhere.
fn texts(value: &Value, member: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                match inner.as_str() {
                    Some(text) if name == member => found.push(text.to_owned()),
                    _ => texts(inner, member, found),
                }
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| texts(entry, member, found)),
        _ => {}
    }
}

#[test]
fn dashboards_and_alerts_name_metrics_that_are_shown() {
    let installation = &golden().separate;
    let bob = Caller::user(&contoso(), "bob@contoso.com", "InformationProtectionPolicy.Read");
    let labels = "/beta/me/security/informationProtection/sensitivityLabels";
    installation.send(&Request::get(labels).by(&bob)).expect(200);
    // Who decides holds a tenant's policies only once he was asked about it.
    let removal = Request::post(format!("{labels}/evaluateRemoval")).json(&json!({"contentInfo": {"metadata": []}}));
    installation.send(&removal.by(&bob)).expect(200);
    let mut shown = BTreeSet::new();
    for process in &installation.processes {
        let text = Client::plain(process.admin())
            .send(&Request::get("/metrics"), None)
            .expect(200)
            .text();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            shown.insert(line.split(['{', ' ']).next().unwrap_or_default().to_owned());
        }
    }
    let monitoring = repository().join("deploy/monitoring");
    let mut queries = Vec::new();
    let mut boards = 0;
    for file in fs::read_dir(monitoring.join("dashboards"))
        .expect("dashboards")
        .flatten()
    {
        let board: Value =
            serde_json::from_slice(&fs::read(file.path()).expect("a dashboard")).expect("a dashboard is JSON");
        texts(&board, "expr", &mut queries);
        boards += 1;
    }
    assert!(
        boards >= 2 && queries.len() > 10,
        "{boards} dashboards, {} queries",
        queries.len()
    );
    let alerts = fs::read_to_string(monitoring.join("alerts.yml")).expect("alert rules");
    queries.push(alerts);
    let named: BTreeSet<String> = queries.iter().flat_map(|query| metrics_in(query)).collect();
    let unknown: Vec<_> = named.difference(&shown).collect();
    assert!(unknown.is_empty(), "no process shows {unknown:?}; shown are {shown:#?}");
}

#[test]
fn every_alert_has_a_runbook() {
    let read = |path: &str| fs::read_to_string(repository().join(path)).expect("a file of the repository");
    let (alerts, guide) = (read("deploy/monitoring/alerts.yml"), read("docs/operations.md"));
    let alerts: BTreeSet<&str> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    let runbooks: BTreeSet<&str> = guide.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert!(alerts.len() > 10, "{alerts:?}");
    assert_eq!(alerts, runbooks);
}
