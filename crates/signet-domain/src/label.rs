//! A sensitivity label as an administrator configures it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::content::{ContentFormat, KeyValuePair};
use crate::ids::{LabelId, SensitiveTypeId, TemplateId};
use crate::rights::UsageRights;

/// A label. Source: labelling semantics A1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Label {
    /// Never changes.
    pub id: LabelId,
    /// Unique in the tenant, never localised; written as `_Name` in metadata.
    pub name: String,
    /// Name shown to people, in the tenant's default language. Empty: `name` is shown.
    #[serde(default)]
    pub display_name: String,
    /// For administrators; not localised.
    #[serde(default)]
    pub description: String,
    /// Help shown to people, in the tenant's default language.
    #[serde(default)]
    pub tooltip: String,
    /// `#RRGGBB` as configured. A sublabel without a colour takes its parent's.
    #[serde(default)]
    pub color: Option<String>,
    /// The administrator's order number: higher is more sensitive. Unique in the tenant.
    pub sensitivity: i32,
    /// Disabled labels stay readable on items but are not applied.
    #[serde(default = "yes")]
    pub is_enabled: bool,
    /// The label above; one level of nesting only.
    #[serde(default)]
    pub parent_id: Option<LabelId>,
    /// Kinds of item the label may be applied to.
    #[serde(default)]
    pub applicable_to: Vec<ContentFormat>,
    /// On a parent only: the sublabel applied when the parent is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_sub_label_id: Option<LabelId>,
    /// Header marking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Marking>,
    /// Footer marking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<Marking>,
    /// Watermark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Watermark>,
    /// Encryption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<Protection>,
    /// Settings of sites and groups carrying the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_and_group: Option<SiteAndGroup>,
    /// Settings of meetings carrying the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Meeting>,
    /// Actions only the calling application understands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_actions: Vec<CustomAction>,
    /// When the label applies or recommends itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_labeling: Option<AutoLabeling>,
    /// Stored flag, returned by the second projection.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_endpoint_protection_enabled: bool,
    /// Stored flag, returned by the second projection.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_smime_sign_enabled: bool,
    /// Stored flag, returned by the second projection.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_smime_encrypt_enabled: bool,
    /// Name/value settings without a meaning of their own here; `customSettings` on the wire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advanced_settings: Vec<KeyValuePair>,
    /// Localised texts by lower-case BCP 47 tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub locales: BTreeMap<String, LocaleTexts>,
}

impl Label {
    /// The name people see: the display name, or the name when it is empty.
    pub fn shown_name(&self) -> &str {
        if self.display_name.is_empty() {
            &self.name
        } else {
            &self.display_name
        }
    }

    /// The label may be applied to items of this kind.
    pub fn applies_to(&self, format: ContentFormat) -> bool {
        self.applicable_to.contains(&format)
    }

    /// Protection is by template or chosen by the user. Source: labelling semantics A1, `hasProtection`.
    pub fn has_protection(&self) -> bool {
        matches!(
            self.protection,
            Some(Protection::Template { .. } | Protection::UserDefined { .. })
        )
    }
}

fn yes() -> bool {
    true
}

pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}

/// Texts of a label in one language. A missing text falls back by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LocaleTexts {
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Tooltip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tooltip: Option<String>,
    /// Message shown with an automatic or recommended label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_tooltip: Option<String>,
}

/// Where a header or footer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Alignment {
    /// At the left margin.
    #[default]
    Left,
    /// At the right margin.
    Right,
    /// In the middle.
    Center,
}

/// How a watermark lies on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WatermarkLayout {
    /// Parallel to the text.
    Horizontal,
    /// From corner to corner.
    #[default]
    Diagonal,
}

/// A header or footer. Defaults: Calibri 12 points, black, left, margin 5. Source: semantics A4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Marking {
    /// Text with `${…}` variables; at most 1,024 characters are sensible, longer is a warning.
    #[serde(default)]
    pub text: String,
    /// Font.
    #[serde(default = "calibri")]
    pub font_name: String,
    /// Size in points.
    #[serde(default = "twelve")]
    pub font_size: i32,
    /// `#RRGGBB`.
    #[serde(default = "black")]
    pub font_color: String,
    /// Placement.
    #[serde(default)]
    pub alignment: Alignment,
    /// Distance from the edge, in points.
    #[serde(default = "five")]
    pub margin: i32,
}

/// A watermark. Defaults: Calibri 72 points, black, diagonal. Source: semantics A4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Watermark {
    /// Text with `${…}` variables; at most 255 characters are sensible, longer is a warning.
    #[serde(default)]
    pub text: String,
    /// Font.
    #[serde(default = "calibri")]
    pub font_name: String,
    /// Size in points.
    #[serde(default = "seventy_two")]
    pub font_size: i32,
    /// `#RRGGBB`.
    #[serde(default = "black")]
    pub font_color: String,
    /// Direction.
    #[serde(default)]
    pub layout: WatermarkLayout,
}

fn calibri() -> String {
    "Calibri".to_owned()
}
fn black() -> String {
    "#000000".to_owned()
}
fn twelve() -> i32 {
    12
}
fn seventy_two() -> i32 {
    72
}
fn five() -> i32 {
    5
}

