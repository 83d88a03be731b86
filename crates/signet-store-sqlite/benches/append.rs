//! How many decision records a second reach the disk, by size of the batch.
#![expect(
    clippy::expect_used,
    reason = "a measurement that cannot be made has nothing to go on with"
)]

use std::path::Path;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use signet_domain::record::DecisionRecord;
use signet_store::conformance::samples::{label, record, tenant, user};
use signet_store::{DecisionFilter, DecisionLog};
use signet_store_sqlite::{OpenOptions, SqliteStore};
use tokio::runtime::Runtime;

const BATCHES: [u32; 4] = [1, 16, 128, 1_024];

fn main() {
    let runtime = Runtime::new().expect("no runtime");
    let folder = tempfile::tempdir().expect("no folder");
    let store = runtime.block_on(open(&folder.path().join("signet.db")));
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    append(&mut criterion, &runtime, &store);
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
