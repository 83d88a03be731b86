//! Transactions that write: one at a time, whole or not at all.

use std::ops::{Deref, DerefMut};

use signet_store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection};

use crate::error::store_error;

/// A write transaction. Dropped without [`WriteTransaction::commit`] it changes nothing.
///
/// The statements that begin and end it are our own rather than sqlx's: after a full disk SQLite ends the transaction
/// by itself, sqlx goes on counting it, and the connection could never begin another. Here a connection whose
/// transaction did not end as planned is closed (which rolls back) and the pool opens a new one.
pub(crate) struct WriteTransaction {
    connection: PoolConnection<Sqlite>,
    ended: bool,
}

impl WriteTransaction {
    /// Begins; from here on no other connection, of this or another process, can write.
    pub(crate) async fn begin(connection: PoolConnection<Sqlite>) -> Result<Self, StoreError> {
        let mut transaction = Self {
            connection,
            ended: false,
        };
        // IMMEDIATE: the lock is taken now, where waiting for it is possible, and what is read inside stays true.
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        Ok(transaction)
    }

    /// Makes the changes durable and visible, together.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.end("COMMIT").await
    }

    /// Ends without changes, keeping the connection for the next.
    pub(crate) async fn rollback(mut self) -> Result<(), StoreError> {
        self.end("ROLLBACK").await
    }

    async fn end(&mut self, statement: &'static str) -> Result<(), StoreError> {
        sqlx::query(statement)
            .execute(&mut *self.connection)
            .await
            .map_err(store_error)?;
        self.ended = true;
        Ok(())
    }
}

impl Drop for WriteTransaction {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}

impl Deref for WriteTransaction {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}
