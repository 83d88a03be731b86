//! Changes of a tenant by programs.

use std::sync::Arc;

use signet_contract::catalog::{ExpectedRevision, RevisionDiff, RevisionInfo, TenantApplied, TenantAt, TenantPlan};
use signet_domain::ids::Revision;
use signet_domain::tenant::{ChangeKind, EntityKind, Finding, MemberChange, TenantChange, TenantDocument};

use super::{
    ConversionError, Converted, enumeration, from_instant, list, messages, number, present, required_instant, value,
};
use crate::proto::catalog as pb;
use crate::proto::catalog::expected_revision::{Absent, Any, Kind};

impl From<ExpectedRevision> for pb::ExpectedRevision {
    fn from(expected: ExpectedRevision) -> Self {
        let kind = match expected {
            ExpectedRevision::Any => Kind::Any(Any {}),
            ExpectedRevision::Absent => Kind::Absent(Absent {}),
            ExpectedRevision::Exactly(revision) => Kind::Exactly(revision.0),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<pb::ExpectedRevision> for ExpectedRevision {
    type Error = ConversionError;

    fn try_from(message: pb::ExpectedRevision) -> Result<Self, Self::Error> {
        Ok(match present(message.kind, "kind")? {
            Kind::Any(Any {}) => Self::Any,
            Kind::Absent(Absent {}) => Self::Absent,
            Kind::Exactly(revision) => Self::Exactly(Revision(revision)),
        })
    }
}

impl From<TenantPlan> for pb::PlanTenantResponse {
    fn from(plan: TenantPlan) -> Self {
        Self {
            current_revision: plan.current.map(|revision| revision.0),
            changes: messages(plan.changes),
            warnings: messages(plan.warnings),
        }
    }
}

impl TryFrom<pb::PlanTenantResponse> for TenantPlan {
    type Error = ConversionError;

    fn try_from(message: pb::PlanTenantResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            current: message.current_revision.map(Revision),
            changes: list(message.changes, "changes")?,
            warnings: message.warnings.into_iter().map(Finding::from).collect(),
        })
    }
}

/// Every change has a response of its own, and all of them say the same.
macro_rules! applied {
    ($($message:ty),+ $(,)?) => {$(
        impl From<TenantApplied> for $message {
            fn from(applied: TenantApplied) -> Self {
                Self {
                    revision: applied.revision.0,
                    changed: applied.changed,
                    changes: messages(applied.changes),
                    warnings: messages(applied.warnings),
                }
            }
        }

        impl TryFrom<$message> for TenantApplied {
            type Error = ConversionError;

            fn try_from(message: $message) -> Result<Self, Self::Error> {
                Ok(Self {
                    revision: Revision(message.revision),
                    changed: message.changed,
                    changes: list(message.changes, "changes")?,
                    warnings: message.warnings.into_iter().map(Finding::from).collect(),
                })
            }
        }
    )+};
}

applied!(
    pb::ApplyTenantResponse,
    pb::RollbackTenantResponse,
    pb::CreateLabelResponse,
    pb::UpdateLabelResponse,
    pb::DeleteLabelResponse,
    pb::ReorderLabelsResponse,
);

impl From<RevisionDiff> for pb::DiffRevisionsResponse {
    fn from(diff: RevisionDiff) -> Self {
        Self {
            from_revision: diff.from.0,
            to_revision: diff.to.0,
            changes: messages(diff.changes),
        }
    }
}

impl TryFrom<pb::DiffRevisionsResponse> for RevisionDiff {
    type Error = ConversionError;

    fn try_from(message: pb::DiffRevisionsResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            from: Revision(message.from_revision),
            to: Revision(message.to_revision),
            changes: list(message.changes, "changes")?,
        })
    }
}

/// The number of a revision that exists: 1 or more.
pub(crate) fn revision(number: u64, field: &str) -> Converted<Revision> {
    if number == 0 {
        return Err(ConversionError::new("is 0; send the number of a revision, 1 or more").within(field));
    }
    Ok(Revision(number))
}

impl TryFrom<TenantAt> for pb::ExportTenantResponse {
    type Error = ConversionError;

