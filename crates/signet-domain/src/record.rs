//! What the decision log keeps of each evaluation, label change and extraction.

mod audit;
mod json;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{LabelId, Revision, SensitiveTypeId, TemplateId, TenantId, UserId};

pub use self::audit::{audit_facts, parse_user_agent};

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// evaluateApplication.
    EvaluateApplication,
    /// evaluateClassificationResults.
    EvaluateClassificationResults,
    /// evaluateRemoval.
    EvaluateRemoval,
    /// extractContentLabel.
    ExtractContentLabel,
    /// computeInheritance.
    ComputeInheritance,
    /// computeRightsAndInheritance.
    ComputeRightsAndInheritance,
    /// Usage rights of one label.
    UsageRights,
    /// extractSensitivityLabels of a drive item.
    ExtractSensitivityLabels,
    /// assignSensitivityLabel of a drive item.
    AssignSensitivityLabel,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Actions were returned that change the item.
    Changed,
    /// A label was recommended.
    Recommended,
    /// A justification was asked for.
    JustificationRequired,
    /// Nothing to do.
    Unchanged,
    /// A label was read.
    Read,
    /// Refused by a rule; `reason` says which.
    Refused,
}

/// One record. Justification text and content identifiers are kept here and nowhere else.
///
/// As JSON it has the whole audit record, as its readers expect; what is left out of that is not missed when it is read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRecord {
    /// Position in the tenant's log: 1, 2, 3, … Given by the store; 0 before.
    pub sequence: u64,
    /// Id of the record.
    pub id: Uuid,
    /// When.
    pub time: Timestamp,
    /// Whose tenant.
    pub tenant_id: TenantId,
    /// The policy revision that decided.
    pub revision: Revision,
    /// What was asked.
    pub operation: Operation,
    /// How it ended.
    pub outcome: Outcome,
    /// The refusing reason's published name.
    #[serde(default)]
    pub reason: Option<String>,
    /// The acting user; absent for an application caller.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The acting user's sign-in name.
    #[serde(default)]
    pub user_principal_name: Option<String>,
    /// Client id of the token.
    #[serde(default)]
    pub application_id: Option<Arc<str>>,
    /// From `User-Agent`.
    #[serde(default)]
    pub application_name: Option<String>,
    /// From `User-Agent`.
    #[serde(default)]
    pub application_version: Option<String>,
    /// Remote address.
    #[serde(default)]
    pub client_ip: Option<Arc<str>>,
    /// Request id.
    pub request_id: Arc<str>,
    /// The caller's own request id.
    #[serde(default)]
    pub client_request_id: Option<Arc<str>>,
    /// Content identifier as given.
    #[serde(default)]
    pub content_identifier: Option<String>,
    /// Label before.
    #[serde(default)]
    pub label_before: Option<LabelId>,
    /// Label after.
    #[serde(default)]
    pub label_after: Option<LabelId>,
    /// The reason given for a lower label.
    #[serde(default)]
    pub justification: Option<String>,
    /// What classification matched.
    #[serde(default)]
    pub matched_types: Vec<MatchedType>,
    /// The audit record, when the evaluation returns a change. Source: labelling semantics I.
    #[serde(default)]
    pub audit: Option<AuditFacts>,
}

/// A sensitive type that was responsible, from the first entry that satisfied its condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MatchedType {
    /// The type.
    #[serde(rename = "SensitiveType")]
    pub sensitive_type_id: SensitiveTypeId,
    /// Occurrences.
    pub count: u32,
    /// Percent.
    pub confidence: u8,
}

/// What the audit record says beyond the record it belongs to; [`DecisionRecord::audit_record`] is all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuditFacts {
    /// SensitivityLabelApplied, …Updated, …Removed, …PolicyMatched, Discover.
    pub operation: Cow<'static, str>,
    /// 0 user, 5 application.
    pub user_type: u32,
    /// Rest, Motion, Use.
    pub data_state: Cow<'static, str>,
    /// What happened to the label.
    pub sensitivity_label_event_data: AuditLabelEvent,
    /// What happened to protection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection_event_data: Option<AuditProtectionEvent>,
}

/// The audit record in the shape of AipSensitivityLabelAction. Unknown members are omitted, not null,
/// except ObjectId. Source: labelling semantics I.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuditRecord {
    /// 94 for label actions, 93 for discovery.
    pub record_type: u32,
    /// `Aip`.
    pub workload: String,
    /// 1.
    pub version: u32,
    /// 1.
    pub scope: u32,
    /// Id of the record.
    pub id: Uuid,
    /// `YYYY-MM-DDThh:mm:ss`, UTC.
    pub creation_time: String,
    /// SensitivityLabelApplied, …Updated, …Removed, …PolicyMatched, Discover.
    pub operation: String,
    /// Tenant.
    pub organization_id: TenantId,
    /// UPN, or client id.
    pub user_id: String,
    /// Object id, or client id.
    pub user_key: String,
    /// 0 user, 5 application.
    pub user_type: u32,
    /// Content identifier as given, else null.
    pub object_id: Option<String>,
    /// Remote address.
    #[serde(rename = "ClientIP", skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<String>,
    /// Rest, Motion, Use.
    pub data_state: String,
    /// Who called.
    pub common: AuditCommon,
    /// What happened to the label.
    pub sensitivity_label_event_data: AuditLabelEvent,
    /// What classification matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sensitive_info_type_data: Vec<MatchedType>,
    /// What happened to protection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protection_event_data: Option<AuditProtectionEvent>,
}

/// The calling application.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuditCommon {
    /// Client id of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    /// First product token of `User-Agent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_name: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_version: Option<String>,
}

/// What happened to the label.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuditLabelEvent {
    /// New label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity_label_id: Option<LabelId>,
    /// Label before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_sensitivity_label_id: Option<LabelId>,
    /// 1 upgraded or first, 2 downgraded, 3 removed, 4 changed in the same order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_event_type: Option<u32>,
    /// 1 default, 2 automatic, 3 manual, 4 recommended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_source: Option<u32>,
    /// Reason given, for downgrades and removals only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification_text: Option<String>,
}

/// What happened to protection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuditProtectionEvent {
    /// Template, Custom, DoNotForward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection_type: Option<Cow<'static, str>>,
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<TemplateId>,
    /// Protected after.
    pub is_protected: bool,
    /// Protected before.
    pub is_protected_before: bool,
    /// 1 added, 2 changed, 3 removed, absent when unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection_event_type: Option<u32>,
}
