//! The label that content made of other content inherits, and what a person may do with it. Source: semantics G1, G2.

use std::collections::HashSet;

use crate::content::ContentFormat;
use crate::environment::IdSource;
use crate::error::{DomainError, ErrorReason};
use crate::evaluation::{ContentRight, ProtectedContent, RightsAndInheritance};
use crate::ids::LabelId;
use crate::locale::LocalePreference;
use crate::query::{Actor, not_found};
use crate::rights::UsageRights;
use crate::rights::of_person::PersonRights;
use crate::snapshot::{LabelPosition, PolicySnapshot};
use crate::view::{LabelView, ViewContext};

/// Most entries of any collection of a request. Source: rest-api 3.4.
const MAX_ITEMS: usize = 1_000;

/// The most sensitive of some labels that can be applied to at least one of some formats (to any when none are
/// given). Parents and disabled labels are left out; what is published to whom does not matter.
///
/// - `actor`: whose default label `is_default` speaks of.
/// - `parent`: only its sublabels are known here; absent: all labels of the tenant are.
///
/// # Errors
/// `InvalidArgument` without labels; `TooManyItems` above 1,000; `LabelNotFound` when one is unknown;
/// `NoApplicableLabel` when none qualifies; `UserNotFound` for an unknown actor.
pub fn compute_inheritance(
    snapshot: &PolicySnapshot,
    label_ids: &[LabelId],
    formats: &[ContentFormat],
    locale: &LocalePreference,
    actor: Actor,
    parent: Option<LabelId>,
) -> Result<LabelView, DomainError> {
    if label_ids.is_empty() {
        return Err(DomainError::at(
            ErrorReason::InvalidArgument,
            "label_ids",
            "no label is given, so name at least one",
        ));
    }
    check_size("label_ids", label_ids.len())?;
    let flow = Flow::new(snapshot, locale, actor, formats, parent)?;
    let positions: Vec<LabelPosition> = label_ids
        .iter()
        .map(|id| {
            flow.find(*id).ok_or_else(|| DomainError {
                target: Some("label_ids".to_owned()),
                ..not_found(*id)
            })
        })
        .collect::<Result<_, _>>()?;
    let inherited = flow.most_sensitive(positions.into_iter());
    inherited.and_then(|position| flow.view(position)).ok_or_else(|| {
        DomainError::new(
            ErrorReason::NoApplicableLabel,
            "none of the labels is enabled, free of sublabels and for one of the formats, so give others",
        )
    })
}

/// Rights of a person for several contents, and the label that flows on from those that can be opened. Faults of
/// single contents are flags in their rights.
///
/// - `user_email`: whose rights; the address need not be in the directory.
/// - `supported_formats`: contents of other formats are left out; empty: all formats.
/// - `actor`, `parent`: as in [`compute_inheritance`].
///
/// # Errors
/// `InvalidArgument` without contents; `TooManyItems` above 1,000; `LabelNotFound` for an unknown `parent`;
/// `UserNotFound` for an unknown actor.
#[expect(
    clippy::too_many_arguments,
    reason = "each is a parameter of the operation of its own"
)]
pub fn compute_rights_and_inheritance(
    snapshot: &PolicySnapshot,
    user_email: &str,
    contents: &[ProtectedContent],
    supported_formats: &[ContentFormat],
    locale: &LocalePreference,
    actor: Actor,
    parent: Option<LabelId>,
    ids: &dyn IdSource,
) -> Result<RightsAndInheritance, DomainError> {
    if contents.is_empty() {
        let message = "no content is given, so name at least one";
        return Err(DomainError::at(ErrorReason::InvalidArgument, "contents", message));
    }
    check_size("contents", contents.len())?;
    // Without formats all are supported, and a label must still apply to one of them.
    let supported_formats = match supported_formats {
        [] => &ContentFormat::ALL,
        some => some,
    };
    let flow = Flow::new(snapshot, locale, actor, supported_formats, parent)?;
    let person = PersonRights::new(snapshot, user_email);
    let mut seen = HashSet::new();
    let mut opened = Vec::new();
    let mut result = RightsAndInheritance {
        inherited_label: None,
        content_rights: Vec::with_capacity(contents.len()),
        labels: Vec::new(),
    };
    for content in contents.iter().filter(|content| flow.supports(content.format)) {
        let position = LabelId::parse(&content.label_id).ok().and_then(|id| flow.find(id));
        let label = position.and_then(|position| flow.view(position));
        let rights = match &label {
            Some(view) => person.on(&view.label, None),
            None => UsageRights::LABEL_NOT_FOUND,
        };
        if rights != UsageRights::ACCESS_DENIED {
            opened.extend(position);
        }
        if let Some(view) = label.as_ref().filter(|view| seen.insert(view.id())) {
            result.labels.push(view.clone());
        }
        result.content_rights.push(ContentRight {
            id: ids.next_id(),
            cid: content.cid.clone(),
            format_text: content.format_text.clone(),
            rights,
            label,
        });
    }
    result.inherited_label = flow
        .most_sensitive(opened.into_iter())
        .and_then(|position| flow.view(position));
    Ok(result)
}

fn check_size(target: &str, count: usize) -> Result<(), DomainError> {
    if count <= MAX_ITEMS {
        return Ok(());
    }
    let message = format!("the list has {count} entries, send at most {MAX_ITEMS}");
    Err(DomainError::at(ErrorReason::TooManyItems, target, message))
}

/// Labels that flow into something of some formats.
struct Flow<'a> {
    context: ViewContext<'a>,
    formats: &'a [ContentFormat],
    parent: Option<LabelPosition>,
}

impl<'a> Flow<'a> {
    fn new(
        snapshot: &'a PolicySnapshot,
        locale: &'a LocalePreference,
        actor: Actor,
        formats: &'a [ContentFormat],
        parent: Option<LabelId>,
    ) -> Result<Self, DomainError> {
        let scope = snapshot.scope(actor)?;
        let parent = match parent {
            None => None,
            Some(id) => Some(snapshot.label_index().position(id).ok_or_else(|| not_found(id))?),
        };
        Ok(Self {
            context: ViewContext {
                snapshot,
                locale,
                default_label: scope.settings.default_label_id,
            },
            formats,
            parent,
        })
    }

    /// A label of the domain that is looked at.
    fn find(&self, id: LabelId) -> Option<LabelPosition> {
        let labels = self.context.snapshot.label_index();
        let position = labels.position(id)?;
        let above = labels.entry(position)?.parent;
        (self.parent.is_none() || above == self.parent).then_some(position)
    }

    fn supports(&self, format: ContentFormat) -> bool {
        self.formats.is_empty() || self.formats.contains(&format)
    }

    /// Of enabled labels without sublabels that apply to a wanted format.
    fn most_sensitive(&self, positions: impl Iterator<Item = LabelPosition>) -> Option<LabelPosition> {
        let labels = self.context.snapshot.label_index();
        positions
            .filter_map(|position| Some((position, labels.entry(position)?)))
            .filter(|(_, entry)| entry.label.is_enabled && !entry.is_parent())
            .filter(|(_, entry)| {
                self.formats.is_empty() || self.formats.iter().any(|format| entry.label.applies_to(*format))
            })
            .max_by_key(|(_, entry)| entry.label.sensitivity)
            .map(|(position, _)| position)
    }

    fn view(&self, position: LabelPosition) -> Option<LabelView> {
        self.context.full(position, |_| true)
    }
}

#[cfg(test)]
mod tests;
