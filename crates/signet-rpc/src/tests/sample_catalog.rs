//! Values of the catalogue.

use std::sync::Arc;

use serde_json::{Value, json};
use signet_contract::catalog::{
    ChangeEvent, ExpectedRevision, GetLabelRequest, GetLabelResponse, LabelFamily, ListLabelsRequest,
    ListLabelsResponse, PolicySettingsResponse, RevisionDiff, RevisionInfo, SnapshotLease, TenantApplied, TenantAt,
    TenantPlan,
};
use signet_domain::ids::{PolicyId, Revision, TenantId};
use signet_domain::policy::EffectivePolicySettings;
use signet_domain::query::{Comparison, LabelField, LabelFilter, LabelPage, Literal, OrderKey, PageKey, SearchTerm};
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::{ChangeKind, EntityKind, Finding, LabelChange, MemberChange, TenantChange, TenantDocument};

use super::sample::Sample;

/// Every property.
pub(crate) const FIELDS: [LabelField; 20] = [
    LabelField::Id,
    LabelField::Name,
    LabelField::DisplayName,
    LabelField::Description,
    LabelField::Tooltip,
    LabelField::AutoTooltip,
    LabelField::Color,
    LabelField::Sensitivity,
    LabelField::Priority,
    LabelField::IsEnabled,
    LabelField::IsAppliable,
    LabelField::HasProtection,
    LabelField::IsDefault,
    LabelField::IsScopedToUser,
    LabelField::IsEndpointProtectionEnabled,
    LabelField::IsSmimeSignEnabled,
    LabelField::IsSmimeEncryptEnabled,
    LabelField::Locale,
    LabelField::ActionSource,
    LabelField::ApplicationMode,
];

const COMPARISONS: [Comparison; 8] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::StartsWith,
    Comparison::Contains,
];

impl Sample {
    pub(crate) fn family(&mut self) -> LabelFamily {
        self.pick(&[LabelFamily::Policy, LabelFamily::Governance])
    }

    fn field(&mut self) -> LabelField {
        self.pick(&FIELDS)
    }

    fn literal(&mut self) -> Literal {
        match self.below(4) {
            0 => Literal::Text(self.text()),
            1 => Literal::Integer(self.number() as i64),
            2 => Literal::Boolean(self.truth()),
            _ => Literal::Null,
        }
    }

    /// A filter at most `depth` levels deep.
    pub(crate) fn filter(&mut self, depth: u32) -> LabelFilter {
        let kinds = if depth > 1 { 7 } else { 4 };
        match self.below(kinds) {
            0 => LabelFilter::Compare {
                field: self.field(),
                comparison: self.pick(&COMPARISONS),
                literal: self.literal(),
            },
            1 => LabelFilter::In {
                field: self.field(),
                literals: self.many(Self::literal),
            },
            2 => LabelFilter::AppliesToAny(self.many(Self::format)),
            3 => LabelFilter::IdIn(self.many(Self::label_id)),
            4 => LabelFilter::And(self.many(|sample| sample.filter(depth - 1))),
            5 => LabelFilter::Or(self.many(|sample| sample.filter(depth - 1))),
            _ => LabelFilter::Not(Box::new(self.filter(depth - 1))),
        }
    }

    fn page_key(&mut self) -> PageKey {
        PageKey {
            values: self.many(Self::literal),
            id: self.label_id(),
        }
    }

    pub(crate) fn list_labels_request(&mut self) -> ListLabelsRequest {
        ListLabelsRequest {
            family: self.family(),
            subject: self.subject(),
            scoped: self.maybe(Self::truth),
            parent: self.maybe(Self::label_id),
            nested: self.truth(),
            filter: self.maybe(|sample| sample.filter(5)),
            search: self.many(|sample| SearchTerm {
                field: sample.maybe(Self::field),
                text: sample.text(),
            }),
            order: self.many(|sample| OrderKey {
                field: sample.field(),
                descending: sample.truth(),
            }),
            skip: self.small(),
            top: self.below(1000) as u32,
            after: self.maybe(Self::page_key),
            count: self.truth(),
            locale: self.locale(),
        }
    }

    pub(crate) fn list_labels_response(&mut self) -> ListLabelsResponse {
        ListLabelsResponse {
            page: LabelPage {
                labels: self.many(Self::view),
                total: self.maybe(Self::number),
                next: self.maybe(Self::page_key),
            },
            user: self.maybe(Self::user_id),
            revision: self.revision(),
        }
    }

    pub(crate) fn get_label_request(&mut self) -> GetLabelRequest {
        GetLabelRequest {
            family: self.family(),
            subject: self.subject(),
            parent: self.maybe(Self::label_id),
            label: self.label_id(),
            locale: self.locale(),
        }
    }

