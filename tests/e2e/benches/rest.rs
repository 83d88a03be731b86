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

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use serde_json::{Value, json};
use signet_e2e::{Caller, Client, Installation, Request, Setup, Shape, Tenant, wait_for};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Length of one measurement.
const ROUND: Duration = Duration::from_secs(2);

/// Measurements of each server; the median counts.
const ROUNDS: usize = 5;

/// Requests per second in relation to the bare handler: one process, and with the hop.
const TARGETS: [(&str, f64); 2] = [("one process", 0.8), ("gRPC hop", 0.35)];

const STARTUP_TARGET: Duration = Duration::from_millis(300);
const STARTS: usize = 7;
const RESIDENT_TARGET_MB: f64 = 60.0;

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";

fn main() {
    if let Some(file) = std::env::args().skip_while(|argument| argument != "--bare").nth(1) {
        return bare(&file);
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
        (
            "bare handler",
            bare.origin.clone(),
            wire(&bare.origin, request, &token(one, request)),
        ),
        (
            TARGETS[0].0,
            one.origin().to_owned(),
            wire(one.origin(), request, &token(one, request)),
        ),
        (
            TARGETS[1].0,
            separate.origin().to_owned(),
            wire(separate.origin(), request, &token(separate, request)),
        ),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut measured = [const { Vec::new() }; 3];
    for round in 0..=ROUNDS {
        for (server, (_, origin, bytes)) in servers.iter().enumerate() {
            let rate = runtime.block_on(load(origin, bytes, connections));
            // The first round warms everything up.
            if round > 0 {
                measured[server].push(rate);
            }
        }
    }
    let rates = measured.map(|mut rates| median(&mut rates));
    for ((name, _, _), rate) in servers.iter().zip(rates) {
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

/// The request as bytes.
fn wire(origin: &str, request: &Request, token: &str) -> Vec<u8> {
    let body = request.body.clone().unwrap_or_default();
    let host = origin.trim_start_matches("http://");
    let head = format!(
        "{} {} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n\
         User-Agent: Bench/1.0\r\nContent-Length: {}\r\n\r\n",
        request.method,
        request.path,
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// Requests answered per second.
async fn load(origin: &str, request: &[u8], connections: usize) -> f64 {
    let address = origin.trim_start_matches("http://").to_owned();
    let until = Instant::now() + ROUND;
    let began = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(one_connection(address.clone(), request.to_vec(), until)))
        .collect();
    let mut answered = 0_u32;
    for task in tasks {
        answered += task.await.expect("a connection does not panic");
    }
    f64::from(answered) / began.elapsed().as_secs_f64()
}

async fn one_connection(address: String, request: Vec<u8>, until: Instant) -> u32 {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket takes an option");
    let mut buffer = Vec::with_capacity(16 * 1024);
    let mut answered = 0;
    while Instant::now() < until {
        stream.write_all(&request).await.expect("the server reads");
        buffer.clear();
        while !is_whole(&buffer) {
            let count = stream.read_buf(&mut buffer).await.expect("the server answers");
            assert_ne!(count, 0, "the server closed the connection");
        }
        assert!(
            buffer.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&buffer)
        );
        answered += 1;
    }
    answered
}

/// A whole answer is there, by its Content-Length.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    bytes.len() >= end + 4 + length.expect("an answer has a length")
}

/// The bare handler as a process of its own.
struct Bare {
    child: Child,
    origin: String,
}

impl Bare {
    fn start(answer: &str) -> Self {
        let program = std::env::current_exe().expect("the benchmark knows itself");
        let ready = format!("{answer}.origin");
        // Its standard input ends when the benchmark does, and with it the server.
        let child = Command::new(program)
            .args(["--bare", answer])
            .stdin(Stdio::piped())
            .spawn()
            .expect("the bare handler can be started");
        let origin = wait_for("the bare handler", || {
            fs::read_to_string(&ready).ok().filter(|text| !text.is_empty())
        });
        Self { child, origin }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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

/// Serves until standard input ends: reads the body as JSON, writes the answer of a file as JSON.
fn bare(file: &str) {
    let answer: Value = serde_json::from_slice(&fs::read(file).expect("the answer")).expect("JSON");
    let answer = std::sync::Arc::new(answer);
    let handler = move |body: Bytes| async move {
        if !body.is_empty() {
            let asked: Asked = serde_json::from_slice(&body).expect("JSON");
            assert!(!asked.classification_results.is_empty());
        }
        (
            [(CONTENT_TYPE, "application/json")],
            serde_json::to_vec(&*answer).expect("JSON"),
        )
    };
    let ready = format!("{file}.origin");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let mut file = fs::File::create(ready).expect("a file can be written");
        file.write_all(origin.as_bytes()).expect("a file can be written");
        axum::serve(listener, Router::new().route("/{*path}", any(handler)))
            .await
            .expect("a server");
    });
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
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

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "MISSED" }
}
