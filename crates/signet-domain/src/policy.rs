//! Label policies: which labels and settings are published to whom.

use serde::{Deserialize, Serialize};

use crate::content::KeyValuePair;
use crate::ids::{LabelId, PolicyId};

/// A label policy. Source: labelling semantics A7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LabelPolicy {
    /// Id.
    pub id: PolicyId,
    /// Name shown to administrators.
    pub name: String,
    /// Order number: the highest wins per setting.
    #[serde(default)]
    pub priority: i32,
    /// A disabled policy publishes nothing.
    #[serde(default = "yes")]
    pub is_enabled: bool,
    /// To whom.
    #[serde(default)]
    pub scope: PolicyScope,
    /// Published labels.
    #[serde(default)]
    pub labels: Vec<LabelId>,
    /// Settings; absent means unset, not false.
    #[serde(default)]
    pub settings: PolicySettings,
}

fn yes() -> bool {
    true
}

/// To whom a policy publishes. `exclude` wins; `include_all` does not cover guests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyScope {
    /// Every member of the organisation.
    #[serde(default)]
    pub include_all: bool,
    /// Addresses of users and groups.
    #[serde(default)]
    pub include: Vec<String>,
    /// Addresses of users and groups.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// The default label for mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutlookDefaultLabel {
    /// Mail has no default label.
    None,
    /// Mail has this one.
    Label(LabelId),
}

impl Serialize for OutlookDefaultLabel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Label(id) => id.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for OutlookDefaultLabel {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::None);
        }
        LabelId::parse(&text).map(Self::Label).map_err(serde::de::Error::custom)
    }
}

/// Whether unlabelled mail inherits the label of its most sensitive attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttachmentAction {
    /// Inherited by itself.
    Automatic,
    /// Offered to the sender.
    Recommended,
}

/// Settings of a policy, and, merged, of a user. Source: labelling semantics A7.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicySettings {
    /// Default for documents, and for mail unless overridden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_label_id: Option<LabelId>,
    /// Default for mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlook_default_label: Option<OutlookDefaultLabel>,
    /// Labelling is required for files and mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandatory: Option<bool>,
    /// Mail is exempt from mandatory labelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_mandatory_in_outlook: Option<bool>,
    /// A lower label or removal needs a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_downgrade_justification: Option<bool>,
    /// Help link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_info_url: Option<String>,
    /// Mail and its attachments; reported, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_action: Option<AttachmentAction>,
    /// Stored, not used by evaluations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teamwork_mandatory: Option<bool>,
    /// Stored, not used by evaluations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teamwork_default_label_id: Option<LabelId>,
    /// Stored, not used by evaluations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_and_group_mandatory: Option<bool>,
    /// Stored, not used by evaluations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_bi_mandatory: Option<bool>,
    /// Stored, not used by evaluations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_bi_default_label_id: Option<LabelId>,
    /// Name/value settings without a meaning of their own here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advanced_settings: Vec<KeyValuePair>,
}

impl PolicySettings {
    /// Lays the settings of a policy of higher order number over these: what is present there counts, what is
    /// absent leaves these as they are. An advanced setting of the same name is replaced.
    pub fn overlay(&mut self, above: &Self) {
        fn over<T: Clone>(below: &mut Option<T>, above: &Option<T>) {
            if above.is_some() {
                below.clone_from(above);
            }
        }
        let Self {
            default_label_id,
            outlook_default_label,
            mandatory,
            disable_mandatory_in_outlook,
            require_downgrade_justification,
            more_info_url,
            attachment_action,
            teamwork_mandatory,
            teamwork_default_label_id,
            site_and_group_mandatory,
            power_bi_mandatory,
            power_bi_default_label_id,
            advanced_settings,
        } = above;
        over(&mut self.default_label_id, default_label_id);
        over(&mut self.outlook_default_label, outlook_default_label);
        over(&mut self.mandatory, mandatory);
        over(&mut self.disable_mandatory_in_outlook, disable_mandatory_in_outlook);
        over(
            &mut self.require_downgrade_justification,
            require_downgrade_justification,
        );
        over(&mut self.more_info_url, more_info_url);
        over(&mut self.attachment_action, attachment_action);
        over(&mut self.teamwork_mandatory, teamwork_mandatory);
        over(&mut self.teamwork_default_label_id, teamwork_default_label_id);
        over(&mut self.site_and_group_mandatory, site_and_group_mandatory);
        over(&mut self.power_bi_mandatory, power_bi_mandatory);
        over(&mut self.power_bi_default_label_id, power_bi_default_label_id);
        for setting in advanced_settings {
            match self
                .advanced_settings
                .iter_mut()
                .find(|below| below.name.eq_ignore_ascii_case(&setting.name))
            {
                Some(below) => below.value.clone_from(&setting.value),
                None => self.advanced_settings.push(setting.clone()),
            }
        }
    }
}

/// What `labelPolicySettings` answers for a user. No policy in scope: all-zero id, false, false, nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectivePolicySettings {
    /// The highest-priority policy in scope; the all-zero id when there is none.
    pub id: PolicyId,
    /// Default for documents.
    pub default_label_id: Option<LabelId>,
    /// A lower label or removal needs a reason.
    pub is_downgrade_justification_required: bool,
    /// Labelling is required.
    pub is_mandatory: bool,
    /// Help link.
    pub more_info_url: Option<String>,
}
