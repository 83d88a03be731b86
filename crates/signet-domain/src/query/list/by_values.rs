//! A page in an order of its own. Every label that qualifies is compared, none is copied; only the front is sorted.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::{Found, Listing};
use crate::error::DomainError;
use crate::ids::LabelId;
use crate::query::filter::FieldValue;
use crate::query::{OrderKey, PageKey};
use crate::snapshot::LabelPosition;

/// A label found, with the values it is ordered by, which lie in the snapshot.
struct Entry<'a> {
    position: LabelPosition,
    id: LabelId,
    values: SmallVec<[FieldValue<'a>; 2]>,
}

impl Entry<'_> {
    fn compare(&self, values: &[FieldValue<'_>], id: LabelId, order: &[OrderKey]) -> Ordering {
        let by_values = self.values.iter().zip(values).zip(order).map(|((own, other), key)| {
            let ascending = own.total_order(other);
            if key.descending { ascending.reverse() } else { ascending }
        });
        by_values
            .fold(Ordering::Equal, Ordering::then)
            .then_with(|| self.id.cmp(&id))
    }

    fn page_key(&self) -> PageKey {
        PageKey {
            values: self.values.iter().map(FieldValue::to_literal).collect(),
            id: self.id,
        }
    }
}

pub(super) fn find(listing: &Listing<'_>, order: &[OrderKey]) -> Result<Found, DomainError> {
    let named = listing.named();
    let candidates = listing.candidates()?;
    let rows = candidates
        .iter()
        .filter_map(|position| Some((*position, listing.row(*position, &named)?)));
    let mut entries: Vec<Entry<'_>> = rows
        .map(|(position, row)| Entry {
            position,
            id: row.id(),
            values: order.iter().map(|key| row.value(key.field)).collect(),
        })
        .collect();
    let total = entries.len();
    if let Some(after) = &listing.query.after {
        let values: SmallVec<[FieldValue<'_>; 2]> = after.values.iter().map(FieldValue::of).collect();
        entries.retain(|entry| entry.compare(&values, after.id, order).is_gt());
    }
    let (skip, top) = listing.bounds();
    let end = skip.saturating_add(top);
    let by_order = |one: &Entry<'_>, other: &Entry<'_>| one.compare(&other.values, other.id, order);
    let is_last = end >= entries.len();
    if !is_last {
        entries.select_nth_unstable_by(end, by_order);
        entries.truncate(end);
    }
    entries.sort_unstable_by(by_order);
    let page = entries.get(skip..).unwrap_or_default();
    Ok(Found {
        next: page.last().filter(|_| !is_last).map(Entry::page_key),
        total: u64::try_from(total).unwrap_or(u64::MAX),
        page: page.iter().map(|entry| entry.position).collect(),
    })
}
