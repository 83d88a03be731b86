//! Several evaluations and gateways over one store, with load, while replicas are killed, frozen, stopped and added.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signet_e2e::{Caller, Client, Installation, PATIENCE, Process, Request, Setup, Shape, wait_for};

use crate::support::contoso;

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";

/// Callers at a time.
const CALLERS: usize = 8;

fn evaluate() -> Request {
    let bob = Caller::user(&contoso(), "bob@contoso.com", "InformationProtectionPolicy.Read");
    let body = json!({"contentInfo": {"contentFormat": "File", "metadata": []}, "classificationResults": []});
    Request::post(format!("{LABELS}/evaluateClassificationResults"))
        .json(&body)
        .by(&bob)
}

/// One catalogue and extraction, three evaluations, two gateways that know all three.
struct Cluster {
    installation: Installation,
    evaluations: Vec<Process>,
    gateways: Vec<Process>,
    origins: Vec<String>,
    addresses: Vec<String>,
}

impl Cluster {
    fn start() -> Self {
        // On PostgreSQL, as replicas run: a process frozen while it writes to a file it shares holds up all who do.
        let setup = Setup {
            tenants: vec![contoso()],
            postgres: true,
            ..Setup::default()
        };
        let installation = Installation::start(Shape::SeparateProcesses, &setup);
        let mut cluster = Self {
            addresses: vec![installation.grpc("evaluation")],
            installation,
            evaluations: Vec::new(),
            gateways: Vec::new(),
            origins: Vec::new(),
        };
        for number in 1..3 {
            let (process, ready) = cluster.evaluation(&format!("evaluation-{number}"), "127.0.0.1:0");
            cluster.evaluations.push(process);
            cluster.addresses.push(text(&ready, "grpc"));
        }
        for number in 0..2 {
            let endpoints = json!(cluster.addresses).to_string();
            let extraction = cluster.installation.grpc("extraction");
            let more = [
                ("SIGNET_EVALUATION__ENDPOINTS", endpoints.as_str()),
                ("SIGNET_EXTRACTION__ENDPOINT", extraction.as_str()),
                ("SIGNET_GATEWAY__HTTP", "127.0.0.1:0"),
            ];
            let (process, ready) = cluster.process("gateway", &format!("gateway-{number}"), &more);
            cluster.gateways.push(process);
            cluster.origins.push(text(&ready, "http"));
        }
        cluster
    }

    fn evaluation(&self, name: &str, address: &str) -> (Process, Value) {
        self.process("evaluation", name, &[("SIGNET_GRPC__LISTEN", address)])
    }

    fn process(&self, service: &str, name: &str, more: &[(&str, &str)]) -> (Process, Value) {
        let catalog = self.installation.grpc("catalog");
        let common = self.installation.environment.iter();
        let mut environment: Vec<(&str, &str)> = common.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        environment.push(("SIGNET_CATALOG__ENDPOINT", catalog.as_str()));
        environment.extend_from_slice(more);
        let folder = self.installation.folder.path().join(name);
        let mut process = Process::start(name, &folder, &["serve", "--services", service], &environment);
        let ready = process.ready();
        (process, ready)
    }

    /// Evaluations each of the three has answered so far.
    fn answered(&self) -> Vec<u64> {
        let first = self.installation.process("evaluation");
        [first].into_iter().chain(&self.evaluations).map(answered).collect()
    }

    fn load(&self) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let results = Arc::new(Mutex::new(Vec::new()));
        let token = self.installation.token(evaluate().caller.as_ref().expect("a caller"));
        let callers = (0..CALLERS).map(|number| {
            let client = Client::plain(&self.origins[number % self.origins.len()]);
            let (stop, results, token) = (stop.clone(), results.clone(), token.clone());
            std::thread::spawn(move || {
                let mut turn = 0;
                while !stop.load(Ordering::Relaxed) {
                    turn += 1;
                    let id = format!("00000000-0000-4000-8000-{number:04}{turn:08}");
                    let request = evaluate().header("client-request-id", &id);
                    let began = Instant::now();
                    let status = client
                        .try_send(&request, Some(&token))
                        .map_or(0, |answer| answer.status);
                    let result = Outcome {
                        id,
                        status,
                        began,
                        took: began.elapsed(),
                    };
                    results.lock().expect("nobody panics with it").push(result);
                }
            })
        });
        Load {
            callers: callers.collect(),
            stop,
            results,
        }
    }
}

