//! Load on separate processes for a number of minutes, and what it does to them: requests, failures, latency, memory
//! and descriptors, minute by minute. Fails when a request does, or when memory or descriptors keep growing.
//!
//! Run it through `cargo xtask soak --minutes N`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement that cannot be made should stop"
)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;
use signet_e2e::{Caller, Client, Installation, Request, Setup, Shape, Tenant};

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";

/// Callers at a time.
const CALLERS: usize = 8;

/// What may be added between the first minute and the last: memory as a share, descriptors as a number.
const MEMORY_GROWTH: f64 = 1.5;
const DESCRIPTOR_GROWTH: f64 = 50.0;

fn requests() -> Vec<Request> {
    let tenant = Tenant::read("tests/cases/catalogs/contoso.json");
    let bob = Caller::user(&tenant, "bob@contoso.com", "InformationProtectionPolicy.Read");
    let evaluation = json!({"contentInfo": {"contentFormat": "File", "metadata": []}, "classificationResults": []});
    let removal = json!({"contentInfo": {"metadata": []}});
    vec![
        Request::get(LABELS).by(&bob),
        Request::post(format!("{LABELS}/evaluateClassificationResults"))
            .json(&evaluation)
            .by(&bob),
        Request::post(format!("{LABELS}/evaluateRemoval"))
            .json(&removal)
            .by(&bob),
    ]
}

#[derive(Default)]
struct Minute {
    times: Vec<Duration>,
    failures: usize,
}

impl Minute {
    /// The time within which this share of the requests, in percent, was answered, in milliseconds.
    fn percentile(&self, share: usize) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let time = self.times.get((self.times.len() * share / 100).min(last));
        time.map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }
}

fn callers(installation: &Installation, stop: &Arc<AtomicBool>, minute: &Arc<Mutex<Minute>>) -> Vec<JoinHandle<()>> {
    let caller = |_| {
        let client = Client::plain(installation.origin());
        let signed = |request: Request| (installation.token(request.caller.as_ref().expect("a caller")), request);
        let requests: Vec<_> = requests().into_iter().map(signed).collect();
        let (stop, minute) = (Arc::clone(stop), Arc::clone(minute));
        std::thread::spawn(move || {
            for (token, request) in requests.iter().cycle() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let began = Instant::now();
                let answer = client.try_send(request, Some(token));
                let mut minute = minute.lock().expect("nobody panics with it");
                minute.times.push(began.elapsed());
                minute.failures += usize::from(!answer.is_ok_and(|answer| answer.status == 200));
            }
        })
    };
    (0..CALLERS).map(caller).collect()
}

/// A gauge summed over the processes.
fn total(installation: &Installation, name: &str) -> f64 {
    let of_process = |admin: &str| {
        let text = Client::plain(admin).send(&Request::get("/metrics"), None).text();
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .unwrap_or_default()
    };
    let processes = installation.processes.iter();
    processes.map(|process| of_process(process.admin())).sum()
}

fn main() -> ExitCode {
    let minutes = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let minutes: usize = minutes.filter(|minutes| *minutes > 0).unwrap_or(10);
    let setup = Setup {
        tenants: vec![Tenant::read("tests/cases/catalogs/contoso.json")],
        ..Setup::default()
    };
    let installation = Installation::start(Shape::SeparateProcesses, &setup);
    let stop = Arc::new(AtomicBool::new(false));
    let current = Arc::new(Mutex::new(Minute::default()));
    let callers = callers(&installation, &stop, &current);
    println!("minute  requests  failures  p50 ms  p99 ms  memory MiB  descriptors");
    let mut rows = Vec::new();
    let mut failures = 0;
    for number in 1..=minutes {
        std::thread::sleep(Duration::from_secs(60));
        let mut minute = std::mem::take(&mut *current.lock().expect("nobody panics with it"));
        minute.times.sort_unstable();
        let memory = total(&installation, "process_resident_memory_bytes") / f64::from(1 << 20);
        let descriptors = total(&installation, "process_open_descriptors");
        println!(
            "{number:6}  {:8}  {:8}  {:6.2}  {:6.2}  {memory:10.1}  {descriptors:11}",
            minute.times.len(),
            minute.failures,
            minute.percentile(50),
            minute.percentile(99)
        );
        failures += minute.failures;
        rows.push((memory, descriptors, minute.percentile(99)));
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.join().expect("a caller");
    }
    let ((memory, few, quick), (later, many, slow)) = (rows[0], rows[rows.len() - 1]);
    println!(
        "from the first minute to the last: memory {:.2} times, descriptors {:+}, p99 {:.2} times",
        later / memory,
        many - few,
        slow / quick.max(0.001)
    );
    installation.stop();
    if failures > 0 || later > memory * MEMORY_GROWTH || many > few + DESCRIPTOR_GROWTH {
        println!("failed: no request may fail, and neither memory nor descriptors may keep growing");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
