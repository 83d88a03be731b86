//! The decision log in SQLite.

use async_trait::async_trait;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use signet_store::{DecisionFilter, DecisionLog, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use tracing::instrument;

use crate::SqliteStore;
use crate::decision_filter::push_filter;
use crate::decision_rows::{self, NewRow};
use crate::error::store_error;
use crate::values::{bytes, from_column, to_column};

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
        let sequences = decision_rows::append(&mut transaction, &rows).await?;
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
    query.push_bind(bytes(tenant.as_uuid()));
    push_filter(&mut query, tenant, filter)?;
    match (descending, after_sequence) {
        (false, after) => query.push(" AND sequence > ").push_bind(to_column(after)),
        (true, 0) => &mut query,
        (true, before) => query.push(" AND sequence < ").push_bind(to_column(before)),
    };
    query.push(if descending {
        " ORDER BY sequence DESC LIMIT "
    } else {
        " ORDER BY sequence LIMIT "
    });
    query.push_bind(i64::from(limit));
    Ok(query)
}

/// Number of the tenant's newest record; 0 before the first.
pub(crate) async fn latest_sequence(connection: &mut SqliteConnection, tenant: TenantId) -> Result<u64, StoreError> {
    let latest: i64 = sqlx::query_scalar(LATEST)
        .bind(bytes(tenant.as_uuid()))
        .fetch_one(connection)
        .await
        .map_err(store_error)?;
    from_column(latest, "decision sequence")
}

/// The number is a column of its own: it is not known yet when the record is written out.
fn read(tenant: TenantId, row: &SqliteRow) -> Result<DecisionRecord, StoreError> {
    let sequence = from_column(row.try_get("sequence").map_err(store_error)?, "decision sequence")?;
    let text: &str = row.try_get("record").map_err(store_error)?;
    let record: DecisionRecord = serde_json::from_str(text)
        .map_err(|_| StoreError::corrupt(format!("decision {sequence} of tenant `{tenant}`")))?;
    Ok(DecisionRecord { sequence, ..record })
}
