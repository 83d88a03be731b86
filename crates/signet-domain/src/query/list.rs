//! Lists and gets labels of a snapshot.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::filter::{Row, named_ids, required_ids};
use super::{LabelField, LabelPage, LabelQuery, Literal, OrderKey, PageKey, Visibility};
use crate::error::{DomainError, ErrorReason};
use crate::ids::LabelId;
use crate::locale::LocalePreference;
use crate::snapshot::{ActorScope, LabelPosition, PolicySnapshot};
use crate::view::{LabelView, ViewContext};

/// Most entries of a page. Source: rest-api 7.2.
const MAX_PAGE: usize = 999;

/// The order when none is asked for: least sensitive first. Source: rest-api 5.1.
const DEFAULT_ORDER: [OrderKey; 1] = [OrderKey {
    field: LabelField::Sensitivity,
    descending: false,
}];

/// A page of the labels a query asks for. No label is no error: the page is empty.
///
/// # Errors
/// `LabelNotFound` when `parent` is unknown or not visible; `UserNotFound` when the actor is no user of the tenant;
/// `InvalidPageToken` when `after` does not belong to the query's order.
pub fn list_labels(snapshot: &PolicySnapshot, query: &LabelQuery) -> Result<LabelPage, DomainError> {
    let scope = snapshot.scope(query.visibility.actor)?;
    let context = ViewContext {
        snapshot,
        locale: &query.locale,
        default_label: scope.settings.default_label_id,
    };
    let listing = Listing {
        query,
        scope: &scope,
        context: &context,
    };
    let order = if query.order.is_empty() {
        &DEFAULT_ORDER[..]
    } else {
        &query.order
    };
    let mut entries = listing.entries(order)?;
    let total = query.count.then(|| u64::try_from(entries.len()).unwrap_or(u64::MAX));
    if let Some(after) = &query.after {
        if after.values.len() != order.len() {
            return Err(DomainError::new(
                ErrorReason::InvalidPageToken,
                "the page token belongs to another order, so start again from the first page",
            ));
        }
        entries.retain(|entry| entry.compare(&after.values, after.id, order).is_gt());
    }
    let skip = usize::try_from(query.skip).unwrap_or(usize::MAX);
    let top = usize::try_from(query.top).unwrap_or(usize::MAX).min(MAX_PAGE);
    let remaining = entries.get(skip..).unwrap_or_default();
    let page = remaining.get(..top).unwrap_or(remaining);
    let next = page
        .last()
        .filter(|_| remaining.len() > page.len())
        .map(Entry::page_key);
    Ok(LabelPage {
        labels: page.iter().filter_map(|entry| listing.view(entry.position)).collect(),
        total,
        next,
    })
}

/// One label, with its parent and its visible sublabels.
///
/// # Errors
/// `LabelNotFound` when the label does not exist or is not visible, which is not told apart; `UserNotFound` when the
/// actor is no user of the tenant.
pub fn get_label(
    snapshot: &PolicySnapshot,
    visibility: &Visibility,
    id: LabelId,
    locale: &LocalePreference,
) -> Result<LabelView, DomainError> {
    let scope = snapshot.scope(visibility.actor)?;
    let context = ViewContext {
        snapshot,
        locale,
        default_label: scope.settings.default_label_id,
    };
    let shows = |position| snapshot.shows(visibility, &scope, position);
    snapshot
        .label_index()
        .position(id)
        .filter(|position| shows(*position))
        .and_then(|position| context.full(position, shows))
        .ok_or_else(|| not_found(id))
}

/// An unknown label and one that is not published read alike. Source: labelling semantics A10.
pub(crate) fn not_found(id: LabelId) -> DomainError {
    DomainError::new(
        ErrorReason::LabelNotFound,
        format!("label `{id}` does not exist or is not available to the caller, so list the labels to see which are"),
    )
}

/// A label found, with the values it is ordered by.
struct Entry {
    position: LabelPosition,
    id: LabelId,
    values: Vec<Literal>,
}

