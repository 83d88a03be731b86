//! Decision records as rows, and how they get into the table.

use std::collections::HashMap;

use serde::Serialize;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use signet_store::StoreError;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::decision_log::latest_sequence;
use crate::error::store_error;
use crate::transaction::WriteTransaction;
use crate::values::{bytes, nanoseconds, to_column};

/// Records per statement, largest first. Few sizes, so that each is prepared once and stays so.
const RECORDS_PER_STATEMENT: [usize; 4] = [64, 16, 4, 1];

const INSERT: &str = "INSERT INTO decisions (tenant_id, sequence, time_ns, operation, outcome, user_id, \
                      application_id, application_name, label_before, label_after, record) ";

/// Numbers records and inserts them; returns the numbers in the order given.
pub(crate) async fn append(transaction: &mut WriteTransaction, rows: &[NewRow]) -> Result<Vec<u64>, StoreError> {
    let mut latest = HashMap::new();
    let mut sequences = Vec::with_capacity(rows.len());
    for row in rows {
        sequences.push(next_number(transaction, &mut latest, row.tenant).await?);
    }
    let numbered: Vec<_> = sequences.iter().map(|number| to_column(*number)).zip(rows).collect();
    insert(transaction, &numbered).await?;
    Ok(sequences)
}

async fn next_number(
    connection: &mut SqliteConnection,
    latest: &mut HashMap<TenantId, u64>,
    tenant: TenantId,
) -> Result<u64, StoreError> {
    let before = match latest.get(&tenant) {
        Some(number) => *number,
        None => latest_sequence(connection, tenant).await?,
    };
    latest.insert(tenant, before + 1);
    Ok(before + 1)
}

async fn insert(connection: &mut SqliteConnection, rows: &[(i64, &NewRow)]) -> Result<(), StoreError> {
    let mut rest = rows;
    for size in RECORDS_PER_STATEMENT {
        while let Some((chunk, remainder)) = rest.split_at_checked(size) {
            insert_chunk(connection, chunk).await?;
            rest = remainder;
        }
    }
    Ok(())
}

async fn insert_chunk(connection: &mut SqliteConnection, rows: &[(i64, &NewRow)]) -> Result<(), StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(INSERT);
    query.push_values(rows, |mut columns, (sequence, row)| {
        columns
            .push_bind(bytes(row.tenant.as_uuid()))
            .push_bind(*sequence)
            .push_bind(row.time_ns)
            .push_bind(&row.operation)
            .push_bind(&row.outcome)
            .push_bind(&row.user_id)
            .push_bind(&row.application_id)
            .push_bind(&row.application_name)
            .push_bind(&row.label_before)
            .push_bind(&row.label_after)
            .push_bind(&row.json);
    });
    query.build().execute(connection).await.map_err(store_error)?;
    Ok(())
}

/// A record as its columns hold it.
pub(crate) struct NewRow {
    tenant: TenantId,
    time_ns: i64,
    operation: String,
    outcome: String,
    user_id: Option<Vec<u8>>,
    application_id: Option<String>,
    application_name: Option<String>,
    label_before: Option<Vec<u8>>,
    label_after: Option<Vec<u8>>,
    json: String,
}

impl NewRow {
    pub(crate) fn of(record: &DecisionRecord) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: record.tenant_id,
            time_ns: nanoseconds(record.time),
            operation: name_of(&record.operation)?,
            outcome: name_of(&record.outcome)?,
            user_id: record.user_id.map(|id| bytes(id.as_uuid())),
            application_id: record.application_id.clone(),
            application_name: record.application_name.clone(),
            label_before: record.label_before.map(|id| bytes(id.as_uuid())),
            label_after: record.label_after.map(|id| bytes(id.as_uuid())),
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
