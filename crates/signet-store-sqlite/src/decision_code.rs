//! A decision record as bytes: members by position, ids as 16 bytes. Writing it costs a fraction of what its JSON does.
//!
//! What is written once is read for ever: a change of [`Row`] or of a number below is a new form of batch, beside the
//! old one.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use signet_domain::ids::{LabelId, Revision, SensitiveTypeId, TemplateId, TenantId, UserId};
use signet_domain::record::{
    AuditFacts, AuditLabelEvent, AuditProtectionEvent, DecisionRecord, MatchedType, Operation, Outcome,
};
use uuid::Uuid;

/// Numbers for the values of a closed set. A number is never given anew; a value without one does not compile.
macro_rules! numbers {
    ($kind:ident: $number:ident, $numbered:ident; $($value:ident = $n:literal),+ $(,)?) => {
        fn $number(value: $kind) -> u8 {
            match value {
                $($kind::$value => $n,)+
            }
        }

        fn $numbered(number: u8) -> Option<$kind> {
            match number {
                $($n => Some($kind::$value),)+
                _ => None,
            }
        }
    };
}

numbers! {
    Operation: operation_number, operation;
    EvaluateApplication = 1,
    EvaluateClassificationResults = 2,
    EvaluateRemoval = 3,
    ExtractContentLabel = 4,
    ComputeInheritance = 5,
    ComputeRightsAndInheritance = 6,
    UsageRights = 7,
    ExtractSensitivityLabels = 8,
    AssignSensitivityLabel = 9,
}

numbers! {
    Outcome: outcome_number, outcome;
    Changed = 1,
    Recommended = 2,
    JustificationRequired = 3,
    Unchanged = 4,
    Read = 5,
    Refused = 6,
}

/// A record without what its batch says of it: tenant and number.
#[derive(Serialize, Deserialize)]
struct Row<'r, M> {
    id: Uuid,
    /// Nanoseconds since 1970.
    time: i128,
    revision: u64,
    operation: u8,
    outcome: u8,
    reason: Option<&'r str>,
    user_id: Option<Uuid>,
    user_principal_name: Option<&'r str>,
    application_id: Option<&'r str>,
    application_name: Option<&'r str>,
    application_version: Option<&'r str>,
    client_ip: Option<&'r str>,
    #[serde(borrow)]
    request_id: RequestId<'r>,
    client_request_id: Option<&'r str>,
    content_identifier: Option<&'r str>,
    label_before: Option<Uuid>,
    label_after: Option<Uuid>,
    justification: Option<&'r str>,
    matched_types: M,
    #[serde(borrow)]
    audit: Option<Audit<'r>>,
}

/// Ids of requests are GUIDs, but need not be.
#[derive(Serialize, Deserialize)]
enum RequestId<'r> {
    Guid(Uuid),
    Text(&'r str),
}

impl<'r> RequestId<'r> {
    /// A GUID only where it is written as GUIDs are, so that the text can be made again.
    fn of(text: &'r str) -> Self {
        let mut buffer = Uuid::encode_buffer();
        match Uuid::try_parse(text) {
            Ok(id) if id.as_hyphenated().encode_lower(&mut buffer) == text => Self::Guid(id),
            _ => Self::Text(text),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Matched {
    sensitive_type_id: Uuid,
    count: u32,
    confidence: u8,
}

/// Matched types as they are written, without a list of their own.
struct Matches<'r>(&'r [MatchedType]);

impl Serialize for Matches<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for matched in self.0 {
            sequence.serialize_element(&Matched {
                sensitive_type_id: matched.sensitive_type_id.as_uuid(),
                count: matched.count,
                confidence: matched.confidence,
            })?;
        }
        sequence.end()
    }
}

#[derive(Serialize, Deserialize)]
struct Audit<'r> {
    operation: &'r str,
    user_type: u32,
    data_state: &'r str,
    label: Option<Uuid>,
    old_label: Option<Uuid>,
    event_type: Option<u32>,
    action_source: Option<u32>,
    justification: Option<&'r str>,
    #[serde(borrow)]
    protection: Option<Protection<'r>>,
}

#[derive(Serialize, Deserialize)]
struct Protection<'r> {
    kind: Option<&'r str>,
    template_id: Option<Uuid>,
    is_protected: bool,
    is_protected_before: bool,
    event_type: Option<u32>,
}

