//! informationProtectionPolicySetting. Source: rest-api 4.9.

use serde::Serialize;
use signet_domain::ids::{LabelId, PolicyId};
use signet_domain::policy::EffectivePolicySettings;

/// The answer of labelPolicySettings.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SettingsAnswer<'a> {
    #[serde(rename = "@odata.context")]
    context: &'a str,
    id: PolicyId,
    default_label_id: Option<LabelId>,
    is_downgrade_justification_required: bool,
    is_mandatory: bool,
    more_info_url: Option<&'a str>,
}

impl<'a> SettingsAnswer<'a> {
    /// The answer for some settings.
    pub(crate) fn new(context: &'a str, settings: &'a EffectivePolicySettings) -> Self {
        Self {
            context,
            id: settings.id,
            default_label_id: settings.default_label_id,
            is_downgrade_justification_required: settings.is_downgrade_justification_required,
            is_mandatory: settings.is_mandatory,
            more_info_url: settings.more_info_url.as_deref(),
        }
    }
}
