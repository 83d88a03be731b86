//! Values of evaluations and of the decision log.

use signet_contract::evaluation::{
    DecidedBy, DecisionQuery, EvaluateRequest, EvaluateResponse, ExpandRightsRequest, ExpandRightsResponse,
    InheritanceRequest, InheritanceResponse, RightsAndInheritanceRequest, RightsAndInheritanceResponse,
    UsageRightsRequest, UsageRightsResponse,
};
use signet_domain::action::{
    Action, ActionSource, ConditionReason, ContentLabel, ContentMarking, Explanation, LabelSummary, LabelingAction,
    PolicyReason, RuleReason, StepReason, WatermarkMarking,
};
use signet_domain::evaluation::{
    ContentRight, LabelingOptions, ProtectedContent, Question, RightsAndInheritance, UsageRightsIncluded,
};
use signet_domain::ids::{PolicyId, SensitiveTypeId, TemplateId, TenantId};
use signet_domain::record::{
    AuditFacts, AuditLabelEvent, AuditProtectionEvent, DecisionRecord, MatchedType, Operation, Outcome,
};

use super::sample::Sample;

/// Number of kinds of actions.
pub(crate) const ACTIONS: u64 = 15;

impl Sample {
    fn sensitive_type_id(&mut self) -> SensitiveTypeId {
        SensitiveTypeId::from_uuid(self.uuid())
    }

    fn content_marking(&mut self) -> ContentMarking {
        let (alignment, _) = self.alignment_and_layout();
        ContentMarking {
            ui_element_name: self.text(),
            text: self.text(),
            font_name: self.text(),
            font_size: self.integer(),
            font_color: self.text(),
            alignment,
            margin: self.integer(),
        }
    }

    fn watermark_marking(&mut self) -> WatermarkMarking {
        let (_, layout) = self.alignment_and_layout();
        WatermarkMarking {
            ui_element_name: self.text(),
            text: self.text(),
            layout,
            font_name: self.text(),
            font_size: self.integer(),
            font_color: self.text(),
        }
    }

    fn labeling_action(&mut self) -> LabelingAction {
        let sources = [
            ActionSource::Manual,
            ActionSource::Automatic,
            ActionSource::Recommended,
            ActionSource::Default,
        ];
        LabelingAction {
            action_source: self.pick(&sources),
            responsible_sensitive_type_ids: self.many(Self::sensitive_type_id),
            label: LabelSummary {
                id: self.label_id(),
                name: self.text(),
                description: self.text(),
                color: self.maybe(Self::text),
                sensitivity: self.integer(),
                tooltip: self.text(),
                is_active: self.truth(),
            },
            actions: self.many(|sample| {
                let kind = sample.pick(&[0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14]);
                sample.action(kind)
            }),
        }
    }

    /// An action of a kind below [`ACTIONS`].
    pub(crate) fn action(&mut self, kind: u64) -> Action {
        match kind {
            0 => Action::AddContentHeader(self.content_marking()),
            1 => Action::AddContentFooter(self.content_marking()),
            2 => Action::AddWatermark(self.watermark_marking()),
            3 => Action::RemoveContentHeader {
                ui_element_names: self.many(Self::text),
            },
            4 => Action::RemoveContentFooter {
                ui_element_names: self.many(Self::text),
            },
            5 => Action::RemoveWatermark {
                ui_element_names: self.many(Self::text),
            },
            6 => Action::ApplyLabel(self.labeling_action()),
            7 => Action::RecommendLabel(self.labeling_action()),
            8 => Action::Custom {
                name: self.text(),
                properties: self.many(Self::pair),
            },
            9 => Action::Justify,
            10 => Action::Metadata {
                metadata_to_add: self.many(Self::pair),
                metadata_to_remove: self.many(Self::text),
            },
            11 => Action::ProtectAdhoc,
            12 => Action::ProtectByTemplate {
                template_id: TemplateId::from_uuid(self.uuid()),
            },
            13 => Action::ProtectDoNotForward,
            14 => Action::RemoveProtection,
            _ => unreachable!("no such kind"),
        }
    }

    pub(crate) fn content_label(&mut self) -> ContentLabel {
        ContentLabel {
            label_id: self.label_id(),
            assignment_method: self.method(),
            created_at: self.maybe(Self::second),
        }
    }

