//! What an evaluation is asked and what it answers.

mod application;
mod change;
mod classification;
mod context;
mod decide;
mod effects;
mod explain;
mod extended;
mod item;
mod labelling;
mod removal;

use uuid::Uuid;

use crate::action::{Action, ContentLabel, Explanation};
use crate::content::{
    AssignmentMethod, ClassificationResult, ContentFormat, ContentInfo, DowngradeJustification, KeyValuePair,
};
use crate::ids::LabelId;
use crate::record::{MatchedType, Outcome};
use crate::rights::UsageRights;
use crate::view::LabelView;

pub use self::decide::decide;

/// Bounds on what one question may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionLimits {
    /// Most metadata pairs of an item, and most further attributes to write.
    pub metadata: usize,
    /// Most results of a detector.
    pub results: usize,
}

impl QuestionLimits {
    /// The most that either may be set to: what a request can hold is read before it is known to be too much.
    pub const CEILING: usize = 10_000;
}

/// 1,000 of each. Source: rest-api 3.4.
impl Default for QuestionLimits {
    fn default() -> Self {
        Self {
            metadata: 1_000,
            results: 1_000,
        }
    }
}

/// How a question is to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecideOptions {
    /// Also give the reasons.
    pub explain: bool,
    /// Questions beyond them are refused.
    pub limits: QuestionLimits,
}

/// Options of evaluateApplication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelingOptions {
    /// The label asked for.
    pub label_id: LabelId,
    /// How it comes about.
    pub assignment_method: AssignmentMethod,
    /// The caller's reason for a lower label.
    pub downgrade_justification: DowngradeJustification,
    /// Further attributes to write, at most [`QuestionLimits::metadata`]. Source: labelling semantics C7.
    pub extended_properties: Vec<KeyValuePair>,
}

/// A question about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// evaluateApplication.
    Application {
        /// The item.
        content: ContentInfo,
        /// The label and how.
        labeling: LabelingOptions,
    },
    /// evaluateClassificationResults.
    Classification {
        /// The item.
        content: ContentInfo,
        /// What a detector found, at most [`QuestionLimits::results`].
        results: Vec<ClassificationResult>,
    },
    /// evaluateRemoval.
    Removal {
        /// The item.
        content: ContentInfo,
        /// The caller's reason.
        downgrade_justification: DowngradeJustification,
    },
    /// extractContentLabel.
    Extraction {
        /// The item.
        content: ContentInfo,
    },
}

impl Question {
    /// The item asked about.
    pub fn content(&self) -> &ContentInfo {
        match self {
            Self::Application { content, .. }
            | Self::Classification { content, .. }
            | Self::Removal { content, .. }
            | Self::Extraction { content } => content,
        }
    }

    /// The item alone.
    pub fn into_content(self) -> ContentInfo {
        match self {
            Self::Application { content, .. }
            | Self::Classification { content, .. }
            | Self::Removal { content, .. }
            | Self::Extraction { content } => content,
        }
    }
}

/// The answer of the decision core, with what audit needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Actions the application must take, in order; empty for an extraction.
    pub actions: Vec<Action>,
    /// The item's current label of this tenant.
    pub current: Option<ContentLabel>,
    /// The label the actions lead to; absent when unchanged or removed.
    pub label_after: Option<LabelId>,
    /// How it ended.
    pub outcome: Outcome,
    /// What classification matched.
    pub matched_types: Vec<MatchedType>,
    /// What changes for audit, when something does. Source: labelling semantics I.
    pub change: Option<LabelChange>,
    /// The reasons, when asked for.
    pub explanation: Option<Box<Explanation>>,
}

/// The audit facts of a change of label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelChange {
    /// `SensitivityLabelApplied`, `…Updated`, `…Removed`, `…PolicyMatched`, or `Discover`.
    pub operation: &'static str,
    /// New label.
    pub label: Option<LabelId>,
    /// Label before.
    pub old_label: Option<LabelId>,
    /// 1 upgraded or first, 2 downgraded, 3 removed, 4 changed in the same order.
    pub event_type: Option<u32>,
    /// 1 default, 2 automatic, 3 manual, 4 recommended.
    pub action_source: Option<u32>,
    /// For downgrades and removals only.
    pub justification: Option<String>,
    /// What happens to protection.
    pub protection: Option<crate::record::AuditProtectionEvent>,
}

/// One content of computeRightsAndInheritance. Source: protectedContent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedContent {
    /// The caller's id, echoed.
    pub cid: Option<String>,
    /// Format as given, echoed.
    pub format_text: Option<String>,
    /// The format it denotes; absent text is a file.
    pub format: ContentFormat,
    /// Label id as given; malformed or unknown yields `labelNotFoundException`.
    pub label_id: String,
}

/// Rights of a user for one content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRight {
    /// Fresh id.
    pub id: Uuid,
    /// Echoed.
    pub cid: Option<String>,
    /// Echoed.
    pub format_text: Option<String>,
    /// Rights, or the failure member that stands for them.
    pub rights: UsageRights,
    /// The label, when found.
    pub label: Option<LabelView>,
}

/// Answer of computeRightsAndInheritance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsAndInheritance {
    /// The most sensitive label that qualifies.
    pub inherited_label: Option<LabelView>,
    /// One entry per content whose format is supported, in input order.
    pub content_rights: Vec<ContentRight>,
    /// The distinct labels found, by first appearance.
    pub labels: Vec<LabelView>,
}

/// Usage rights of one label for one person. Source: usageRightsIncluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRightsIncluded {
    /// Stable for label, owner and user.
    pub id: Uuid,
    /// The content's owner, as given.
    pub owner_email: Option<String>,
    /// The user, as given.
    pub user_email: Option<String>,
    /// The rights.
    pub value: UsageRights,
}

#[cfg(test)]
mod tests;
