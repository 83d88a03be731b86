//! Who is bound by which policies, and what follows: published labels and merged settings.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use uuid::Uuid;

use super::{DirectoryIndex, LabelIndex, LabelPosition, LabelSet};
use crate::id_hash::IdHash;
use crate::ids::{LabelId, PolicyId};
use crate::policy::{EffectivePolicySettings, LabelPolicy, PolicySettings};
use crate::query::Actor;
use crate::tenant::TenantDocument;

/// Most users whose scope is kept at once.
const MAX_CACHED_SCOPES: usize = 8_192;

/// What one actor is bound by.
#[derive(Debug)]
pub(crate) struct ActorScope {
    /// The acting user's position; absent for the organisation.
    pub(crate) user: Option<u32>,
    /// The highest-priority policy in scope; the all-zero id when there is none.
    highest: PolicyId,
    /// Labels of the policies in scope; absent: all labels of the tenant.
    published: Option<LabelSet>,
    /// The published labels with their parents.
    listed: Option<LabelSet>,
    /// Merged settings.
    pub(crate) settings: PolicySettings,
}

impl ActorScope {
    /// The actor may apply the label, its own state aside.
    pub(crate) fn publishes(&self, position: LabelPosition) -> bool {
        self.published.as_ref().is_none_or(|labels| labels.contains(position))
    }

    /// The label is shown to the actor: published, or the parent of a published one.
    pub(crate) fn lists(&self, position: LabelPosition) -> bool {
        self.listed.as_ref().is_none_or(|labels| labels.contains(position))
    }

    pub(crate) fn is_mandatory(&self) -> bool {
        self.settings.mandatory.unwrap_or(false)
    }

    pub(crate) fn requires_justification(&self) -> bool {
        self.settings.require_downgrade_justification.unwrap_or(false)
    }

    pub(crate) fn effective_settings(&self) -> EffectivePolicySettings {
        EffectivePolicySettings {
            id: self.highest,
            default_label_id: self.settings.default_label_id,
            is_downgrade_justification_required: self.requires_justification(),
            is_mandatory: self.is_mandatory(),
            more_info_url: self.settings.more_info_url.clone(),
        }
    }
}

/// Why a policy binds an actor or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeReason {
    /// It is for everyone.
    IncludeAll,
    /// The user or a group of the user is included.
    Included,
    /// The user or a group of the user is excluded.
    Excluded,
    /// It is for everyone, which does not cover guests.
    Guest,
    /// Nothing includes the actor.
    NotIncluded,
    /// It is switched off.
    Disabled,
}

impl ScopeReason {
    pub(crate) fn binds(self) -> bool {
        matches!(self, Self::IncludeAll | Self::Included)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IncludeAll => "includeAll",
            Self::Included => "included",
            Self::Excluded => "excluded",
            Self::Guest => "guest",
            Self::NotIncluded => "notIncluded",
            Self::Disabled => "disabled",
        }
    }
}

/// A policy with its scope resolved to users and groups.
#[derive(Debug)]
struct CompiledPolicy {
    /// Position in the document.
    source: usize,
    published: LabelSet,
    /// The published labels with their parents.
    listed: LabelSet,
    excluded_users: HashSet<u32>,
    excluded_groups: HashSet<u32>,
}

/// The policies of a tenant by order number, and the way from a user to those that name him.
#[derive(Debug)]
pub(crate) struct PolicyIndex {
    /// By order number ascending, ties by id.
    policies: Vec<CompiledPolicy>,
    for_everyone: Vec<usize>,
    by_user: HashMap<u32, Vec<usize>>,
    by_group: HashMap<u32, Vec<usize>>,
    by_label: HashMap<LabelId, Vec<usize>>,
    organisation: Arc<ActorScope>,
    scopes: RwLock<HashMap<u32, Arc<ActorScope>, IdHash>>,
}

