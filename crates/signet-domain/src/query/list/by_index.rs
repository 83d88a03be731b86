//! A page in the order of sensitivity, which is the order of the index: what lies before the page and behind it is not
//! touched.

use std::cmp::Ordering;

use super::{Found, Listing};
use crate::error::DomainError;
use crate::ids::LabelId;
use crate::query::filter::FieldValue;
use crate::query::{Literal, PageKey};
use crate::snapshot::LabelPosition;

pub(super) fn find(listing: &Listing<'_>) -> Result<Found, DomainError> {
    let candidates = listing.candidates()?;
    let named = listing.named();
    let is_entry = |position: &LabelPosition| listing.row(*position, &named).is_some();
    let total = match (listing.query.count, listing.takes_all()) {
        (false, _) => 0,
        (true, true) => candidates.len(),
        (true, false) => candidates.iter().filter(|position| is_entry(position)).count(),
    };
    let start = listing.query.after.as_ref().map_or(0, |after| {
        candidates.partition_point(|position| !listing.is_after(*position, after))
    });
    let (skip, top) = listing.bounds();
    let rest = candidates.get(start..).unwrap_or_default();
    let mut page: Vec<LabelPosition> = if listing.takes_all() {
        rest.iter().skip(skip).take(top + 1).copied().collect()
    } else {
        rest.iter()
            .filter(|position| is_entry(position))
            .skip(skip)
            .take(top + 1)
            .copied()
            .collect()
    };
    let is_last = page.len() <= top;
    page.truncate(top);
    let last = page.last().filter(|_| !is_last);
    Ok(Found {
        next: last.and_then(|position| listing.page_key(*position)),
        total: u64::try_from(total).unwrap_or(u64::MAX),
        page,
    })
}

impl Listing<'_> {
    fn place(&self, position: LabelPosition) -> Option<(i64, LabelId)> {
        let label = &self.context.snapshot.label_index().entry(position)?.label;
        Some((i64::from(label.sensitivity), label.id))
    }

    /// The label sorts after a key.
    fn is_after(&self, position: LabelPosition, key: &PageKey) -> bool {
        let Some((sensitivity, id)) = self.place(position) else {
            return false;
        };
        let by_value = key.values.first().map_or(Ordering::Greater, |value| {
            FieldValue::Integer(sensitivity).total_order(&FieldValue::of(value))
        });
        by_value.then_with(|| id.cmp(&key.id)).is_gt()
    }

    fn page_key(&self, position: LabelPosition) -> Option<PageKey> {
        let (sensitivity, id) = self.place(position)?;
        Some(PageKey {
            values: vec![Literal::Integer(sensitivity)],
            id,
        })
    }
}
