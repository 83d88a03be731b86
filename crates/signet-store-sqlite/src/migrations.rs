//! The schema and its history: numbered, forward only, embedded. A released file is never edited.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr, SqliteConnection};

const MIGRATIONS: [(i64, &str, &str); 10] = [
    (1, "catalog", include_str!("../migrations/0001_catalog.sql")),
    (2, "items", include_str!("../migrations/0002_items.sql")),
    (3, "decisions", include_str!("../migrations/0003_decisions.sql")),
    (4, "jobs", include_str!("../migrations/0004_jobs.sql")),
    (
        5,
        "decision batches",
        include_str!("../migrations/0005_decision_batches.sql"),
    ),
    (
        6,
        "packed batches",
        include_str!("../migrations/0006_packed_batches.sql"),
    ),
    (
        7,
        "new decision batches",
        include_str!("../migrations/0007_new_decision_batches.sql"),
    ),
    (8, "short records", include_str!("../migrations/0008_short_records.sql")),
    (
        9,
        "encoded batches",
        include_str!("../migrations/0009_encoded_batches.sql"),
    ),
    (10, "lost jobs", include_str!("../migrations/0010_lost_jobs.sql")),
];

/// Where sqlx keeps which migrations have run.
const HISTORY: &str = "_sqlx_migrations";

/// The newest schema this program knows.
pub(crate) fn newest_version() -> u32 {
    let newest = MIGRATIONS.iter().map(|(version, ..)| *version).max();
    newest.and_then(|version| u32::try_from(version).ok()).unwrap_or(0)
}

/// The schema of a database; 0 when it is empty. Absent: it has tables, but not ours.
pub(crate) async fn current_version(connection: &mut SqliteConnection) -> Result<Option<u32>, sqlx::Error> {
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&mut *connection)
        .await?;
    if !tables.iter().any(|table| table == HISTORY) {
        return Ok(tables.is_empty().then_some(0));
    }
    let version: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await?;
    // A number no program gives is a schema this one does not know.
    Ok(Some(u32::try_from(version).unwrap_or(u32::MAX)))
}

/// Runs what is missing inside the caller's transaction, after checking that what was run before was the same.
pub(crate) async fn run(connection: &mut SqliteConnection) -> Result<(), sqlx::migrate::MigrateError> {
    // No transaction of their own: they run inside ours.
    let without_transaction = true;
    let migrations = MIGRATIONS.map(|(version, description, sql)| {
        let description = Cow::Borrowed(description);
        Migration::new(
            version,
            description,
            MigrationType::Simple,
            sql.into_sql_str(),
            without_transaction,
        )
    });
    Migrator::with_migrations(migrations.to_vec())
        .run_direct(None, connection, false)
        .await
}
