//! Callers that ask all the time, and remember what they were told.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;
use signet_domain::record::DecisionRecord;
use signet_e2e::{Answer, Caller, Client, Cluster, Request};
use uuid::Uuid;

use crate::support::contoso;

/// Callers at a time.
const CALLERS: usize = 6;

/// Answers by a demanded revision that the test of stale policies wants.
pub(super) const DEMANDED: u64 = 10_000;

/// Requests of the test of faults, so that one in a thousand is a number.
pub(super) const REQUESTS: usize = 20_000;

/// Longest time until a fault is over.
pub(super) const RECOVERY: Duration = Duration::from_secs(5);

/// What a client's clock and a loaded machine may add to a deadline.
const GRACE: Duration = Duration::from_secs(1);

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";
const EXTRACT: &str = "/v1.0/me/drive/root:/contract.docx:/extractSensitivityLabels";

/// Whether this revision of the tenant demands that a removal is justified.
pub(super) fn is_restricted(revision: u64) -> bool {
    revision % 2 == 1
}

/// Load on a cluster. Callers go to the gateways in turn and, as behind any balancer, to the other gateway when one
/// does not take the connection.
pub(super) struct Load {
    shared: Arc<Shared>,
    callers: Vec<JoinHandle<()>>,
}

struct Shared {
    clients: Vec<Client>,
    token: String,
    /// Labels the caller sees, which no revision changes.
    labels: usize,
    ended: AtomicBool,
    /// Newest revision that was acknowledged to whoever published it.
    published: AtomicU64,
    demanding: AtomicU64,
    /// Decisions asked for.
    asked: AtomicU64,
    seen: Mutex<Vec<Seen>>,
}

/// What became of a request.
struct Seen {
    began: Instant,
    took: Duration,
    /// Id by which its decision is found; requests that leave none have none.
    decision: Option<Uuid>,
    outcome: Outcome,
}

enum Outcome {
    Answered,
    /// It was refused, or nobody answered.
    Failed(String),
    /// It was answered wrongly.
    Wrong(String),
}

/// A span of the load.
pub(super) struct Phase {
    name: &'static str,
    began: Instant,
}

impl Phase {
    pub(super) fn begin(name: &'static str) -> Self {
        Self {
            name,
            began: Instant::now(),
        }
    }
}

/// Load that has ended.
pub(super) struct Done(Vec<Seen>);

impl Load {
    /// Begins. Callers demand the revision `published` at least; 0: any will do.
    pub(super) fn start(cluster: &Cluster, published: u64) -> Self {
        let scopes = "InformationProtectionPolicy.Read SensitivityLabel.Evaluate Files.Read";
        let clients = cluster.clients();
        let token = cluster.token(&Caller::user(&contoso(), "bob@contoso.com", scopes));
        let labels = count(&clients[0].send(&Request::get(LABELS), Some(&token)).expect(200));
        assert!(labels > 0, "the caller sees no label");
        let shared = Arc::new(Shared {
            clients,
            token,
            labels,
            ended: AtomicBool::new(false),
            published: AtomicU64::new(published),
            demanding: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            seen: Mutex::default(),
        });
        let callers = (0..CALLERS).map(|caller| {
            let shared = shared.clone();
            std::thread::spawn(move || shared.ask_all_the_time(caller))
        });
        Self {
            callers: callers.collect(),
            shared,
        }
    }

    /// From now on callers demand this revision.
    pub(super) fn published(&self, revision: u64) {
        self.shared.published.store(revision, Ordering::SeqCst);
    }

    /// Answers by a demanded revision so far.
    pub(super) fn demanding_answers(&self) -> u64 {
        self.shared.demanding.load(Ordering::Relaxed)
    }

    /// Waits for so many more of them.
    pub(super) fn wait_for_answers(&self, more: u64) {
        let wanted = self.demanding_answers() + more;
        signet_e2e::wait_for("answers", || (self.demanding_answers() >= wanted).then_some(()));
    }

    /// Waits until there were so many requests since the start.
    pub(super) fn wait_for_requests(&self, total: usize) {
        while self.shared.seen.lock().expect("callers do not panic").len() < total {
            self.wait_for_answers(300);
        }
    }

