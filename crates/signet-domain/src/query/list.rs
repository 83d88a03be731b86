//! Lists and gets labels of a snapshot.
//!
//! What a page costs follows from what is asked: in the order of sensitivity a page is read off the index, from wherever
//! it begins; in another order every label that qualifies is compared, but none is copied. Only the labels of the page
//! become views.

mod by_index;
mod by_values;

use std::borrow::Cow;
use std::collections::HashSet;

use super::filter::{Row, named_ids, required_ids};
use super::{LabelField, LabelPage, LabelQuery, OrderKey, PageKey, Visibility};
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
    if query
        .after
        .as_ref()
        .is_some_and(|after| after.values.len() != order.len())
    {
        return Err(DomainError::new(
            ErrorReason::InvalidPageToken,
            "the page token belongs to another order, so start again from the first page",
        ));
    }
    let found = if order == DEFAULT_ORDER {
        by_index::find(&listing)?
    } else {
        by_values::find(&listing, order)?
    };
    Ok(LabelPage {
        labels: found
            .page
            .iter()
            .filter_map(|position| listing.view(*position))
            .collect(),
        total: query.count.then_some(found.total),
        next: found.next,
    })
}

/// What a query found. Labels become views only when they are on the page.
struct Found {
    page: Vec<LabelPosition>,
    /// Entries in all; worked out only when asked for.
    total: u64,
    next: Option<PageKey>,
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

    /// Entries to leave out and to return.
    fn bounds(&self) -> (usize, usize) {
        let skip = usize::try_from(self.query.skip).unwrap_or(usize::MAX);
        let top = usize::try_from(self.query.top).unwrap_or(usize::MAX).min(MAX_PAGE);
        (skip, top)
    }

    /// Ids that make a sublabel an entry of its own.
    fn named(&self) -> HashSet<LabelId> {
        self.query.filter.as_ref().map(named_ids).unwrap_or_default()
    }

    /// Labels that may qualify, each once and by sensitivity: by index where the filter or the parent names them.
    fn candidates(&self) -> Result<Cow<'_, [LabelPosition]>, DomainError> {
        let index = self.context.snapshot.label_index();
        if let Some(parent) = self.query.parent {
            let position = index.position(parent).filter(|position| self.shows(*position));
            let entry = position.and_then(|position| index.entry(position));
            return entry
                .map(|entry| Cow::Borrowed(entry.sublabels.as_slice()))
                .ok_or_else(|| not_found(parent));
        }
        let Some(ids) = self.query.filter.as_ref().and_then(required_ids) else {
            return Ok(Cow::Borrowed(index.by_sensitivity()));
        };
        let mut named: Vec<LabelPosition> = ids.into_iter().filter_map(|id| index.position(id)).collect();
        named.sort_by_key(|position| {
            index
                .entry(*position)
                .map(|entry| (entry.label.sensitivity, entry.label.id))
        });
        named.dedup();
        Ok(Cow::Owned(named))
    }

    /// Every candidate is an entry, so that entries need not be looked at to be counted or left out.
    fn takes_all(&self) -> bool {
        let query = self.query;
        let narrows = query.visibility.published_only || query.visibility.enabled.is_some();
        let nests = query.nested && query.parent.is_none();
        !narrows && !nests && query.filter.is_none() && query.search.is_empty()
    }

    /// The row of a candidate that is an entry.
    fn row(&self, position: LabelPosition, named: &HashSet<LabelId>) -> Option<Row<'_>> {
        if !self.shows(position) {
            return None;
        }
        Row::new(self.context, position).filter(|row| self.is_entry(position, row, named))
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
#[cfg(test)]
mod work_tests;