/// What a label does to access. Source: labelling semantics A4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Protection {
    /// Rights defined by the administrator.
    Template {
        /// The template applications protect with.
        template_id: TemplateId,
        /// Who may do what.
        #[serde(default)]
        rights: Vec<RightsGrant>,
        /// Days until content expires, or `Never`; kept as configured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_expiry: Option<String>,
        /// Days of offline access; -1 is unlimited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offline_access_days: Option<i32>,
        /// Present: content is encrypted with two keys, one of them not ours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        double_key_encryption_url: Option<String>,
        /// The content's owner gets no rights beyond the grants.
        #[serde(default, skip_serializing_if = "is_false")]
        disable_automatic_owner_rights: bool,
    },
    /// Rights chosen by the person who labels.
    UserDefined {
        /// For mail.
        #[serde(default, skip_serializing_if = "is_false")]
        do_not_forward: bool,
        /// For mail.
        #[serde(default, skip_serializing_if = "is_false")]
        encrypt_only: bool,
        /// For files.
        #[serde(default, skip_serializing_if = "is_false")]
        prompt_user: bool,
        /// As for templates.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        double_key_encryption_url: Option<String>,
    },
    /// Existing protection is removed.
    RemoveProtection {},
}

/// Rights of one identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RightsGrant {
    /// `AuthenticatedUsers`, an address of a user or group, or a domain.
    pub identity: String,
    /// Single rights; permission levels are expanded when the tenant is loaded.
    pub rights: UsageRights,
}

/// Settings of sites and groups.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SiteAndGroup {
    /// `public`, `private` or `unspecified`; absent: no group settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<String>,
    /// Guests may be members.
    #[serde(default)]
    pub allow_guest_users: bool,
    /// Guests may write to the group.
    #[serde(default)]
    pub allow_email_from_guest_users: bool,
    /// `block`, `full` or `limited`; absent: no site settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_type: Option<String>,
    /// Conditional-access authentication context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditional_access_protection_level_id: Option<String>,
}

/// Settings of meetings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Meeting {
    /// `everyone` or `organizer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_forwarders: Option<String>,
    /// `everyone`, `organization`, `roleIsPresenter` or `organizer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_presenters: Option<String>,
    /// Chat may be copied.
    #[serde(default)]
    pub is_copy_to_clipboard_enabled: bool,
    /// Participants wait to be let in.
    #[serde(default)]
    pub is_lobby_enabled: bool,
    /// Who skips the lobby.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lobby_bypass_scope: Option<String>,
    /// Callers skip the lobby.
    #[serde(default)]
    pub is_dial_in_bypass_enabled: bool,
}

/// An action only the calling application understands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomAction {
    /// Name.
    pub name: String,
    /// Properties, in configuration order.
    #[serde(default)]
    pub properties: Vec<KeyValuePair>,
}

/// Apply by itself, or recommend to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AutoLabelingMode {
    /// Applied without asking.
    #[default]
    Automatic,
    /// Offered to a person.
    Recommended,
}

/// When a label applies or recommends itself. Source: labelling semantics A5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoLabeling {
    /// Apply or recommend.
    #[serde(default)]
    pub mode: AutoLabelingMode,
    /// Shown to people, in the tenant's default language.
    #[serde(default)]
    pub message: String,
    /// What must be found.
    #[serde(default)]
    pub conditions: Conditions,
}

/// All or any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operator {
    /// All must hold.
    And,
    /// One must hold.
    Or,
}

/// Groups of conditions. Default operator: and.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Conditions {
    /// How groups combine.
    #[serde(default = "and")]
    pub operator: Operator,
    /// The groups, in configuration order.
    #[serde(default)]
    pub groups: Vec<ConditionGroup>,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            operator: Operator::And,
            groups: Vec::new(),
        }
    }
}

/// Conditions of one group. Default operator: or.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConditionGroup {
    /// Name shown to administrators.
    #[serde(default)]
    pub name: String,
    /// How conditions combine.
    #[serde(default = "or")]
    pub operator: Operator,
    /// The conditions, in configuration order.
    #[serde(default)]
    pub sensitive_types: Vec<SensitiveTypeCondition>,
}

fn and() -> Operator {
    Operator::And
}
fn or() -> Operator {
    Operator::Or
}

/// One sensitive type with its limits, all inclusive. Defaults: 1, unlimited, 75, 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SensitiveTypeCondition {
    /// The type.
    pub id: SensitiveTypeId,
    /// Fewest occurrences.
    #[serde(default = "one")]
    pub min_count: u32,
    /// Most occurrences; -1 is unlimited, and so is `any`.
    #[serde(default = "unlimited", deserialize_with = "count_or_any")]
    pub max_count: i64,
    /// Least confidence in percent.
    #[serde(default = "seventy_five")]
    pub min_confidence: u8,
    /// Greatest confidence in percent.
    #[serde(default = "hundred")]
    pub max_confidence: u8,
}

fn one() -> u32 {
    1
}
fn unlimited() -> i64 {
    -1
}

/// A number, or the word for no limit. Source: labelling semantics A5.
fn count_or_any<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    struct CountOrAny;
    impl serde::de::Visitor<'_> for CountOrAny {
        type Value = i64;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a whole number, or `any`")
        }
        fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<i64, E> {
            Ok(number)
        }
        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<i64, E> {
            i64::try_from(number).map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<i64, E> {
            match text.eq_ignore_ascii_case("any") {
                true => Ok(unlimited()),
                false => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
            }
        }
    }
    deserializer.deserialize_any(CountOrAny)
}
fn seventy_five() -> u8 {
    75
}
fn hundred() -> u8 {
    100
}
