//! Files and schemas.

use std::time::Instant;

use signet_store::conformance::samples::{change, record, tenant};
use signet_store::{CatalogStore, DecisionFilter, DecisionLog, Expected, StoreError, StoreHealth};
use sqlx::Connection;
use tokio::task::JoinSet;

use super::{CREATE, EXISTING, Place, connect, execute, integrity};
use crate::{OpenError, OpenOptions, SqliteStore};

#[tokio::test]
async fn missing_file_is_refused_and_not_created() {
    let place = Place::new();
    let error = SqliteStore::open(&place.path, EXISTING).await.unwrap_err();
    assert!(matches!(error, OpenError::Missing { .. }), "{error:?}");
    assert!(!place.path.exists());
}

#[tokio::test]
async fn missing_folder_is_refused() {
    let place = Place::new();
    let path = place.path.join("no/such/folder.db");
    let error = SqliteStore::open(&path, CREATE).await.unwrap_err();
    assert!(matches!(error, OpenError::Store { .. }), "{error:?}");
}

#[tokio::test]
async fn new_store_has_the_newest_schema() {
    let place = Place::new();
    let store = place.create().await;
    assert_eq!(
        store.schema_version().await.unwrap(),
        SqliteStore::known_schema_version()
    );
    store.ping().await.unwrap();
    assert_eq!(integrity(&place.path).await, "ok");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let store = place.create().await;
    store.commit(change(tenant(1), Expected::Absent, "a")).await.unwrap();
    let files = std::fs::read_dir(place.path.parent().unwrap()).unwrap();
    let modes: Vec<u32> = files
        .map(|file| file.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert_eq!(modes, [0o600; 3], "the file, its log and its index");
}

#[tokio::test]
async fn what_was_stored_is_there_after_reopening() {
    let place = Place::new();
    let store = place.create().await;
    store.commit(change(tenant(1), Expected::Absent, "a")).await.unwrap();
    let before = store.get_revision(tenant(1), None).await.unwrap();
    store.close().await;
    assert!(store.ping().await.is_err());
    let store = place.reopen().await;
    assert_eq!(store.get_revision(tenant(1), None).await.unwrap(), before);
    assert!(before.is_some());
}

#[tokio::test]
async fn migrate_creates_and_may_be_repeated() {
    let place = Place::new();
    for _ in 0..2 {
        let version = SqliteStore::migrate(&place.path).await.unwrap();
        assert_eq!(version, SqliteStore::known_schema_version());
    }
    place.reopen().await.ping().await.unwrap();
}

#[tokio::test]
async fn older_schema_is_refused_unless_it_may_be_migrated() {
    let place = Place::new();
    connect(&place.path).await.close().await.unwrap();
    let create_only = OpenOptions {
        create: true,
        migrate: false,
    };
    for options in [EXISTING, create_only] {
        let error = SqliteStore::open(&place.path, options).await.unwrap_err();
        assert!(matches!(error, OpenError::Older { found: 0, .. }), "{error:?}");
        assert!(error.to_string().contains("run `signet migrate`"), "{error}");
    }
    let migrate_only = OpenOptions {
        create: false,
        migrate: true,
    };
    let store = SqliteStore::open(&place.path, migrate_only).await.unwrap();
    assert_eq!(
        store.schema_version().await.unwrap(),
        SqliteStore::known_schema_version()
    );
}

/// A store as a program with only the first migration left it.
async fn first_schema_only() -> Place {
    let place = Place::new();
    place.create().await.close().await;
    for sql in [
        "DROP TABLE uploads",
        "DROP TABLE jobs",
        "DROP VIEW new_decision_batches",
        "DROP TABLE decision_batches",
        "DROP TABLE decision_batch_users",
        "DROP TABLE item_labels",
        "DROP TABLE item_ids",
        "DELETE FROM _sqlx_migrations WHERE version > 1",
    ] {
        execute(&place.path, sql).await;
    }
    place
}

#[tokio::test]
async fn only_missing_migrations_run() {
    let place = first_schema_only().await;
    execute(
        &place.path,
        "INSERT INTO tenants VALUES ('00000001-0000-abcd-0000-000000000001', 1, NULL, 'kept')",
    )
    .await;
    let error = SqliteStore::open(&place.path, EXISTING).await.unwrap_err();
    assert!(matches!(error, OpenError::Older { found: 1, .. }), "{error:?}");
    let store = place.create().await;
    let tenants = store.list_tenants(None, 10).await.unwrap();
    assert_eq!(tenants[0].display_name, "kept");
    assert_eq!(
        store.schema_version().await.unwrap(),
        SqliteStore::known_schema_version()
    );
}

#[tokio::test]
async fn edited_migration_is_refused() {
    let place = first_schema_only().await;
    execute(&place.path, "UPDATE _sqlx_migrations SET checksum = x'00'").await;
    let error = SqliteStore::open(&place.path, CREATE).await.unwrap_err();
    assert!(matches!(error, OpenError::Migration { .. }), "{error:?}");
}

#[tokio::test]
async fn failed_migration_leaves_the_schema_as_it_was() {
    let place = first_schema_only().await;
    // The third migration makes a table of this name.
    execute(&place.path, "CREATE TABLE decisions (in_the_way TEXT)").await;
    let error = SqliteStore::open(&place.path, CREATE).await.unwrap_err();
    assert!(matches!(error, OpenError::Migration { .. }), "{error:?}");
    let error = SqliteStore::open(&place.path, EXISTING).await.unwrap_err();
    assert!(matches!(error, OpenError::Older { found: 1, .. }), "{error:?}");
    execute(&place.path, "DROP TABLE decisions").await;
    place.create().await.ping().await.unwrap();
}

#[tokio::test]
async fn decisions_of_the_third_schema_are_kept() {
    let place = Place::new();
    place.create().await.close().await;
    for sql in [
        "DROP VIEW new_decision_batches",
        "DROP TABLE decision_batches",
        "DROP TABLE decision_batch_users",
        include_str!("../../migrations/0003_decisions.sql"),
        "DROP TABLE uploads",
        "DROP TABLE jobs",
        "DELETE FROM _sqlx_migrations WHERE version > 3",
    ] {
        execute(&place.path, sql).await;
    }
    let mut records: Vec<_> = (1..=3).map(|n| record(tenant(1), n)).collect();
    records[1].user_id = None;
    for (record, sequence) in records.iter_mut().zip(1..) {
        sqlx::query("INSERT INTO decisions VALUES ($1, $2, $3, '', '', $4, NULL, NULL, NULL, NULL, $5)")
            .bind(tenant(1).as_uuid().as_bytes().to_vec())
            .bind(sequence)
            .bind(i64::try_from(record.time.as_nanosecond()).unwrap())
            .bind(record.user_id.map(|id| id.as_uuid().as_bytes().to_vec()))
            .bind(serde_json::to_string(record).unwrap())
            .execute(&mut connect(&place.path).await)
            .await
            .unwrap();
        record.sequence = u64::try_from(sequence).unwrap();
    }
    let store = place.create().await;
    let of_user = DecisionFilter {
        user: records[0].user_id,
        from: Some(records[0].time),
        ..DecisionFilter::default()
    };
    let expected: Vec<_> = records
        .iter()
        .filter(|record| of_user.matches(record))
        .cloned()
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(store.list(tenant(1), &of_user, 0, 10, false).await.unwrap(), expected);
    let all = store
        .list(tenant(1), &DecisionFilter::default(), 0, 10, false)
        .await
        .unwrap();
    assert_eq!(all, records);
    assert_eq!(store.append(vec![record(tenant(1), 4)]).await.unwrap(), [4]);
}

#[tokio::test]
async fn newer_schema_is_refused() {
    let place = Place::new();
    place.create().await.close().await;
    execute(
        &place.path,
        "INSERT INTO _sqlx_migrations VALUES (99, 'future', '', TRUE, x'00', 0)",
    )
    .await;
    for options in [EXISTING, CREATE] {
        let error = SqliteStore::open(&place.path, options).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error:?}");
        assert!(error.to_string().contains("use a newer program"), "{error}");
    }
}

