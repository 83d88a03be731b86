//! The store of an installation: a file, or a database. What is above it does not know which.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use signet_store::{CatalogStore, DecisionLog, ItemIdStore, ItemLabelStore, JobStore, StoreHealth, UploadStore};
use signet_store_postgres::{Database, PostgresStore};
use signet_store_sqlite::{OpenOptions, SqliteStore};

use crate::config::StoreSection;

/// Everything an installation keeps.
pub(crate) trait Store:
    CatalogStore + DecisionLog + ItemIdStore + ItemLabelStore + JobStore + UploadStore + StoreHealth
{
}

impl<S> Store for S where
    S: CatalogStore + DecisionLog + ItemIdStore + ItemLabelStore + JobStore + UploadStore + StoreHealth
{
}

/// Where a store is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// The embedded store.
    File(PathBuf),
    /// PostgreSQL.
    Database(Box<Database>),
}

/// What opening may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Nothing: the store must be there and up to date.
    AsIs,
    /// Bring the schema up to date; a file is created.
    UpToDate,
}

impl Place {
    /// The configured one. Absent: none is configured.
    ///
    /// # Errors
    /// When the password cannot be read.
    pub(crate) fn configured(section: &StoreSection) -> anyhow::Result<Option<Self>> {
        let Some(url) = &section.url else {
            return Ok(section.path.clone().map(Self::File));
        };
        let mut database = Database::parse(&url.0)?.max_connections(section.max_connections.0.get());
        if let Some(file) = &section.ca_file {
            database = database.ca_file(file);
        }
        if let Some(file) = &section.password_file {
            let password = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            database = database.password(password.trim_end_matches(['\r', '\n']));
        }
        Ok(Some(Self::Database(Box::new(database))))
    }

    /// Opens it for one command.
    ///
    /// # Errors
    /// Says where it is and why it cannot be opened.
    pub(crate) async fn open(&self, schema: Schema) -> anyhow::Result<Arc<dyn Store>> {
        if schema == Schema::UpToDate && matches!(self, Self::Database(_)) {
            self.migrate().await?;
        }
        match self {
            Self::File(path) => self.open_file(path, schema).await,
            Self::Database(database) => Ok(Arc::new(PostgresStore::open(database).await?)),
        }
    }

    /// Opens it for a process that serves: services may be started in any order, so a database is waited for.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub(crate) async fn open_when_ready(&self, schema: Schema) -> anyhow::Result<Arc<dyn Store>> {
        match self {
            Self::File(path) => self.open_file(path, schema).await,
            Self::Database(database) => {
                let migrate = schema == Schema::UpToDate;
                Ok(Arc::new(PostgresStore::open_when_ready(database, migrate).await?))
            }
        }
    }

    /// Brings the schema up to date; any number of processes may do so at once.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub(crate) async fn migrate(&self) -> anyhow::Result<()> {
        match self {
            Self::File(path) => self.open_file(path, Schema::UpToDate).await.map(|_| ()),
            Self::Database(database) => PostgresStore::migrate(database).await.map(|_| ()).map_err(Into::into),
        }
    }

    async fn open_file(&self, path: &std::path::Path, schema: Schema) -> anyhow::Result<Arc<dyn Store>> {
        let create = schema == Schema::UpToDate;
        let options = OpenOptions {
            create,
            migrate: create,
        };
        let opened = SqliteStore::open(path, options).await;
        Ok(Arc::new(
            opened.with_context(|| format!("cannot open the store {self}"))?,
        ))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Database(database) => write!(f, "{database}"),
        }
    }
}
