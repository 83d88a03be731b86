//! The store passes the suites.

use std::sync::atomic::{AtomicU32, Ordering};

use signet_store::{StoreHealth, conformance};
use tempfile::TempDir;

use crate::{OpenOptions, SqliteStore};

/// Makes empty stores in one folder, which goes when the suite is over.
struct Folder {
    dir: TempDir,
    stores: AtomicU32,
}

impl Folder {
    fn new() -> Self {
        Self {
            dir: TempDir::new().unwrap(),
            stores: AtomicU32::new(0),
        }
    }

    async fn make(&self) -> SqliteStore {
        let number = self.stores.fetch_add(1, Ordering::Relaxed);
        let options = OpenOptions {
            create: true,
            migrate: true,
        };
        SqliteStore::open(&self.dir.path().join(format!("{number}.db")), options)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn catalog() {
    let folder = Folder::new();
    conformance::catalog::run(|| folder.make()).await;
}

#[tokio::test]
async fn item_labels() {
    let folder = Folder::new();
    conformance::item_labels::run(|| folder.make()).await;
}

#[tokio::test]
async fn jobs() {
    let folder = Folder::new();
    conformance::jobs::run(|| folder.make()).await;
}

#[tokio::test]
async fn uploads() {
    let folder = Folder::new();
    conformance::uploads::run(|| folder.make()).await;
}

#[tokio::test]
async fn item_ids() {
    let folder = Folder::new();
    conformance::item_ids::run(|| folder.make()).await;
}

#[tokio::test]
async fn decision_log() {
    let folder = Folder::new();
    conformance::decision_log::run(|| folder.make()).await;
}

#[tokio::test]
async fn health() {
    Folder::new().make().await.ping().await.unwrap();
}