/// Appends a record to what is written so far.
///
/// # Errors
/// None that is known: every record can be written.
pub(crate) fn append(record: &DecisionRecord, written: Vec<u8>) -> Result<Vec<u8>, postcard::Error> {
    let row = Row {
        id: record.id,
        time: record.time.as_nanosecond(),
        revision: record.revision.0,
        operation: operation_number(record.operation),
        outcome: outcome_number(record.outcome),
        reason: record.reason.as_deref(),
        user_id: record.user_id.as_ref().map(UserId::as_uuid),
        user_principal_name: record.user_principal_name.as_deref(),
        application_id: record.application_id.as_deref(),
        application_name: record.application_name.as_deref(),
        application_version: record.application_version.as_deref(),
        client_ip: record.client_ip.as_deref(),
        request_id: RequestId::of(&record.request_id),
        client_request_id: record.client_request_id.as_deref(),
        content_identifier: record.content_identifier.as_deref(),
        label_before: record.label_before.as_ref().map(LabelId::as_uuid),
        label_after: record.label_after.as_ref().map(LabelId::as_uuid),
        justification: record.justification.as_deref(),
        matched_types: Matches(&record.matched_types),
        audit: record.audit.as_ref().map(Audit::of),
    };
    postcard::to_extend(&row, written)
}

/// The record of exactly these bytes; `None` when they are none.
pub(crate) fn read(bytes: &[u8], tenant_id: TenantId, sequence: u64) -> Option<DecisionRecord> {
    let (row, rest): (Row<'_, Vec<Matched>>, _) = postcard::take_from_bytes(bytes).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let matched = row.matched_types.into_iter().map(|matched| MatchedType {
        sensitive_type_id: SensitiveTypeId::from_uuid(matched.sensitive_type_id),
        count: matched.count,
        confidence: matched.confidence,
    });
    Some(DecisionRecord {
        sequence,
        id: row.id,
        time: Timestamp::from_nanosecond(row.time).ok()?,
        tenant_id,
        revision: Revision(row.revision),
        operation: operation(row.operation)?,
        outcome: outcome(row.outcome)?,
        reason: row.reason.map(str::to_owned),
        user_id: row.user_id.map(UserId::from_uuid),
        user_principal_name: row.user_principal_name.map(str::to_owned),
        application_id: row.application_id.map(Into::into),
        application_name: row.application_name.map(str::to_owned),
        application_version: row.application_version.map(str::to_owned),
        client_ip: row.client_ip.map(Into::into),
        request_id: match row.request_id {
            RequestId::Guid(id) => id.to_string().into(),
            RequestId::Text(text) => text.into(),
        },
        client_request_id: row.client_request_id.map(Into::into),
        content_identifier: row.content_identifier.map(str::to_owned),
        label_before: row.label_before.map(LabelId::from_uuid),
        label_after: row.label_after.map(LabelId::from_uuid),
        justification: row.justification.map(str::to_owned),
        matched_types: matched.collect(),
        audit: row.audit.map(Audit::facts),
    })
}

impl<'r> Audit<'r> {
    fn of(facts: &'r AuditFacts) -> Self {
        let event = &facts.sensitivity_label_event_data;
        Self {
            operation: &facts.operation,
            user_type: facts.user_type,
            data_state: &facts.data_state,
            label: event.sensitivity_label_id.as_ref().map(LabelId::as_uuid),
            old_label: event.old_sensitivity_label_id.as_ref().map(LabelId::as_uuid),
            event_type: event.label_event_type,
            action_source: event.action_source,
            justification: event.justification_text.as_deref(),
            protection: facts.protection_event_data.as_ref().map(Protection::of),
        }
    }

    fn facts(self) -> AuditFacts {
        AuditFacts {
            operation: Cow::Owned(self.operation.to_owned()),
            user_type: self.user_type,
            data_state: Cow::Owned(self.data_state.to_owned()),
            sensitivity_label_event_data: AuditLabelEvent {
                sensitivity_label_id: self.label.map(LabelId::from_uuid),
                old_sensitivity_label_id: self.old_label.map(LabelId::from_uuid),
                label_event_type: self.event_type,
                action_source: self.action_source,
                justification_text: self.justification.map(str::to_owned),
            },
            protection_event_data: self.protection.map(Protection::event),
        }
    }
}

impl<'r> Protection<'r> {
    fn of(event: &'r AuditProtectionEvent) -> Self {
        Self {
            kind: event.protection_type.as_deref(),
            template_id: event.template_id.as_ref().map(TemplateId::as_uuid),
            is_protected: event.is_protected,
            is_protected_before: event.is_protected_before,
            event_type: event.protection_event_type,
        }
    }

