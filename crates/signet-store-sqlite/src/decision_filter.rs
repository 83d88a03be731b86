//! A filter of decisions as SQL.

use jiff::Timestamp;
use signet_domain::ids::TenantId;
use signet_store::{DecisionFilter, StoreError};
use sqlx::{QueryBuilder, Sqlite};

use crate::decision_rows::name_of;
use crate::values::{bytes, nanoseconds};

/// Appends the conditions, each led by `AND`. The same ones as `DecisionFilter::matches`.
pub(crate) fn push_filter(
    query: &mut QueryBuilder<Sqlite>,
    tenant: TenantId,
    filter: &DecisionFilter,
) -> Result<(), StoreError> {
    if filter.from.is_some() || filter.to.is_some() {
        push_time(query, tenant, filter.from, filter.to);
    }
    if let Some(user) = filter.user {
        query.push(" AND user_id = ").push_bind(bytes(user.as_uuid()));
    }
    if let Some(application) = &filter.application {
        let wanted = application.to_ascii_lowercase();
        query.push(" AND (lower(application_id) = ").push_bind(wanted.clone());
        query.push(" OR lower(application_name) = ").push_bind(wanted).push(")");
    }
    if let Some(label) = filter.label {
        query.push(" AND (label_before = ").push_bind(bytes(label.as_uuid()));
        query
            .push(" OR label_after = ")
            .push_bind(bytes(label.as_uuid()))
            .push(")");
    }
    if let Some(operation) = filter.operation {
        query.push(" AND operation = ").push_bind(name_of(&operation)?);
    }
    if let Some(outcome) = filter.outcome {
        query.push(" AND outcome = ").push_bind(name_of(&outcome)?);
    }
    Ok(())
}

/// The span of time, and the span of sequences it lies in. Times only roughly follow sequences, so the first is the
/// condition and the second, found in the index by time, keeps a page near the end of a long log from reading it all.
fn push_time(query: &mut QueryBuilder<Sqlite>, tenant: TenantId, from: Option<Timestamp>, to: Option<Timestamp>) {
    push_span(query, from, to);
    for (comparison, bound) in [(">=", "MIN"), ("<=", "MAX")] {
        query.push(format!(
            " AND sequence {comparison} (SELECT {bound}(sequence) FROM decisions WHERE tenant_id = "
        ));
        query.push_bind(bytes(tenant.as_uuid()));
        push_span(query, from, to);
        query.push(")");
    }
}

fn push_span(query: &mut QueryBuilder<Sqlite>, from: Option<Timestamp>, to: Option<Timestamp>) {
    if let Some(from) = from {
        query.push(" AND time_ns >= ").push_bind(nanoseconds(from));
    }
    if let Some(to) = to {
        query.push(" AND time_ns < ").push_bind(nanoseconds(to));
    }
}
