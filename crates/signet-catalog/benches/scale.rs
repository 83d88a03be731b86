//! One catalogue with many tenants, and tenants of different sizes: what a page, a filter and a load cost, as ratios.
//!
//! - `page/first`, `page/deep`, `page/by name`: twenty labels of a tenant, as an application sees them;
//! - `filter/ids`, `filter/name`: three labels by id, and eleven or fewer by the beginning of their name;
//! - `load`: a thousand tenants of a hundred labels, first asked for, one after the other.

#![expect(clippy::unwrap_used, reason = "a fault in a benchmark should stop it")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use signet_catalog::{Catalog, CatalogConfig};
use signet_contract::catalog::{LabelFamily, ListLabelsRequest};
use signet_contract::{Catalog as _, PolicyDistribution, Subject};
use signet_domain::ids::{LabelId, TenantId};
use signet_domain::query::{Comparison, LabelField, LabelFilter, Literal, OrderKey, PageKey};
use signet_store::{CatalogStore, Expected, MemoryStore, NewRevision};
use signet_testkit::calls::application;
use signet_testkit::environment::FixedClock;
use tokio::runtime::Runtime;

fn tenant(number: usize) -> TenantId {
    TenantId::parse(&format!("00000000-0000-4000-8000-{number:012}")).unwrap()
}

fn label(number: usize) -> LabelId {
    LabelId::parse(&format!("11111111-0000-4000-8000-{number:012}")).unwrap()
}

fn document(id: TenantId, labels: usize) -> Value {
    let one = |number: usize| {
        json!({"id": label(number), "name": format!("label {number}"), "displayName": format!("Label {}", number * 7919 % labels),
               "sensitivity": number, "applicableTo": ["file", "email"], "color": "#317100",
               "header": {"text": "Contoso ${Item.Label}"}, "locales": {"de-de": {"displayName": format!("Stufe {number}")}}})
    };
    json!({"id": id, "labels": (0..labels).map(one).collect::<Vec<_>>()})
}

fn catalog(runtime: &Runtime, tenants: &[usize]) -> Catalog {
    let store = Arc::new(MemoryStore::default());
    for (number, labels) in tenants.iter().enumerate() {
        let change = NewRevision {
            tenant: tenant(number),
            expected: Expected::Absent,
            document: Arc::new(serde_json::from_value(document(tenant(number), *labels)).unwrap()),
            author: "bench".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            note: None,
        };
        runtime.block_on(store.commit(change)).unwrap();
    }
    Catalog::new(store, Arc::new(FixedClock::default()), CatalogConfig::default())
}

fn request() -> ListLabelsRequest {
    ListLabelsRequest {
        family: LabelFamily::Governance,
        subject: Subject::Organisation,
        scoped: None,
        parent: None,
        nested: false,
        filter: None,
        search: Vec::new(),
        order: Vec::new(),
        skip: 0,
        top: 20,
        after: None,
        count: false,
        locale: Default::default(),
    }
}

/// The questions, each with its name.
fn questions(labels: usize) -> Vec<(&'static str, ListLabelsRequest)> {
    let last = labels - 30;
    let deep = PageKey {
        values: vec![Literal::Integer(i64::try_from(last).unwrap())],
        id: label(last),
    };
    let name = LabelFilter::Compare {
        field: LabelField::Name,
        comparison: Comparison::StartsWith,
        literal: Literal::Text("label 77".to_owned()),
    };
    let by_name = OrderKey {
        field: LabelField::DisplayName,
        descending: false,
    };
    let ids = [1, labels / 2, labels - 1].map(label).to_vec();
    vec![
        ("page/first", request()),
        (
            "page/deep",
            ListLabelsRequest {
                after: Some(deep),
                ..request()
            },
        ),
        (
            "page/by name",
            ListLabelsRequest {
                order: vec![by_name],
                ..request()
            },
        ),
        (
            "filter/ids",
            ListLabelsRequest {
                filter: Some(LabelFilter::IdIn(ids)),
                ..request()
            },
        ),
        (
            "filter/name",
            ListLabelsRequest {
                filter: Some(name),
                ..request()
            },
        ),
    ]
}

fn pages(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let sizes = [100, 10_000];
    let catalog = catalog(&runtime, &sizes);
    for (number, size) in sizes.into_iter().enumerate() {
        let mut context = application(tenant(number), &["SensitivityLabel.Read"]);
        context.deadline = Instant::now() + Duration::from_secs(3_600);
        for (name, request) in questions(size) {
            criterion.bench_with_input(BenchmarkId::new(name, size), &request, |bencher, request| {
                bencher.iter(|| {
                    runtime
                        .block_on(catalog.list_labels(&context, request.clone()))
                        .unwrap()
                });
            });
        }
    }
}

fn load(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    group.bench_function("1000 tenants of 100 labels", |bencher| {
        bencher.iter_batched(
            || catalog(&runtime, &[100; 1_000]),
            |catalog| {
                for number in 0..1_000 {
                    let deadline = Instant::now() + Duration::from_secs(60);
                    runtime
                        .block_on(catalog.get_snapshot(tenant(number), None, deadline))
                        .unwrap();
                }
                catalog
            },
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, pages, load);
criterion_main!(benches);