impl PolicyIndex {
    pub(crate) fn new(document: &TenantDocument, labels: &LabelIndex, directory: &DirectoryIndex) -> Self {
        let mut order: Vec<(usize, &LabelPolicy)> = document.policies.iter().enumerate().collect();
        order.sort_by_key(|(_, policy)| (policy.priority, policy.id));
        let mut index = Self {
            policies: Vec::with_capacity(order.len()),
            for_everyone: Vec::new(),
            by_user: HashMap::new(),
            by_group: HashMap::new(),
            by_label: HashMap::new(),
            organisation: Arc::new(ActorScope {
                user: None,
                highest: PolicyId::from_uuid(Uuid::nil()),
                published: None,
                listed: None,
                settings: PolicySettings::default(),
            }),
            scopes: RwLock::default(),
        };
        for (source, policy) in order {
            index.add(source, policy, labels, directory);
        }
        let organisation = index.bound_scope(None, &index.for_everyone, document);
        index.organisation = Arc::new(organisation);
        index
    }

    fn add(&mut self, source: usize, policy: &LabelPolicy, labels: &LabelIndex, directory: &DirectoryIndex) {
        let place = self.policies.len();
        let mut published = LabelSet::empty(labels.len());
        let mut listed = LabelSet::empty(labels.len());
        for label in &policy.labels {
            if let Some(position) = labels.position(*label) {
                published.insert(position);
                listed.insert(position);
                labels
                    .entry(position)
                    .and_then(|entry| entry.parent)
                    .into_iter()
                    .for_each(|parent| listed.insert(parent));
            }
            let listing = self.by_label.entry(*label).or_default();
            if listing.last() != Some(&place) {
                listing.push(place);
            }
        }
        if policy.is_enabled && policy.scope.include_all {
            self.for_everyone.push(place);
        }
        for address in policy.scope.include.iter().filter(|_| policy.is_enabled) {
            if let Some(user) = directory.user_by_address(address) {
                self.by_user.entry(user).or_default().push(place);
            }
            if let Some(group) = directory.group_by_mail(address) {
                self.by_group.entry(group).or_default().push(place);
            }
        }
        let excluded = &policy.scope.exclude;
        self.policies.push(CompiledPolicy {
            source,
            published,
            listed,
            excluded_users: excluded
                .iter()
                .filter_map(|address| directory.user_by_address(address))
                .collect(),
            excluded_groups: excluded
                .iter()
                .filter_map(|address| directory.group_by_mail(address))
                .collect(),
        });
    }

    /// The actor's scope; absent when the actor is no user of the tenant.
    pub(crate) fn scope(
        &self,
        actor: Actor,
        document: &TenantDocument,
        labels: &LabelIndex,
        directory: &DirectoryIndex,
    ) -> Option<Arc<ActorScope>> {
        let Actor::User(id) = actor else {
            return Some(Arc::clone(&self.organisation));
        };
        let user = directory.user(id)?;
        // A poisoned lock guards complete entries only: an entry is inserted after it was computed.
        if let Some(scope) = self.scopes.read().unwrap_or_else(PoisonError::into_inner).get(&user) {
            return Some(Arc::clone(scope));
        }
        let scope = Arc::new(self.user_scope(user, document, labels, directory));
        let mut scopes = self.scopes.write().unwrap_or_else(PoisonError::into_inner);
        if scopes.len() >= MAX_CACHED_SCOPES {
            scopes.clear();
        }
        scopes.insert(user, Arc::clone(&scope));
        Some(scope)
    }

    fn user_scope(
        &self,
        user: u32,
        document: &TenantDocument,
        labels: &LabelIndex,
        directory: &DirectoryIndex,
    ) -> ActorScope {
        let bound = self.bound(user, directory);
        let mut scope = self.bound_scope(Some(user), &bound, document);
        let mut published = LabelSet::empty(labels.len());
        let mut listed = LabelSet::empty(labels.len());
        for policy in bound.iter().filter_map(|place| self.policies.get(*place)) {
            published.add_all(&policy.published);
            listed.add_all(&policy.listed);
        }
        scope.published = Some(published);
        scope.listed = Some(listed);
        scope
    }

