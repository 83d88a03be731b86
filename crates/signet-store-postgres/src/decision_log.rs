//! The decision log in PostgreSQL.

use async_trait::async_trait;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use signet_store::{DecisionFilter, DecisionLog, StoreError};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use tracing::instrument;

use crate::PostgresStore;
use crate::decision_filter::push_filter;
use crate::decision_rows::Batch;
use crate::error::{is_broken, store_error};
use crate::session::{Attempts, Repeat, Session, bounded, fetch, try_fetch};
use crate::values::{from_column, to_column};

#[async_trait]
impl DecisionLog for PostgresStore {
    #[instrument(name = "store.decision.append", level = "debug", skip_all, fields(decision.count = records.len()))]
    async fn append(&self, records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let batch = Batch::of(&records)?;
        bounded(self.append_batch(&batch)).await
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
        bounded(async {
            let mut attempts = Attempts::new(Repeat::Safe);
            loop {
                let query = list_query(tenant, filter, after_sequence, limit, descending)?;
                match self.list_once(query).await {
                    Err(error) if attempts.again(&error).await => {}
                    Err(error) => return Err(store_error(error)),
                    Ok(rows) => return rows.iter().map(|row| read(tenant, row)).collect(),
                }
            }
        })
        .await
    }

    #[instrument(name = "store.decision.latest", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn latest_sequence(&self, tenant: TenantId) -> Result<u64, StoreError> {
        let statement =
            || sqlx::query("SELECT latest FROM decision_counters WHERE tenant_id = $1::uuid").bind(tenant.to_string());
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        let Some(row) = rows.first() else { return Ok(0) };
        from_column(row.try_get("latest").map_err(store_error)?, "decision sequence")
    }
}

impl PostgresStore {
    /// One statement, which takes the numbers and writes the records. When its answer is lost, what it did is looked
    /// up before it is tried again.
    async fn append_batch(&self, batch: &Batch) -> Result<Vec<u64>, StoreError> {
        let mut attempts = Attempts::new(Repeat::Safe);
        loop {
            match try_fetch(&self.pool, Repeat::Undone, &|| batch.insert()).await {
                Ok(rows) => return batch.sequences(&rows),
                Err(error) if is_broken(&error) && attempts.again(&error).await => {
                    if let Some(sequences) = self.find_appended(batch).await? {
                        return Ok(sequences);
                    }
                }
                Err(error) => return Err(store_error(error)),
            }
        }
    }

    /// The numbers of a batch that is in the log; absent: it is not, whole as it is.
    async fn find_appended(&self, batch: &Batch) -> Result<Option<Vec<u64>>, StoreError> {
        // Waits for the statement that got no answer, should the server still be at it.
        let lock = || {
            sqlx::query(
                "SELECT latest FROM decision_counters WHERE tenant_id = ANY ($1::text[]::uuid[]) ORDER BY tenant_id \
                 FOR UPDATE",
            )
            .bind(batch.tenants())
        };
        try_fetch(&self.pool, Repeat::Safe, &lock).await.map_err(store_error)?;
        let rows = try_fetch(&self.pool, Repeat::Safe, &|| batch.find()).await;
        batch.found(&rows.map_err(store_error)?)
    }

    async fn list_once(&self, mut query: QueryBuilder<Postgres>) -> Result<Vec<PgRow>, sqlx::Error> {
        let mut session = Session::open(&self.pool).await?;
        let rows = query.build().fetch_all(&mut *session).await?;
        session.release();
        Ok(rows)
    }
}

fn list_query(
    tenant: TenantId,
    filter: &DecisionFilter,
    after_sequence: u64,
    limit: u32,
    descending: bool,
) -> Result<QueryBuilder<Postgres>, StoreError> {
    let mut query = QueryBuilder::new("SELECT sequence, record FROM decisions WHERE tenant_id = ");
    query.push_bind(tenant.to_string()).push("::uuid");
    push_filter(&mut query, filter)?;
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

/// The number is a column of its own: it is not known yet when the record is written out.
fn read(tenant: TenantId, row: &PgRow) -> Result<DecisionRecord, StoreError> {
    let sequence = from_column(row.try_get("sequence").map_err(store_error)?, "decision sequence")?;
    let text: &str = row.try_get("record").map_err(store_error)?;
    let record: DecisionRecord = serde_json::from_str(text)
        .map_err(|_| StoreError::corrupt(format!("decision {sequence} of tenant `{tenant}`")))?;
    Ok(DecisionRecord { sequence, ..record })
}
