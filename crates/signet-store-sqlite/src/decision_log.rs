//! The decision log in SQLite.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use serde::Serialize;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use signet_store::{DecisionFilter, DecisionLog, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use tracing::instrument;
use uuid::Uuid;

use crate::SqliteStore;
use crate::decision_filter::push_filter;
use crate::error::store_error;
use crate::values::{from_column, nanoseconds, tenant_id, to_column};

/// Records per statement: enough to make the cost of a statement small beside that of its rows.
const RECORDS_AT_ONCE: usize = 64;

const INSERT: &str = "INSERT INTO decisions (tenant_id, sequence, record_id, time_ns, operation, outcome, user_id, \
                      application_id, application_name, label_before, label_after, record) ";
const LATEST: &str = "SELECT COALESCE(MAX(sequence), 0) FROM decisions WHERE tenant_id = $1";

#[async_trait]
impl DecisionLog for SqliteStore {
    #[instrument(name = "store.decision.append", level = "debug", skip_all, fields(decision.count = records.len()))]
    async fn append(&self, records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        // Written out before the lock is taken.
        let rows = records.iter().map(NewRow::of).collect::<Result<Vec<_>, _>>()?;
        let mut transaction = self.begin_write().await?;
        let mut numbers = Numbers::known(&mut transaction, &rows).await?;
        let mut new_rows = Vec::with_capacity(rows.len());
        let mut sequences = Vec::with_capacity(rows.len());
        for row in &rows {
            let (sequence, is_new) = numbers.give(row);
            sequences.push(sequence);
            if is_new {
                new_rows.push((to_column(sequence), row));
            }
        }
        if new_rows.is_empty() {
            transaction.rollback().await?;
            return Ok(sequences);
        }
        insert(&mut transaction, &new_rows).await?;
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
        let mut query = list_query(tenant, filter, after_sequence, limit, descending)?;
        let rows = query.build().fetch_all(&self.readers).await.map_err(store_error)?;
        rows.iter().map(|row| read(tenant, row)).collect()
    }

    #[instrument(name = "store.decision.latest", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn latest_sequence(&self, tenant: TenantId) -> Result<u64, StoreError> {
        let mut connection = self.readers.acquire().await.map_err(store_error)?;
        latest_sequence(&mut connection, tenant).await
    }
}

/// Reads along the index by sequence, or by user when the filter names one; never more of the log than it must.
pub(crate) fn list_query(
    tenant: TenantId,
    filter: &DecisionFilter,
    after_sequence: u64,
    limit: u32,
    descending: bool,
) -> Result<QueryBuilder<Sqlite>, StoreError> {
    let mut query = QueryBuilder::new("SELECT sequence, record FROM decisions WHERE tenant_id = ");
    query.push_bind(tenant.to_string());
    push_filter(&mut query, tenant, filter)?;
    match (descending, after_sequence) {
        (false, after) => query.push(" AND sequence > ").push_bind(to_column(after)),
        (true, 0) => &mut query,
        (true, before) => query.push(" AND sequence < ").push_bind(to_column(before)),
    };
    let order = if descending {
        " ORDER BY sequence DESC LIMIT "
    } else {
        " ORDER BY sequence LIMIT "
    };
    query.push(order).push_bind(i64::from(limit));
    Ok(query)
}

/// Numbers of the records of these tenants and ids, as far as they are stored.
pub(crate) fn stored_numbers_query<'a>(ids: impl Iterator<Item = (&'a str, &'a str)>) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("WITH wanted (tenant_id, record_id) AS (");
    query.push_values(ids, |mut pair, (tenant, id)| {
        pair.push_bind(tenant.to_owned()).push_bind(id.to_owned());
    });
    // A join, not `IN`: for a list of pairs SQLite would read the whole log.
    query.push(
        ") SELECT decisions.tenant_id, decisions.record_id, decisions.sequence FROM wanted JOIN decisions \
         ON decisions.tenant_id = wanted.tenant_id AND decisions.record_id = wanted.record_id",
    );
    query
}

async fn latest_sequence(connection: &mut SqliteConnection, tenant: TenantId) -> Result<u64, StoreError> {
    let latest: i64 = sqlx::query_scalar(LATEST)
        .bind(tenant.to_string())
        .fetch_one(connection)
        .await
        .map_err(store_error)?;
    from_column(latest, "decision sequence")
}

/// A record as its columns hold it.
struct NewRow<'a> {
    record: &'a DecisionRecord,
    tenant: String,
    id: String,
    operation: String,
    outcome: String,
    json: String,
}