    /// Policies that bind a user, ascending. Source: labelling semantics A7.
    fn bound(&self, user: u32, directory: &DirectoryIndex) -> Vec<usize> {
        let groups = directory.groups_of_user(user);
        let mut bound: Vec<usize> = self.by_user.get(&user).cloned().unwrap_or_default();
        if !directory.is_guest(user) {
            bound.extend(&self.for_everyone);
        }
        for group in &groups {
            bound.extend(self.by_group.get(group).into_iter().flatten());
        }
        bound.sort_unstable();
        bound.dedup();
        bound.retain(|place| {
            self.policies
                .get(*place)
                .is_some_and(|policy| !policy.excludes(user, &groups))
        });
        bound
    }

    /// Settings merged over policies in ascending order; publishes everything until told otherwise.
    fn bound_scope(&self, user: Option<u32>, bound: &[usize], document: &TenantDocument) -> ActorScope {
        let mut settings = PolicySettings::default();
        let mut highest = PolicyId::from_uuid(Uuid::nil());
        for policy in bound.iter().filter_map(|place| self.source(*place, document)) {
            settings.overlay(&policy.settings);
            highest = policy.id;
        }
        ActorScope {
            user,
            highest,
            published: None,
            listed: None,
            settings,
        }
    }

    fn source<'a>(&self, place: usize, document: &'a TenantDocument) -> Option<&'a LabelPolicy> {
        document.policies.get(self.policies.get(place)?.source)
    }

    /// Policies that list a label, switched off or not, by order number. Source: labelling semantics A1.
    pub(crate) fn listing<'a>(
        &'a self,
        label: LabelId,
        document: &'a TenantDocument,
    ) -> impl Iterator<Item = &'a LabelPolicy> {
        self.by_label
            .get(&label)
            .into_iter()
            .flatten()
            .filter_map(move |place| self.source(*place, document))
    }

    /// Every policy by order number, with why it binds the actor or not.
    pub(crate) fn reasons<'a>(
        &'a self,
        user: Option<u32>,
        document: &'a TenantDocument,
        directory: &DirectoryIndex,
    ) -> Vec<(&'a LabelPolicy, ScopeReason)> {
        let groups = user.map(|user| directory.groups_of_user(user)).unwrap_or_default();
        self.policies
            .iter()
            .filter_map(|compiled| Some((compiled, document.policies.get(compiled.source)?)))
            .map(|(compiled, policy)| (policy, reason(compiled, policy, user, &groups, directory)))
            .collect()
    }
}

impl CompiledPolicy {
    fn excludes(&self, user: u32, groups: &[u32]) -> bool {
        self.excluded_users.contains(&user) || groups.iter().any(|group| self.excluded_groups.contains(group))
    }
}

fn reason(
    compiled: &CompiledPolicy,
    policy: &LabelPolicy,
    user: Option<u32>,
    groups: &[u32],
    directory: &DirectoryIndex,
) -> ScopeReason {
    let everyone = policy.scope.include_all;
    let Some(user) = user.filter(|_| policy.is_enabled) else {
        return match (policy.is_enabled, everyone) {
            (false, _) => ScopeReason::Disabled,
            (true, true) => ScopeReason::IncludeAll,
            (true, false) => ScopeReason::NotIncluded,
        };
    };
    if compiled.excludes(user, groups) {
        return ScopeReason::Excluded;
    }
    let included = policy.scope.include.iter().any(|address| {
        directory.user_by_address(address) == Some(user)
            || directory
                .group_by_mail(address)
                .is_some_and(|group| groups.contains(&group))
    });
    match (included, everyone, directory.is_guest(user)) {
        (true, _, _) => ScopeReason::Included,
        (false, true, false) => ScopeReason::IncludeAll,
        (false, true, true) => ScopeReason::Guest,
        (false, false, _) => ScopeReason::NotIncluded,
    }
}
