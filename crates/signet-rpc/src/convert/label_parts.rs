//! Settings of a label beyond markings and protection: sites, meetings, custom actions, auto-labelling.

use signet_domain::label::{
    AutoLabeling, AutoLabelingMode, ConditionGroup, Conditions, CustomAction, Meeting, Operator,
    SensitiveTypeCondition, SiteAndGroup,
};

use super::{ConversionError, byte, enumeration, id, list, messages, number, required, text, value};
use crate::proto::common as pb;

impl From<SiteAndGroup> for pb::SiteAndGroup {
    fn from(settings: SiteAndGroup) -> Self {
        Self {
            privacy: settings.privacy,
            allow_guest_users: settings.allow_guest_users,
            allow_email_from_guest_users: settings.allow_email_from_guest_users,
            access_type: settings.access_type,
            conditional_access_protection_level_id: settings.conditional_access_protection_level_id,
        }
    }
}

impl From<pb::SiteAndGroup> for SiteAndGroup {
    fn from(message: pb::SiteAndGroup) -> Self {
        Self {
            privacy: message.privacy,
            allow_guest_users: message.allow_guest_users,
            allow_email_from_guest_users: message.allow_email_from_guest_users,
            access_type: message.access_type,
            conditional_access_protection_level_id: message.conditional_access_protection_level_id,
        }
    }
}

impl From<Meeting> for pb::Meeting {
    fn from(settings: Meeting) -> Self {
        Self {
            allowed_forwarders: settings.allowed_forwarders,
            allowed_presenters: settings.allowed_presenters,
            is_copy_to_clipboard_enabled: settings.is_copy_to_clipboard_enabled,
            is_lobby_enabled: settings.is_lobby_enabled,
            lobby_bypass_scope: settings.lobby_bypass_scope,
            is_dial_in_bypass_enabled: settings.is_dial_in_bypass_enabled,
        }
    }
}

impl From<pb::Meeting> for Meeting {
    fn from(message: pb::Meeting) -> Self {
        Self {
            allowed_forwarders: message.allowed_forwarders,
            allowed_presenters: message.allowed_presenters,
            is_copy_to_clipboard_enabled: message.is_copy_to_clipboard_enabled,
            is_lobby_enabled: message.is_lobby_enabled,
            lobby_bypass_scope: message.lobby_bypass_scope,
            is_dial_in_bypass_enabled: message.is_dial_in_bypass_enabled,
        }
    }
}

impl From<CustomAction> for pb::CustomAction {
    fn from(action: CustomAction) -> Self {
        Self {
            name: action.name,
            properties: messages(action.properties),
        }
    }
}

impl TryFrom<pb::CustomAction> for CustomAction {
    type Error = ConversionError;

    fn try_from(message: pb::CustomAction) -> Result<Self, Self::Error> {
        Ok(Self {
            name: message.name,
            properties: list(message.properties, "properties")?,
        })
    }
}

enumeration!(pb::AutoLabelingMode, AutoLabelingMode, {
    Automatic = Automatic,
    Recommended = Recommended,
});

enumeration!(pb::Operator, Operator, {
    And = And,
    Or = Or,
});

impl From<AutoLabeling> for pb::AutoLabeling {
    fn from(auto_labeling: AutoLabeling) -> Self {
        Self {
            mode: number::<pb::AutoLabelingMode, _>(auto_labeling.mode),
            message: auto_labeling.message,
            conditions: Some(auto_labeling.conditions.into()),
        }
    }
}

impl TryFrom<pb::AutoLabeling> for AutoLabeling {
    type Error = ConversionError;

    fn try_from(message: pb::AutoLabeling) -> Result<Self, Self::Error> {
        Ok(Self {
            mode: value::<pb::AutoLabelingMode, _>(message.mode, "mode")?,
            message: message.message,
            conditions: required(message.conditions, "conditions")?,
        })
    }
}

impl From<Conditions> for pb::Conditions {
    fn from(conditions: Conditions) -> Self {
        Self {
            operator: number::<pb::Operator, _>(conditions.operator),
            groups: messages(conditions.groups),
        }
    }
}

impl TryFrom<pb::Conditions> for Conditions {
    type Error = ConversionError;

    fn try_from(message: pb::Conditions) -> Result<Self, Self::Error> {
        Ok(Self {
            operator: value::<pb::Operator, _>(message.operator, "operator")?,
            groups: list(message.groups, "groups")?,
        })
    }
}

impl From<ConditionGroup> for pb::ConditionGroup {
    fn from(group: ConditionGroup) -> Self {
        Self {
            name: group.name,
            operator: number::<pb::Operator, _>(group.operator),
            sensitive_types: messages(group.sensitive_types),
        }
    }
}

impl TryFrom<pb::ConditionGroup> for ConditionGroup {
    type Error = ConversionError;

    fn try_from(message: pb::ConditionGroup) -> Result<Self, Self::Error> {
        Ok(Self {
            name: message.name,
            operator: value::<pb::Operator, _>(message.operator, "operator")?,
            sensitive_types: list(message.sensitive_types, "sensitive_types")?,
        })
    }
}

impl From<SensitiveTypeCondition> for pb::SensitiveTypeCondition {
    fn from(condition: SensitiveTypeCondition) -> Self {
        Self {
            id: text(condition.id),
            min_count: condition.min_count,
            max_count: condition.max_count,
            min_confidence: condition.min_confidence.into(),
            max_confidence: condition.max_confidence.into(),
        }
    }
}

impl TryFrom<pb::SensitiveTypeCondition> for SensitiveTypeCondition {
    type Error = ConversionError;

    fn try_from(message: pb::SensitiveTypeCondition) -> Result<Self, Self::Error> {
        Ok(Self {
            id: id(&message.id, "id")?,
            min_count: message.min_count,
            max_count: message.max_count,
            min_confidence: byte(message.min_confidence, "min_confidence")?,
            max_confidence: byte(message.max_confidence, "max_confidence")?,
        })
    }
}
