//! How many decision records a second reach the disk, by size of the batch.
#![expect(
    clippy::expect_used,
    reason = "a measurement that cannot be made has nothing to go on with"
)]

use std::path::Path;
use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use signet_domain::record::DecisionRecord;
use signet_store::conformance::samples::{label, record, tenant, user};
use signet_store::{BatchingDecisionLog, DecisionFilter, DecisionLog};
use signet_store_sqlite::{OpenOptions, SqliteStore};
use tokio::runtime::Runtime;

const BATCHES: [u32; 4] = [1, 16, 128, 1_024];
/// Callers that bring single records at the same time, as requests do.
const CALLERS: u32 = 256;

fn main() {
    let runtime = Runtime::new().expect("no runtime");
    let folder = tempfile::tempdir().expect("no folder");
    let store = runtime.block_on(open(&folder.path().join("signet.db")));
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    append(&mut criterion, &runtime, &store);
    append_together(&mut criterion, &runtime, &store);
    list(&mut criterion, &runtime, &store);
    criterion.final_summary();
}

async fn open(path: &Path) -> SqliteStore {
    let options = OpenOptions {
        create: true,
        migrate: true,
    };
    SqliteStore::open(path, options).await.expect("no store")
}

fn append(criterion: &mut Criterion, runtime: &Runtime, store: &SqliteStore) {
    let mut next = 0;
    let mut group = criterion.benchmark_group("append");
    for size in BATCHES {
        group.throughput(Throughput::Elements(size.into()));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_batched(
                || {
                    next += size;
                    (next - size..next).map(typical).collect::<Vec<_>>()
                },
                |batch| runtime.block_on(store.append(batch)).expect("not appended"),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn append_together(criterion: &mut Criterion, runtime: &Runtime, store: &SqliteStore) {
    let (log, _) = runtime.block_on(async { BatchingDecisionLog::start(Arc::new(store.clone()), 1_024) });
    let log = Arc::new(log);
    let mut group = criterion.benchmark_group("append together");
    group.throughput(Throughput::Elements((CALLERS * 10).into()));
    group.bench_function(BenchmarkId::from_parameter(CALLERS), |bencher| {
        bencher.iter(|| {
            let callers = (0..CALLERS).map(|caller| runtime.spawn(append_ten(Arc::clone(&log), caller)));
            for caller in callers.collect::<Vec<_>>() {
                runtime.block_on(caller).expect("a caller failed");
            }
        });
    });
    group.finish();
}

async fn append_ten(log: Arc<BatchingDecisionLog>, caller: u32) {
    for n in 0..10 {
        log.append(vec![typical(caller * 10 + n)]).await.expect("not appended");
    }
}

fn list(criterion: &mut Criterion, runtime: &Runtime, store: &SqliteStore) {
    let filter = DecisionFilter {
        user: Some(user(3)),
        ..DecisionFilter::default()
    };
    criterion.bench_function("list/100 newest of a user", |bencher| {
        bencher.iter(|| {
            runtime
                .block_on(store.list(tenant(1), &filter, 0, 100, true))
                .expect("not listed")
        });
    });
}

/// A user changed a label.
fn typical(n: u32) -> DecisionRecord {
    DecisionRecord {
        user_id: Some(user((n % 50) as u8)),
        user_principal_name: Some("adele.vance@contoso.com".to_owned()),
        label_before: Some(label(1)),
        label_after: Some(label(2)),
        justification: Some("The customer agreed to publication".to_owned()),
        ..record(tenant(1), n)
    }
}
