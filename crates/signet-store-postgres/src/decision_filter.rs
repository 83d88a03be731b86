//! A filter of decisions as SQL.

use signet_store::{DecisionFilter, StoreError};
use sqlx::{Postgres, QueryBuilder};

use crate::decision_rows::name_of;
use crate::values::{nanoseconds, to_text};

/// Appends the conditions, each led by `AND`. The same ones as `DecisionFilter::matches`.
pub(crate) fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &DecisionFilter) -> Result<(), StoreError> {
    if let Some(from) = filter.from {
        query.push(" AND time_ns >= ").push_bind(nanoseconds(from));
    }
    if let Some(to) = filter.to {
        query.push(" AND time_ns < ").push_bind(nanoseconds(to));
    }
    if let Some(user) = filter.user {
        query.push(" AND user_id = ").push_bind(user.to_string()).push("::uuid");
    }
    if let Some(application) = &filter.application {
        // The columns have the collation "C", in which only ASCII letters have a case.
        let wanted = to_text(&application.to_ascii_lowercase()).into_owned();
        query.push(" AND (lower(application_id) = ").push_bind(wanted.clone());
        query.push(" OR lower(application_name) = ").push_bind(wanted).push(")");
    }
    if let Some(label) = filter.label {
        query.push(" AND (label_before = ").push_bind(label.to_string());
        query.push("::uuid OR label_after = ").push_bind(label.to_string());
        query.push("::uuid)");
    }
    if let Some(operation) = filter.operation {
        query.push(" AND operation = ").push_bind(name_of(&operation)?);
    }
    if let Some(outcome) = filter.outcome {
        query.push(" AND outcome = ").push_bind(name_of(&outcome)?);
    }
    Ok(())
}
