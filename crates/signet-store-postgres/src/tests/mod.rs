//! What the suites of signet-store do not say: schemas, several processes, and a server that goes away.

mod conformance;
mod faults;
mod notification;
mod opening;
mod tls;

use crate::{Database, PostgresStore};

/// An empty database on the server of this test run.
fn database() -> Database {
    of(&signet_testkit::postgres::database())
}

fn of(database: &signet_testkit::postgres::Database) -> Database {
    Database::parse(&database.url).unwrap().password(&database.password)
}

/// A store with the current schema in a database.
async fn create(database: &Database) -> PostgresStore {
    PostgresStore::migrate(database).await.unwrap();
    PostgresStore::open(database).await.unwrap()
}

/// Runs a statement on a database behind the store's back.
async fn execute(database: &Database, sql: &'static str) {
    use sqlx::ConnectOptions;
    let mut connection = database.options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
}
