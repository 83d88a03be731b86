//! Databases with and without a schema, and several processes that migrate at once.

use signet_store::{CatalogStore, StoreHealth};
use tokio::task::JoinSet;

use super::{create, database, execute};
use crate::{OpenError, PostgresStore};

#[tokio::test]
async fn a_database_without_schema_is_opened_only_after_it_was_migrated() {
    let database = database();
    let error = PostgresStore::open(&database).await.unwrap_err();
    assert!(matches!(error, OpenError::Older { found: 0, .. }), "{error:?}");
    assert!(error.to_string().contains("signet migrate"), "{error}");
    let version = PostgresStore::migrate(&database).await.unwrap();
    let store = PostgresStore::open(&database).await.unwrap();
    assert_eq!(store.schema_version().await.unwrap(), version);
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = database();
    PostgresStore::migrate(&database).await.unwrap();
    PostgresStore::migrate(&database).await.unwrap();
    PostgresStore::open(&database).await.unwrap().ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_replicas_migrate_at_once_and_open() {
    let database = database();
    let mut replicas = JoinSet::new();
    for _ in 0..8 {
        let database = database.clone();
        replicas.spawn(async move {
            PostgresStore::migrate(&database).await.unwrap();
            PostgresStore::open(&database)
                .await
                .unwrap()
                .latest_position()
                .await
                .unwrap()
        });
    }
    assert_eq!(replicas.join_all().await, [0; 8]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_does_not_migrate_waits_for_one_that_does() {
    let database = database();
    let waiting = {
        let database = database.clone();
        tokio::spawn(async move { PostgresStore::open_when_ready(&database, false).await })
    };
    PostgresStore::migrate(&database).await.unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused_at_the_start_and_tolerated_while_running() {
    let database = database();
    let running = create(&database).await;
    execute(
        &database,
        "INSERT INTO signet_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'of the future', TRUE, '', 0)",
    )
    .await;
    for error in [
        PostgresStore::open(&database).await.unwrap_err(),
        PostgresStore::migrate(&database).await.unwrap_err(),
        PostgresStore::open_when_ready(&database, false).await.unwrap_err(),
    ] {
        assert!(matches!(error, OpenError::Newer { found: 999, .. }), "{error:?}");
    }
    running.ping().await.unwrap();
}

#[tokio::test]
async fn a_changed_migration_is_noticed() {
    let database = database();
    create(&database).await;
    execute(
        &database,
        "UPDATE signet_migrations SET checksum = '' WHERE version = 1",
    )
    .await;
    let error = PostgresStore::migrate(&database).await.unwrap_err();
    assert!(matches!(error, OpenError::Migration { .. }), "{error:?}");
}

#[tokio::test]
async fn a_failed_migration_leaves_the_schema_as_it_was() {
    let database = database();
    execute(&database, "CREATE TABLE decisions (somebody_elses text)").await;
    let error = PostgresStore::migrate(&database).await.unwrap_err();
    assert!(matches!(error, OpenError::Migration { .. }), "{error:?}");
    let error = PostgresStore::open(&database).await.unwrap_err();
    assert!(matches!(error, OpenError::Older { found: 0, .. }), "{error:?}");
}

#[tokio::test]
async fn a_wrong_password_is_refused_at_once() {
    let database = database().password("not-the-password");
    let error = PostgresStore::open_when_ready(&database, false).await.unwrap_err();
    let OpenError::Store { source, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(!format!("{error} {source:?}").contains("not-the-password"), "{error:?}");
}

#[tokio::test]
async fn ping_notices_lost_tables() {
    let database = database();
    let store = create(&database).await;
    execute(&database, "DROP TABLE signet_migrations").await;
    store.ping().await.unwrap_err();
}

#[tokio::test]
async fn a_database_that_does_not_wait_for_its_disk_is_told_to() {
    let database = database();
    let store = create(&database).await;
    execute(
        &database,
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
    )
    .await;
    store.close().await;
    let store = PostgresStore::open(&database).await.unwrap();
    let setting: String = sqlx::query_scalar("SHOW synchronous_commit")
        .fetch_one(&store.pool)
        .await
        .unwrap();
    assert_eq!(setting, "on");
}
