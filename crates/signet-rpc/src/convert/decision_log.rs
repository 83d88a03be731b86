//! Queries of the decision log and its records.

use std::sync::Arc;

use signet_contract::evaluation::DecisionQuery;
use signet_domain::ids::Revision;
use signet_domain::record::{DecisionRecord, MatchedType, Operation, Outcome};

use super::{
    ConversionError, byte, enumeration, from_instant, guid, id, list, messages, number, optional, optional_id,
    optional_instant, optional_text, optional_value, required_instant, text, value,
};
use crate::proto::evaluation as pb;

enumeration!(pb::DecisionOperation, Operation, {
    EvaluateApplication = EvaluateApplication,
    EvaluateClassificationResults = EvaluateClassificationResults,
    EvaluateRemoval = EvaluateRemoval,
    ExtractContentLabel = ExtractContentLabel,
    ComputeInheritance = ComputeInheritance,
    ComputeRightsAndInheritance = ComputeRightsAndInheritance,
    UsageRights = UsageRights,
    ExtractSensitivityLabels = ExtractSensitivityLabels,
    AssignSensitivityLabel = AssignSensitivityLabel,
});

enumeration!(pb::DecisionOutcome, Outcome, {
    Changed = Changed,
    Recommended = Recommended,
    JustificationRequired = JustificationRequired,
    Unchanged = Unchanged,
    Read = Read,
    Refused = Refused,
});

impl From<DecisionQuery> for pb::DecisionQuery {
    fn from(query: DecisionQuery) -> Self {
        Self {
            from: query.from.map(from_instant),
            to: query.to.map(from_instant),
            user_id: optional_text(query.user),
            application: query.application,
            label_id: optional_text(query.label),
            operation: query.operation.map_or(0, number::<pb::DecisionOperation, _>),
            outcome: query.outcome.map_or(0, number::<pb::DecisionOutcome, _>),
            after_sequence: query.after,
            descending: query.descending,
            page_size: query.limit,
        }
    }
}

impl TryFrom<pb::DecisionQuery> for DecisionQuery {
    type Error = ConversionError;

    fn try_from(message: pb::DecisionQuery) -> Result<Self, Self::Error> {
        Ok(Self {
            from: optional_instant(message.from, "from")?,
            to: optional_instant(message.to, "to")?,
            user: optional_id(message.user_id.as_deref(), "user_id")?,
            application: message.application,
            label: optional_id(message.label_id.as_deref(), "label_id")?,
            operation: optional_value::<pb::DecisionOperation, _>(message.operation, "operation")?,
            outcome: optional_value::<pb::DecisionOutcome, _>(message.outcome, "outcome")?,
            after: message.after_sequence,
            descending: message.descending,
            limit: message.page_size,
        })
    }
}

impl From<DecisionRecord> for pb::DecisionRecord {
    fn from(record: DecisionRecord) -> Self {
        let audit = record.audit_record().map(Into::into);
        Self {
            sequence: record.sequence,
            id: text(record.id),
            time: Some(from_instant(record.time)),
            tenant_id: text(record.tenant_id),
            revision: record.revision.0,
            operation: number::<pb::DecisionOperation, _>(record.operation),
            outcome: number::<pb::DecisionOutcome, _>(record.outcome),
            reason: record.reason,
            user_id: optional_text(record.user_id),
            user_principal_name: record.user_principal_name,
            application_id: owned(record.application_id),
            application_name: record.application_name,
            application_version: record.application_version,
            client_ip: owned(record.client_ip),
            request_id: record.request_id.to_string(),
            client_request_id: owned(record.client_request_id),
            content_identifier: record.content_identifier,
            label_before: optional_text(record.label_before),
            label_after: optional_text(record.label_after),
            justification: record.justification,
            matched_types: messages(record.matched_types),
            audit,
        }
    }
}

impl TryFrom<pb::DecisionRecord> for DecisionRecord {
    type Error = ConversionError;

    fn try_from(message: pb::DecisionRecord) -> Result<Self, Self::Error> {
        Ok(Self {
            sequence: message.sequence,
            id: guid(&message.id, "id")?,
            time: required_instant(message.time, "time")?,
            tenant_id: id(&message.tenant_id, "tenant_id")?,
            revision: Revision(message.revision),
            operation: value::<pb::DecisionOperation, _>(message.operation, "operation")?,
            outcome: value::<pb::DecisionOutcome, _>(message.outcome, "outcome")?,
            reason: message.reason,
            user_id: optional_id(message.user_id.as_deref(), "user_id")?,
            user_principal_name: message.user_principal_name,
            application_id: message.application_id.map(Into::into),
            application_name: message.application_name,
            application_version: message.application_version,
            client_ip: message.client_ip.map(Into::into),
            request_id: message.request_id.into(),
            client_request_id: message.client_request_id.map(Into::into),
            content_identifier: message.content_identifier,
            label_before: optional_id(message.label_before.as_deref(), "label_before")?,
            label_after: optional_id(message.label_after.as_deref(), "label_after")?,
            justification: message.justification,
            matched_types: list(message.matched_types, "matched_types")?,
            audit: optional(message.audit, "audit")?,
        })
    }
}

fn owned(text: Option<Arc<str>>) -> Option<String> {
    text.as_deref().map(str::to_owned)
}

impl From<MatchedType> for pb::MatchedType {
    fn from(matched: MatchedType) -> Self {
        Self {
            sensitive_type_id: text(matched.sensitive_type_id),
            count: matched.count,
            confidence: matched.confidence.into(),
        }
    }
}

impl TryFrom<pb::MatchedType> for MatchedType {
    type Error = ConversionError;

    fn try_from(message: pb::MatchedType) -> Result<Self, Self::Error> {
        Ok(Self {
            sensitive_type_id: id(&message.sensitive_type_id, "sensitive_type_id")?,
            count: message.count,
            confidence: byte(message.confidence, "confidence")?,
        })
    }
}

impl From<Vec<DecisionRecord>> for pb::ListDecisionsResponse {
    fn from(records: Vec<DecisionRecord>) -> Self {
        Self {
            records: messages(records),
        }
    }
}

impl TryFrom<pb::ListDecisionsResponse> for Vec<DecisionRecord> {
    type Error = ConversionError;

    fn try_from(message: pb::ListDecisionsResponse) -> Result<Self, Self::Error> {
        list(message.records, "records")
    }
}