    /// Since the phase began nothing was answered wrongly or too late, and nothing fails any more.
    pub(super) fn check(&self, phase: &Phase, deadline: Duration) {
        let seen = self.shared.seen.lock().expect("callers do not panic");
        let of_phase: Vec<&Seen> = seen.iter().filter(|seen| seen.began >= phase.began).collect();
        let failed = of_phase
            .iter()
            .filter(|seen| matches!(seen.outcome, Outcome::Failed(_)));
        println!("{}: {} requests, {} failed", phase.name, of_phase.len(), failed.count());
        for seen in &of_phase {
            let late = seen.began - phase.began;
            match &seen.outcome {
                Outcome::Wrong(what) => panic!("{}: {what}", phase.name),
                Outcome::Failed(what) => assert!(late < RECOVERY, "{}: {what} after {late:?}", phase.name),
                Outcome::Answered => {}
            }
            assert!(
                seen.took < deadline + GRACE,
                "{}: an answer after {:?}",
                phase.name,
                seen.took
            );
        }
        assert!(!of_phase.is_empty(), "{}: nothing was asked", phase.name);
    }

    pub(super) fn finish(mut self) -> Done {
        self.shared.ended.store(true, Ordering::Relaxed);
        for caller in std::mem::take(&mut self.callers) {
            caller.join().expect("callers do not panic");
        }
        let seen = std::mem::take(&mut *self.shared.seen.lock().expect("callers do not panic"));
        Done(seen)
    }
}

impl Drop for Load {
    /// A test that fails takes its callers along: they would ask a cluster that is gone, without end and as fast as they
    /// can, and every test after it would be too slow.
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn ask_all_the_time(&self, caller: usize) {
        let mut turn = caller;
        while !self.ended.load(Ordering::Relaxed) {
            turn += 1;
            let seen = match turn % 16 {
                0 => self.list(turn),
                8 => self.extract(turn),
                _ => self.remove(turn),
            };
            self.seen.lock().expect("callers do not panic").push(seen);
        }
    }

    /// Asks whether a label may go without a reason, by the newest revision acknowledged.
    fn remove(&self, turn: usize) -> Seen {
        let demanded = self.published.load(Ordering::SeqCst);
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let id = Uuid::from_u128(0x5a0e_9d1c_2b3f_4a58_8c67_0000_0000_0000 | u128::from(number));
        let mut request = removal().header("client-request-id", id.to_string());
        if demanded > 0 {
            request = request.header("Signet-At-Least-Revision", demanded.to_string());
        }
        let mut seen = self.ask(turn, &request, |answer| removal_fault(answer, demanded));
        if matches!(seen.outcome, Outcome::Answered) {
            seen.decision = Some(id);
            self.demanding.fetch_add(1, Ordering::Relaxed);
        }
        seen
    }

    fn list(&self, turn: usize) -> Seen {
        self.ask(turn, &Request::get(LABELS), |answer| {
            let listed = count(answer);
            (listed != self.labels).then(|| format!("{listed} labels instead of {}", self.labels))
        })
    }

    fn extract(&self, turn: usize) -> Seen {
        self.ask(turn, &Request::post(EXTRACT), |answer| {
            let labels = answer.json()["labels"].as_array().map(Vec::len);
            (labels != Some(1)).then(|| answer.text())
        })
    }

    fn ask(&self, turn: usize, request: &Request, fault: impl Fn(&Answer) -> Option<String>) -> Seen {
        let began = Instant::now();
        let mut last = String::new();
        for attempt in 0..self.clients.len() {
            let client = &self.clients[(turn + attempt) % self.clients.len()];
            match client.try_send(request, Some(&self.token)) {
                Ok(answer) => {
                    let outcome = match answer.status {
                        200 => fault(&answer).map_or(Outcome::Answered, Outcome::Wrong),
                        429 | 503 | 504 => Outcome::Failed(format!("{} {}", request.name(), answer.text())),
                        status => Outcome::Wrong(format!("{}: {status} {}", request.name(), answer.text())),
                    };
                    return Seen::new(began, outcome);
                }
                Err(error) => last = format!("{}: {error:?}", request.name()),
            }
        }
        Seen::new(began, Outcome::Failed(last))
    }
}