    pub(crate) fn explanation(&mut self) -> Explanation {
        Explanation {
            policies: self.many(|sample| PolicyReason {
                policy_id: PolicyId::from_uuid(sample.uuid()),
                name: sample.text(),
                priority: sample.integer(),
                in_scope: sample.truth(),
                why: sample.text(),
            }),
            rules: self.many(Self::rule_reason),
            steps: self.many(|sample| StepReason {
                code: sample.text(),
                text: sample.text(),
                source: sample.text(),
            }),
        }
    }

    fn rule_reason(&mut self) -> RuleReason {
        RuleReason {
            label_id: self.label_id(),
            matched: self.truth(),
            conditions: self.many(|sample| ConditionReason {
                group: sample.text(),
                sensitive_type_id: sample.sensitive_type_id(),
                held: sample.truth(),
                wanted: sample.text(),
                found: sample.text(),
            }),
            dropped: self.maybe(Self::text),
        }
    }

    /// A question of a kind below four.
    pub(crate) fn question(&mut self, kind: u64) -> Question {
        match kind {
            0 => Question::Application {
                content: self.content(),
                labeling: LabelingOptions {
                    label_id: self.label_id(),
                    assignment_method: self.method(),
                    downgrade_justification: self.justification(),
                    extended_properties: self.many(Self::pair),
                },
            },
            1 => Question::Classification {
                content: self.content(),
                results: self.many(Self::classification),
            },
            2 => Question::Removal {
                content: self.content(),
                downgrade_justification: self.justification(),
            },
            _ => Question::Extraction {
                content: self.content(),
            },
        }
    }

    pub(crate) fn evaluate_request(&mut self, kind: u64) -> EvaluateRequest {
        EvaluateRequest {
            subject: self.subject(),
            question: self.question(kind),
            locale: self.locale(),
            explain: self.truth(),
        }
    }

    pub(crate) fn decided_by(&mut self) -> DecidedBy {
        DecidedBy {
            revision: self.revision(),
            snapshot_age: self.maybe(Self::duration),
        }
    }

    pub(crate) fn evaluate_response(&mut self) -> EvaluateResponse {
        EvaluateResponse {
            actions: self.many(|sample| {
                let kind = sample.below(ACTIONS);
                sample.action(kind)
            }),
            content_label: self.maybe(Self::content_label),
            decided_by: self.decided_by(),
            explanation: self.maybe(|sample| Box::new(sample.explanation())),
        }
    }

    pub(crate) fn inheritance_request(&mut self) -> InheritanceRequest {
        InheritanceRequest {
            subject: self.subject(),
            parent: self.maybe(Self::label_id),
            label_ids: self.many(Self::label_id),
            formats: self.many(Self::format),
            locale: self.locale(),
        }
    }

    pub(crate) fn inheritance_response(&mut self) -> InheritanceResponse {
        InheritanceResponse {
            label: self.view(),
            decided_by: self.decided_by(),
        }
    }

    pub(crate) fn rights_request(&mut self) -> RightsAndInheritanceRequest {
        RightsAndInheritanceRequest {
            subject: self.subject(),
            parent: self.maybe(Self::label_id),
            delegated_user_email: self.maybe(Self::text),
            contents: self.many(|sample| ProtectedContent {
                cid: sample.maybe(Self::text),
                format_text: sample.maybe(Self::text),
                format: sample.format(),
                label_id: sample.text(),
            }),
            supported_formats: self.many(Self::format),
            locale: self.locale(),
        }
    }

    pub(crate) fn rights_response(&mut self) -> RightsAndInheritanceResponse {
        RightsAndInheritanceResponse {
            result: RightsAndInheritance {
                inherited_label: self.maybe(Self::view),
                content_rights: self.many(|sample| ContentRight {
                    id: sample.uuid(),
                    cid: sample.maybe(Self::text),
                    format_text: sample.maybe(Self::text),
                    rights: sample.rights(),
                    label: sample.maybe(Self::view),
                }),
                labels: self.many(Self::view),
            },
            decided_by: self.decided_by(),
        }
    }

    pub(crate) fn usage_rights_request(&mut self) -> UsageRightsRequest {
        UsageRightsRequest {
            subject: self.subject(),
            parent: self.maybe(Self::label_id),
            label: self.label_id(),
            owner_email: self.maybe(Self::text),
            user_email: self.maybe(Self::text),
        }
    }

