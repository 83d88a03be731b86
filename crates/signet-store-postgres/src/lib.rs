//! The store of a cluster: PostgreSQL behind the traits of `signet-store`. Nothing but those traits and SQL.
//!
//! Any number of processes share a database. Every change is one statement or one short transaction, so that no client
//! that stops half-way holds up the others for longer than the server allows. Calls wait for a connection and for
//! their answer for a bounded time; while the database is away they are `Unavailable`, and they go on by themselves
//! when it is back.

mod catalog;
mod decision_filter;
mod decision_log;
mod decision_rows;
mod error;
mod item_ids;
mod item_labels;
mod jobs;
mod listener;
mod migrations;
mod open;
mod options;
mod session;
mod uploads;
mod values;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use signet_store::{StoreConnections, StoreError, StoreHealth};
use sqlx::PgPool;

use crate::listener::ChangeListener;
pub use crate::open::OpenError;
pub use crate::options::{AddressError, Database};
use crate::session::{Session, bounded};

/// A store in a database. Cloning gives another handle to the same connections.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
    changes: Arc<ChangeListener>,
}

impl PostgresStore {
    /// The newest schema this program knows.
    pub fn known_schema_version() -> u32 {
        migrations::newest_version()
    }

    /// The schema of the database; 0 when it has none of ours.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn schema_version(&self) -> Result<u32, StoreError> {
        bounded(async {
            let mut session = Session::open(&self.pool).await.map_err(error::store_error)?;
            let version = migrations::current_version(&mut session).await;
            let version = version.map_err(error::store_error)?;
            session.release();
            Ok(version)
        })
        .await
    }

    /// Closes all connections. Calls made later, through any handle, are `Unavailable`.
    pub async fn close(&self) {
        self.changes.stop();
        self.pool.close().await;
    }
}

#[async_trait]
impl StoreHealth for PostgresStore {
    /// A newer schema is no reason to stop: it is brought in while the programs of before still run.
    async fn ping(&self) -> Result<(), StoreError> {
        let known = Self::known_schema_version();
        let found = self.schema_version().await?;
        if found >= known {
            return Ok(());
        }
        Err(StoreError::unavailable(format!(
            "the database has schema {found} and this program needs {known}"
        )))
    }

    fn connections(&self) -> Option<StoreConnections> {
        let (open, idle) = (u64::from(self.pool.size()), self.pool.num_idle() as u64);
        Some(StoreConnections {
            used: open.saturating_sub(idle),
            idle,
            most: u64::from(self.pool.options().get_max_connections()),
        })
    }
}