impl<'a> NewRow<'a> {
    fn of(record: &'a DecisionRecord) -> Result<Self, StoreError> {
        Ok(Self {
            record,
            tenant: record.tenant_id.to_string(),
            id: record.id.to_string(),
            operation: name_of(&record.operation)?,
            outcome: name_of(&record.outcome)?,
            json: serde_json::to_string(record).map_err(cannot_be_written)?,
        })
    }
}

/// The name a value of an enumeration has in JSON.
pub(crate) fn name_of(value: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(value).map_err(cannot_be_written)? {
        serde_json::Value::String(name) => Ok(name),
        other => Ok(other.to_string()),
    }
}

fn cannot_be_written(error: serde_json::Error) -> StoreError {
    StoreError::Invalid {
        what: format!("the decision record cannot be written as JSON: {error}"),
    }
}

/// Sequence numbers given so far, as far as a batch needs them.
struct Numbers {
    latest: HashMap<TenantId, u64>,
    given: HashMap<(TenantId, Uuid), u64>,
}

impl Numbers {
    async fn known(connection: &mut SqliteConnection, rows: &[NewRow<'_>]) -> Result<Self, StoreError> {
        let mut numbers = Self {
            latest: HashMap::new(),
            given: HashMap::with_capacity(rows.len()),
        };
        let tenants: HashSet<TenantId> = rows.iter().map(|row| row.record.tenant_id).collect();
        for tenant in tenants {
            numbers
                .latest
                .insert(tenant, latest_sequence(connection, tenant).await?);
        }
        for chunk in rows.chunks(RECORDS_AT_ONCE) {
            numbers.add_stored(connection, chunk).await?;
        }
        Ok(numbers)
    }

    /// Numbers of records that an earlier call has written.
    async fn add_stored(&mut self, connection: &mut SqliteConnection, rows: &[NewRow<'_>]) -> Result<(), StoreError> {
        let mut query = stored_numbers_query(rows.iter().map(|row| (row.tenant.as_str(), row.id.as_str())));
        for row in query.build().fetch_all(connection).await.map_err(store_error)? {
            let tenant = tenant_id(row.try_get("tenant_id").map_err(store_error)?)?;
            let id: &str = row.try_get("record_id").map_err(store_error)?;
            let id = id.parse().map_err(|_| StoreError::corrupt("decision id"))?;
            let sequence = from_column(row.try_get("sequence").map_err(store_error)?, "decision sequence")?;
            self.given.insert((tenant, id), sequence);
        }
        Ok(())
    }

    /// The record's number, and whether it is new.
    fn give(&mut self, row: &NewRow<'_>) -> (u64, bool) {
        let tenant = row.record.tenant_id;
        match self.given.entry((tenant, row.record.id)) {
            Entry::Occupied(given) => (*given.get(), false),
            Entry::Vacant(place) => {
                let latest = self.latest.entry(tenant).or_default();
                *latest += 1;
                (*place.insert(*latest), true)
            }
        }
    }
}

async fn insert(connection: &mut SqliteConnection, rows: &[(i64, &NewRow<'_>)]) -> Result<(), StoreError> {
    for chunk in rows.chunks(RECORDS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new(INSERT);
        query.push_values(chunk, |mut columns, (sequence, row)| {
            columns
                .push_bind(&row.tenant)
                .push_bind(*sequence)
                .push_bind(&row.id)
                .push_bind(nanoseconds(row.record.time))
                .push_bind(&row.operation)
                .push_bind(&row.outcome)
                .push_bind(row.record.user_id.map(|id| id.to_string()))
                .push_bind(&row.record.application_id)
                .push_bind(&row.record.application_name)
                .push_bind(row.record.label_before.map(|id| id.to_string()))
                .push_bind(row.record.label_after.map(|id| id.to_string()))
                .push_bind(&row.json);
        });
        query.build().execute(&mut *connection).await.map_err(store_error)?;
    }
    Ok(())
}

/// The number is a column of its own: it is not known yet when the record is written out.
fn read(tenant: TenantId, row: &SqliteRow) -> Result<DecisionRecord, StoreError> {
    let sequence = from_column(row.try_get("sequence").map_err(store_error)?, "decision sequence")?;
    let text: &str = row.try_get("record").map_err(store_error)?;
    let record: DecisionRecord = serde_json::from_str(text)
        .map_err(|_| StoreError::corrupt(format!("decision {sequence} of tenant `{tenant}`")))?;
    Ok(DecisionRecord { sequence, ..record })
}
