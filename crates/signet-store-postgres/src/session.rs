//! Connections in use: how long a call waits, when it tries again, and what becomes of a connection it gives up.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use signet_store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, PgConnection, PgPool, Postgres};

use crate::error::{is_broken, is_rolled_back, store_error};
use crate::options::Database;

/// Longest time a call takes, waiting and repeating included.
const CALL_LIMIT: Duration = Duration::from_secs(8);
/// How long a call waits for a connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);
/// A connection idle for longer must show that it is alive before it is used, in this time. Others are believed: asking
/// each time would cost a round trip per call, and a machine that has too much to do would lose its connections too.
const BELIEVED: Duration = Duration::from_secs(1);
const PING_LIMIT: Duration = Duration::from_secs(2);
/// When the server gives up a statement, for clients that went away without a word; milliseconds.
const STATEMENT_LIMIT: &str = "8000";
/// When the server gives up a transaction whose client has stopped, with the locks it holds; milliseconds.
const IDLE_TRANSACTION_LIMIT: &str = "3000";
/// Pauses between attempts: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// A statement with its values.
pub(crate) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Connections to a database, opened when they are needed.
pub(crate) fn pool(database: &Database) -> PgPool {
    PgPoolOptions::new()
        .max_connections(database.max_connections)
        .acquire_timeout(ACQUIRE_LIMIT)
        // Our own test below does not wait for a server that has gone without closing its connections.
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(async move { Ok(metadata.idle_for < BELIEVED || is_alive(connection).await) })
        })
        .after_connect(|connection, _| Box::pin(begin_session(connection)))
        .connect_lazy_with(database.options.clone())
}

async fn is_alive(connection: &mut PgConnection) -> bool {
    tokio::time::timeout(PING_LIMIT, connection.ping())
        .await
        .is_ok_and(|pinged| pinged.is_ok())
}

async fn begin_session(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(include_str!("sql/begin_session.sql"))
        .bind(STATEMENT_LIMIT)
        .bind(IDLE_TRANSACTION_LIMIT)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends a call that takes too long, and its statement with it.
pub(crate) async fn bounded<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match tokio::time::timeout(CALL_LIMIT, call).await {
        Ok(answer) => answer,
        Err(_) => Err(StoreError::unavailable("the database took too long")),
    }
}

/// A connection in use. Dropped without [`Session::release`] it is closed, which undoes what it had begun: whether
/// there is an answer on its way that nobody waits for any more is not known.
pub(crate) struct Session {
    connection: PoolConnection<Postgres>,
    clean: bool,
}

impl Session {
    pub(crate) async fn open(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self {
            connection: pool.acquire().await?,
            clean: false,
        })
    }

    /// Gives the connection back for the next call.
    pub(crate) fn release(mut self) {
        self.clean = true;
    }

    /// The rows of a statement of its own; a refused one leaves the connection as it was.
    async fn fetch(mut self, statement: Statement<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
        let answer = statement.fetch_all(&mut *self.connection).await;
        self.clean = answer.as_ref().err().is_none_or(|error| !is_broken(error));
        answer
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        sqlx::query("BEGIN").execute(&mut *self.connection).await.map(|_| ())
    }

    /// Makes the transaction durable and visible.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        sqlx::query("COMMIT").execute(&mut *self.connection).await?;
        self.release();
        Ok(())
    }

    /// Ends the transaction without changes, keeping the connection for the next.
    pub(crate) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        sqlx::query("ROLLBACK").execute(&mut *self.connection).await?;
        self.release();
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.clean {
            self.connection.close_on_drop();
        }
    }
}

impl Deref for Session {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

/// What repeating a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It comes to the same: tried again also when nobody knows whether it was carried out.
    Safe,
    /// It may answer differently: tried again only when the server said that it was undone.
    Undone,
}

/// When to try again. [`bounded`] ends it.
pub(crate) struct Attempts {
    repeat: Repeat,
    pause: Duration,
}

impl Attempts {
    pub(crate) fn new(repeat: Repeat) -> Self {
        Self {
            repeat,
            pause: FIRST_PAUSE,
        }
    }

    /// True, after a pause: try again.
    pub(crate) async fn again(&mut self, error: &sqlx::Error) -> bool {
        let worthwhile = is_rolled_back(error) || (self.repeat == Repeat::Safe && is_broken(error));
        if worthwhile {
            tokio::time::sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
        worthwhile
    }
}

/// Rows of a statement that is a transaction of its own.
pub(crate) async fn fetch<'q>(
    pool: &PgPool,
    repeat: Repeat,
    statement: impl Fn() -> Statement<'q> + Send + Sync,
) -> Result<Vec<PgRow>, StoreError> {
    bounded(async { try_fetch(pool, repeat, &statement).await.map_err(store_error) }).await
}

/// As [`fetch`], for callers that look at the failure and bound the call themselves.
pub(crate) async fn try_fetch<'q>(
    pool: &PgPool,
    repeat: Repeat,
    statement: &(impl Fn() -> Statement<'q> + Send + Sync),
) -> Result<Vec<PgRow>, sqlx::Error> {
    let mut attempts = Attempts::new(repeat);
    loop {
        match fetch_once(pool, statement()).await {
            Err(error) if attempts.again(&error).await => {}
            answer => return answer,
        }
    }
}

async fn fetch_once(pool: &PgPool, statement: Statement<'_>) -> Result<Vec<PgRow>, sqlx::Error> {
    Session::open(pool).await?.fetch(statement).await
}