    fn usage_rights_included(&mut self) -> UsageRightsIncluded {
        UsageRightsIncluded {
            id: self.uuid(),
            owner_email: self.maybe(Self::text),
            user_email: self.maybe(Self::text),
            value: self.rights(),
        }
    }

    pub(crate) fn usage_rights_response(&mut self) -> UsageRightsResponse {
        UsageRightsResponse {
            rights: self.usage_rights_included(),
            decided_by: self.decided_by(),
        }
    }

    pub(crate) fn expand_request(&mut self) -> ExpandRightsRequest {
        ExpandRightsRequest {
            subject: self.subject(),
            labels: self.many(|sample| (sample.label_id(), sample.maybe(Self::text))),
            user_email: self.maybe(Self::text),
        }
    }

    pub(crate) fn expand_response(&mut self) -> ExpandRightsResponse {
        ExpandRightsResponse {
            rights: self.many(|sample| sample.maybe(Self::usage_rights_included)),
            decided_by: self.decided_by(),
        }
    }

    fn operation(&mut self) -> Operation {
        self.pick(&[
            Operation::EvaluateApplication,
            Operation::EvaluateClassificationResults,
            Operation::EvaluateRemoval,
            Operation::ExtractContentLabel,
            Operation::ComputeInheritance,
            Operation::ComputeRightsAndInheritance,
            Operation::UsageRights,
            Operation::ExtractSensitivityLabels,
            Operation::AssignSensitivityLabel,
        ])
    }

    fn outcome(&mut self) -> Outcome {
        self.pick(&[
            Outcome::Changed,
            Outcome::Recommended,
            Outcome::JustificationRequired,
            Outcome::Unchanged,
            Outcome::Read,
            Outcome::Refused,
        ])
    }

    pub(crate) fn decision_query(&mut self) -> DecisionQuery {
        DecisionQuery {
            from: self.maybe(Self::instant),
            to: self.maybe(Self::instant),
            user: self.maybe(Self::user_id),
            application: self.maybe(Self::text),
            label: self.maybe(Self::label_id),
            operation: self.maybe(Self::operation),
            outcome: self.maybe(Self::outcome),
            after: self.number(),
            descending: self.truth(),
            limit: 1 + self.below(1000) as u32,
        }
    }

    fn matched_type(&mut self) -> MatchedType {
        MatchedType {
            sensitive_type_id: self.sensitive_type_id(),
            count: self.small(),
            confidence: self.percent(),
        }
    }

    pub(crate) fn record(&mut self) -> DecisionRecord {
        DecisionRecord {
            sequence: self.number(),
            id: self.uuid(),
            time: self.instant(),
            tenant_id: TenantId::from_uuid(self.uuid()),
            revision: self.revision(),
            operation: self.operation(),
            outcome: self.outcome(),
            reason: self.maybe(Self::text),
            user_id: self.maybe(Self::user_id),
            user_principal_name: self.maybe(Self::text),
            application_id: self.maybe(Self::text).map(Into::into),
            application_name: self.maybe(Self::text),
            application_version: self.maybe(Self::text),
            client_ip: self.maybe(Self::text).map(Into::into),
            request_id: self.text().into(),
            client_request_id: self.maybe(Self::text).map(Into::into),
            content_identifier: self.maybe(Self::text),
            label_before: self.maybe(Self::label_id),
            label_after: self.maybe(Self::label_id),
            justification: self.maybe(Self::text),
            matched_types: self.many(Self::matched_type),
            audit: self.maybe(Self::audit),
        }
    }

    fn audit(&mut self) -> AuditFacts {
        AuditFacts {
            operation: self.text().into(),
            user_type: self.small(),
            data_state: self.text().into(),
            sensitivity_label_event_data: AuditLabelEvent {
                sensitivity_label_id: self.maybe(Self::label_id),
                old_sensitivity_label_id: self.maybe(Self::label_id),
                label_event_type: self.maybe(Self::small),
                action_source: self.maybe(Self::small),
                justification_text: self.maybe(Self::text),
            },
            protection_event_data: self.maybe(|sample| AuditProtectionEvent {
                protection_type: sample.maybe(Self::text).map(Into::into),
                template_id: sample.maybe(|sample| TemplateId::from_uuid(sample.uuid())),
                is_protected: sample.truth(),
                is_protected_before: sample.truth(),
                protection_event_type: sample.maybe(Self::small),
            }),
        }
    }
}
