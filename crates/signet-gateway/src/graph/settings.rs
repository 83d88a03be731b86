//! informationProtectionPolicySetting. Source: rest-api 4.9.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use signet_domain::policy::EffectivePolicySettings;

use crate::odata::select::Selection;

/// The answer of labelPolicySettings, reduced to what was selected.
pub(crate) struct SettingsAnswer<'a> {
    /// Its context.
    pub(crate) context: &'a str,
    /// The settings.
    pub(crate) settings: &'a EffectivePolicySettings,
    /// Which members.
    pub(crate) selection: &'a Selection,
}

impl Serialize for SettingsAnswer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = self.settings;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("@odata.context", self.context)?;
        for property in self.selection.properties() {
            let name = property.name;
            match name {
                "id" => map.serialize_entry(name, &settings.id)?,
                "defaultLabelId" => map.serialize_entry(name, &settings.default_label_id)?,
                "isDowngradeJustificationRequired" => {
                    map.serialize_entry(name, &settings.is_downgrade_justification_required)?;
                }
                "isMandatory" => map.serialize_entry(name, &settings.is_mandatory)?,
                "moreInfoUrl" => map.serialize_entry(name, &settings.more_info_url)?,
                _ => {}
            }
        }
        map.end()
    }
}
