//! The decision log in SQLite: a row for each batch of records.

use std::collections::HashMap;

use async_trait::async_trait;
use futures::TryStreamExt;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use signet_store::{DecisionFilter, DecisionLog, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use tracing::instrument;

use crate::SqliteStore;
use crate::decision_batch::{BatchText, NewBatch, StoredBatch, batches_of};
use crate::decision_filter::push_filter;
use crate::error::store_error;
use crate::transaction::WriteTransaction;
use crate::values::{bytes, from_column, to_column};

const LATEST: &str = "SELECT last_sequence FROM decision_batches WHERE tenant_id = $1 \
                      ORDER BY first_sequence DESC LIMIT 1";
const INSERT: &str = "INSERT INTO decision_batches \
                      (tenant_id, first_sequence, last_sequence, earliest_ns, latest_ns, records, packed) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7)";
/// Users a statement names.
const USERS_AT_ONCE: usize = 256;

#[async_trait]
impl DecisionLog for SqliteStore {
    #[instrument(name = "store.decision.append", level = "debug", skip_all, fields(decision.count = records.len()))]
    async fn append(&self, records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        // Written out before the lock is taken.
        let batches = batches_of(&records)?;
        let mut sequences = vec![0; records.len()];
        let mut latest = HashMap::new();
        let mut transaction = self.begin_write().await?;
        for batch in batches {
            let first = next_number(&mut transaction, &latest, batch.tenant).await?;
            let numbers = first..first + batch.len();
            latest.insert(batch.tenant, numbers.end);
            for (position, number) in batch.positions.iter().zip(numbers) {
                if let Some(sequence) = sequences.get_mut(*position) {
                    *sequence = number;
                }
            }
            insert(&mut transaction, first, batch).await?;
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
    let mut query = QueryBuilder::new("SELECT b.first_sequence, b.last_sequence, b.records, b.packed FROM ");
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

async fn next_number(
    connection: &mut SqliteConnection,
    next: &HashMap<TenantId, u64>,
    tenant: TenantId,
) -> Result<u64, StoreError> {
    match next.get(&tenant) {
        Some(number) => Ok(*number),
        None => Ok(latest_sequence(connection, tenant).await? + 1),
    }
}

async fn insert(transaction: &mut WriteTransaction, first: u64, mut batch: NewBatch) -> Result<(), StoreError> {
    insert_users(transaction, first, &batch).await?;
    let (records, packed) = match batch.text()? {
        BatchText::Plain(text) => (text, None),
        BatchText::Packed(packed) => (String::new(), Some(packed)),
    };
    sqlx::query(INSERT)
        .bind(bytes(batch.tenant.as_uuid()))
        .bind(to_column(first))
        .bind(to_column(first + batch.len() - 1))
        .bind(batch.earliest_ns)
        .bind(batch.latest_ns)
        .bind(records)
        .bind(packed)
        .execute(&mut **transaction)
        .await
        .map_err(store_error)?;
    Ok(())
}

async fn insert_users(transaction: &mut WriteTransaction, first: u64, batch: &NewBatch) -> Result<(), StoreError> {
    let users: Vec<_> = batch.users.iter().collect();
    for chunk in users.chunks(USERS_AT_ONCE) {
        let mut query =
            QueryBuilder::<Sqlite>::new("INSERT INTO decision_batch_users (tenant_id, user_id, first_sequence) ");
        query.push_values(chunk, |mut columns, user| {
            columns
                .push_bind(bytes(batch.tenant.as_uuid()))
                .push_bind(bytes(user.as_uuid()))
                .push_bind(to_column(first));
        });
        // Lists of every length would push each other out of the cache of prepared statements.
        let query = query.build().persistent(chunk.len() == 1);
        query.execute(&mut **transaction).await.map_err(store_error)?;
    }
    Ok(())
}

fn stored(tenant: TenantId, row: &SqliteRow) -> Result<StoredBatch, StoreError> {
    let number = |column: &str| row.try_get::<i64, _>(column).map_err(store_error);
    let packed: Option<&[u8]> = row.try_get("packed").map_err(store_error)?;
    let text = match packed {
        Some(packed) => BatchText::unpack(packed)?,
        None => row.try_get("records").map_err(store_error)?,
    };
    StoredBatch::new(tenant, number("first_sequence")?, number("last_sequence")?, text)
}
