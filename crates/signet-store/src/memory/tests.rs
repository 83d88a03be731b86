//! The in-memory store passes the suites it is the model of.

use crate::{MemoryStore, StoreHealth, conformance};

async fn make() -> MemoryStore {
    MemoryStore::new()
}

#[tokio::test]
async fn catalog() {
    conformance::catalog::run(make).await;
}

#[tokio::test]
async fn item_labels() {
    conformance::item_labels::run(make).await;
}

#[tokio::test]
async fn jobs() {
    conformance::jobs::run(make).await;
}

#[tokio::test]
async fn uploads() {
    conformance::uploads::run(make).await;
}

#[tokio::test]
async fn item_ids() {
    conformance::item_ids::run(make).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decision_log() {
    conformance::decision_log::run(make).await;
}

#[tokio::test]
async fn health() {
    make().await.ping().await.unwrap();
}
