//! The audit record of a change of label.

use std::borrow::Cow;

use signet_domain::record::{AuditCommon, AuditFacts, AuditLabelEvent, AuditProtectionEvent, AuditRecord};

use super::{ConversionError, messages, optional, optional_id, optional_text, required, text};
use crate::proto::evaluation as pb;

impl From<AuditRecord> for pb::AuditRecord {
    fn from(record: AuditRecord) -> Self {
        Self {
            record_type: record.record_type,
            workload: record.workload,
            version: record.version,
            scope: record.scope,
            id: text(record.id),
            creation_time: record.creation_time,
            operation: record.operation,
            organization_id: text(record.organization_id),
            user_id: record.user_id,
            user_key: record.user_key,
            user_type: record.user_type,
            object_id: record.object_id,
            client_ip: record.client_ip,
            data_state: record.data_state,
            common: Some(record.common.into()),
            sensitivity_label_event_data: Some(record.sensitivity_label_event_data.into()),
            sensitive_info_type_data: messages(record.sensitive_info_type_data),
            protection_event_data: record.protection_event_data.map(Into::into),
        }
    }
}

/// Only what the decision record around it does not say.
impl TryFrom<pb::AuditRecord> for AuditFacts {
    type Error = ConversionError;

    fn try_from(message: pb::AuditRecord) -> Result<Self, Self::Error> {
        Ok(Self {
            operation: message.operation.into(),
            user_type: message.user_type,
            data_state: message.data_state.into(),
            sensitivity_label_event_data: required(
                message.sensitivity_label_event_data,
                "sensitivity_label_event_data",
            )?,
            protection_event_data: optional(message.protection_event_data, "protection_event_data")?,
        })
    }
}

impl From<AuditCommon> for pb::AuditCommon {
    fn from(common: AuditCommon) -> Self {
        Self {
            application_id: common.application_id,
            application_name: common.application_name,
            product_version: common.product_version,
        }
    }
}

impl From<AuditLabelEvent> for pb::AuditLabelEvent {
    fn from(event: AuditLabelEvent) -> Self {
        Self {
            sensitivity_label_id: optional_text(event.sensitivity_label_id),
            old_sensitivity_label_id: optional_text(event.old_sensitivity_label_id),
            label_event_type: event.label_event_type,
            action_source: event.action_source,
            justification_text: event.justification_text,
        }
    }
}

impl TryFrom<pb::AuditLabelEvent> for AuditLabelEvent {
    type Error = ConversionError;

    fn try_from(message: pb::AuditLabelEvent) -> Result<Self, Self::Error> {
        let old = message.old_sensitivity_label_id.as_deref();
        Ok(Self {
            sensitivity_label_id: optional_id(message.sensitivity_label_id.as_deref(), "sensitivity_label_id")?,
            old_sensitivity_label_id: optional_id(old, "old_sensitivity_label_id")?,
            label_event_type: message.label_event_type,
            action_source: message.action_source,
            justification_text: message.justification_text,
        })
    }
}

impl From<AuditProtectionEvent> for pb::AuditProtectionEvent {
    fn from(event: AuditProtectionEvent) -> Self {
        Self {
            protection_type: event.protection_type.map(Cow::into_owned),
            template_id: optional_text(event.template_id),
            is_protected: event.is_protected,
            is_protected_before: event.is_protected_before,
            protection_event_type: event.protection_event_type,
        }
    }
}

impl TryFrom<pb::AuditProtectionEvent> for AuditProtectionEvent {
    type Error = ConversionError;

    fn try_from(message: pb::AuditProtectionEvent) -> Result<Self, Self::Error> {
        Ok(Self {
            protection_type: message.protection_type.map(Cow::Owned),
            template_id: optional_id(message.template_id.as_deref(), "template_id")?,
            is_protected: message.is_protected,
            is_protected_before: message.is_protected_before,
            protection_event_type: message.protection_event_type,
        })
    }
}