impl Seen {
    fn new(began: Instant, outcome: Outcome) -> Self {
        Self {
            began,
            took: began.elapsed(),
            decision: None,
            outcome,
        }
    }
}

fn count(answer: &Answer) -> usize {
    answer.json()["value"].as_array().map_or(0, Vec::len)
}

/// A label goes, and nobody says why.
fn removal() -> Request {
    let label = "4e4234dd-377b-42a3-935b-0e42f138fa23";
    let metadata = |name: &str, value: &str| json!({"name": format!("MSIP_Label_{label}_{name}"), "value": value});
    let body = json!({"contentInfo": {
        "@odata.type": "#microsoft.graph.security.contentInfo",
        "contentFormat": "File",
        "identifier": "report.docx",
        "state": "rest",
        "metadata": [
            metadata("Enabled", "true"),
            metadata("SetDate", "2025-02-03T04:05:06Z"),
            metadata("Method", "Standard"),
            metadata("Name", "General"),
            metadata("SiteId", "cb46c030-1825-4e81-a295-151c039dbf02"),
            metadata("ContentBits", "2"),
        ],
    }});
    Request::post(format!("{LABELS}/evaluateRemoval")).json(&body)
}

/// What is wrong with an answer to [`removal`]: an older revision than the one demanded, or not the answer of the
/// revision it names.
fn removal_fault(answer: &Answer, demanded: u64) -> Option<String> {
    let revision = answer
        .header("signet-revision")
        .and_then(|value| value.parse::<u64>().ok());
    let Some(revision) = revision.filter(|revision| *revision >= demanded) else {
        return Some(format!("revision {demanded} was demanded and {revision:?} answered"));
    };
    let demands_reason = answer.text().contains("justifyAction");
    (demands_reason != is_restricted(revision)).then(|| format!("revision {revision} answers {}", answer.text()))
}

impl Done {
    /// Nothing was answered wrongly.
    pub(super) fn check_answers(&self) {
        let wrong = self.0.iter().find_map(|seen| match &seen.outcome {
            Outcome::Wrong(what) => Some(what),
            _ => None,
        });
        assert!(wrong.is_none(), "{wrong:?}");
    }

    /// Of all requests fewer than one in a thousand failed.
    pub(super) fn check_totals(&self) {
        let failures: Vec<&str> = self
            .0
            .iter()
            .filter_map(|seen| match &seen.outcome {
                Outcome::Failed(what) => Some(what.as_str()),
                _ => None,
            })
            .collect();
        println!("{} requests, {} failed", self.0.len(), failures.len());
        assert!(
            failures.len() * 1_000 < self.0.len(),
            "{} of {} requests failed, among them {:#?}",
            failures.len(),
            self.0.len(),
            &failures[..failures.len().min(5)]
        );
    }

    /// Every decision that was answered is in the log.
    pub(super) fn check_log(&self, cluster: &Cluster) {
        let mut missing: HashSet<String> = self
            .0
            .iter()
            .filter_map(|seen| seen.decision)
            .map(|id| id.to_string())
            .collect();
        assert!(!missing.is_empty(), "nothing was decided");
        for record in decisions(cluster) {
            missing.remove(record.client_request_id.as_deref().unwrap_or_default());
        }
        assert!(
            missing.is_empty(),
            "{} decisions were answered and are not in the log",
            missing.len()
        );
    }
}

/// The decision log of the tenant.
pub(super) fn decisions(cluster: &Cluster) -> Vec<DecisionRecord> {
    let clients = cluster.clients();
    let token = cluster.token(&Caller::application(&contoso(), "Signet.Decisions.Read"));
    let mut records = Vec::new();
    let mut next = Some("/signet/v1/decisions?$top=999".to_owned());
    while let Some(path) = next {
        let page = clients[0].send(&Request::get(path), Some(&token)).expect(200).json();
        for record in page["value"].as_array().expect("a list of decisions") {
            records.push(serde_json::from_value(record.clone()).expect("a record"));
        }
        let link = page["@odata.nextLink"].as_str();
        next = link
            .and_then(|link| link.strip_prefix(clients[0].origin()))
            .map(str::to_owned);
    }
    records
}