fn text(ready: &Value, member: &str) -> String {
    ready[member].as_str().expect("it listens").to_owned()
}

fn answered(process: &Process) -> u64 {
    let metrics = Client::plain(process.admin())
        .send(&Request::get("/metrics"), None)
        .text();
    let ours = |line: &&str| {
        line.starts_with("rpc_server_call_duration_seconds_count") && line.contains("evaluate_classification_results")
    };
    let counts = metrics
        .lines()
        .filter(ours)
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    counts.sum()
}

struct Outcome {
    id: String,
    status: u16,
    began: Instant,
    took: Duration,
}

struct Load {
    callers: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    results: Arc<Mutex<Vec<Outcome>>>,
}

impl Load {
    /// Waits until as many more calls have ended.
    fn wait(&self, calls: usize) {
        let count = || self.results.lock().expect("nobody panics with it").len();
        let wanted = count() + calls;
        wait_for("calls under load", || (count() >= wanted).then_some(()));
    }

    fn end(mut self) -> Vec<Outcome> {
        self.stop.store(true, Ordering::Relaxed);
        for caller in std::mem::take(&mut self.callers) {
            caller.join().expect("a caller");
        }
        std::mem::take(&mut *self.results.lock().expect("nobody panics with it"))
    }
}

impl Drop for Load {
    /// A test that fails takes its callers along; they would slow down every test after it.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[test]
fn replicas_share_the_load_and_faults_of_one_are_not_those_of_all() {
    let mut cluster = Cluster::start();

    // Spread: every evaluation answers its share, once each has its snapshot. Calls go where the fewest are under way,
    // so a moment in which the machine favours one process shows; over thousands of calls it does not.
    let load = cluster.load();
    load.wait(300);
    let mut calm = load.end();
    let before = cluster.answered();
    let load = cluster.load();
    load.wait(3_000);
    calm.extend(load.end());
    assert!(
        calm.iter().all(|call| call.status == 200),
        "without faults nothing fails"
    );
    let shares: Vec<u64> = cluster
        .answered()
        .iter()
        .zip(&before)
        .map(|(now, then)| now - then)
        .collect();
    let mean = shares.iter().sum::<u64>() / 3;
    assert!(
        shares.iter().all(|share| share.abs_diff(mean) * 5 <= mean),
        "{shares:?}"
    );

    // One is killed, another stopped in order, one frozen, and one comes back, one after the other.
    let load = cluster.load();
    load.wait(100);
    let killed = Instant::now();
    drop(cluster.evaluations.pop());
    load.wait(300);
    cluster.evaluations.push(
        cluster
            .evaluation("evaluation-2", cluster.addresses[2].trim_start_matches("http://"))
            .0,
    );
    let returned = cluster.evaluations.last().expect("it was just started");
    wait_for("the one that came back to be asked", || {
        (answered(returned) > 20).then_some(())
    });
    let mut stopped = cluster.evaluations.remove(0);
    let stopping = Instant::now();
    stopped.terminate();
    stopped.finished().success();
    load.wait(200);
    let frozen = Instant::now();
    cluster.installation.process("evaluation").freeze();
    load.wait(300);
    cluster.installation.process("evaluation").thaw();
    load.wait(200);
    let calls = load.end();

    let failed: Vec<&Outcome> = calls.iter().filter(|call| call.status != 200).collect();
    for call in &failed {
        let during = |fault: Instant| call.began <= fault + Duration::from_secs(5) && call.began + call.took >= fault;
        assert!(
            during(killed) || during(frozen),
            "{} failed {:?} after the kill",
            call.status,
            call.began - killed
        );
        assert!(
            !during(stopping) || during(killed) || during(frozen),
            "a stop in order cost a call: {}",
            call.status
        );
        assert!(matches!(call.status, 503 | 504), "{}", call.status);
    }
    // What was under way at the replica that went away may fail, once for each caller and fault.
    assert!(
        failed.len() <= 2 * CALLERS,
        "{} of {} failed",
        failed.len(),
        calls.len()
    );
    assert!(
        calls.iter().all(|call| call.took < Duration::from_secs(12)),
        "a call outlived its deadline"
    );

    everything_acknowledged_is_in_the_log(&cluster, calm.iter().chain(&calls));
}

fn everything_acknowledged_is_in_the_log<'a>(cluster: &Cluster, calls: impl Iterator<Item = &'a Outcome>) {
    let reader = Caller::application(&contoso(), "Signet.Decisions.Read");
    let token = cluster.installation.token(&reader);
    let client = Client::plain(&cluster.origins[0]);
    let mut log = String::new();
    let mut path = "/signet/v1/decisions?$top=999".to_owned();
    loop {
        let page = client.send(&Request::get(&path), Some(&token)).expect(200);
        log.push_str(&page.text());
        let Some(next) = page.json()["@odata.nextLink"].as_str().map(str::to_owned) else {
            break;
        };
        path = next
            .split_once("/signet/")
            .map(|(_, rest)| format!("/signet/{rest}"))
            .expect("a link of ours");
    }
    for call in calls.filter(|call| call.status == 200) {
        assert!(log.contains(&call.id), "{} was answered and is not in the log", call.id);
    }
}

