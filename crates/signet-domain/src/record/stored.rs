//! Decision records as JSON.

use serde::{Serialize, Serializer};

use super::DecisionRecord;

/// A record written without what its audit record repeats of it: shorter by a third. Read back as a [`DecisionRecord`].
#[derive(Debug, Clone, Copy)]
pub struct Stored<'r>(pub &'r DecisionRecord);

impl Serialize for Stored<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written::of(self.0, self.0.audit.as_ref()).serialize(serializer)
    }
}

impl Serialize for DecisionRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written::of(self, self.audit_record()).serialize(serializer)
    }
}

/// Members that are absent are left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'r, A> {
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
    audit: Option<A>,
}

impl<'r, A> Written<'r, A> {
    fn of(record: &'r DecisionRecord, audit: Option<A>) -> Self {
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
            audit,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::Stored;
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

    #[test]
    fn a_record_written_short_or_whole_is_read_back() {
        for user_type in [0, 5] {
            let record = record(user_type);
            let whole = serde_json::to_string(&record).unwrap();
            let short = serde_json::to_string(&Stored(&record)).unwrap();
            assert!(short.len() < whole.len() * 3 / 4, "{short}");
            for text in [whole, short] {
                assert_eq!(serde_json::from_str::<DecisionRecord>(&text).unwrap(), record, "{text}");
            }
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
        assert_eq!(serde_json::to_value(Stored(&record)).unwrap(), expected);
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
