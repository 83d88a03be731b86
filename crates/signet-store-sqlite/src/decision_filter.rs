//! A filter of decisions as SQL over batches: what leaves a batch out. What is in it is compared record by record.

use jiff::Timestamp;
use signet_domain::ids::TenantId;
use signet_store::DecisionFilter;
use sqlx::{QueryBuilder, Sqlite};

use crate::values::{bytes, nanoseconds};

/// Appends the conditions, each led by `AND`, that a batch meets when it holds a record of `DecisionFilter::matches`.
/// `sequence` is the column of the batch's first number; the batch is `b`, its user `u`.
pub(crate) fn push_filter(query: &mut QueryBuilder<Sqlite>, tenant: TenantId, filter: &DecisionFilter, sequence: &str) {
    if filter.from.is_some() || filter.to.is_some() {
        push_time(query, tenant, filter.from, filter.to, sequence);
    }
    if let Some(user) = filter.user {
        query.push(" AND u.user_id = ").push_bind(bytes(user.as_uuid()));
    }
    if let Some(label) = filter.label {
        // Batches of schema 9 and later say which labels they name. In older ones an id is written in one way only, so
        // that a text without it has no record of it; those that were compressed can only be read.
        query
            .push(" AND (instr(b.labels, ")
            .push_bind(bytes(label.as_uuid()))
            .push(") > 0 OR (b.labels IS NULL AND (b.packed IS NOT NULL OR instr(b.records, ")
            .push_bind(label.to_string())
            .push(") > 0)))");
    }
}

/// The span of time, and the span of sequences it lies in. Times only roughly follow sequences, so the first is the
/// condition and the second, found in the index by time, keeps a page near the end of a long log from reading it all.
fn push_time(
    query: &mut QueryBuilder<Sqlite>,
    tenant: TenantId,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    sequence: &str,
) {
    push_span(query, "b.", from, to);
    for (comparison, bound) in [(">=", "MIN"), ("<=", "MAX")] {
        query.push(format!(
            " AND {sequence} {comparison} (SELECT {bound}(first_sequence) FROM decision_batches \
             INDEXED BY decision_batches_by_time WHERE tenant_id = "
        ));
        query.push_bind(bytes(tenant.as_uuid()));
        push_span(query, "", from, to);
        query.push(")");
    }
}

fn push_span(query: &mut QueryBuilder<Sqlite>, table: &str, from: Option<Timestamp>, to: Option<Timestamp>) {
    if let Some(from) = from {
        query
            .push(format!(" AND {table}latest_ns >= "))
            .push_bind(nanoseconds(from));
    }
    if let Some(to) = to {
        query
            .push(format!(" AND {table}earliest_ns < "))
            .push_bind(nanoseconds(to));
    }
}
