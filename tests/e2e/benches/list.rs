//! Lists, filters and batches as ratios to a bare handler measured in the same run.
//!
//! A tenant has 500 labels. Three requests: all labels in one page, one label by `$filter`, and a batch that gets 20
//! labels. The bare handler, a process of its own, reads the same body as JSON and writes the same answer. The load is a
//! closed loop over keep-alive connections. `--quick` measures too briefly to mean anything, to see that it works. Run it
//! through `cargo xtask bench`.

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
use signet_e2e::{Caller, Installation, Request, Setup, Shape, Tenant, wait_for};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LABELS: u32 = 500;
const BATCH: u32 = 20;
const CONNECTIONS: usize = 16;
/// Measurements of each server; the median counts.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const QUICK_ROUND: Duration = Duration::from_millis(300);

const LIST: &str = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--bare") {
        return bare(&arguments[at + 1]);
    }
    let round = match arguments.iter().any(|argument| argument == "--quick") {
        true => QUICK_ROUND,
        false => ROUND,
    };
    let tenant = tenant();
    let caller = Caller::application(&tenant, "SensitivityLabel.Read");
    let one = Installation::start(
        Shape::OneProcess,
        &Setup {
            tenants: vec![tenant],
            ..Setup::default()
        },
    );
    println!("{LABELS} labels, {CONNECTIONS} connections, median of {ROUNDS} rounds of {round:?}");
    for (what, request) in requests(&caller) {
        compare(what, &one, &request, round);
    }
}

fn label_id(number: u32) -> String {
    format!("0b5e1a00-0000-4000-8000-{number:012x}")
}

fn tenant() -> Tenant {
    let labels: Vec<Value> = (0..LABELS)
        .map(|number| {
            json!({
                "id": label_id(number), "name": format!("Label {number}"), "sensitivity": number + 1,
                "description": "Data of one project, for its members only.",
                "tooltip": "Apply this label to what the members of the project should see and nobody else.",
                "color": "#2d6a4f", "applicableTo": ["file", "email"],
            })
        })
        .collect();
    Tenant(json!({
        "id": "0b5e1a00-0000-4000-8000-00000000face", "displayName": "Bench", "domains": ["bench.example"],
        "users": [], "labels": labels, "policies": [],
    }))
}

fn requests(caller: &Caller) -> [(&'static str, Request); 3] {
    let inner: Vec<Value> = (0..BATCH)
        .map(|number| {
            let url = format!(
                "/security/dataSecurityAndGovernance/sensitivityLabels/{}",
                label_id(number)
            );
            json!({"id": number.to_string(), "method": "GET", "url": url})
        })
        .collect();
    let one = label_id(LABELS / 2);
    [
        ("list of 500", Request::get(format!("{LIST}?$top=500")).by(caller)),
        (
            "filter by id",
            Request::get(format!("{LIST}?$filter=id%20eq%20'{one}'")).by(caller),
        ),
        (
            "batch of 20",
            Request::post("/v1.0/$batch")
                .json(&json!({"requests": inner}))
                .by(caller),
        ),
    ]
}

fn compare(what: &str, one: &Installation, request: &Request, round: Duration) {
    let answer = one.send(request).expect(200);
    check(what, &answer.json());
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("answer.json");
    fs::write(&file, &answer.body).expect("a file can be written");
    let bare = Bare::start(&file.display().to_string());
    let token = one.token(request.caller.as_ref().expect("a caller"));
    let servers = [
        (bare.origin.as_str(), wire(&bare.origin, request, "none")),
        (one.origin(), wire(one.origin(), request, &token)),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut measured = [const { Vec::new() }; 2];
    for number in 0..=ROUNDS {
        for (server, (origin, bytes)) in servers.iter().enumerate() {
            let rate = runtime.block_on(load(origin, bytes, round));
            // The first round warms everything up.
            if number > 0 {
                measured[server].push(rate);
            }
        }
    }
    let [bare, signet] = measured.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    println!(
        "  {what:<13} {:>8} bytes  bare {bare:>8.0}/s  one process {signet:>8.0}/s  ratio {:>5.2}",
        answer.body.len(),
        signet / bare
    );
}

/// The answer is the one that was meant to be measured.
fn check(what: &str, answer: &Value) {
    let count = |name: &str| answer[name].as_array().map_or(0, Vec::len);
    match what {
        "list of 500" => assert_eq!(count("value"), 500),
        "filter by id" => assert_eq!(count("value"), 1),
        _ => {
            let responses = answer["responses"].as_array().expect("answers");
            assert_eq!(responses.len(), 20);
            assert!(responses.iter().all(|response| response["status"] == 200), "{answer}");
        }
    }
}

/// The request as bytes.
fn wire(origin: &str, request: &Request, token: &str) -> Vec<u8> {
    let body = request.body.clone().unwrap_or_default();
    let head = format!(
        "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {}\r\n\r\n",
        request.method,
        request.path,
        origin.trim_start_matches("http://"),
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// Requests answered per second.
async fn load(origin: &str, request: &[u8], round: Duration) -> f64 {
    let address = origin.trim_start_matches("http://").to_owned();
    let began = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(one_connection(address.clone(), request.to_vec(), began + round)))
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
    let mut buffer = Vec::with_capacity(512 * 1024);
    let mut answered = 0;
    while Instant::now() < until {
        stream.write_all(&request).await.expect("the server reads");
        buffer.clear();
        let mut whole = usize::MAX;
        while buffer.len() < whole {
            let count = stream.read_buf(&mut buffer).await.expect("the server answers");
            assert_ne!(count, 0, "the server closed the connection");
            if whole == usize::MAX {
                whole = length(&buffer).unwrap_or(usize::MAX);
            }
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "another answer than the first");
        answered += 1;
    }
    answered
}

/// Bytes of the whole answer, once its head is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    Some(end + 4 + length.expect("an answer has a length"))
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

/// Serves until standard input ends: reads the body as JSON, writes the answer of a file as JSON.
fn bare(file: &str) {
    let answer: Value = serde_json::from_slice(&fs::read(file).expect("the answer")).expect("JSON");
    let answer = std::sync::Arc::new(answer);
    let handler = move |body: Bytes| async move {
        if !body.is_empty() {
            let asked: Value = serde_json::from_slice(&body).expect("JSON");
            assert!(asked["requests"].is_array());
        }
        let bytes = serde_json::to_vec(&*answer).expect("JSON");
        ([(CONTENT_TYPE, "application/json")], bytes)
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