    fn event(self) -> AuditProtectionEvent {
        AuditProtectionEvent {
            protection_type: self.kind.map(|kind| Cow::Owned(kind.to_owned())),
            template_id: self.template_id.map(TemplateId::from_uuid),
            is_protected: self.is_protected,
            is_protected_before: self.is_protected_before,
            protection_event_type: self.event_type,
        }
    }
}

#[cfg(test)]
mod tests {
    use signet_store::conformance::samples::{record, tenant};

    use super::*;

    /// A record with every member, as it was first written. It must be readable for ever.
    const FIRST: &str = include_str!("decision_code_first.hex");

    fn full() -> DecisionRecord {
        let label = |n| Some(LabelId::from_uuid(Uuid::from_u128(n)));
        DecisionRecord {
            operation: Operation::EvaluateRemoval,
            outcome: Outcome::Changed,
            reason: Some("LABEL_DISABLED".to_owned()),
            user_id: Some(UserId::from_uuid(Uuid::from_u128(1))),
            user_principal_name: Some("zoë@contoso.com".to_owned()),
            request_id: "0d0f1b0e-74c6-4d0c-9b44-6f8d44a4f0c1".into(),
            client_request_id: Some("batch 7".into()),
            label_before: label(2),
            label_after: label(3),
            justification: Some("weil \"es\" sein muss\n".to_owned()),
            audit: Some(AuditFacts {
                operation: "SensitivityLabelUpdated".into(),
                user_type: 5,
                data_state: "Motion".into(),
                sensitivity_label_event_data: AuditLabelEvent {
                    sensitivity_label_id: label(3),
                    old_sensitivity_label_id: label(2),
                    label_event_type: Some(2),
                    action_source: Some(3),
                    justification_text: Some("weil".to_owned()),
                },
                protection_event_data: Some(AuditProtectionEvent {
                    protection_type: Some("Template".into()),
                    template_id: Some(TemplateId::from_uuid(Uuid::from_u128(4))),
                    is_protected: true,
                    is_protected_before: false,
                    protection_event_type: Some(1),
                }),
            }),
            ..record(tenant(1), 1)
        }
    }

    fn read_back(record: &DecisionRecord) -> Option<DecisionRecord> {
        let bytes = append(record, Vec::new()).unwrap();
        read(&bytes, record.tenant_id, record.sequence)
    }

    #[test]
    fn what_was_written_first_is_still_written_and_read() {
        let bytes = append(&full(), Vec::new()).unwrap();
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digits, FIRST.trim());
        assert_eq!(
            read(&bytes, tenant(1), 7),
            Some(DecisionRecord { sequence: 7, ..full() })
        );
    }

    #[test]
    fn every_operation_and_outcome_is_told_apart() {
        for operation in (1..=9).map(|n| operation(n).unwrap()) {
            for outcome in (1..=6).map(|n| outcome(n).unwrap()) {
                let record = DecisionRecord {
                    operation,
                    outcome,
                    ..full()
                };
                assert_eq!(read_back(&record), Some(record));
            }
        }
        assert_eq!((operation(0), operation(10)), (None, None));
        assert_eq!((outcome(0), outcome(7)), (None, None));
    }

    #[test]
    fn ids_of_requests_come_back_as_they_were() {
        for text in [
            "0d0f1b0e-74c6-4d0c-9b44-6f8d44a4f0c1",
            "0D0F1B0E-74C6-4D0C-9B44-6F8D44A4F0C1",
            "0d0f1b0e74c64d0c9b446f8d44a4f0c1",
            "{0d0f1b0e-74c6-4d0c-9b44-6f8d44a4f0c1}",
            "",
            "5",
        ] {
            let record = DecisionRecord {
                request_id: text.into(),
                ..full()
            };
            assert_eq!(read_back(&record), Some(record));
        }
    }

    #[test]
    fn times_at_the_ends_come_back() {
        for time in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
            let record = DecisionRecord { time, ..full() };
            assert_eq!(read_back(&record), Some(record));
        }
    }

    #[test]
    fn damaged_bytes_are_no_record_and_no_panic() {
        let bytes = append(&full(), Vec::new()).unwrap();
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length], tenant(1), 1), None, "{length}");
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat(), tenant(1), 1), None);
        for position in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[position] = value;
                let _whatever_it_says = read(&damaged, tenant(1), 1);
            }
        }
    }
}
