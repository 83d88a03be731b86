//! What an [`UploadStore`] must do.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::run_cases;
use super::samples::{guid, tenant, time};
use crate::error::StoreError;
use crate::uploads::{UploadRow, UploadStore};

/// Runs the suite; `make` gives an empty store each time.
pub async fn run<S, F, Made>(make: F)
where
    S: UploadStore + 'static,
    F: Fn() -> Made,
    Made: Future<Output = S>,
{
    run_cases!(make;
        an_upload_reads_back_whole,
        an_id_is_taken_once,
        capacity_is_per_tenant,
        only_the_next_version_is_stored,
        uploads_of_other_tenants_are_absent,
        a_deleted_upload_is_gone,
        expired_uploads_come_in_order,
        concurrent_changes_happen_once,
    );
}

/// Upload `n` of tenant 1, which expires `seconds` into the test.
fn upload(n: u32, seconds: i64) -> UploadRow {
    UploadRow {
        tenant: tenant(1),
        id: guid(8, n),
        version: 0,
        state: format!("{{\"é\":{n}}}"),
        expires_at: time(seconds),
    }
}

fn changed(row: &UploadRow, version: u64, state: &str) -> UploadRow {
    UploadRow {
        version,
        state: state.to_owned(),
        expires_at: time(77),
        ..row.clone()
    }
}

async fn create<S: UploadStore>(store: &S, row: &UploadRow) -> bool {
    store.create_upload(row.clone(), 100).await.unwrap()
}

async fn find<S: UploadStore>(store: &S, n: u32) -> Option<UploadRow> {
    store.find_upload(tenant(1), guid(8, n)).await.unwrap()
}

async fn an_upload_reads_back_whole<S: UploadStore>(store: &Arc<S>) {
    assert_eq!(find(&**store, 1).await, None);
    assert!(create(&**store, &upload(1, 5)).await);
    assert_eq!(find(&**store, 1).await, Some(upload(1, 5)));
}

async fn an_id_is_taken_once<S: UploadStore>(store: &Arc<S>) {
    create(&**store, &upload(1, 5)).await;
    let again = store.create_upload(upload(1, 9), 100).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    assert_eq!(find(&**store, 1).await, Some(upload(1, 5)));
}

async fn capacity_is_per_tenant<S: UploadStore>(store: &Arc<S>) {
    let of_another = UploadRow {
        tenant: tenant(2),
        ..upload(3, 5)
    };
    for (row, expected) in [
        (upload(1, 5), true),
        (upload(2, 5), true),
        (upload(3, 5), false),
        (of_another, true),
    ] {
        assert_eq!(store.create_upload(row.clone(), 2).await.unwrap(), expected, "{row:?}");
    }
    assert_eq!(find(&**store, 3).await, None);
    store.delete_upload(tenant(1), guid(8, 1)).await.unwrap();
    assert!(store.create_upload(upload(3, 5), 2).await.unwrap());
}

async fn only_the_next_version_is_stored<S: UploadStore>(store: &Arc<S>) {
    let row = upload(1, 5);
    assert!(!store.update_upload(changed(&row, 1, "x")).await.unwrap());
    create(&**store, &row).await;
    for version in [0, 2] {
        assert!(!store.update_upload(changed(&row, version, "x")).await.unwrap());
    }
    assert_eq!(find(&**store, 1).await, Some(row.clone()));
    for version in [1, 2] {
        let next = changed(&row, version, &format!("{version}"));
        assert!(store.update_upload(next.clone()).await.unwrap());
        assert_eq!(find(&**store, 1).await, Some(next));
    }
}

async fn uploads_of_other_tenants_are_absent<S: UploadStore>(store: &Arc<S>) {
    let row = upload(1, 5);
    create(&**store, &row).await;
    let foreign = UploadRow {
        tenant: tenant(2),
        ..changed(&row, 1, "x")
    };
    assert_eq!(store.find_upload(tenant(2), row.id).await.unwrap(), None);
    assert!(!store.update_upload(foreign).await.unwrap());
    assert!(!store.delete_upload(tenant(2), row.id).await.unwrap());
    assert_eq!(find(&**store, 1).await, Some(row));
}

async fn a_deleted_upload_is_gone<S: UploadStore>(store: &Arc<S>) {
    create(&**store, &upload(1, 5)).await;
    assert!(store.delete_upload(tenant(1), guid(8, 1)).await.unwrap());
    assert!(!store.delete_upload(tenant(1), guid(8, 1)).await.unwrap());
    assert_eq!(find(&**store, 1).await, None);
}

async fn expired_uploads_come_in_order<S: UploadStore>(store: &Arc<S>) {
    let of_another = UploadRow {
        tenant: tenant(2),
        ..upload(4, 1)
    };
    for row in [upload(1, 3), upload(2, 2), upload(3, 9), of_another.clone()] {
        create(&**store, &row).await;
    }
    assert_eq!(store.expired_uploads(time(1), 10).await.unwrap(), []);
    let expired = store.expired_uploads(time(4), 10).await.unwrap();
    assert_eq!(expired, [of_another.clone(), upload(2, 2), upload(1, 3)]);
    let first = store.expired_uploads(time(4), 1).await.unwrap();
    assert_eq!(first, [of_another]);
}

async fn concurrent_changes_happen_once<S: UploadStore + 'static>(store: &Arc<S>) {
    let row = upload(1, 5);
    create(&**store, &row).await;
    let mut tasks = JoinSet::new();
    for writer in 0..8 {
        let store = Arc::clone(store);
        let next = changed(&row, 1, &format!("{writer}"));
        tasks.spawn(async move { store.update_upload(next).await.unwrap() });
    }
    let done = tasks.join_all().await;
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
}
