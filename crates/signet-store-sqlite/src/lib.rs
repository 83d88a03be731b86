//! The embedded store: SQLite behind the traits of signet-store. Nothing but those traits and SQL.
//!
//! One file holds everything, with its write-ahead log beside it. One connection writes, a few read; readers never
//! wait for the writer. Any number of processes may open the file at the same time. A write is acknowledged when it is
//! on the disk (`synchronous = FULL`), so it survives the loss of power.

mod catalog;
mod decision_batch;
mod decision_code;
mod decision_filter;
mod decision_log;
mod error;
mod item_ids;
mod item_labels;
mod jobs;
mod migrations;
mod open;
mod transaction;
mod uploads;
mod values;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use signet_store::{ChangeSignal, StoreConnections, StoreError, StoreHealth};
use sqlx::SqlitePool;

use crate::error::store_error;
pub use crate::open::{OpenError, OpenOptions};
use crate::transaction::WriteTransaction;

/// A store in one file. Cloning gives another handle to the same connections.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    /// One connection.
    writer: SqlitePool,
    /// Connections that cannot write.
    readers: SqlitePool,
    changes: ChangeSignal,
}

impl SqliteStore {
    /// The newest schema this program knows.
    pub fn known_schema_version() -> u32 {
        migrations::newest_version()
    }

    /// The schema of the open store; 0 when it has lost its tables.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub async fn schema_version(&self) -> Result<u32, StoreError> {
        let mut connection = self.readers.acquire().await.map_err(store_error)?;
        let version = migrations::current_version(&mut connection)
            .await
            .map_err(store_error)?;
        Ok(version.unwrap_or(0))
    }

    /// Closes all connections and folds the write-ahead log into the file. Calls made later, through any handle, are
    /// `Unavailable`. Not needed for safety: what was acknowledged is on the disk.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn begin_write(&self) -> Result<WriteTransaction, StoreError> {
        WriteTransaction::begin(self.writer.acquire().await.map_err(store_error)?).await
    }
}

#[async_trait]
impl StoreHealth for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        let newest = i64::from(Self::known_schema_version());
        let answer: i64 = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(&self.readers)
            .await
            .map_err(store_error)?;
        if answer == newest {
            return Ok(());
        }
        Err(StoreError::unavailable(format!(
            "the store was brought from schema {newest} to {answer} by another program"
        )))
    }

    fn connections(&self) -> Option<StoreConnections> {
        let pools = [&self.writer, &self.readers];
        let sum = |of: fn(&SqlitePool) -> u64| pools.into_iter().map(of).sum::<u64>();
        let (open, idle) = (sum(|pool| u64::from(pool.size())), sum(|pool| pool.num_idle() as u64));
        Some(StoreConnections {
            used: open.saturating_sub(idle),
            idle,
            most: sum(|pool| u64::from(pool.options().get_max_connections())),
        })
    }
}