    fn try_from(tenant: TenantAt) -> Result<Self, Self::Error> {
        Ok(Self {
            tenant_document: document_json(&tenant.document)?,
            revision: tenant.revision.0,
        })
    }
}

impl TryFrom<pb::ExportTenantResponse> for TenantAt {
    type Error = ConversionError;

    fn try_from(message: pb::ExportTenantResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            document: Arc::new(document(&message.tenant_document)?),
            revision: Revision(message.revision),
        })
    }
}

/// A tenant document as the JSON that travels.
pub(crate) fn document_json(document: &TenantDocument) -> Converted<String> {
    serde_json::to_string(document)
        .map_err(|error| ConversionError::new(format!("cannot be written: {error}")).within("tenant_document"))
}

/// The tenant document in JSON that a service sent.
pub(crate) fn document(json: &str) -> Converted<TenantDocument> {
    serde_json::from_str(json)
        .map_err(|error| ConversionError::new(format!("is no tenant document: {error}")).within("tenant_document"))
}

enumeration!(pb::EntityKind, EntityKind, {
    Tenant = Tenant,
    User = User,
    Group = Group,
    SensitiveType = SensitiveType,
    Label = Label,
    Policy = Policy,
    Drive = Drive,
});

enumeration!(pb::ChangeKind, ChangeKind, {
    Added = Added,
    Changed = Changed,
    Removed = Removed,
});

impl From<TenantChange> for pb::TenantChange {
    fn from(change: TenantChange) -> Self {
        Self {
            entity: number::<pb::EntityKind, _>(change.entity),
            change: number::<pb::ChangeKind, _>(change.change),
            id: change.id,
            name: change.name,
            members: messages(change.members),
        }
    }
}

impl TryFrom<pb::TenantChange> for TenantChange {
    type Error = ConversionError;

    fn try_from(message: pb::TenantChange) -> Result<Self, Self::Error> {
        Ok(Self {
            entity: value::<pb::EntityKind, _>(message.entity, "entity")?,
            change: value::<pb::ChangeKind, _>(message.change, "change")?,
            id: message.id,
            name: message.name,
            members: list(message.members, "members")?,
        })
    }
}

impl From<MemberChange> for pb::MemberChange {
    fn from(change: MemberChange) -> Self {
        Self {
            path: change.path,
            before: change.before.to_string(),
            after: change.after.to_string(),
        }
    }
}

impl TryFrom<pb::MemberChange> for MemberChange {
    type Error = ConversionError;

    fn try_from(message: pb::MemberChange) -> Result<Self, Self::Error> {
        Ok(Self {
            path: message.path,
            before: json(&message.before, "before")?,
            after: json(&message.after, "after")?,
        })
    }
}

fn json(text: &str, field: &str) -> Converted<serde_json::Value> {
    serde_json::from_str(text).map_err(|_| ConversionError::new("is not JSON").within(field))
}

impl From<Finding> for pb::Finding {
    fn from(finding: Finding) -> Self {
        Self {
            path: finding.path,
            message: finding.message,
        }
    }
}

impl From<pb::Finding> for Finding {
    fn from(message: pb::Finding) -> Self {
        Self {
            path: message.path,
            message: message.message,
        }
    }
}

impl From<RevisionInfo> for pb::RevisionInfo {
    fn from(info: RevisionInfo) -> Self {
        Self {
            revision: info.revision.0,
            at: Some(from_instant(info.at)),
            author: info.author,
            note: info.note,
        }
    }
}

impl TryFrom<pb::RevisionInfo> for RevisionInfo {
    type Error = ConversionError;

    fn try_from(message: pb::RevisionInfo) -> Result<Self, Self::Error> {
        Ok(Self {
            revision: Revision(message.revision),
            at: required_instant(message.at, "at")?,
            author: message.author,
            note: message.note,
        })
    }
}

impl From<Vec<RevisionInfo>> for pb::ListRevisionsResponse {
    fn from(revisions: Vec<RevisionInfo>) -> Self {
        Self {
            revisions: messages(revisions),
        }
    }
}

impl TryFrom<pb::ListRevisionsResponse> for Vec<RevisionInfo> {
    type Error = ConversionError;

    fn try_from(message: pb::ListRevisionsResponse) -> Result<Self, Self::Error> {
        list(message.revisions, "revisions")
    }
}