#[test]
fn a_demanded_revision_is_never_answered_by_an_older_one_from_any_gateway() {
    let cluster = Cluster::start();
    let token = cluster
        .installation
        .token(evaluate().caller.as_ref().expect("a caller"));
    let clients: Vec<Client> = cluster.origins.iter().map(|origin| Client::plain(origin)).collect();
    for revision in 2..=8_u64 {
        let mut tenant = contoso();
        tenant.0["displayName"] = json!(format!("Contoso {revision}"));
        cluster.installation.apply(&tenant);
        let demanding = evaluate().header("Signet-At-Least-Revision", revision.to_string());
        for turn in 0..12 {
            let answer = clients[turn % 2].send(&demanding, Some(&token)).expect(200);
            let decided = answer
                .header("signet-revision")
                .and_then(|text| text.parse::<u64>().ok());
            assert!(decided >= Some(revision), "{decided:?} instead of {revision}");
        }
    }
}

#[test]
fn services_start_in_any_order_and_say_when_they_are_ready() {
    let cluster = Cluster::start();
    // Where nobody listens yet.
    let reserved = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = reserved.local_addr().expect("an address").to_string();
    drop(reserved);
    let endpoint = format!("http://{address}");
    let extraction = cluster.installation.grpc("extraction");
    let catalog = cluster.installation.grpc("catalog");
    let common = cluster.installation.environment.iter();
    let mut environment: Vec<(&str, &str)> = common.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    environment.extend([
        ("SIGNET_CATALOG__ENDPOINT", catalog.as_str()),
        ("SIGNET_EVALUATION__ENDPOINT", endpoint.as_str()),
        ("SIGNET_EXTRACTION__ENDPOINT", extraction.as_str()),
        ("SIGNET_GATEWAY__HTTP", "127.0.0.1:0"),
        ("SIGNET_TELEMETRY__FILTER", "info"),
    ]);
    let folder = cluster.installation.folder.path().join("early");
    let mut early = Process::start("early", &folder, &["serve", "--services", "gateway"], &environment);
    wait_for("the gateway to run", || {
        early.log().contains("configuration").then_some(())
    });
    assert!(!folder.join("ready.json").exists(), "ready without an evaluation");
    let began = Instant::now();
    let (evaluation, _) = cluster.evaluation("late", &address);
    early.ready();
    assert!(began.elapsed() < PATIENCE);
    drop(evaluation);
    let admin = early.admin().to_owned();
    wait_for("the gateway to say that evaluation is gone", || {
        let answer = Client::plain(&admin).send(&Request::get("/readyz"), None);
        (answer.status == 503 && answer.text().contains("evaluation")).then_some(())
    });
    early.terminate();
    early.finished().success();
}
