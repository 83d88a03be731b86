//! Statements whose cost must not grow with the store: SQLite says how it would run them.

use signet_store::DecisionFilter;
use signet_store::conformance::samples::{label, tenant, time, user};
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite};

use super::Place;
use crate::{SqliteStore, decision_log, item_ids};

const BY_SEQUENCE: &str = "b USING INDEX sqlite_autoindex_decision_batches_1 (tenant_id=?";
const BY_USER: &str = "u USING PRIMARY KEY (tenant_id=? AND user_id=?";
const BY_TIME: &str = "decision_batches USING COVERING INDEX decision_batches_by_time (tenant_id=? AND latest_ns>?";

/// The steps of the plan, with literals and bound values left out.
async fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::query(explain).fetch_all(&store.readers).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}

/// The plan uses these indexes and reads no table from end to end.
async fn check(query: QueryBuilder<Sqlite>, indexes: &[&str]) {
    let place = Place::new();
    let sql = query.into_string();
    let steps = plan(&place.create().await, &sql).await;
    for index in indexes {
        let uses = steps.iter().any(|step| step.starts_with(&format!("SEARCH {index}")));
        assert!(uses, "{sql} does not search {index}: {steps:#?}");
    }
    let scans = steps.iter().any(|step| {
        ["b", "u", "decision_batches", "item_ids", "jobs", "uploads"]
            .iter()
            .any(|table| step == &format!("SCAN {table}") || step.starts_with(&format!("SCAN {table} ")))
    });
    let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY"));
    assert!(!scans && !sorts, "{sql} reads too much: {steps:#?}");
}

#[tokio::test]
async fn item_ids_are_looked_up_by_key() {
    let query = item_ids::rows_query(tenant(1), "drive", ["a", "b"].into_iter());
    let index = "item_ids USING INDEX sqlite_autoindex_item_ids_2 (tenant_id=? AND drive_id=? AND source_key=?)";
    check(query, &[index]).await;
}

#[tokio::test]
async fn jobs_are_leased_along_an_index() {
    let query = QueryBuilder::new(include_str!("../sql/lease_job.sql"));
    check(
        query,
        &["jobs USING COVERING INDEX jobs_available (queue=? AND available_ns>? AND available_ns<?"],
    )
    .await;
}

#[tokio::test]
async fn jobs_are_counted_along_an_index() {
    let index = "jobs USING COVERING INDEX jobs_available (queue=?";
    check(QueryBuilder::new(crate::jobs::COUNT), &[index]).await;
}

#[tokio::test]
async fn decisions_are_listed_along_an_index() {
    let none = DecisionFilter::default;
    let of_user = DecisionFilter {
        user: Some(user(1)),
        ..none()
    };
    let of_label = DecisionFilter {
        label: Some(label(1)),
        application: Some("gateway".to_owned()),
        ..none()
    };
    let of_time = DecisionFilter {
        from: Some(time(1)),
        to: Some(time(2)),
        ..none()
    };
    let since = DecisionFilter {
        from: Some(time(1)),
        ..none()
    };
    let cases = [
        (none(), vec![BY_SEQUENCE]),
        (of_user, vec![BY_USER]),
        (of_label, vec![BY_SEQUENCE]),
        (of_time, vec![BY_SEQUENCE, BY_TIME]),
        (since, vec![BY_SEQUENCE, BY_TIME]),
    ];
    for (filter, indexes) in cases {
        for descending in [false, true] {
            check(decision_log::list_query(tenant(1), &filter, 5, descending), &indexes).await;
        }
    }
}
