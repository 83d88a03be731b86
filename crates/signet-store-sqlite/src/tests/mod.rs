//! What the suites of signet-store do not say: files, schemas, handles, damage and failures.

mod conformance;
mod crash;
mod damage;
mod differential;
mod failures;
mod handles;
mod opening;
mod plans;

use std::path::{Path, PathBuf};

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::{OpenOptions, SqliteStore};

const CREATE: OpenOptions = OpenOptions {
    create: true,
    migrate: true,
};
const EXISTING: OpenOptions = OpenOptions {
    create: false,
    migrate: false,
};

/// A folder that goes when the test is over, and the path of a store in it.
struct Place {
    _folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            path: folder.path().join("signet.db"),
            _folder: folder,
        }
    }

    async fn create(&self) -> SqliteStore {
        SqliteStore::open(&self.path, CREATE).await.unwrap()
    }

    async fn reopen(&self) -> SqliteStore {
        SqliteStore::open(&self.path, EXISTING).await.unwrap()
    }
}

/// A connection that is not the store's, to look behind it.
async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.connect().await.unwrap()
}

async fn execute(path: &Path, sql: &'static str) {
    sqlx::query(sql).execute(&mut connect(path).await).await.unwrap();
}

/// `ok`, or what SQLite finds wrong with the file.
async fn integrity(path: &Path) -> String {
    sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connect(path).await)
        .await
        .unwrap()
}
