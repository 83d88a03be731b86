//! The item a caller asks about: its format, state and the label metadata it carries.

use serde::{Deserialize, Serialize};

/// What kind of item a label is applied to.
///
/// The order is the order of `sensitivityLabelTarget`. Source: sensitivityLabel resource, `applicableTo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ContentFormat {
    /// A message.
    Email,
    /// A site.
    Site,
    /// A group with its mailbox and site.
    UnifiedGroup,
    /// A meeting or a chat.
    Teamwork,
    /// A document.
    File,
    /// Data in tables.
    SchematizedData,
}

/// Formats compare without case. Source: labelling semantics, conventions.
impl<'de> Deserialize<'de> for ContentFormat {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const NAMES: [&str; 6] = ["email", "site", "unifiedGroup", "teamwork", "file", "schematizedData"];
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let known = Self::ALL
            .into_iter()
            .find(|format| format.name().eq_ignore_ascii_case(&text));
        known.ok_or_else(|| serde::de::Error::unknown_variant(&text, &NAMES))
    }
}

impl ContentFormat {
    /// Every format, in the order of the flags enumeration.
    pub const ALL: [Self; 6] = [
        Self::Email,
        Self::Site,
        Self::UnifiedGroup,
        Self::Teamwork,
        Self::File,
        Self::SchematizedData,
    ];

    /// The spelling of the tenant file and of `applicableTo`: `email`, `unifiedGroup`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Site => "site",
            Self::UnifiedGroup => "unifiedGroup",
            Self::Teamwork => "teamwork",
            Self::File => "file",
            Self::SchematizedData => "schematizedData",
        }
    }

    /// Reads a format as requests spell it, any case: `File` (also `default`, `Pdf`), `Email`, `Site`,
    /// `UnifiedGroup`, `Teamwork`, `SchematizedData` (also `PurviewAssets`).
    ///
    /// Source: labelling semantics C1.
    pub fn parse(text: &str) -> Option<Self> {
        const ALIASES: [(&str, ContentFormat); 3] = [
            ("default", ContentFormat::File),
            ("pdf", ContentFormat::File),
            ("purviewassets", ContentFormat::SchematizedData),
        ];
        Self::ALL
            .into_iter()
            .find(|format| format.name().eq_ignore_ascii_case(text))
            .or_else(|| {
                ALIASES
                    .into_iter()
                    .find(|(alias, _)| alias.eq_ignore_ascii_case(text))
                    .map(|(_, f)| f)
            })
    }
}

/// What is happening to the content. Changes no action; recorded for audit only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContentState {
    /// At rest.
    #[default]
    Rest,
    /// In motion.
    Motion,
    /// In use.
    Use,
}

/// How a label came to be on an item. The order is the rank: a method is never lowered.
///
/// Source: labelling semantics B3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AssignmentMethod {
    /// Applied by default or automatically.
    #[default]
    Standard,
    /// Applied automatically by an authority.
    Auto,
    /// Chosen by a person or an administrator.
    Privileged,
}

/// One `name`/`value` entry of an item's metadata, as received. A null value is the empty text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyValuePair {
    /// The key, in the caller's spelling.
    pub name: String,
    /// The value.
    pub value: String,
}

impl KeyValuePair {
    /// A pair.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// The item an evaluation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentInfo {
    /// Kind of item.
    pub format: ContentFormat,
    /// Free text naming the item (a path, a subject), only for markings and audit.
    pub identifier: Option<String>,
    /// What is happening to it.
    pub state: ContentState,
    /// Its metadata, at most 1,000 entries, in the caller's order.
    pub metadata: Vec<KeyValuePair>,
}

/// A caller's reason for a lower label.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DowngradeJustification {
    /// The caller says the change is justified.
    pub is_downgrade_justified: bool,
    /// The reason; audited, never logged.
    pub justification_message: Option<String>,
}

impl DowngradeJustification {
    /// Justified needs the flag and a message that is not blank. Source: labelling semantics C3.
    pub fn is_justified(&self) -> bool {
        self.is_downgrade_justified
            && self
                .justification_message
                .as_deref()
                .is_some_and(|text| !text.trim().is_empty())
    }
}

/// What a detector found in an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassificationResult {
    /// The sensitive information type.
    pub sensitive_type_id: crate::ids::SensitiveTypeId,
    /// Number of occurrences, 0 or more.
    pub count: u32,
    /// Confidence in percent, 0..=100.
    pub confidence_level: u8,
}
