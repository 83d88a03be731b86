//! A label that was read but has not found its place among the others.

use signet_domain::label::Label;

/// A label with what it says of others, still by name.
#[derive(Debug)]
pub(crate) struct Draft {
    /// Where it was read: `labels[3]`.
    pub(crate) path: String,
    /// The label, without parent and default sublabel.
    pub(crate) label: Label,
    /// Id, name or display name of the parent.
    pub(crate) parent: Option<String>,
    /// Id or name of the default sublabel.
    pub(crate) default_sub_label: Option<String>,
    /// It said where it stands among the others.
    pub(crate) has_priority: bool,
}
