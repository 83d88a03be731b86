//! The entry to the four evaluations.

use jiff::Timestamp;

use super::context::{Context, Trace};
use super::item::Item;
use super::{DecideOptions, Decision, LabelChange, Question, application, classification, removal};
use crate::action::{Action, ContentLabel};
use crate::content::ContentInfo;
use crate::environment::IdSource;
use crate::error::{DomainError, ErrorReason};
use crate::ids::LabelId;
use crate::locale::LocalePreference;
use crate::query::Actor;
use crate::record::{MatchedType, Outcome};
use crate::snapshot::PolicySnapshot;
use crate::utc::UtcSeconds;

/// Answers a question about one item. The answer depends on nothing but the arguments.
///
/// - `actor`: whose policies bind; the organisation sees all labels.
/// - `locale`: language of `${Item.Label}` and of tooltips.
/// - `options`: whether to give the reasons, and how large the question may be.
/// - `now`, `ids`: become `SetDate` and `ActionId` when metadata is written.
///
/// # Errors
/// `UserNotFound` for an unknown actor; `InvalidArgument` and `TooManyItems` for a malformed question; for an
/// application `LabelNotFound`, `LabelDisabled`, `LabelNotAppliable`, `LabelNotApplicableToFormat` and
/// `PrivilegedRequired`; for a removal `LabelMandatory`. Source: labelling semantics A10, C, D, E, F.
pub fn decide(
    snapshot: &PolicySnapshot,
    actor: &Actor,
    question: &Question,
    locale: &LocalePreference,
    options: &DecideOptions,
    now: Timestamp,
    ids: &dyn IdSource,
) -> Result<Decision, DomainError> {
    let content = question.content();
    let limits = &options.limits;
    check_content(content, limits.metadata)?;
    let context = Context {
        snapshot,
        scope: snapshot.scope(*actor)?,
        locale,
        ids,
        now: UtcSeconds::from_timestamp(now),
    };
    let mut trace = Trace::new(options.explain, &context);
    let item = Item::read(content, snapshot);
    explain_current(&item, snapshot, &mut trace);
    let answer = match question {
        Question::Application { labeling, .. } => {
            let count = labeling.extended_properties.len();
            too_many("labeling.extended_properties", count, limits.metadata)?;
            application::evaluate(&context, content, &item, labeling, &mut trace)
        }
        Question::Classification { results, .. } => {
            classification::check(results, limits.results)?;
            Ok(classification::evaluate(&context, content, &item, results, &mut trace))
        }
        Question::Removal {
            downgrade_justification,
            ..
        } => removal::evaluate(&context, &item, downgrade_justification, &mut trace),
        Question::Extraction { .. } => Ok(read_label(&item, snapshot)),
    }?;
    let current = item.current(snapshot);
    Ok(Decision {
        actions: answer.actions,
        current: current.map(|current| current.to_content_label()),
        label_after: answer.label_after,
        outcome: answer.outcome,
        matched_types: answer.matched_types,
        change: answer.change,
        explanation: trace.finish(),
    })
}

/// What one of the evaluations found out.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) actions: Vec<Action>,
    pub(super) label_after: Option<LabelId>,
    pub(super) outcome: Outcome,
    pub(super) matched_types: Vec<MatchedType>,
    pub(super) change: Option<LabelChange>,
}

impl Answer {
    /// Nothing to do.
    pub(super) fn unchanged() -> Self {
        Self {
            actions: Vec::new(),
            label_after: None,
            outcome: Outcome::Unchanged,
            matched_types: Vec::new(),
            change: None,
        }
    }

    /// Ask for a justification and nothing else.
    pub(super) fn justification_required() -> Self {
        Self {
            actions: vec![Action::Justify],
            outcome: Outcome::JustificationRequired,
            ..Self::unchanged()
        }
    }
}

/// Source: labelling semantics B2, C1.
fn check_content(content: &ContentInfo, most: usize) -> Result<(), DomainError> {
    too_many("content.metadata", content.metadata.len(), most)?;
    match content.metadata.iter().position(|pair| pair.name.is_empty()) {
        None => Ok(()),
        Some(position) => Err(DomainError::at(
            ErrorReason::InvalidArgument,
            format!("content.metadata[{position}].name"),
            "a metadata entry has no name, so give it one or leave it out",
        )),
    }
}

pub(super) fn too_many(target: &str, count: usize, most: usize) -> Result<(), DomainError> {
    if count <= most {
        return Ok(());
    }
    let message = format!("the list has {count} entries, send at most {most}");
    Err(DomainError::at(ErrorReason::TooManyItems, target, message))
}

/// The user's policies do not matter: the label resolves against the whole catalogue. Source: semantics F.
fn read_label(item: &Item<'_>, snapshot: &PolicySnapshot) -> Answer {
    let Some(ContentLabel { label_id, .. }) = item.current(snapshot).map(|current| current.to_content_label()) else {
        return Answer::unchanged();
    };
    Answer {
        outcome: Outcome::Read,
        change: Some(LabelChange {
            operation: "Discover",
            label: Some(label_id),
            old_label: None,
            event_type: None,
            action_source: None,
            justification: None,
            protection: None,
        }),
        ..Answer::unchanged()
    }
}

fn explain_current(item: &Item<'_>, snapshot: &PolicySnapshot, trace: &mut Trace) {
    match item.current(snapshot) {
        Some(current) => trace.step("currentLabel", "B4", || {
            format!(
                "the item carries `{}`, method {:?}",
                current.entry.label.name, current.marks.method
            )
        }),
        None => trace.step("noCurrentLabel", "B4", || {
            "the item carries no active label of the tenant's catalogue".to_owned()
        }),
    }
}
