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

mod bare;

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use signet_e2e::{Caller, Installation, Request, Setup, Shape, Tenant};
use tempfile::TempDir;

use self::bare::{Bare, Measured, ROUNDS, rates};

const LABELS: u32 = 500;
const BATCH: u32 = 20;
const CONNECTIONS: usize = 16;
const ROUND: Duration = Duration::from_secs(2);
const QUICK_ROUND: Duration = Duration::from_millis(300);

const LIST: &str = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";

fn main() {
    if let Some(file) = bare::wanted() {
        return bare::serve(&file, |body| {
            let asked: Value = serde_json::from_slice(body).expect("JSON");
            assert!(asked["requests"].is_array());
        });
    }
    let round = match std::env::args().any(|argument| argument == "--quick") {
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
        Measured::new(&bare.origin, request, &token),
        Measured::new(one.origin(), request, &token),
    ];
    let rates = rates(&servers, CONNECTIONS, round);
    let (bare, signet) = (rates[0], rates[1]);
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
