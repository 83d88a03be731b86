//! A label as one caller sees it: stored facts with everything derived from the tenant and the caller.

mod build;

use std::sync::Arc;

use crate::ids::{LabelId, PolicyId};
use crate::label::Label;

pub(crate) use self::build::ViewContext;

/// A label in a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelView {
    /// Stored facts.
    pub label: Arc<Label>,
    /// Number of labels of the tenant that are more sensitive; 0 is the most sensitive. Source: semantics A2.
    pub priority: u32,
    /// The label's colour, or its parent's.
    pub color: Option<String>,
    /// The label has at least one sublabel, enabled or not, so it is not applied itself.
    pub is_parent: bool,
    /// It is the default label of the caller, or of the organisation without one.
    pub is_default: bool,
    /// No enabled policy for everyone publishes it.
    pub is_scoped_to_user: bool,
    /// Policies that list it.
    pub assigned_policies: Vec<PolicyRef>,
    /// Localised display name.
    pub display_name: String,
    /// Localised tooltip.
    pub tooltip: String,
    /// Localised auto-labelling message; empty without auto-labelling.
    pub auto_tooltip: String,
    /// Tag of the localisation used, canonical case, e.g. `de-DE`.
    pub locale: String,
    /// Its parent, without parent or sublabels of its own; absent in a label shown under its parent.
    pub parent: Option<Box<LabelView>>,
    /// Its sublabels visible to the caller, in tree order, without parents. Empty in a flat list.
    pub sublabels: Vec<LabelView>,
}

impl LabelView {
    /// The label's id.
    pub fn id(&self) -> LabelId {
        self.label.id
    }
}

/// A policy that publishes a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRef {
    /// Id.
    pub id: PolicyId,
    /// Name.
    pub name: String,
}
