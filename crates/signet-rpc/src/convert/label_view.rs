//! A label as one caller sees it.

use std::sync::Arc;

use signet_domain::view::{LabelView, PolicyRef};

use super::{ConversionError, Converted, deeper, id, list, list_with, messages, required, text};
use crate::proto::common as pb;

impl From<LabelView> for pb::LabelView {
    fn from(view: LabelView) -> Self {
        Self {
            label: Some(Arc::unwrap_or_clone(view.label).into()),
            priority: view.priority,
            color: view.color,
            is_parent: view.is_parent,
            is_default: view.is_default,
            is_scoped_to_user: view.is_scoped_to_user,
            assigned_policies: messages(view.assigned_policies),
            display_name: view.display_name,
            tooltip: view.tooltip,
            auto_tooltip: view.auto_tooltip,
            locale: view.locale,
            parent: view.parent.map(|parent| Box::new((*parent).into())),
            sublabels: messages(view.sublabels),
        }
    }
}

impl TryFrom<pb::LabelView> for LabelView {
    type Error = ConversionError;

    fn try_from(message: pb::LabelView) -> Result<Self, Self::Error> {
        view(message, 0)
    }
}

fn view(message: pb::LabelView, depth: usize) -> Converted<LabelView> {
    let depth = deeper(depth)?;
    let parent = message
        .parent
        .map(|parent| view(*parent, depth).map_err(|error| error.within("parent")));
    Ok(LabelView {
        label: Arc::new(required(message.label, "label")?),
        priority: message.priority,
        color: message.color,
        is_parent: message.is_parent,
        is_default: message.is_default,
        is_scoped_to_user: message.is_scoped_to_user,
        assigned_policies: list(message.assigned_policies, "assigned_policies")?,
        display_name: message.display_name,
        tooltip: message.tooltip,
        auto_tooltip: message.auto_tooltip,
        locale: message.locale,
        parent: parent.transpose()?.map(Box::new),
        sublabels: list_with(message.sublabels, "sublabels", |sublabel| view(sublabel, depth))?,
    })
}

impl From<PolicyRef> for pb::PolicyRef {
    fn from(policy: PolicyRef) -> Self {
        Self {
            id: text(policy.id),
            name: policy.name,
        }
    }
}

impl TryFrom<pb::PolicyRef> for PolicyRef {
    type Error = ConversionError;

    fn try_from(message: pb::PolicyRef) -> Result<Self, Self::Error> {
        Ok(Self {
            id: id(&message.id, "id")?,
            name: message.name,
        })
    }
}
