//! A tenant's policy compiled for deciding: one immutable value per revision, shared by everyone who decides by it.
//!
//! Compiling costs time in proportion to the document; afterwards a decision costs what it touches, not what the
//! tenant owns. Nothing is shared between snapshots of two tenants.

mod directory;
mod labels;
mod policies;
mod rules;
mod screen;

use std::fmt;
use std::sync::Arc;

use crate::directory::{Group, User};
use crate::error::{DomainError, ErrorReason};
use crate::ids::{GroupId, LabelId, Revision, TenantId, UserId};
use crate::label::Label;
use crate::locale::DefaultLocale;
use crate::policy::{EffectivePolicySettings, PolicySettings};
use crate::query::{Actor, Visibility};
use crate::tenant::TenantDocument;

pub(crate) use self::directory::{DirectoryIndex, Person};
pub(crate) use self::labels::{LabelEntry, LabelIndex, LabelPosition, LabelSet};
pub(crate) use self::policies::{ActorScope, PolicyIndex};
pub(crate) use self::rules::{ConditionMatch, Findings, Found, Responsible, Rule, RuleIndex};

/// A compiled tenant of one revision. Cheap to share, never changes; every answer depends on the arguments alone.
pub struct PolicySnapshot {
    document: Arc<TenantDocument>,
    revision: Revision,
    default_locale: DefaultLocale,
    labels: LabelIndex,
    directory: DirectoryIndex,
    policies: PolicyIndex,
    rules: RuleIndex,
}

impl PolicySnapshot {
    /// Compiles a document. It is expected to be free of faults (see [`crate::tenant::validate`]); of entries that
    /// contradict each other the first counts, and references to nothing are ignored.
    pub fn compile(document: Arc<TenantDocument>, revision: Revision) -> Self {
        let labels = LabelIndex::new(&document);
        let directory = DirectoryIndex::new(&document);
        let policies = PolicyIndex::new(&document, &labels, &directory);
        let rules = RuleIndex::new(&document, &labels);
        Self {
            default_locale: DefaultLocale::new(&document.default_locale),
            document,
            revision,
            labels,
            directory,
            policies,
            rules,
        }
    }

    /// Whose policy it is.
    pub fn tenant_id(&self) -> TenantId {
        self.document.id
    }

    /// The revision it was compiled from.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The document it was compiled from.
    pub fn document(&self) -> &Arc<TenantDocument> {
        &self.document
    }

    /// A label of the tenant, published or not.
    pub fn label(&self, id: LabelId) -> Option<&Arc<Label>> {
        Some(&self.labels.entry(self.labels.position(id)?)?.label)
    }

    /// Labels of the tenant in tree order: by sensitivity ascending, sublabels after their parent. Source: A3.
    pub fn labels(&self) -> impl Iterator<Item = &Arc<Label>> {
        self.labels.entries().map(|entry| &entry.label)
    }

    /// A user by object id.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.user_at(self.directory.user(id)?)
    }

    /// A user by object id, sign-in name, mail or proxy address, any case.
    pub fn resolve_user(&self, reference: &str) -> Option<&User> {
        self.user_at(self.directory.resolve_user(reference)?)
    }

    fn user_at(&self, position: u32) -> Option<&User> {
        self.document.users.get(usize::try_from(position).ok()?)
    }

    /// A group by object id or mail, any case.
    pub fn resolve_group(&self, reference: &str) -> Option<&Group> {
        let position = self.directory.resolve_group(reference)?;
        self.document.groups.get(usize::try_from(position).ok()?)
    }

    /// The user is in the group, directly or through other groups.
    pub fn is_member(&self, user: UserId, group: GroupId) -> bool {
        let Some(group) = self.directory.group(group) else {
            return false;
        };
        self.directory
            .user(user)
            .is_some_and(|user| self.directory.groups_of_user(user).contains(&group))
    }

    /// Labels the actor may apply, in tree order; all of them for the organisation. Source: semantics A7, A8.
    ///
    /// # Errors
    /// `UserNotFound` when the actor is no user of the tenant.
    pub fn labels_published_to(&self, actor: Actor) -> Result<Vec<Arc<Label>>, DomainError> {
        let scope = self.scope(actor)?;
        let published = self.labels.positions().filter(|position| scope.publishes(*position));
        Ok(published
            .filter_map(|position| self.labels.entry(position))
            .map(|entry| Arc::clone(&entry.label))
            .collect())
    }

    /// Settings that bind the actor, merged by order number. Source: semantics A7, A8.
    ///
    /// # Errors
    /// `UserNotFound` when the actor is no user of the tenant.
    pub fn settings_of(&self, actor: Actor) -> Result<PolicySettings, DomainError> {
        Ok(self.scope(actor)?.settings.clone())
    }

    /// What `labelPolicySettings` answers for the actor. Source: semantics A7.
    ///
    /// # Errors
    /// `UserNotFound` when the actor is no user of the tenant.
    pub fn effective_policy_settings(&self, actor: Actor) -> Result<EffectivePolicySettings, DomainError> {
        Ok(self.scope(actor)?.effective_settings())
    }

    /// The label exists and may be seen. An unknown user sees nothing.
    pub fn visible(&self, visibility: &Visibility, id: LabelId) -> bool {
        let Ok(scope) = self.scope(visibility.actor) else {
            return false;
        };
        self.labels
            .position(id)
            .is_some_and(|position| self.shows(visibility, &scope, position))
    }

    pub(crate) fn shows(&self, visibility: &Visibility, scope: &ActorScope, position: LabelPosition) -> bool {
        let Some(entry) = self.labels.entry(position) else {
            return false;
        };
        (!visibility.published_only || scope.lists(position))
            && visibility
                .enabled
                .is_none_or(|enabled| entry.label.is_enabled == enabled)
    }

    /// Policies, labels and settings of the actor.
    pub(crate) fn scope(&self, actor: Actor) -> Result<Arc<ActorScope>, DomainError> {
        self.policies
            .scope(actor, &self.document, &self.labels, &self.directory)
            .ok_or_else(|| {
                DomainError::new(
                    ErrorReason::UserNotFound,
                    "the acting user is not in the tenant, so add the user to it or call as an application",
                )
            })
    }

    pub(crate) fn label_index(&self) -> &LabelIndex {
        &self.labels
    }

    pub(crate) fn directory_index(&self) -> &DirectoryIndex {
        &self.directory
    }

    pub(crate) fn policy_index(&self) -> &PolicyIndex {
        &self.policies
    }

    pub(crate) fn rules(&self) -> &RuleIndex {
        &self.rules
    }

    pub(crate) fn default_locale(&self) -> &DefaultLocale {
        &self.default_locale
    }
}

impl fmt::Debug for PolicySnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicySnapshot")
            .field("tenant", &self.document.id)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
