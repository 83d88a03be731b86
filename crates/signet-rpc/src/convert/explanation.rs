//! Why a decision came out as it did.

use signet_domain::action::{ConditionReason, Explanation, PolicyReason, RuleReason, StepReason};

use super::{ConversionError, id, list, messages, text};
use crate::proto::evaluation as pb;

impl From<Explanation> for pb::Explanation {
    fn from(explanation: Explanation) -> Self {
        Self {
            policies: messages(explanation.policies),
            rules: messages(explanation.rules),
            steps: messages(explanation.steps),
        }
    }
}

impl TryFrom<pb::Explanation> for Explanation {
    type Error = ConversionError;

    fn try_from(message: pb::Explanation) -> Result<Self, Self::Error> {
        Ok(Self {
            policies: list(message.policies, "policies")?,
            rules: list(message.rules, "rules")?,
            steps: message.steps.into_iter().map(StepReason::from).collect(),
        })
    }
}

impl From<PolicyReason> for pb::PolicyReason {
    fn from(reason: PolicyReason) -> Self {
        Self {
            policy_id: text(reason.policy_id),
            name: reason.name,
            priority: reason.priority,
            in_scope: reason.in_scope,
            why: reason.why,
        }
    }
}

impl TryFrom<pb::PolicyReason> for PolicyReason {
    type Error = ConversionError;

    fn try_from(message: pb::PolicyReason) -> Result<Self, Self::Error> {
        Ok(Self {
            policy_id: id(&message.policy_id, "policy_id")?,
            name: message.name,
            priority: message.priority,
            in_scope: message.in_scope,
            why: message.why,
        })
    }
}

impl From<RuleReason> for pb::RuleReason {
    fn from(reason: RuleReason) -> Self {
        Self {
            label_id: text(reason.label_id),
            matched: reason.matched,
            conditions: messages(reason.conditions),
            dropped: reason.dropped,
        }
    }
}

impl TryFrom<pb::RuleReason> for RuleReason {
    type Error = ConversionError;

    fn try_from(message: pb::RuleReason) -> Result<Self, Self::Error> {
        Ok(Self {
            label_id: id(&message.label_id, "label_id")?,
            matched: message.matched,
            conditions: list(message.conditions, "conditions")?,
            dropped: message.dropped,
        })
    }
}

impl From<ConditionReason> for pb::ConditionReason {
    fn from(reason: ConditionReason) -> Self {
        Self {
            group: reason.group,
            sensitive_type_id: text(reason.sensitive_type_id),
            held: reason.held,
            wanted: reason.wanted,
            found: reason.found,
        }
    }
}

impl TryFrom<pb::ConditionReason> for ConditionReason {
    type Error = ConversionError;

    fn try_from(message: pb::ConditionReason) -> Result<Self, Self::Error> {
        Ok(Self {
            group: message.group,
            sensitive_type_id: id(&message.sensitive_type_id, "sensitive_type_id")?,
            held: message.held,
            wanted: message.wanted,
            found: message.found,
        })
    }
}

impl From<StepReason> for pb::StepReason {
    fn from(reason: StepReason) -> Self {
        Self {
            code: reason.code,
            text: reason.text,
            source: reason.source,
        }
    }
}

impl From<pb::StepReason> for StepReason {
    fn from(message: pb::StepReason) -> Self {
        Self {
            code: message.code,
            text: message.text,
            source: message.source,
        }
    }
}
