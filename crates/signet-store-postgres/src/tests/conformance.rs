//! The store passes the suites.

use signet_store::{StoreHealth, conformance};

use super::{create, database};
use crate::PostgresStore;

async fn make() -> PostgresStore {
    create(&database()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn catalog() {
    conformance::catalog::run(make).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn item_labels() {
    conformance::item_labels::run(make).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn item_ids() {
    conformance::item_ids::run(make).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decision_log() {
    conformance::decision_log::run(make).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs() {
    conformance::jobs::run(make).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads() {
    conformance::uploads::run(make).await;
}

#[tokio::test]
async fn health() {
    make().await.ping().await.unwrap();
}
