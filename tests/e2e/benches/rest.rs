//! REST requests as ratios to a bare handler measured in the same run, and what a process costs at rest.
//!
//! Three servers answer the same request in turn, each a process of its own: a bare axum handler that parses and writes
//! the same JSON, Signet as one process, and Signet with its services behind gRPC. The load is a closed loop over
//! keep-alive connections. An evaluation is answered only once its record is safe in the decision log, so few
//! connections measure the disk; many share a write. Reading a label leaves no record. Run it through
//! `cargo xtask bench`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be measured should stop"
)]

mod bare;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signet_e2e::{Caller, Client, Installation, Request, Setup, Shape, Tenant};
use tempfile::TempDir;

use self::bare::{Bare, Measured, ROUNDS, median, rates};

/// Length of one measurement.
const ROUND: Duration = Duration::from_secs(2);

/// Requests per second in relation to the bare handler: one process, and with the hop.
const TARGETS: [(&str, f64); 2] = [("one process", 0.8), ("gRPC hop", 0.35)];

const STARTUP_TARGET: Duration = Duration::from_millis(300);
const STARTS: usize = 7;
const RESIDENT_TARGET_MB: f64 = 60.0;

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";

fn main() {
    if let Some(file) = bare::wanted() {
        return bare::serve(&file, |body| {
            let asked: Asked = serde_json::from_slice(body).expect("JSON");
            assert!(!asked.classification_results.is_empty());
        });
    }
    throughput();
    startup();
}

fn setup() -> Setup {
    Setup {
        tenants: vec![Tenant::read("tests/cases/catalogs/contoso.json")],
        ..Setup::default()
    }
}

fn bob() -> Caller {
    let scopes = "InformationProtectionPolicy.Read";
    Caller::user(
        &Tenant::read("tests/cases/catalogs/contoso.json"),
        "bob@contoso.com",
        scopes,
    )
}

/// What an application asks about a document that is labelled already: seven metadata pairs, three results.
fn evaluation() -> Request {
    let metadata: Vec<Value> = [
        ("Enabled", "true"),
        ("SetDate", "2026-01-15T09:30:00Z"),
        ("Method", "Standard"),
        ("Name", "General"),
        ("SiteId", "11111111-2222-3333-4444-555555555555"),
        ("ActionId", "0d0f1b0e-74c6-4d0c-9b44-6f8d44a4f0c1"),
        ("ContentBits", "2"),
    ]
    .iter()
    .map(|(name, value)| json!({"name": format!("MSIP_Label_4e4234dd-377b-42a3-935b-0e42f138fa23_{name}"), "value": value}))
    .collect();
    let results: Vec<Value> = [
        ("50842eb7-edc8-4019-85dd-5a5c1f2bb085", 7),
        ("a44669fe-0d48-453d-a9b1-2cc83f2cba77", 2),
        ("cb2ab58c-9cb8-4c81-baf8-a4e106791df4", 1),
    ]
    .iter()
    .map(|(id, count)| json!({"sensitiveTypeId": id, "count": count, "confidenceLevel": 99}))
    .collect();
    let body = json!({
        "contentInfo": {
            "@odata.type": "#microsoft.graph.contentInfo",
            "contentFormat": "File",
            "identifier": "c:\\users\\bob\\documents\\new.docx",
            "state": "rest",
            "metadata": metadata,
        },
        "classificationResults": results,
    });
    Request::post(format!("{LABELS}/evaluateClassificationResults"))
        .json(&body)
        .by(&bob())
}

fn reading() -> Request {
    Request::get(format!("{LABELS}/4e4234dd-377b-42a3-935b-0e42f138fa23")).by(&bob())
}

fn throughput() {
    let one = Installation::start(Shape::OneProcess, &setup());
    let separate = Installation::start(Shape::SeparateProcesses, &setup());
    for (what, request, connections) in [
        ("one evaluation", evaluation(), 32),
        ("one evaluation", evaluation(), 256),
        ("one label", reading(), 32),
    ] {
        println!("\n{what}, {connections} connections, median of {ROUNDS} rounds of {ROUND:?}");
        compare(&one, &separate, &request, connections);
    }
}

fn compare(one: &Installation, separate: &Installation, request: &Request, connections: usize) {
    let folder = TempDir::new().expect("a temporary folder");
    separate.send(request).expect(200);
    let file = folder.path().join("answer.json");
    fs::write(&file, one.send(request).expect(200).body).expect("a file can be written");
    let bare = Bare::start(&file.display().to_string());
    Client::plain(&bare.origin).send(request, None).expect(200);

    let servers = [
        Measured::new(&bare.origin, request, &token(one, request)),
        Measured::new(one.origin(), request, &token(one, request)),
        Measured::new(separate.origin(), request, &token(separate, request)),
    ];
    let rates = rates(&servers, connections, ROUND);
    let names = ["bare handler", TARGETS[0].0, TARGETS[1].0];
    for (name, rate) in names.iter().zip(&rates) {
        println!("  {name:<14} {rate:>9.0} requests/s");
    }
    for ((name, target), rate) in TARGETS.iter().zip(&rates[1..]) {
        let ratio = rate / rates[0];
        println!(
            "  {name:<14} {ratio:>9.2} of bare (target {target:.2}, {})",
            verdict(ratio >= *target)
        );
    }
}

fn token(installation: &Installation, request: &Request) -> String {
    installation.token(request.caller.as_ref().expect("the evaluation has a caller"))
}

/// An evaluation as a bare handler reads it: typed, which is several times as fast as a tree of values.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a bare handler reads the question and does nothing with it")]
struct Asked {
    content_info: AskedContent,
    classification_results: Vec<AskedResult>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a bare handler reads the question and does nothing with it")]
struct AskedContent {
    content_format: String,
    identifier: String,
    state: String,
    metadata: Vec<AskedPair>,
}

#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "a bare handler reads the question and does nothing with it")]
struct AskedPair {
    name: String,
    value: String,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a bare handler reads the question and does nothing with it")]
struct AskedResult {
    sensitive_type_id: String,
    count: u32,
    confidence_level: u8,
}

fn startup() {
    for shape in Shape::ALL {
        let mut folder = Installation::start(shape, &setup()).stop();
        let again = Setup {
            stored: true,
            ..setup()
        };
        let mut times = Vec::new();
        for start in 0..STARTS {
            let began = Instant::now();
            let installation = Installation::start_in(shape, &again, folder);
            times.push(began.elapsed().as_secs_f64() * 1000.0);
            if start + 1 == STARTS {
                report(shape, &installation, median(&mut times));
            }
            folder = installation.stop();
        }
    }
}

fn report(shape: Shape, installation: &Installation, milliseconds: f64) {
    match shape {
        Shape::OneProcess => {
            let limit = STARTUP_TARGET.as_secs_f64() * 1000.0;
            let in_time = verdict(milliseconds < limit);
            println!(
                "\n`signet dev` with an existing store: ready after {milliseconds:.0} ms (target {limit:.0} ms, {in_time})"
            );
        }
        Shape::SeparateProcesses => println!("\nfour processes, one after the other: ready after {milliseconds:.0} ms"),
    }
    for process in &installation.processes {
        let resident = resident_megabytes(process.id());
        let verdict = verdict(resident < RESIDENT_TARGET_MB);
        println!(
            "  {:<12} {resident:>6.1} MB resident at rest (target {RESIDENT_TARGET_MB:.0} MB, {verdict})",
            process.name()
        );
    }
}

fn resident_megabytes(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a process has a size");
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes / 1024.0
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "MISSED" }
}