    pub(crate) fn get_label_response(&mut self) -> GetLabelResponse {
        GetLabelResponse {
            label: self.view(),
            user: self.maybe(Self::user_id),
            revision: self.revision(),
        }
    }

    pub(crate) fn policy_settings_response(&mut self) -> PolicySettingsResponse {
        PolicySettingsResponse {
            settings: EffectivePolicySettings {
                id: PolicyId::from_uuid(self.uuid()),
                default_label_id: self.maybe(Self::label_id),
                is_downgrade_justification_required: self.truth(),
                is_mandatory: self.truth(),
                more_info_url: self.maybe(Self::text),
            },
            user: self.maybe(Self::user_id),
            revision: self.revision(),
        }
    }

    pub(crate) fn expected_revision(&mut self) -> ExpectedRevision {
        match self.below(3) {
            0 => ExpectedRevision::Any,
            1 => ExpectedRevision::Absent,
            _ => ExpectedRevision::Exactly(self.revision()),
        }
    }

    fn json(&mut self) -> Value {
        let text = self.text();
        let number = self.integer();
        self.pick(&[Value::Null, json!(text), json!(number), json!({"member": [text, true]})])
    }

    fn change(&mut self) -> TenantChange {
        let entities = [
            EntityKind::Tenant,
            EntityKind::User,
            EntityKind::Group,
            EntityKind::SensitiveType,
            EntityKind::Label,
            EntityKind::Policy,
            EntityKind::Drive,
        ];
        TenantChange {
            entity: self.pick(&entities),
            change: self.pick(&[ChangeKind::Added, ChangeKind::Changed, ChangeKind::Removed]),
            id: self.text(),
            name: self.text(),
            members: self.many(|sample| MemberChange {
                path: sample.text(),
                before: sample.json(),
                after: sample.json(),
            }),
        }
    }

    fn finding(&mut self) -> Finding {
        Finding {
            path: self.text(),
            message: self.text(),
        }
    }

    pub(crate) fn plan(&mut self) -> TenantPlan {
        TenantPlan {
            current: self.maybe(Self::revision),
            changes: self.many(Self::change),
            warnings: self.many(Self::finding),
        }
    }

    pub(crate) fn applied(&mut self) -> TenantApplied {
        TenantApplied {
            revision: self.revision(),
            changed: self.truth(),
            changes: self.many(Self::change),
            warnings: self.many(Self::finding),
        }
    }

    pub(crate) fn diff(&mut self) -> RevisionDiff {
        RevisionDiff {
            from: self.revision(),
            to: self.revision(),
            changes: self.many(Self::change),
        }
    }

    /// A revision that exists.
    pub(crate) fn existing_revision(&mut self) -> Revision {
        Revision(1 + self.below(1_000_000))
    }

    /// Create, update, delete or reorder, in this order.
    pub(crate) fn label_change(&mut self, kind: u64) -> LabelChange {
        match kind {
            0 => LabelChange::Create(Box::new(self.label())),
            1 => LabelChange::Update(Box::new(self.label())),
            2 => LabelChange::Delete(self.label_id()),
            _ => LabelChange::Reorder(self.many(Self::label_id)),
        }
    }

    /// A document with one label, and nothing the tenant file cannot hold.
    pub(crate) fn document(&mut self) -> TenantDocument {
        let document = json!({
            "id": self.uuid(),
            "displayName": self.text(),
            "domains": ["contoso.example"],
            "users": [{"id": self.uuid(), "userPrincipalName": "bob@contoso.example"}],
            "labels": [{"id": self.uuid(), "name": self.text(), "sensitivity": 1}],
        });
        serde_json::from_value(document).unwrap()
    }

    pub(crate) fn tenant_at(&mut self) -> TenantAt {
        TenantAt {
            document: Arc::new(self.document()),
            revision: self.revision(),
        }
    }

    pub(crate) fn revision_info(&mut self) -> RevisionInfo {
        RevisionInfo {
            revision: self.revision(),
            at: self.instant(),
            author: self.text(),
            note: self.maybe(Self::text),
        }
    }

    pub(crate) fn lease(&mut self) -> SnapshotLease {
        let document = Arc::new(self.document());
        SnapshotLease {
            snapshot: Arc::new(PolicySnapshot::compile(document, self.revision())),
            unconfirmed_for: self.maybe(Self::duration),
        }
    }

    pub(crate) fn change_event(&mut self) -> ChangeEvent {
        ChangeEvent {
            position: self.number(),
            tenant: TenantId::from_uuid(self.uuid()),
            revision: self.revision(),
        }
    }
}
