//! Requests per second with one, two and three evaluators, each held to the same share of a processor, so that what is
//! measured is the service and not how many processors a machine has.
//!
//! Each evaluator has a credit of processor time that grows with the clock. One that has used it up is stopped and goes
//! on when there is credit again, so in the long run it has its share and no more. Gateways, catalogues, PostgreSQL and
//! callers are not held back. Run it through `cargo xtask scale`.

#![expect(clippy::expect_used, reason = "a measurement that cannot be made should stop")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use signet_e2e::{Caller, Cluster, Request, Setup, Tenant, Trust};

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";

/// Part of one processor that an evaluator gets.
const SHARE: f64 = 0.05;

/// Credit that can be saved up.
const SAVED: Duration = Duration::from_millis(100);

/// How often credits are looked at.
const TICK: Duration = Duration::from_millis(2);

/// Callers for each evaluator.
const CALLERS: usize = 16;

/// Before each measurement, and for each.
const WARM_UP: Duration = Duration::from_secs(5);
const MEASURED: Duration = Duration::from_secs(20);

const EVALUATORS: [&str; 3] = ["evaluation-1", "evaluation-2", "evaluation-3"];

/// Processor time a process has used.
fn used(process: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).expect("the process runs");
    let nanoseconds = tasks.flatten().filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn signal(process: u32, signal: Signal) {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw).expect("an id");
    kill_process(process, signal).expect("the process runs");
}

/// Holds a process to its share until told to end.
fn hold(process: u32, ended: Arc<AtomicBool>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let (mut at, mut before) = (Instant::now(), used(process));
        let (mut credit, mut running) = (0.0, true);
        while !ended.load(Ordering::Relaxed) {
            std::thread::sleep(TICK);
            let (now, used) = (Instant::now(), used(process));
            credit += (now - at).as_secs_f64() * SHARE - used.saturating_sub(before).as_secs_f64();
            credit = f64::min(credit, SAVED.as_secs_f64() * SHARE);
            (at, before) = (now, used);
            if running != (credit > 0.0) {
                running = !running;
                signal(process, if running { Signal::CONT } else { Signal::STOP });
            }
        }
        signal(process, Signal::CONT);
    })
}

fn removal() -> Request {
    Request::post(format!("{LABELS}/evaluateRemoval")).json(&json!({"contentInfo": {"metadata": []}}))
}

/// Callers that ask all the time, through both gateways.
fn callers(cluster: &Cluster, count: usize, answered: &Arc<AtomicU64>, ended: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let tenant = Tenant::read("tests/cases/catalogs/contoso.json");
    let token = cluster.token(&Caller::user(
        &tenant,
        "bob@contoso.com",
        "InformationProtectionPolicy.Read",
    ));
    let caller = |number: usize| {
        let mut clients = cluster.clients();
        let client = clients.swap_remove(number % clients.len());
        let (token, answered, ended) = (token.clone(), Arc::clone(answered), Arc::clone(ended));
        std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                let answer = client.try_send(&removal(), Some(&token)).expect("an answer");
                assert_eq!(answer.status, 200, "{}", answer.text());
                answered.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    (0..count).map(caller).collect()
}

/// Requests per second, and the share of a processor each evaluator used meanwhile.
fn measure(cluster: &Cluster, evaluators: &[&str]) -> (f64, Vec<f64>) {
    let (answered, ended) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
    let processes: Vec<u32> = evaluators.iter().map(|name| cluster.process_id(name)).collect();
    let mut threads: Vec<_> = processes.iter().map(|id| hold(*id, ended.clone())).collect();
    threads.extend(callers(cluster, CALLERS * evaluators.len(), &answered, &ended));
    std::thread::sleep(WARM_UP);
    let (began, before) = (Instant::now(), answered.load(Ordering::Relaxed));
    let used_before: Vec<Duration> = processes.iter().map(|id| used(*id)).collect();
    std::thread::sleep(MEASURED);
    let count = answered.load(Ordering::Relaxed) - before;
    let took = began.elapsed().as_secs_f64();
    let shares = processes.iter().zip(used_before);
    let shares = shares
        .map(|(id, before)| (used(*id) - before).as_secs_f64() / took)
        .collect();
    ended.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("nobody panics");
    }
    let count = u32::try_from(count).expect("a count");
    (f64::from(count) / took, shares)
}

fn main() {
    let setup = Setup {
        tenants: vec![Tenant::read("tests/cases/catalogs/contoso.json")],
        ..Setup::default()
    };
    let mut cluster = Cluster::start(&setup, Trust::Token);
    let mut results = Vec::new();
    for count in (1..=EVALUATORS.len()).rev() {
        let evaluators: Vec<&str> = EVALUATORS.into_iter().take(count).collect();
        results.push((count, measure(&cluster, &evaluators)));
        if let Some(last) = evaluators.last().filter(|_| count > 1) {
            cluster.end(last);
        }
    }
    results.reverse();
    let single = results.first().map_or(1.0, |(_, (rate, _))| *rate);
    println!("evaluators  requests/s  of one  share of a processor used by each");
    for (count, (rate, shares)) in results {
        let shares: Vec<String> = shares.iter().map(|share| format!("{:.1} %", share * 100.0)).collect();
        println!("{count:10}  {rate:10.0}  {:6.2}  {}", rate / single, shares.join(", "));
    }
}
