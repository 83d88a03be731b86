//! The decision log in SQLite: a row for each batch of records.

use async_trait::async_trait;
use futures::TryStreamExt;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use signet_store::{DecisionFilter, DecisionLog, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use tracing::instrument;

use crate::SqliteStore;
use crate::decision_batch::{Kept, NewBatch, StoredBatch, batches_of};
use crate::decision_filter::push_filter;
use crate::error::store_error;
use crate::values::{bytes, from_column, to_column};

const LATEST: &str = "SELECT last_sequence FROM decision_batches WHERE tenant_id = $1 \
                      ORDER BY first_sequence DESC LIMIT 1";
/// Numbers a batch behind the newest one of its tenant.
const INSERT: &str = "INSERT INTO new_decision_batches \
                      (tenant_id, first_sequence, last_sequence, earliest_ns, latest_ns, labels, encoded, users) \
                      SELECT $1, latest + 1, latest + $2, $3, $4, $5, $6, $7 FROM (SELECT COALESCE((\
                      SELECT last_sequence FROM decision_batches WHERE tenant_id = $1 \
                      ORDER BY first_sequence DESC LIMIT 1), 0) AS latest) RETURNING first_sequence";

#[async_trait]
impl DecisionLog for SqliteStore {
    #[instrument(name = "store.decision.append", level = "debug", skip_all, fields(decision.count = records.len()))]
    async fn append(&self, records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        // Written out before the lock is taken.
        let mut batches = batches_of(&records)?;
        let mut sequences = vec![0; records.len()];
        if let [batch] = batches.as_mut_slice() {
            // One statement is a transaction by itself.
            let mut connection = self.writer.acquire().await.map_err(store_error)?;
            let written = insert(&mut connection, batch, &mut sequences).await;
            if written.is_err() {
                // As with transactions: what did not end as planned is not used again.
                connection.close_on_drop();
            }
            return written.map(|()| sequences);
        }
        let mut transaction = self.begin_write().await?;
        for batch in &mut batches {
            insert(&mut transaction, batch, &mut sequences).await?;
        }
        transaction.commit().await?;
        Ok(sequences)
    }

    #[instrument(name = "store.decision.list", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn list(
        &self,
        tenant: TenantId,
        filter: &DecisionFilter,
        after_sequence: u64,
        limit: u32,
        descending: bool,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        if limit == 0 {
            return Ok(found);
        }
        let mut query = list_query(tenant, filter, after_sequence, descending);
        let mut rows = query.build().fetch(&self.readers);
        let wanted = |record: &DecisionRecord| match (descending, after_sequence) {
            (false, after) => record.sequence > after,
            (true, 0) => true,
            (true, before) => record.sequence < before,
        };
        while let Some(row) = rows.try_next().await.map_err(store_error)? {
            for record in stored(tenant, &row)?.records(descending) {
                let record = record?;
                if wanted(&record) && filter.matches(&record) {
                    found.push(record);
                }
                if found.len() == limit {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    #[instrument(name = "store.decision.latest", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn latest_sequence(&self, tenant: TenantId) -> Result<u64, StoreError> {
        let mut connection = self.readers.acquire().await.map_err(store_error)?;
        latest_sequence(&mut connection, tenant).await
    }
}

/// Batches that may hold wanted records, in order. Reads along the index by sequence, or by user when the filter
/// names one; never more of the log than it must, when the caller stops reading.
pub(crate) fn list_query(
    tenant: TenantId,
    filter: &DecisionFilter,
    after_sequence: u64,
    descending: bool,
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("SELECT b.first_sequence, b.last_sequence, b.records, b.packed, b.encoded FROM ");
    let sequence = if filter.user.is_some() {
        query.push(
            "decision_batch_users u CROSS JOIN decision_batches b \
             ON b.tenant_id = u.tenant_id AND b.first_sequence = u.first_sequence WHERE u.tenant_id = ",
        );
        "u.first_sequence"
    } else {
        query.push("decision_batches b WHERE b.tenant_id = ");
        "b.first_sequence"
    };
    query.push_bind(bytes(tenant.as_uuid()));
    push_filter(&mut query, tenant, filter, sequence);
    push_position(&mut query, tenant, sequence, after_sequence, descending);
    let order = if descending { " DESC" } else { "" };
    query.push(format!(" ORDER BY {sequence}{order}"));
    query
}

/// From the batch that holds the position.
fn push_position(query: &mut QueryBuilder<Sqlite>, tenant: TenantId, sequence: &str, after: u64, descending: bool) {
    match (descending, after) {
        (_, 0) => {}
        (true, before) => {
            query.push(format!(" AND {sequence} < ")).push_bind(to_column(before));
        }
        (false, after) => {
            query.push(format!(
                " AND {sequence} >= COALESCE((SELECT MAX(first_sequence) FROM decision_batches WHERE tenant_id = "
            ));
            query
                .push_bind(bytes(tenant.as_uuid()))
                .push(" AND first_sequence <= ")
                .push_bind(to_column(after.saturating_add(1)))
                .push("), 0)");
        }
    }
}

/// Number of the tenant's newest record; 0 before the first.
async fn latest_sequence(connection: &mut SqliteConnection, tenant: TenantId) -> Result<u64, StoreError> {
    let latest: Option<i64> = sqlx::query_scalar(LATEST)
        .bind(bytes(tenant.as_uuid()))
        .fetch_optional(connection)
        .await
        .map_err(store_error)?;
    latest.map_or(Ok(0), |latest| from_column(latest, "decision sequence"))
}

/// Writes a batch, whole or not at all, and says which numbers its records got.
async fn insert(
    connection: &mut SqliteConnection,
    batch: &mut NewBatch,
    sequences: &mut [u64],
) -> Result<(), StoreError> {
    // All rows are asked for though there is one: the statement has ended, and is durable, when there are no more.
    let numbered: Vec<i64> = sqlx::query_scalar(INSERT)
        .bind(bytes(batch.tenant.as_uuid()))
        .bind(to_column(batch.len()))
        .bind(batch.earliest_ns)
        .bind(batch.latest_ns)
        .bind(batch.labels())
        .bind(batch.encoded())
        .bind(users(batch))
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
    let first = numbered
        .first()
        .ok_or_else(|| StoreError::corrupt("a batch of decisions got no number"))?;
    let first: u64 = from_column(*first, "decision sequence")?;
    for (position, number) in batch.positions.iter().zip(first..) {
        if let Some(sequence) = sequences.get_mut(*position) {
            *sequence = number;
        }
    }
    Ok(())
}

/// The users of a batch as the statement takes them.
fn users(batch: &NewBatch) -> String {
    let ids: Vec<String> = batch
        .users
        .iter()
        .map(|user| format!("\"{}\"", user.as_uuid().simple()))
        .collect();
    format!("[{}]", ids.join(","))
}

fn stored(tenant: TenantId, row: &SqliteRow) -> Result<StoredBatch, StoreError> {
    let number = |column: &str| row.try_get::<i64, _>(column).map_err(store_error);
    let block = |column: &str| row.try_get::<Option<Vec<u8>>, _>(column).map_err(store_error);
    let kept = match (block("encoded")?, block("packed")?) {
        (Some(encoded), _) => Kept::Encoded(encoded),
        (None, Some(packed)) => Kept::CompressedLines(packed),
        (None, None) => Kept::Lines(row.try_get("records").map_err(store_error)?),
    };
    StoredBatch::new(tenant, number("first_sequence")?, number("last_sequence")?, kept)
}
