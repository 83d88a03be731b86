//! Opening a store: the database and its schema.

use std::sync::Arc;
use std::time::Duration;

use signet_store::StoreError;
use sqlx::migrate::MigrateError;

use crate::error::store_error;
use crate::listener::ChangeListener;
use crate::options::Database;
use crate::session::{Session, pool};
use crate::{PostgresStore, migrations};

/// How often, and after which pause, a database that does not answer or has no schema yet is asked again.
const PATIENCE: u32 = 240;
const PAUSE: Duration = Duration::from_millis(250);

/// Why a store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The schema is older than this program and was not to be changed.
    #[error("the database `{database}` has schema {found} and this program needs {known}, run `signet migrate`")]
    Older {
        /// Where.
        database: String,
        /// Its schema; 0: none.
        found: u32,
        /// The schema this program needs.
        known: u32,
    },
    /// The schema was made by a newer program.
    #[error("the database `{database}` has schema {found} and this program knows only {known}, use a newer program")]
    Newer {
        /// Where.
        database: String,
        /// Its schema.
        found: u32,
        /// The newest schema this program knows.
        known: u32,
    },
    /// Texts of every language must be storable.
    #[error("the database `{database}` has the encoding `{encoding}`, create one with the encoding `UTF8`")]
    Encoding {
        /// Where.
        database: String,
        /// Its encoding.
        encoding: String,
    },
    /// The schema could not be brought up to date; it is as it was before.
    #[error("the database `{database}` could not be migrated")]
    Migration {
        /// Where.
        database: String,
        /// Why.
        #[source]
        source: MigrateError,
    },
    /// The database did not answer, or refused.
    #[error("the database `{database}` cannot be opened")]
    Store {
        /// Where.
        database: String,
        /// Why.
        #[source]
        source: StoreError,
    },
}

impl PostgresStore {
    /// Opens the store in a database whose schema is the one this program knows.
    ///
    /// # Errors
    /// See [`OpenError`]. Nothing was changed.
    pub async fn open(database: &Database) -> Result<Self, OpenError> {
        let store = Self::connect(database);
        let checked = store.check(database).await;
        if checked.is_err() {
            store.close().await;
        }
        checked.map(|()| store)
    }

    /// As [`PostgresStore::open`], but waits for up to a minute for a database that does not answer yet and for a
    /// schema that another process is about to bring up to date: services may be started in any order. With `migrate`
    /// this process does so itself.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_when_ready(database: &Database, migrate: bool) -> Result<Self, OpenError> {
        let mut waited = false;
        for _ in 0..PATIENCE {
            match Self::open_now(database, migrate).await {
                Err(error @ (OpenError::Older { .. } | OpenError::Store { .. })) if may_pass(&error) => {
                    if !waited {
                        tracing::warn!(%error, "waiting for the database");
                    }
                    waited = true;
                    tokio::time::sleep(PAUSE).await;
                }
                answer => return answer,
            }
        }
        Self::open_now(database, migrate).await
    }

    async fn open_now(database: &Database, migrate: bool) -> Result<Self, OpenError> {
        if migrate {
            Self::migrate(database).await?;
        }
        Self::open(database).await
    }

    /// Brings the schema of a database up to date, from nothing or from an older one, and says which it has now. Any
    /// number of processes may do so at the same time: one works, the others wait for it.
    ///
    /// # Errors
    /// See [`OpenError`]. The schema is as it was before.
    pub async fn migrate(database: &Database) -> Result<u32, OpenError> {
        let store = Self::connect(database);
        let migrated = store.run_migrations(database).await;
        store.close().await;
        migrated.map(|()| Self::known_schema_version())
    }

    /// Opens connections when they are needed.
    fn connect(database: &Database) -> Self {
        Self {
            pool: pool(database),
            changes: Arc::new(ChangeListener::new(database)),
        }
    }

    async fn check(&self, database: &Database) -> Result<(), OpenError> {
        let refused = |source| refused(database, source);
        let found = self.schema_version().await.map_err(refused)?;
        match found.cmp(&Self::known_schema_version()) {
            std::cmp::Ordering::Less => Err(older(database, found)),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(newer(database, found)),
        }
    }

    async fn run_migrations(&self, database: &Database) -> Result<(), OpenError> {
        let failed = |error| refused(database, store_error(error));
        let mut session = Session::open(&self.pool).await.map_err(failed)?;
        let encoding: String = sqlx::query_scalar("SHOW server_encoding")
            .fetch_one(&mut *session)
            .await
            .map_err(failed)?;
        if encoding != "UTF8" {
            let database = database.to_string();
            return Err(OpenError::Encoding { database, encoding });
        }
        session.begin().await.map_err(failed)?;
        migrations::lock(&mut session).await.map_err(failed)?;
        let found = migrations::current_version(&mut session).await.map_err(failed)?;
        if found > Self::known_schema_version() {
            return Err(newer(database, found));
        }
        if let Err(source) = migrations::run(&mut session).await {
            let database = database.to_string();
            return Err(OpenError::Migration { database, source });
        }
        session.commit().await.map_err(failed)
    }
}

/// What time may mend: an older schema, a database that is not up. Not a wrong password or name.
fn may_pass(error: &OpenError) -> bool {
    let OpenError::Store { source, .. } = error else {
        return true;
    };
    let StoreError::Unavailable(cause) = source else {
        return false;
    };
    match cause.downcast_ref::<sqlx::Error>() {
        // Of what a server answers only that it is starting, ending or has no room for more connections.
        Some(sqlx::Error::Database(error)) => {
            let code = error.code();
            code.is_some_and(|code| code.starts_with("57P") || code == "53300")
        }
        Some(sqlx::Error::Configuration(_) | sqlx::Error::Tls(_)) => false,
        _ => true,
    }
}

fn older(database: &Database, found: u32) -> OpenError {
    OpenError::Older {
        database: database.to_string(),
        found,
        known: PostgresStore::known_schema_version(),
    }
}

fn newer(database: &Database, found: u32) -> OpenError {
    OpenError::Newer {
        database: database.to_string(),
        found,
        known: PostgresStore::known_schema_version(),
    }
}

fn refused(database: &Database, source: StoreError) -> OpenError {
    OpenError::Store {
        database: database.to_string(),
        source,
    }
}
