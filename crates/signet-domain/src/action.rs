//! What an application must do, and why.

use serde::{Deserialize, Serialize};

use crate::content::{AssignmentMethod, KeyValuePair};
use crate::ids::{LabelId, PolicyId, SensitiveTypeId, TemplateId};
use crate::label::{Alignment, WatermarkLayout};
use crate::utc::UtcSeconds;

/// One action an application must take. Source: informationProtectionAction and derived types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Put a header on the item, replacing one of the same element name.
    AddContentHeader(ContentMarking),
    /// Put a footer on the item, replacing one of the same element name.
    AddContentFooter(ContentMarking),
    /// Put a watermark on the item, replacing one of the same element name.
    AddWatermark(WatermarkMarking),
    /// Remove headers.
    RemoveContentHeader {
        /// Element names to remove.
        ui_element_names: Vec<String>,
    },
    /// Remove footers.
    RemoveContentFooter {
        /// Element names to remove.
        ui_element_names: Vec<String>,
    },
    /// Remove watermarks.
    RemoveWatermark {
        /// Element names to remove.
        ui_element_names: Vec<String>,
    },
    /// Apply a label found by classification.
    ApplyLabel(LabelingAction),
    /// Recommend a label found by classification.
    RecommendLabel(LabelingAction),
    /// Something only the application understands.
    Custom {
        /// Name.
        name: String,
        /// Properties.
        properties: Vec<KeyValuePair>,
    },
    /// Ask the person for a justification and call again. Always alone.
    Justify,
    /// Write and remove label metadata. Always last.
    Metadata {
        /// Pairs to write, in order.
        metadata_to_add: Vec<KeyValuePair>,
        /// Keys to remove, as received.
        metadata_to_remove: Vec<String>,
    },
    /// Let the person choose permissions.
    ProtectAdhoc,
    /// Protect with a template.
    ProtectByTemplate {
        /// The template.
        template_id: TemplateId,
    },
    /// Protect mail against forwarding.
    ProtectDoNotForward,
    /// Remove protection.
    RemoveProtection,
}

/// A header or footer with its text resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentMarking {
    /// Element name: `MSIPCM_v1_header` or `MSIPCM_v1_footer`.
    pub ui_element_name: String,
    /// Resolved text.
    pub text: String,
    /// Font.
    pub font_name: String,
    /// Points.
    pub font_size: i32,
    /// `#RRGGBB`.
    pub font_color: String,
    /// Placement.
    pub alignment: Alignment,
    /// Points from the edge.
    pub margin: i32,
}

/// A watermark with its text resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatermarkMarking {
    /// Element name: `MSIPWM_v1_main`.
    pub ui_element_name: String,
    /// Resolved text.
    pub text: String,
    /// Direction.
    pub layout: WatermarkLayout,
    /// Font.
    pub font_name: String,
    /// Points.
    pub font_size: i32,
    /// `#RRGGBB`.
    pub font_color: String,
}

/// What brought a label about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ActionSource {
    /// A person.
    Manual,
    /// Classification, without asking.
    Automatic,
    /// Classification, offered to a person.
    Recommended,
    /// A policy default.
    Default,
}

/// A label found by classification, with what applying it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelingAction {
    /// Automatic or recommended.
    pub action_source: ActionSource,
    /// Types whose conditions held, in configuration order, without duplicates.
    pub responsible_sensitive_type_ids: Vec<SensitiveTypeId>,
    /// The label.
    pub label: LabelSummary,
    /// What applying it takes; never a labelling action again.
    pub actions: Vec<Action>,
}

/// The label as applyLabelAction shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelSummary {
    /// Id.
    pub id: LabelId,
    /// Name, never localised.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// Effective colour; absent when neither label nor parent has one.
    pub color: Option<String>,
    /// Higher is more sensitive.
    pub sensitivity: i32,
    /// Localised tooltip; may be empty.
    pub tooltip: String,
    /// Enabled.
    pub is_active: bool,
}

/// The label an item's metadata says it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentLabel {
    /// The label.
    pub label_id: LabelId,
    /// How it came about.
    pub assignment_method: AssignmentMethod,
    /// `SetDate`, absent when missing or unreadable.
    pub created_at: Option<UtcSeconds>,
}

/// Why a decision came out as it did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Policies of the tenant, in order of priority, and whether they bound the caller.
    pub policies: Vec<PolicyReason>,
    /// Auto-labelling rules looked at.
    pub rules: Vec<RuleReason>,
    /// The steps that decided, in order.
    pub steps: Vec<StepReason>,
}

/// One policy considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyReason {
    /// The policy.
    pub policy_id: PolicyId,
    /// Its name.
    pub name: String,
    /// Its order number.
    pub priority: i32,
    /// It bound the caller.
    pub in_scope: bool,
    /// One of `includeAll`, `included`, `excluded`, `guest`, `notIncluded`, `disabled`.
    pub why: String,
}

/// One auto-labelling rule considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleReason {
    /// The rule's label.
    pub label_id: LabelId,
    /// All its conditions together held.
    pub matched: bool,
    /// The single conditions.
    pub conditions: Vec<ConditionReason>,
    /// Why a matching rule was not chosen, e.g. `notPublished`, `disabled`, `parent`, `format`, `lessSensitive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<String>,
}

/// One condition considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionReason {
    /// Name of the group.
    pub group: String,
    /// The sensitive type.
    pub sensitive_type_id: SensitiveTypeId,
    /// It held.
    pub held: bool,
    /// Limits as configured: `count 1..=9, confidence 85..=100`.
    pub wanted: String,
    /// What was reported for the type: `count 7, confidence 99`, or `nothing`.
    pub found: String,
}

/// One step of the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReason {
    /// Stable code, e.g. `currentLabel`, `privilegedRequired`, `justificationRequired`, `alreadyApplied`.
    pub code: String,
    /// One sentence for a person.
    pub text: String,
    /// The rule's source, e.g. `labelling semantics C3`.
    pub source: String,
}
