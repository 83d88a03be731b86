//! Opening a store: the file, its schema and its connections.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use signet_store::{ChangeSignal, StoreError};
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};

use crate::error::{is_busy, is_not_a_database, store_error};
use crate::{SqliteStore, migrations};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often, and after which pause, a busy file is asked for its schema again.
const BUSY_ATTEMPTS: u32 = 100;
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// How long a call waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that read. Each has a thread of its own.
const READERS: u32 = 4;
/// The write-ahead log is cut back to this size when it was folded into the file.
const LOG_BYTES_KEPT: &str = "67108864";
/// The write-ahead log is folded into the file from this many pages (32 MiB) on: folding seldom lets the decision log
/// write its pages once, in order, and puts the tables' inner pages into the file once for many changes.
const LOG_PAGES: &str = "8192";

/// What opening may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenOptions {
    /// Create the file when there is none. Its folder must exist.
    pub create: bool,
    /// Bring the schema up to date. A new file needs it.
    pub migrate: bool,
}

/// Why a store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no file and none was to be created.
    #[error("there is no store at `{}`, create one with `signet migrate`", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("`{}` is not a store of Signet, choose another data directory", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The schema is older than this program and was not to be changed.
    #[error("the store at `{}` has schema {found} and this program needs {known}, run `signet migrate`", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The schema this program needs.
        known: u32,
    },
    /// The schema was made by a newer program.
    #[error(
        "the store at `{}` has schema {found} and this program knows only {known}, use a newer program",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema this program knows.
        known: u32,
    },
    /// The schema could not be brought up to date; it is as it was before.
    #[error("the store at `{}` could not be migrated", path.display())]
    Migration {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: MigrateError,
    },
    /// The file could not be opened, read or written.
    #[error("the store at `{}` cannot be opened", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: StoreError,
    },
}

impl SqliteStore {
    /// Opens the store in the file `path`. Several processes may have it open.
    ///
    /// # Errors
    /// See [`OpenError`]. Nothing was changed, but an empty file may have been created.
    pub async fn open(path: &Path, options: OpenOptions) -> Result<Self, OpenError> {
        if !options.create && !path.exists() {
            return Err(OpenError::Missing { path: path.to_owned() });
        }
        if options.create {
            create_private(path).map_err(|error| refused(path, StoreError::unavailable(error)))?;
        }
        let store = Self {
            writer: writer_pool(path),
            readers: reader_pool(path),
            changes: ChangeSignal::default(),
        };
        let opened = store.bring_up_to_date(path, options).await;
        if opened.is_err() {
            store.close().await;
        }
        opened.map(|()| store)
    }

    /// Brings the schema of an existing or new file up to date and says which it has now.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn migrate(path: &Path) -> Result<u32, OpenError> {
        let options = OpenOptions {
            create: true,
            migrate: true,
        };
        let store = Self::open(path, options).await?;
        store.close().await;
        Ok(Self::known_schema_version())
    }

    async fn bring_up_to_date(&self, path: &Path, options: OpenOptions) -> Result<(), OpenError> {
        let pool = if options.create { &self.writer } else { &self.readers };
        let found = schema_when_free(pool).await.map_err(|error| open_error(path, error))?;
        let known = Self::known_schema_version();
        let path = path.to_owned();
        let Some(found) = found else {
            return Err(OpenError::NotAStore { path });
        };
        match found {
            _ if found == known => Ok(()),
            _ if found > known => Err(OpenError::Newer { path, found, known }),
            _ if options.migrate => self.run_migrations(path).await,
            _ => Err(OpenError::Older { path, found, known }),
        }
    }

    /// All missing migrations in one transaction: two processes that start together run them once.
    async fn run_migrations(&self, path: PathBuf) -> Result<(), OpenError> {
        let mut transaction = self.begin_write().await.map_err(|source| refused(&path, source))?;
        if let Err(source) = migrations::run(&mut transaction).await {
            return Err(OpenError::Migration { path, source });
        }
        transaction.commit().await.map_err(|source| refused(&path, source))
    }
}

/// The first process to open a new file changes its journal, which SQLite does not let others wait for: they are told
/// at once that the file is busy, and ask again.
async fn schema_when_free(pool: &SqlitePool) -> Result<Option<u32>, sqlx::Error> {
    for _ in 0..BUSY_ATTEMPTS {
        match schema_of(pool).await {
            Err(error) if is_busy(&error) => tokio::time::sleep(BUSY_PAUSE).await,
            answer => return answer,
        }
    }
    schema_of(pool).await
}

async fn schema_of(pool: &SqlitePool) -> Result<Option<u32>, sqlx::Error> {
    migrations::current_version(&mut *pool.acquire().await?).await
}

/// Makes an empty file only its owner can read, if there is none: the decision log holds what people wrote to justify
/// themselves. SQLite gives the files beside it the same rights.
fn create_private(path: &Path) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn writer_pool(path: &Path) -> SqlitePool {
    let options = connect_options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", LOG_BYTES_KEPT)
        .pragma("wal_autocheckpoint", LOG_PAGES);
    pool_options().max_connections(1).connect_lazy_with(options)
}

fn reader_pool(path: &Path) -> SqlitePool {
    let options = connect_options(path).pragma("query_only", "ON");
    pool_options().max_connections(READERS).connect_lazy_with(options)
}

fn connect_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .thread_name(|n| format!("signet-store-{n}"))
        .disable_statement_logging()
}

/// Connections live as long as the store: opening one costs more than keeping it.
fn pool_options() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn open_error(path: &Path, error: sqlx::Error) -> OpenError {
    if is_not_a_database(&error) {
        return OpenError::NotAStore { path: path.to_owned() };
    }
    refused(path, store_error(error))
}

fn refused(path: &Path, source: StoreError) -> OpenError {
    OpenError::Store {
        path: path.to_owned(),
        source,
    }
}
