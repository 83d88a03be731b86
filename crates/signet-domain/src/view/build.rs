//! Builds views of labels from a snapshot.

use std::sync::Arc;

use super::{LabelView, PolicyRef};
use crate::ids::LabelId;
use crate::locale::{LocalePreference, localise};
use crate::policy::LabelPolicy;
use crate::snapshot::{LabelPosition, PolicySnapshot};

/// What a view depends on besides the label.
#[derive(Clone, Copy)]
pub(crate) struct ViewContext<'a> {
    pub(crate) snapshot: &'a PolicySnapshot,
    pub(crate) locale: &'a LocalePreference,
    /// The effective default label of whoever asks.
    pub(crate) default_label: Option<LabelId>,
}

impl ViewContext<'_> {
    /// The label alone, without parent and sublabels.
    pub(crate) fn bare(&self, position: LabelPosition) -> Option<LabelView> {
        let index = self.snapshot.label_index();
        let entry = index.entry(position)?;
        let label = &entry.label;
        let localised = localise(label, self.locale, self.snapshot.default_locale());
        let (is_scoped_to_user, assigned_policies) = self.publication(label.id);
        #[cfg(test)]
        crate::query::work::count(&crate::query::work::VIEWS);
        Some(LabelView {
            label: Arc::clone(label),
            priority: entry.priority,
            color: index.color(entry).map(str::to_owned),
            is_parent: entry.is_parent(),
            is_default: self.default_label == Some(label.id),
            is_scoped_to_user,
            assigned_policies,
            display_name: localised.display_name().to_owned(),
            tooltip: localised.tooltip().to_owned(),
            auto_tooltip: localised.auto_tooltip().to_owned(),
            locale: localised.tag(),
            parent: None,
            sublabels: Vec::new(),
        })
    }

    /// The label with its parent, and with those of its sublabels that are shown.
    pub(crate) fn full(&self, position: LabelPosition, shows: impl Fn(LabelPosition) -> bool) -> Option<LabelView> {
        let entry = self.snapshot.label_index().entry(position)?;
        let mut view = self.with_parent(position)?;
        let shown = entry.sublabels.iter().filter(|sublabel| shows(**sublabel));
        view.sublabels = shown.filter_map(|sublabel| self.bare(*sublabel)).collect();
        Some(view)
    }

    /// The label with its parent only.
    pub(crate) fn with_parent(&self, position: LabelPosition) -> Option<LabelView> {
        let parent = self.snapshot.label_index().entry(position)?.parent;
        let mut view = self.bare(position)?;
        view.parent = parent.and_then(|parent| self.bare(parent)).map(Box::new);
        Some(view)
    }

    /// Not published to everyone, and by which policies it is published. Source: labelling semantics A1.
    fn publication(&self, label: LabelId) -> (bool, Vec<PolicyRef>) {
        let mut for_everyone = false;
        let policies = self
            .snapshot
            .policy_index()
            .listing(label, self.snapshot.document())
            .inspect(|policy| for_everyone |= is_for_everyone(policy))
            .map(|policy| PolicyRef {
                id: policy.id,
                name: policy.name.clone(),
            })
            .collect();
        (!for_everyone, policies)
    }

    /// No enabled policy for everyone publishes the label. Source: labelling semantics A1.
    pub(crate) fn is_scoped_to_user(&self, label: LabelId) -> bool {
        let document = self.snapshot.document();
        !self
            .snapshot
            .policy_index()
            .listing(label, document)
            .any(is_for_everyone)
    }
}

fn is_for_everyone(policy: &LabelPolicy) -> bool {
    policy.is_enabled && policy.scope.include_all
}
