//! The labelling semantics written down once more, section by section, for reading and not for speed. It shares the
//! types of the domain with the engine and not one line of logic: no index, no cache, no early exit.

mod apply;
mod classify;
mod item;
mod marking;
mod policy;
mod remove;
mod rights;

use signet_domain::action::Action;
use signet_domain::content::ContentFormat;
use signet_domain::directory::User;
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::{LabelChange, Question};
use signet_domain::label::{Label, Protection};
use signet_domain::tenant::TenantDocument;

pub(crate) use item::current_label;
pub(crate) use rights::rights;

/// Everything a decision may depend on.
pub(crate) struct World<'a> {
    pub(crate) tenant: &'a TenantDocument,
    /// The acting user; absent: an application caller.
    pub(crate) user: Option<&'a User>,
    /// Wanted language tags, lower case.
    pub(crate) locale: &'a [String],
    /// What `SetDate` gets.
    pub(crate) now: &'a str,
    /// What `ActionId` gets.
    pub(crate) action_id: &'a str,
}

/// The answer to a question: actions and the audit facts of a change.
pub(crate) type Verdict = Result<(Vec<Action>, Option<LabelChange>), ErrorReason>;

pub(crate) fn decide(world: &World<'_>, question: &Question) -> Verdict {
    if question.content().metadata.iter().any(|pair| pair.name.is_empty()) {
        return Err(ErrorReason::InvalidArgument);
    }
    match question {
        Question::Application { content, labeling } => apply::evaluate(world, content, labeling),
        Question::Classification { content, results } => classify::evaluate(world, content, results),
        Question::Removal {
            content,
            downgrade_justification,
        } => remove::evaluate(world, content, downgrade_justification),
        Question::Extraction { content } => Ok((Vec::new(), item::discovery(world, content))),
    }
}

/// A label by id, in the whole catalogue.
fn find<'a>(world: &World<'a>, guid: &str) -> Option<&'a Label> {
    world
        .tenant
        .labels
        .iter()
        .find(|label| label.id.to_string() == guid.to_lowercase())
}

/// A2: sensitivity of the parent if there is one, else its own.
fn top(world: &World<'_>, label: &Label) -> i32 {
    match label.parent_id {
        Some(parent) => find(world, &parent.to_string()).unwrap().sensitivity,
        None => label.sensitivity,
    }
}

/// A1: at least one sublabel, enabled or not.
fn is_parent(world: &World<'_>, label: &Label) -> bool {
    world
        .tenant
        .labels
        .iter()
        .any(|other| other.parent_id == Some(label.id))
}

/// C5: which of header 1, footer 2, watermark 4, protection 8 a label yields for a format.
fn wanted_bits(label: &Label, format: ContentFormat) -> u8 {
    use ContentFormat::{Email, File, Teamwork};
    let mut bits = 0;
    if [File, Email, Teamwork].contains(&format) {
        if label.header.is_some() {
            bits |= 1;
        }
        if label.footer.is_some() {
            bits |= 2;
        }
        if label.watermark.is_some() && format == File {
            bits |= 4;
        }
        if !protect_actions(label, format).is_empty() {
            bits |= 8;
        }
    }
    bits
}

/// C5: the protect actions of a label for a format.
fn protect_actions(label: &Label, format: ContentFormat) -> Vec<Action> {
    use ContentFormat::{Email, File, Teamwork};
    if ![File, Email, Teamwork].contains(&format) {
        return vec![];
    }
    match &label.protection {
        Some(Protection::Template { template_id, .. }) => vec![Action::ProtectByTemplate {
            template_id: *template_id,
        }],
        Some(Protection::UserDefined { prompt_user, .. }) if format == File => {
            if *prompt_user {
                vec![Action::ProtectAdhoc]
            } else {
                vec![]
            }
        }
        Some(Protection::UserDefined {
            do_not_forward: true, ..
        }) => vec![Action::ProtectDoNotForward],
        Some(Protection::UserDefined { encrypt_only: true, .. }) => vec![
            Action::ProtectAdhoc,
            Action::Custom {
                name: "encryptOnly".to_owned(),
                properties: vec![],
            },
        ],
        _ => vec![],
    }
}
