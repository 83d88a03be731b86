//! One trace from the gateway to the database row, over processes, as a collector receives it.

mod collector;

use std::collections::HashMap;

use serde_json::{Value, json};
use signet_e2e::{Caller, Installation, Request, Setup, Shape, wait_for};

use self::collector::{Collector, Span};
use crate::support::{contoso, contoso_with_corpus};

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn start(collector: &Collector, postgres: bool) -> Installation {
    let (tenant, folder) = contoso_with_corpus();
    std::mem::forget(folder);
    let setup = Setup {
        tenants: vec![tenant],
        log: "warn,signet_gateway=debug,signet_rpc=debug,signet_evaluation=debug".to_owned(),
        postgres,
        settings: vec![("SIGNET_TELEMETRY__OTLP_ENDPOINT", collector.endpoint().to_owned())],
        ..Setup::default()
    };
    Installation::start(Shape::SeparateProcesses, &setup)
}

fn bob() -> Caller {
    let scopes = "InformationProtectionPolicy.Read Files.Read";
    Caller::user(&contoso(), "bob@contoso.com", scopes)
}

fn evaluation() -> Request {
    let body = json!({"contentInfo": {"metadata": []}});
    Request::post(format!("{LABELS}/evaluateRemoval"))
        .json(&body)
        .by(&bob())
}

fn extraction() -> Request {
    Request::post("/v1.0/me/drive/root:/contract.docx:/extractSensitivityLabels").by(&bob())
}

/// Names of the spans from one of this name up to the one that belongs to the caller.
fn way_up(spans: &[Span], trace: &str, from: &str) -> Option<Vec<String>> {
    let of_trace: HashMap<&str, &Span> = spans
        .iter()
        .filter(|span| span.trace == trace)
        .map(|span| (span.id.as_str(), span))
        .collect();
    let mut span = *of_trace.values().find(|span| span.name == from)?;
    let mut names = vec![span.name.clone()];
    while let Some(parent) = of_trace.get(span.parent.as_str()) {
        span = parent;
        names.push(span.name.clone());
    }
    (span.parent == PARENT).then_some(names)
}

#[test]
fn a_trace_reaches_from_the_gateway_to_the_row() {
    let collector = Collector::start();
    for postgres in [false, true] {
        let installation = start(&collector, postgres);
        let trace = format!("{}{}", &TRACE[..31], u8::from(postgres));
        for (request, row, service) in [
            (evaluation(), "store.decision.append", "rpc.evaluation.evaluate_removal"),
            (extraction(), "store.item_labels.put", "rpc.extraction.extract_labels"),
        ] {
            let parent = format!("00-{trace}-{PARENT}-01");
            installation.send(&request.header("traceparent", parent)).expect(200);
            let names = wait_for("the spans of the store", || way_up(&collector.spans(), &trace, row));
            // The caller's side of the call, and the side that answers in another process.
            let calls = names.iter().filter(|name| *name == service).count();
            assert_eq!(calls, 2, "{names:?}");
            assert!(names.last().is_some_and(|name| name.starts_with("graph.")), "{names:?}");
        }
    }
}

/// The trace that a process names in a line of a request.
fn trace_of(installation: &Installation, process: &str, request_id: &str) -> String {
    let process = installation.process(process);
    let line = wait_for("a line of the request", || {
        let log = process.log();
        log.lines().find(|line| line.contains(request_id)).map(str::to_owned)
    });
    let line: Value = serde_json::from_str(&line).expect("a line of JSON");
    let spans = line["spans"].as_array().expect("the spans of the line");
    let trace = spans.iter().find_map(|span| span["trace.id"].as_str());
    trace.unwrap_or_else(|| panic!("no trace in {line}")).to_owned()
}

#[test]
fn log_lines_name_the_trace_also_when_it_begins_here() {
    let collector = Collector::start();
    let mut installation = start(&collector, false);
    let is_exported = |trace: &str| {
        wait_for("the spans of the trace", || {
            let spans = collector.spans();
            let mut of_trace = spans.iter().filter(|span| span.trace == trace);
            of_trace.any(|span| span.name.starts_with("graph.")).then_some(())
        });
    };
    let label = "99999999-9999-4999-8999-999999999999";
    let unknown = json!({"contentInfo": {"metadata": []}, "labelingOptions": {"labelId": label}});
    let request = Request::post(format!("{LABELS}/evaluateApplication"))
        .json(&unknown)
        .by(&bob());
    let answer = installation.send(&request).expect(404);
    let request_id = answer.header("request-id").expect("an answer has an id");
    is_exported(&trace_of(&installation, "evaluation", request_id));
    installation.kill("evaluation");
    let answer = installation.send(&request).expect(503);
    let request_id = answer.header("request-id").expect("an answer has an id");
    is_exported(&trace_of(&installation, "gateway", request_id));
}
