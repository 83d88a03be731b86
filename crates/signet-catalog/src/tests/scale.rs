//! Many tenants, and one with many labels: memory follows what is in use, not what exists.

use std::sync::Weak;

use signet_domain::snapshot::PolicySnapshot;

use super::*;

const TENANTS: u64 = 1_000;
const LABELS: u64 = 100;

fn numbered(tenant: u64) -> TenantId {
    TenantId::parse(&format!("00000000-0000-4000-8000-{tenant:012}")).unwrap()
}

fn many_labels(id: TenantId, labels: u64) -> Value {
    let label = |number: u64| {
        json!({"id": format!("11111111-0000-4000-8000-{number:012}"), "name": format!("label {number}"),
               "sensitivity": number, "applicableTo": ["file"]})
    };
    let labels: Vec<Value> = (0..labels).map(label).collect();
    json!({"id": id, "labels": labels})
}

async fn with_tenants(config: CatalogConfig) -> Catalog {
    let store = Arc::new(MemoryStore::default());
    for tenant in 0..TENANTS {
        let document = serde_json::from_value(many_labels(numbered(tenant), LABELS)).unwrap();
        let change = NewRevision {
            tenant: numbered(tenant),
            expected: Expected::Absent,
            document: Arc::new(document),
            author: "test".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            note: None,
        };
        store.commit(change).await.unwrap();
    }
    Catalog::new(store, Arc::new(FixedClock::default()), config)
}

async fn use_all(catalog: &Catalog) -> Vec<Weak<PolicySnapshot>> {
    let mut used = Vec::new();
    for tenant in 0..TENANTS {
        let deadline = Instant::now() + Duration::from_secs(60);
        let lease = catalog
            .get_snapshot(numbered(tenant), None, deadline)
            .await
            .unwrap()
            .unwrap();
        used.push(Arc::downgrade(&lease.snapshot));
    }
    catalog.snapshots.tidy().await;
    used
}

fn alive(snapshots: &[Weak<PolicySnapshot>]) -> usize {
    snapshots.iter().filter(|snapshot| snapshot.strong_count() > 0).count()
}

#[tokio::test]
async fn of_many_tenants_no_more_are_kept_than_there_is_room_for() {
    let room = 20 * LABELS;
    let catalog = with_tenants(CatalogConfig {
        snapshot_capacity: room,
        ..CatalogConfig::default()
    })
    .await;
    assert_eq!(catalog.snapshots.kept(), (0, 0), "what exists takes no memory");
    let used = use_all(&catalog).await;
    let (tenants, weight) = catalog.snapshots.kept();
    assert!(tenants <= 20 && weight <= room, "{tenants} tenants of weight {weight}");
    // The cache frees what it removed a little later.
    assert!(alive(&used) < 100, "{} snapshots are alive", alive(&used));
    // The rest is not lost, only not in memory.
    let context = application(numbered(7), &["SensitivityLabel.Read"]);
    let request = ListLabelsRequest {
        top: 3,
        ..list(LabelFamily::Governance, Subject::Organisation)
    };
    let page = catalog.list_labels(&context, request).await.unwrap().page;
    assert_eq!((page.labels.len(), page.total), (3, Some(LABELS)));
}

#[tokio::test]
async fn tenants_nobody_asks_for_are_forgotten() {
    let idle = Duration::from_millis(200);
    let catalog = with_tenants(CatalogConfig {
        snapshot_idle: idle,
        ..CatalogConfig::default()
    })
    .await;
    let used = use_all(&catalog).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while catalog.snapshots.kept().0 > 0 {
        assert!(
            Instant::now() < deadline,
            "{:?} are still kept",
            catalog.snapshots.kept()
        );
        tokio::task::yield_now().await;
        catalog.snapshots.tidy().await;
    }
    // The cache frees what it removed a little later.
    assert!(alive(&used) < 100, "{} snapshots are alive", alive(&used));
}

#[tokio::test]
async fn a_tenant_of_ten_thousand_labels_is_changed_listed_and_compared() {
    let catalog = empty().1;
    let context = operator();
    let document = many_labels(tenant(), 10_000);
    let applied = apply(&catalog, document, ExpectedRevision::Absent).await.unwrap();
    assert_eq!(applied.changes.len(), 10_001);
    let order = (0..10_000_u64)
        .rev()
        .map(|number| format!("11111111-0000-4000-8000-{number:012}").parse().unwrap());
    let reorder = signet_domain::tenant::LabelChange::Reorder(order.collect());
    let reordered = catalog
        .change_label(&context, reorder, Revision(1), None)
        .await
        .unwrap();
    assert_eq!(reordered.changes.len(), 10_000);
    let back = catalog
        .rollback_tenant(&context, Revision(1), ExpectedRevision::Any, None)
        .await
        .unwrap();
    assert_eq!((back.revision, back.changes.len()), (Revision(3), 10_000));
}