#[tokio::test]
async fn store_migrated_under_a_running_program_is_not_healthy() {
    let place = Place::new();
    let store = place.create().await;
    store.ping().await.unwrap();
    execute(
        &place.path,
        "INSERT INTO _sqlx_migrations VALUES (99, 'future', '', TRUE, x'00', 0)",
    )
    .await;
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn file_of_another_kind_is_refused() {
    let place = Place::new();
    std::fs::write(
        &place.path,
        "this is not a database, and long enough to be seen as something else\n".repeat(20),
    )
    .unwrap();
    let before = std::fs::read(&place.path).unwrap();
    for options in [EXISTING, CREATE] {
        let error = SqliteStore::open(&place.path, options).await.unwrap_err();
        assert!(matches!(error, OpenError::NotAStore { .. }), "{error:?}");
    }
    assert_eq!(std::fs::read(&place.path).unwrap(), before);
}

#[tokio::test]
async fn database_of_another_program_is_refused() {
    let place = Place::new();
    execute(&place.path, "CREATE TABLE bookmarks (address TEXT)").await;
    for options in [EXISTING, CREATE] {
        let error = SqliteStore::open(&place.path, options).await.unwrap_err();
        assert!(matches!(error, OpenError::NotAStore { .. }), "{error:?}");
    }
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master")
        .fetch_all(&mut connect(&place.path).await)
        .await
        .unwrap();
    assert_eq!(tables, ["bookmarks"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_created_at_the_same_time_are_migrated_once() {
    for _ in 0..5 {
        let place = Place::new();
        let mut tasks = JoinSet::new();
        for n in 0..4 {
            let path = place.path.clone();
            tasks.spawn(async move {
                let store = SqliteStore::open(&path, CREATE).await.unwrap();
                store.commit(change(tenant(n), Expected::Absent, "a")).await.unwrap();
            });
        }
        tasks.join_all().await;
        assert_eq!(place.reopen().await.list_tenants(None, 10).await.unwrap().len(), 4);
    }
}

#[tokio::test]
async fn opening_an_existing_store_is_quick() {
    let place = Place::new();
    place.create().await.close().await;
    let mut best = u128::MAX;
    for _ in 0..10 {
        let start = Instant::now();
        let store = SqliteStore::open(&place.path, CREATE).await.unwrap();
        best = best.min(start.elapsed().as_millis());
        store.close().await;
    }
    println!("opened in {best} ms");
    assert!(best < 30, "opening took {best} ms at best");
}

#[tokio::test]
async fn writes_wait_for_the_disk() {
    let place = Place::new();
    let store = place.create().await;
    let mut writer = store.writer.acquire().await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *writer)
        .await
        .unwrap();
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *writer)
        .await
        .unwrap();
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&mut *writer)
        .await
        .unwrap();
    assert_eq!((mode.as_str(), synchronous, foreign_keys), ("wal", 2, 1));
}

#[tokio::test]
async fn readers_cannot_write() {
    let place = Place::new();
    let store = place.create().await;
    let result = sqlx::query("DELETE FROM tenants").execute(&store.readers).await;
    let error = result.unwrap_err().to_string();
    assert!(error.contains("readonly"), "{error}");
}
