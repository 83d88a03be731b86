//! The schema and its history: numbered, forward only, embedded. A released file is never edited.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{PgConnection, SqlSafeStr};

const MIGRATIONS: [(i64, &str, &str); 5] = [
    (1, "catalog", include_str!("../migrations/0001_catalog.sql")),
    (2, "items", include_str!("../migrations/0002_items.sql")),
    (3, "decisions", include_str!("../migrations/0003_decisions.sql")),
    (4, "jobs", include_str!("../migrations/0004_jobs.sql")),
    (5, "lost jobs", include_str!("../migrations/0005_lost_jobs.sql")),
];

/// Which migrations have run; a name of our own, since others may keep their tables in the same database.
const HISTORY: &str = "signet_migrations";

/// Number of the lock that lets one process migrate at a time; any number nobody else uses.
const LOCK: i64 = 0x7369_676e_6574;

/// The newest schema this program knows.
pub(crate) fn newest_version() -> u32 {
    let newest = MIGRATIONS.iter().map(|(version, ..)| *version).max();
    newest.and_then(|version| u32::try_from(version).ok()).unwrap_or(0)
}

/// The schema of a database; 0 when it has none of our tables.
pub(crate) async fn current_version(connection: &mut PgConnection) -> Result<u32, sqlx::Error> {
    let known: bool = sqlx::query_scalar("SELECT to_regclass('signet_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !known {
        return Ok(0);
    }
    let version: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM signet_migrations")
        .fetch_one(connection)
        .await?;
    // A number no program gives is a schema this one does not know.
    Ok(u32::try_from(version).unwrap_or(u32::MAX))
}

/// Waits until no other process migrates; held to the end of the caller's transaction.
pub(crate) async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    // Another process may take its time, and so may a statement of ours on a large table.
    for statement in [
        "SET LOCAL statement_timeout = 0",
        "SET LOCAL idle_in_transaction_session_timeout = 0",
    ] {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    sqlx::query("SELECT pg_advisory_xact_lock($1)::text")
        .bind(LOCK)
        .execute(connection)
        .await?;
    Ok(())
}

/// Runs what is missing inside the caller's transaction, after checking that what was run before was the same.
pub(crate) async fn run(connection: &mut PgConnection) -> Result<(), MigrateError> {
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
    let mut migrator = Migrator::with_migrations(migrations.to_vec());
    migrator.dangerous_set_table_name(HISTORY);
    migrator.set_locking(false);
    migrator.run_direct(None, connection, false).await
}
