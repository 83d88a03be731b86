//! What every evaluation is given besides its question.

use std::sync::Arc;

use crate::action::{Explanation, PolicyReason, StepReason};
use crate::directory::User;
use crate::environment::IdSource;
use crate::locale::LocalePreference;
use crate::snapshot::{ActorScope, PolicySnapshot};
use crate::utc::UtcSeconds;

/// What an evaluation is given besides its question.
pub(super) struct Context<'a> {
    pub(super) snapshot: &'a PolicySnapshot,
    pub(super) scope: Arc<ActorScope>,
    pub(super) locale: &'a LocalePreference,
    pub(super) ids: &'a dyn IdSource,
    /// The instant of the evaluation.
    pub(super) now: UtcSeconds,
}

impl Context<'_> {
    /// The acting user; absent for the organisation.
    pub(super) fn user(&self) -> Option<&User> {
        let position = usize::try_from(self.scope.user?).ok()?;
        self.snapshot.document().users.get(position)
    }
}

/// Reasons of a decision, collected only when asked for.
pub(super) struct Trace(Option<Box<Explanation>>);

impl Trace {
    pub(super) fn new(explain: bool, context: &Context<'_>) -> Self {
        Self(explain.then(|| {
            Box::new(Explanation {
                policies: policy_reasons(context),
                ..Explanation::default()
            })
        }))
    }

    /// One step that decided; the text is only made when somebody wants it.
    pub(super) fn step(&mut self, code: &str, source: &str, text: impl FnOnce() -> String) {
        if let Some(explanation) = &mut self.0 {
            explanation.steps.push(StepReason {
                code: code.to_owned(),
                text: text(),
                source: format!("labelling semantics {source}"),
            });
        }
    }

    /// Lets somebody add to the explanation, when there is one.
    pub(super) fn explain(&mut self, add: impl FnOnce(&mut Explanation)) {
        if let Some(explanation) = &mut self.0 {
            add(explanation);
        }
    }

    pub(super) fn finish(self) -> Option<Box<Explanation>> {
        self.0
    }
}

fn policy_reasons(context: &Context<'_>) -> Vec<PolicyReason> {
    let snapshot = context.snapshot;
    let reasons = snapshot
        .policy_index()
        .reasons(context.scope.user, snapshot.document(), snapshot.directory_index());
    reasons
        .into_iter()
        .map(|(policy, reason)| PolicyReason {
            policy_id: policy.id,
            name: policy.name.clone(),
            priority: policy.priority,
            in_scope: reason.binds(),
            why: reason.name().to_owned(),
        })
        .collect()
}
