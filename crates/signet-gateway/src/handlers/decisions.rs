//! The decision log as a collection: `GET /signet/v1/decisions`.
//!
//! Filters are plain parameters: `from`, `to` (RFC 3339), `user` (object id), `application` (client id or name),
//! `label`, `operation`, `outcome`; with `$top`, `$skiptoken` and `$orderby=sequence desc`. Every one must hold.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as ValueError, StrDeserializer};
use signet_contract::evaluation::DecisionQuery;
use signet_domain::ids::{LabelId, UserId};

use crate::call::Call;
use crate::front::answer::Answer;
use crate::graph::decisions::DecisionsAnswer;
use crate::graph::error::GraphError;
use crate::odata::options::DECISIONS;
use crate::odata::paging::Paging;
use crate::odata::query_string::{QueryString, SystemOption};

const CONDITIONS: [&str; 7] = ["from", "to", "user", "application", "label", "operation", "outcome"];

/// Answers a page of records.
pub(crate) async fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    let query = QueryString::parse(call.query())?.offering(DECISIONS)?;
    check_conditions(&query)?;
    let (wanted, top) = read(&query)?;
    let mut records = call
        .gateway
        .services
        .decision_log
        .list_decisions(&call.context, wanted)
        .await?;
    let more = records.len() > top;
    records.truncate(top);
    let next_link = records
        .last()
        .filter(|_| more)
        .map(|last| call.next_link(&query.next_page(&last.sequence.to_string())));
    let context = call.contexts().of("decisions");
    Ok(Answer::json(&DecisionsAnswer {
        context: &context,
        value: &records,
        next_link,
    })?
    .no_store())
}

/// A condition that is not known or says nothing must not be passed over: more would be answered than was asked for.
fn check_conditions(query: &QueryString) -> Result<(), GraphError> {
    for (name, value) in query.plain_parameters() {
        if !CONDITIONS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let name: String = name.chars().take(80).collect();
            let message = format!("`{name}` is no condition on decisions; use {}", CONDITIONS.join(", "));
            return Err(GraphError::invalid(message).inner("invalidQueryOption").at(name));
        }
        if value.trim().is_empty() {
            let message = format!("the condition `{name}` is empty; give a value or leave it out");
            return Err(GraphError::invalid(message).inner("invalidQueryOption").at(name));
        }
    }
    Ok(())
}

/// The query, asking for one record more than the page holds, and the page's size.
fn read(query: &QueryString) -> Result<(DecisionQuery, usize), GraphError> {
    let Paging { top, skip_token, .. } = Paging::parse(query)?;
    let after = match skip_token {
        None => 0,
        Some(text) => text
            .parse::<u64>()
            .map_err(|_| wrong("$skiptoken", "the token of a next link"))?,
    };
    let wanted = DecisionQuery {
        from: instant(query, "from")?,
        to: instant(query, "to")?,
        user: parsed(query, "user", "a user's object id", |text| UserId::parse(text).ok())?,
        application: query.plain(&["application"])?.map(str::to_owned),
        label: parsed(query, "label", "a label id", |text| LabelId::parse(text).ok())?,
        operation: parsed(query, "operation", "an operation such as `evaluateApplication`", member)?,
        outcome: parsed(query, "outcome", "an outcome such as `changed` or `refused`", member)?,
        after,
        descending: descending(query)?,
        limit: top.saturating_add(1),
    };
    Ok((wanted, usize::try_from(top).unwrap_or(0)))
}

fn instant(query: &QueryString, name: &'static str) -> Result<Option<Timestamp>, GraphError> {
    parsed(query, name, "an instant such as `2026-01-31T00:00:00Z`", |text| {
        text.parse().ok()
    })
}

fn parsed<T>(
    query: &QueryString,
    name: &'static str,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, GraphError> {
    let Some(text) = query.plain(&[name])? else {
        return Ok(None);
    };
    parse(text).map(Some).ok_or_else(|| wrong(name, expected))
}

/// A member of an enumeration by its published name, any case of its first letter.
fn member<T: DeserializeOwned>(text: &str) -> Option<T> {
    let mut letters = text.chars();
    let first = letters.next()?.to_ascii_lowercase();
    let name: String = std::iter::once(first).chain(letters).collect();
    T::deserialize(StrDeserializer::<ValueError>::new(&name)).ok()
}

fn descending(query: &QueryString) -> Result<bool, GraphError> {
    let Some(text) = query.system(SystemOption::OrderBy) else {
        return Ok(false);
    };
    let mut words = text.split_whitespace();
    let property = words.next().unwrap_or_default();
    let known = property.eq_ignore_ascii_case("sequence") || property.eq_ignore_ascii_case("time");
    match (known, words.next(), words.next()) {
        (true, None, _) => Ok(false),
        (true, Some(order), None) if order.eq_ignore_ascii_case("asc") => Ok(false),
        (true, Some(order), None) if order.eq_ignore_ascii_case("desc") => Ok(true),
        _ => Err(wrong("$orderby", "`sequence`, with `desc` for the newest first")),
    }
}

fn wrong(name: &str, expected: &str) -> GraphError {
    GraphError::invalid(format!("`{name}` is not understood; give {expected}")).at(name)
}
