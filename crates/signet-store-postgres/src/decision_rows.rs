//! Decision records as the columns of one statement.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use signet_store::StoreError;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::error::store_error;
use crate::session::Statement;
use crate::values::{from_column, nanoseconds, tenant_id, to_text};

/// Records that are written together, column by column.
///
/// INVARIANT (columns are parallel): every list but those of tenants has one entry per record.
pub(crate) struct Batch {
    /// Place in the batch of each tenant's first record, and how many of its records there are.
    tenants: BTreeMap<TenantId, Share>,
    owners: Vec<TenantId>,
    /// How many records of the same tenant come later in the batch.
    followers: Vec<i64>,
    times: Vec<i64>,
    operations: Vec<String>,
    outcomes: Vec<String>,
    users: Vec<Option<String>>,
    application_ids: Vec<Option<String>>,
    application_names: Vec<Option<String>>,
    labels_before: Vec<Option<String>>,
    labels_after: Vec<Option<String>>,
    records: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct Share {
    first: usize,
    records: i64,
}

impl Batch {
    /// # Errors
    /// `Invalid` when a record cannot be written out.
    pub(crate) fn of(records: &[DecisionRecord]) -> Result<Self, StoreError> {
        let mut tenants = BTreeMap::new();
        for (place, record) in records.iter().enumerate() {
            let none = Share {
                first: place,
                records: 0,
            };
            tenants.entry(record.tenant_id).or_insert(none).records += 1;
        }
        let text = |text: Option<&str>| text.map(|text| to_text(text).into_owned());
        Ok(Self {
            followers: followers(records, &tenants),
            tenants,
            owners: records.iter().map(|record| record.tenant_id).collect(),
            times: records.iter().map(|record| nanoseconds(record.time)).collect(),
            operations: records
                .iter()
                .map(|record| name_of(&record.operation))
                .collect::<Result<_, _>>()?,
            outcomes: records
                .iter()
                .map(|record| name_of(&record.outcome))
                .collect::<Result<_, _>>()?,
            users: records
                .iter()
                .map(|record| record.user_id.map(|id| id.to_string()))
                .collect(),
            application_ids: records
                .iter()
                .map(|record| text(record.application_id.as_deref()))
                .collect(),
            application_names: records
                .iter()
                .map(|record| text(record.application_name.as_deref()))
                .collect(),
            labels_before: records
                .iter()
                .map(|record| record.label_before.map(|id| id.to_string()))
                .collect(),
            labels_after: records
                .iter()
                .map(|record| record.label_after.map(|id| id.to_string()))
                .collect(),
            records: records.iter().map(write).collect::<Result<_, _>>()?,
        })
    }

    /// Ids of the tenants, ascending.
    pub(crate) fn tenants(&self) -> Vec<String> {
        self.tenants.keys().map(ToString::to_string).collect()
    }

    /// Takes the numbers and writes the records; the rows say each tenant's newest number.
    pub(crate) fn insert(&self) -> Statement<'_> {
        let counts: Vec<i64> = self.tenants.values().map(|share| share.records).collect();
        let owners: Vec<String> = self.owners.iter().map(ToString::to_string).collect();
        sqlx::query(include_str!("sql/append_decisions.sql"))
            .bind(self.tenants())
            .bind(counts)
            .bind(owners)
            .bind(&self.followers)
            .bind(&self.times)
            .bind(&self.operations)
            .bind(&self.outcomes)
            .bind(&self.users)
            .bind(&self.application_ids)
            .bind(&self.application_names)
            .bind(&self.labels_before)
            .bind(&self.labels_after)
            .bind(&self.records)
    }

    /// Numbers of the records, from the rows of [`Batch::insert`].
    pub(crate) fn sequences(&self, rows: &[PgRow]) -> Result<Vec<u64>, StoreError> {
        let latest = numbers(rows, "latest")?;
        let of = |(owner, followers): (&TenantId, &i64)| {
            let latest = latest.get(owner).copied().unwrap_or_default();
            from_column(latest - followers, "decision sequence")
        };
        self.owners.iter().zip(&self.followers).map(of).collect()
    }

    /// Looks for each tenant's first record; the rows say its number.
    pub(crate) fn find(&self) -> Statement<'_> {
        let firsts: Vec<usize> = self.tenants.values().map(|share| share.first).collect();
        let times: Vec<i64> = firsts
            .iter()
            .filter_map(|first| self.times.get(*first).copied())
            .collect();
        let records: Vec<&String> = firsts.iter().filter_map(|first| self.records.get(*first)).collect();
        sqlx::query(include_str!("sql/find_appended_decisions.sql"))
            .bind(self.tenants())
            .bind(times)
            .bind(records)
    }

    /// Numbers of the records, from the rows of [`Batch::find`]; absent: they were not written. All of a tenant's
    /// records are or none, with numbers in a row.
    pub(crate) fn found(&self, rows: &[PgRow]) -> Result<Option<Vec<u64>>, StoreError> {
        let first = numbers(rows, "sequence")?;
        if self.tenants.keys().any(|tenant| !first.contains_key(tenant)) {
            return Ok(None);
        }
        let of = |(owner, followers): (&TenantId, &i64)| {
            let first = first.get(owner).copied().unwrap_or_default();
            let records = self.tenants.get(owner).map_or(0, |share| share.records);
            from_column(first + records - 1 - followers, "decision sequence")
        };
        let sequences = self.owners.iter().zip(&self.followers).map(of);
        sequences.collect::<Result<_, _>>().map(Some)
    }
}

fn followers(records: &[DecisionRecord], tenants: &BTreeMap<TenantId, Share>) -> Vec<i64> {
    let mut left: HashMap<TenantId, i64> = tenants.iter().map(|(tenant, share)| (*tenant, share.records)).collect();
    let after = |record: &DecisionRecord| {
        let left = left.entry(record.tenant_id).or_insert(1);
        *left -= 1;
        *left
    };
    records.iter().map(after).collect()
}

fn numbers(rows: &[PgRow], column: &str) -> Result<HashMap<TenantId, i64>, StoreError> {
    let read = |row: &PgRow| {
        let tenant = tenant_id(row.try_get("tenant_id").map_err(store_error)?)?;
        Ok((tenant, row.try_get(column).map_err(store_error)?))
    };
    rows.iter().map(read).collect()
}

fn write(record: &DecisionRecord) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(cannot_be_written)
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
