//! Gauges of a process: what it holds, waits for and reaches, read whenever metrics are.

use std::sync::Arc;
use std::time::Duration;

use signet_distribution::FollowedPolicies;
use signet_domain::ids::{Revision, TenantId};
use signet_extraction::Extraction;
use signet_rpc::client::Upstream;
use signet_store::DecisionQueue;
use signet_telemetry::{KeyValue, meter};

use crate::ready::Announced;
use crate::store::Store;

/// Whether the process is ready, and what it is.
pub(crate) fn process(announced: &Announced) {
    let announced = announced.clone();
    meter()
        .u64_observable_gauge("signet.ready")
        .with_description("1 while the process can answer")
        .with_callback(move |gauge| gauge.observe(u64::from(announced.is_ready()), &[]))
        .build();
    meter()
        .u64_observable_gauge("signet.build.info")
        .with_description("1, with the version")
        .with_callback(|gauge| gauge.observe(1, &[KeyValue::new("version", env!("CARGO_PKG_VERSION"))]))
        .build();
    meter()
        .u64_observable_gauge("process.resident.memory")
        .with_unit("By")
        .with_description("memory in use")
        .with_callback(|gauge| {
            if let Some(bytes) = resident_bytes() {
                gauge.observe(bytes, &[]);
            }
        })
        .build();
    meter()
        .u64_observable_gauge("process.open.descriptors")
        .with_description("open files and sockets")
        .with_callback(|gauge| {
            if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
                gauge.observe(entries.count() as u64, &[]);
            }
        })
        .build();
}

/// Resident memory in bytes, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The replicas of services elsewhere, and calls to them.
pub(crate) fn upstreams(upstreams: &[Upstream]) {
    let gauge = |name: &'static str, description: &'static str, value: fn(&Upstream) -> u64| {
        let upstreams = upstreams.to_vec();
        meter()
            .u64_observable_gauge(name)
            .with_description(description)
            .with_callback(move |gauge| {
                for upstream in &upstreams {
                    gauge.observe(value(upstream), &[KeyValue::new("upstream", upstream.name())]);
                }
            })
            .build();
    };
    let counter = |name: &'static str, description: &'static str, value: fn(&Upstream) -> u64| {
        let upstreams = upstreams.to_vec();
        meter()
            .u64_observable_counter(name)
            .with_description(description)
            .with_callback(move |counter| {
                for upstream in &upstreams {
                    counter.observe(value(upstream), &[KeyValue::new("upstream", upstream.name())]);
                }
            })
            .build();
    };
    gauge("signet.upstream.replicas", "replicas known", |upstream| {
        upstream.replicas().0 as u64
    });
    gauge(
        "signet.upstream.replicas.answering",
        "replicas that answer",
        |upstream| upstream.replicas().1 as u64,
    );
    gauge("signet.upstream.calls.active", "calls under way", |upstream| {
        upstream.in_flight() as u64
    });
    counter("signet.upstream.calls.repeated", "calls made again", Upstream::repeated);
    counter(
        "signet.upstream.calls.shared",
        "answered calls that shared a stream with others",
        Upstream::shared,
    );
    counter(
        "signet.upstream.calls.turned.away",
        "calls no replica had room for",
        Upstream::turned_away,
    );
}

/// The policies of a catalogue elsewhere.
pub(crate) fn policies(followed: &Arc<FollowedPolicies>) {
    let kept = followed.clone();
    meter()
        .f64_observable_gauge("signet.policy.snapshot.age")
        .with_unit("s")
        .with_description("time since the catalogue last answered; 0 while it is followed")
        .with_callback(move |gauge| gauge.observe(seconds(kept.statistics().unconfirmed_for), &[]))
        .build();
    let kept = followed.clone();
    meter()
        .u64_observable_gauge("signet.policy.tenants")
        .with_description("tenants whose policies are kept")
        .with_callback(move |gauge| gauge.observe(kept.statistics().tenants, &[]))
        .build();
    let kept = followed.clone();
    meter()
        .u64_observable_counter("signet.policy.cache.requests")
        .with_description("questions for policies, by whether they were kept")
        .with_callback(move |counter| {
            let statistics = kept.statistics();
            counter.observe(statistics.hits, &[KeyValue::new("result", "hit")]);
            counter.observe(statistics.misses, &[KeyValue::new("result", "miss")]);
        })
        .build();
    let kept = followed.clone();
    revisions(
        "signet.policy.snapshot.revision",
        "revision decided by, by tenant",
        move |most| kept.revisions(most),
    );
}

/// Most tenants whose revision is shown; each is a time series of its own.
const TENANTS: usize = 500;

/// Revisions by tenant, as a process decides by them or gives them out.
/// - `name`: `signet.policy.snapshot.revision` or `signet.catalog.revision`.
pub(crate) fn revisions(
    name: &'static str,
    description: &'static str,
    revisions: impl Fn(usize) -> Vec<(TenantId, Revision)> + Send + Sync + 'static,
) {
    meter()
        .u64_observable_gauge(name)
        .with_description(description)
        .with_callback(move |gauge| {
            for (tenant, revision) in revisions(TENANTS) {
                gauge.observe(revision.0, &[KeyValue::new("tenant.id", tenant.to_string())]);
            }
        })
        .build();
}

/// Connections of the store.
pub(crate) fn store(store: &Arc<dyn Store>) {
    let kept = store.clone();
    meter()
        .u64_observable_gauge("signet.store.connections")
        .with_description("connections to the store, by what they do")
        .with_callback(move |gauge| {
            if let Some(connections) = kept.connections() {
                gauge.observe(connections.used, &[KeyValue::new("state", "used")]);
                gauge.observe(connections.idle, &[KeyValue::new("state", "idle")]);
            }
        })
        .build();
    let kept = store.clone();
    meter()
        .u64_observable_gauge("signet.store.connections.most")
        .with_description("connections to the store there may be; calls beyond them wait")
        .with_callback(move |gauge| {
            if let Some(connections) = kept.connections() {
                gauge.observe(connections.most, &[]);
            }
        })
        .build();
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// Calls that wait for the decision log.
pub(crate) fn decisions(queue: DecisionQueue) {
    meter()
        .u64_observable_gauge("signet.decision.log.queue")
        .with_description("calls that wait for their records to be written")
        .with_callback(move |gauge| gauge.observe(queue.waiting() as u64, &[]))
        .build();
}

/// Work that outlives its request. Looking at it does not keep the service: its decision log is written out once the
/// service is gone.
pub(crate) fn jobs(extraction: &Arc<Extraction>) {
    let extraction = Arc::downgrade(extraction);
    meter()
        .u64_observable_gauge("signet.jobs.unfinished")
        .with_description("jobs that wait or are being done, by queue, of all processes; counted every 15 s")
        .with_callback(move |gauge| {
            let Some(extraction) = extraction.upgrade() else { return };
            for (queue, count) in extraction.unfinished_jobs() {
                gauge.observe(count, &[KeyValue::new("queue", queue)]);
            }
        })
        .build();
}
