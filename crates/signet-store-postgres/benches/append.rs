//! How many decision records a second are written, by size of the batch; a batch of one is a single insert.
#![expect(
    clippy::expect_used,
    reason = "a measurement that cannot be made has nothing to go on with"
)]

use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use signet_store::conformance::samples::{record, tenant};
use signet_store::{BatchingDecisionLog, DecisionLog};
use signet_store_postgres::{Database, PostgresStore};
use tokio::runtime::Runtime;

const BATCHES: [u32; 4] = [1, 16, 128, 512];
/// Callers that bring single records at the same time, as requests do.
const CALLERS: u32 = 128;

fn main() {
    let runtime = Runtime::new().expect("no runtime");
    let store = runtime.block_on(open());
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    append(&mut criterion, &runtime, &store);
    append_together(&mut criterion, &runtime, &store);
    criterion.final_summary();
}

async fn open() -> PostgresStore {
    let made = signet_testkit::postgres::database();
    let database = Database::parse(&made.url).expect("no address").password(&made.password);
    PostgresStore::migrate(&database).await.expect("no schema");
    PostgresStore::open(&database).await.expect("no store")
}

fn append(criterion: &mut Criterion, runtime: &Runtime, store: &PostgresStore) {
    let mut next = 0;
    let mut group = criterion.benchmark_group("append");
    for size in BATCHES {
        group.throughput(Throughput::Elements(size.into()));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_batched(
                || {
                    next += size;
                    (next - size..next).map(|n| record(tenant(1), n)).collect::<Vec<_>>()
                },
                |batch| runtime.block_on(store.append(batch)).expect("not appended"),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn append_together(criterion: &mut Criterion, runtime: &Runtime, store: &PostgresStore) {
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
        let single = vec![record(tenant(1), caller * 10 + n)];
        log.append(single).await.expect("not appended");
    }
}
