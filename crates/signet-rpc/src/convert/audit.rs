//! The audit record of a change of label.

use signet_domain::record::{AuditCommon, AuditLabelEvent, AuditProtectionEvent, AuditRecord};

use super::{ConversionError, guid, id, list, messages, optional_id, optional_text, present, required, text};
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

impl TryFrom<pb::AuditRecord> for AuditRecord {
    type Error = ConversionError;

    fn try_from(message: pb::AuditRecord) -> Result<Self, Self::Error> {
        Ok(Self {
            record_type: message.record_type,
            workload: message.workload,
            version: message.version,
            scope: message.scope,
            id: guid(&message.id, "id")?,
            creation_time: message.creation_time,
            operation: message.operation,
            organization_id: id(&message.organization_id, "organization_id")?,
            user_id: message.user_id,
            user_key: message.user_key,
            user_type: message.user_type,
            object_id: message.object_id,
            client_ip: message.client_ip,
            data_state: message.data_state,
            common: present(message.common, "common")?.into(),
            sensitivity_label_event_data: required(
                message.sensitivity_label_event_data,
                "sensitivity_label_event_data",
            )?,
            sensitive_info_type_data: list(message.sensitive_info_type_data, "sensitive_info_type_data")?,
            protection_event_data: message.protection_event_data.map(Into::into),
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

impl From<pb::AuditCommon> for AuditCommon {
    fn from(message: pb::AuditCommon) -> Self {
        Self {
            application_id: message.application_id,
            application_name: message.application_name,
            product_version: message.product_version,
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
            protection_type: event.protection_type,
            template_id: event.template_id,
            is_protected: event.is_protected,
            is_protected_before: event.is_protected_before,
            protection_event_type: event.protection_event_type,
        }
    }
}

impl From<pb::AuditProtectionEvent> for AuditProtectionEvent {
    fn from(message: pb::AuditProtectionEvent) -> Self {
        Self {
            protection_type: message.protection_type,
            template_id: message.template_id,
            is_protected: message.is_protected,
            is_protected_before: message.is_protected_before,
            protection_event_type: message.protection_event_type,
        }
    }
}
