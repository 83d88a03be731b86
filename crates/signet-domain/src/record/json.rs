//! Decision records as JSON.

use serde::{Serialize, Serializer};

use super::DecisionRecord;

impl Serialize for DecisionRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written::of(self).serialize(serializer)
    }
}

/// Members that are absent are left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'r> {
    sequence: u64,
    id: uuid::Uuid,
    time: jiff::Timestamp,
    tenant_id: crate::ids::TenantId,
    revision: crate::ids::Revision,
    operation: super::Operation,
    outcome: super::Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<crate::ids::UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_principal_name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_id: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_version: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ip: Option<&'r str>,
    request_id: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_id: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_identifier: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_before: Option<crate::ids::LabelId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_after: Option<crate::ids::LabelId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'r str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    matched_types: &'r [super::MatchedType],
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<super::AuditRecord>,
}

impl<'r> Written<'r> {
    fn of(record: &'r DecisionRecord) -> Self {
        Self {
            sequence: record.sequence,
            id: record.id,
            time: record.time,
            tenant_id: record.tenant_id,
            revision: record.revision,
            operation: record.operation,
            outcome: record.outcome,
            reason: record.reason.as_deref(),
            user_id: record.user_id,
            user_principal_name: record.user_principal_name.as_deref(),
            application_id: record.application_id.as_deref(),
            application_name: record.application_name.as_deref(),
            application_version: record.application_version.as_deref(),
            client_ip: record.client_ip.as_deref(),
            request_id: &record.request_id,
            client_request_id: record.client_request_id.as_deref(),
            content_identifier: record.content_identifier.as_deref(),
            label_before: record.label_before,
            label_after: record.label_after,
            justification: record.justification.as_deref(),
            matched_types: &record.matched_types,
            audit: record.audit_record(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use crate::ids::{LabelId, Revision, SensitiveTypeId, TenantId, UserId};
    use crate::record::{AuditFacts, AuditLabelEvent, AuditProtectionEvent, DecisionRecord, MatchedType};
    use crate::record::{Operation, Outcome};

    fn record(user_type: u32) -> DecisionRecord {
        DecisionRecord {
            sequence: 7,
            id: Uuid::from_u128(1),
            time: "2026-01-15T09:30:00.123456789Z".parse::<Timestamp>().unwrap(),
            tenant_id: TenantId::from_uuid(Uuid::from_u128(2)),
            revision: Revision(3),
            operation: Operation::EvaluateClassificationResults,
            outcome: Outcome::Changed,
            reason: None,
            user_id: Some(UserId::from_uuid(Uuid::from_u128(4))),
            user_principal_name: Some("bob@contoso.com".to_owned()),
            application_id: Some("client".into()),
            application_name: Some("ContosoLOBApp".to_owned()),
            application_version: Some("1.0".to_owned()),
            client_ip: Some("192.0.2.1".into()),
            request_id: "5".into(),
            client_request_id: None,
            content_identifier: Some("c:\\new.docx".to_owned()),
            label_before: None,
            label_after: Some(LabelId::from_uuid(Uuid::from_u128(6))),
            justification: None,
            matched_types: vec![MatchedType {
                sensitive_type_id: SensitiveTypeId::from_uuid(Uuid::from_u128(8)),
                count: 9,
                confidence: 99,
            }],
            audit: Some(AuditFacts {
                operation: "SensitivityLabelApplied".into(),
                user_type,
                data_state: "Rest".into(),
                sensitivity_label_event_data: AuditLabelEvent {
                    sensitivity_label_id: Some(LabelId::from_uuid(Uuid::from_u128(6))),
                    label_event_type: Some(1),
                    action_source: Some(2),
                    ..AuditLabelEvent::default()
                },
                protection_event_data: Some(AuditProtectionEvent::default()),
            }),
        }
    }

    /// Stores keep records whose audit record has only what it says beyond them.
    #[test]
    fn a_record_with_all_of_its_audit_record_or_part_of_it_is_read() {
        for user_type in [0, 5] {
            let record = record(user_type);
            let mut whole = serde_json::to_value(&record).unwrap();
            assert_eq!(serde_json::from_value::<DecisionRecord>(whole.clone()).unwrap(), record);
            let own = [
                "Operation",
                "UserType",
                "DataState",
                "SensitivityLabelEventData",
                "ProtectionEventData",
            ];
            whole["audit"]
                .as_object_mut()
                .unwrap()
                .retain(|name, _| own.contains(&name.as_str()));
            assert_eq!(serde_json::from_value::<DecisionRecord>(whole).unwrap(), record);
        }
    }

    #[test]
    fn what_is_absent_is_left_out() {
        let record = DecisionRecord {
            user_id: None,
            user_principal_name: None,
            application_id: None,
            application_name: None,
            application_version: None,
            client_ip: None,
            content_identifier: None,
            label_after: None,
            matched_types: Vec::new(),
            audit: None,
            ..record(0)
        };
        let expected = json!({
            "sequence": 7,
            "id": Uuid::from_u128(1),
            "time": "2026-01-15T09:30:00.123456789Z",
            "tenantId": Uuid::from_u128(2),
            "revision": 3,
            "operation": "evaluateClassificationResults",
            "outcome": "changed",
            "requestId": "5",
        });
        assert_eq!(serde_json::to_value(&record).unwrap(), expected);
    }

    #[test]
    fn the_audit_record_repeats_the_record() {
        let audit = |user_type| serde_json::to_value(record(user_type)).unwrap()["audit"].clone();
        let of_user = audit(0);
        let expected = json!({
            "RecordType": 94, "Workload": "Aip", "Version": 1, "Scope": 1,
            "Id": Uuid::from_u128(1),
            "CreationTime": "2026-01-15T09:30:00",
            "Operation": "SensitivityLabelApplied",
            "OrganizationId": Uuid::from_u128(2),
            "UserId": "bob@contoso.com", "UserKey": Uuid::from_u128(4), "UserType": 0,
            "ObjectId": "c:\\new.docx",
            "ClientIP": "192.0.2.1",
            "DataState": "Rest",
            "Common": {"ApplicationId": "client", "ApplicationName": "ContosoLOBApp", "ProductVersion": "1.0"},
            "SensitivityLabelEventData": {
                "SensitivityLabelId": Uuid::from_u128(6), "LabelEventType": 1, "ActionSource": 2,
            },
            "SensitiveInfoTypeData": [{"SensitiveType": Uuid::from_u128(8), "Count": 9, "Confidence": 99}],
            "ProtectionEventData": {"IsProtected": false, "IsProtectedBefore": false},
        });
        assert_eq!(of_user, expected);
        let of_application: Value = audit(5);
        assert_eq!(
            (
                &of_application["UserId"],
                &of_application["UserKey"],
                &of_application["UserType"]
            ),
            (&json!("client"), &json!("client"), &json!(5))
        );
    }
}