impl Entry {
    fn compare(&self, values: &[Literal], id: LabelId, order: &[OrderKey]) -> Ordering {
        let by_values = self.values.iter().zip(values).zip(order).map(|((own, other), key)| {
            let ascending = compare_literals(own, other);
            if key.descending { ascending.reverse() } else { ascending }
        });
        by_values
            .fold(Ordering::Equal, Ordering::then)
            .then_with(|| self.id.cmp(&id))
    }

    fn page_key(&self) -> PageKey {
        PageKey {
            values: self.values.clone(),
            id: self.id,
        }
    }
}

/// A total order of values: null, then by type.
fn compare_literals(one: &Literal, other: &Literal) -> Ordering {
    let rank = |literal: &Literal| match literal {
        Literal::Null => 0,
        Literal::Boolean(_) => 1,
        Literal::Integer(_) => 2,
        Literal::Text(_) => 3,
    };
    match (one, other) {
        (Literal::Boolean(one), Literal::Boolean(other)) => one.cmp(other),
        (Literal::Integer(one), Literal::Integer(other)) => one.cmp(other),
        (Literal::Text(one), Literal::Text(other)) => one.cmp(other),
        _ => rank(one).cmp(&rank(other)),
    }
}

struct Listing<'a> {
    query: &'a LabelQuery,
    scope: &'a ActorScope,
    context: &'a ViewContext<'a>,
}

impl Listing<'_> {
    fn shows(&self, position: LabelPosition) -> bool {
        self.context
            .snapshot
            .shows(&self.query.visibility, self.scope, position)
    }

    /// Everything that satisfies the query, in order.
    fn entries(&self, order: &[OrderKey]) -> Result<Vec<Entry>, DomainError> {
        let named = self.query.filter.as_ref().map(named_ids).unwrap_or_default();
        let mut entries: Vec<Entry> = self
            .candidates()?
            .into_iter()
            .filter(|position| self.shows(*position))
            .filter_map(|position| Row::new(self.context, position).map(|row| (position, row)))
            .filter(|(position, row)| self.is_entry(*position, row, &named))
            .map(|(position, row)| Entry {
                position,
                id: row.id(),
                values: order.iter().map(|key| row.value(key.field).to_literal()).collect(),
            })
            .collect();
        entries.sort_by(|one, other| one.compare(&other.values, other.id, order));
        Ok(entries)
    }

    /// Labels that may qualify, each once: by index where the filter or the parent names them.
    fn candidates(&self) -> Result<Vec<LabelPosition>, DomainError> {
        let index = self.context.snapshot.label_index();
        if let Some(parent) = self.query.parent {
            let position = index.position(parent).filter(|position| self.shows(*position));
            let entry = position.and_then(|position| index.entry(position));
            return entry
                .map(|entry| entry.sublabels.clone())
                .ok_or_else(|| not_found(parent));
        }
        let Some(ids) = self.query.filter.as_ref().and_then(required_ids) else {
            return Ok(index.by_sensitivity().to_vec());
        };
        let mut seen = HashSet::with_capacity(ids.len());
        Ok(ids
            .into_iter()
            .filter_map(|id| index.position(id))
            .filter(|position| seen.insert(*position))
            .collect())
    }

    fn is_entry(&self, position: LabelPosition, row: &Row<'_>, named: &HashSet<LabelId>) -> bool {
        self.stands_alone(position, row.id(), named)
            && self.query.filter.as_ref().is_none_or(|filter| row.satisfies(filter))
            && self.query.search.iter().all(|term| row.matches(term))
    }

    /// The label is an entry of its own and not only nested under its parent. Source: rest-api 4.2.
    fn stands_alone(&self, position: LabelPosition, id: LabelId, named: &HashSet<LabelId>) -> bool {
        if !self.query.nested || self.query.parent.is_some() || named.contains(&id) {
            return true;
        }
        let parent = self
            .context
            .snapshot
            .label_index()
            .entry(position)
            .and_then(|entry| entry.parent);
        parent.is_none_or(|parent| !self.shows(parent))
    }

    fn view(&self, position: LabelPosition) -> Option<LabelView> {
        if self.query.nested {
            self.context.full(position, |sublabel| self.shows(sublabel))
        } else {
            self.context.with_parent(position)
        }
    }
}

#[cfg(test)]
mod tests;
