//! A label as an administrator configures it.

use signet_domain::label::{Label, LocaleTexts};

use super::{ConversionError, id, list, messages, number, optional, optional_id, optional_text, text, values};
use crate::proto::common as pb;

impl From<Label> for pb::Label {
    fn from(label: Label) -> Self {
        Self {
            id: text(label.id),
            name: label.name,
            display_name: label.display_name,
            description: label.description,
            tooltip: label.tooltip,
            color: label.color,
            sensitivity: label.sensitivity,
            is_enabled: label.is_enabled,
            parent_id: optional_text(label.parent_id),
            applicable_to: label
                .applicable_to
                .into_iter()
                .map(number::<pb::ContentFormat, _>)
                .collect(),
            default_sub_label_id: optional_text(label.default_sub_label_id),
            header: label.header.map(Into::into),
            footer: label.footer.map(Into::into),
            watermark: label.watermark.map(Into::into),
            protection: label.protection.map(Into::into),
            site_and_group: label.site_and_group.map(Into::into),
            meeting: label.meeting.map(Into::into),
            custom_actions: messages(label.custom_actions),
            auto_labeling: label.auto_labeling.map(Into::into),
            is_endpoint_protection_enabled: label.is_endpoint_protection_enabled,
            is_smime_sign_enabled: label.is_smime_sign_enabled,
            is_smime_encrypt_enabled: label.is_smime_encrypt_enabled,
            advanced_settings: messages(label.advanced_settings),
            locales: label
                .locales
                .into_iter()
                .map(|(tag, texts)| (tag, texts.into()))
                .collect(),
        }
    }
}

impl TryFrom<pb::Label> for Label {
    type Error = ConversionError;

    fn try_from(message: pb::Label) -> Result<Self, Self::Error> {
        Ok(Self {
            id: id(&message.id, "id")?,
            name: message.name,
            display_name: message.display_name,
            description: message.description,
            tooltip: message.tooltip,
            color: message.color,
            sensitivity: message.sensitivity,
            is_enabled: message.is_enabled,
            parent_id: optional_id(message.parent_id.as_deref(), "parent_id")?,
            applicable_to: values::<pb::ContentFormat, _>(message.applicable_to, "applicable_to")?,
            default_sub_label_id: optional_id(message.default_sub_label_id.as_deref(), "default_sub_label_id")?,
            header: optional(message.header, "header")?,
            footer: optional(message.footer, "footer")?,
            watermark: optional(message.watermark, "watermark")?,
            protection: optional(message.protection, "protection")?,
            site_and_group: message.site_and_group.map(Into::into),
            meeting: message.meeting.map(Into::into),
            custom_actions: list(message.custom_actions, "custom_actions")?,
            auto_labeling: optional(message.auto_labeling, "auto_labeling")?,
            is_endpoint_protection_enabled: message.is_endpoint_protection_enabled,
            is_smime_sign_enabled: message.is_smime_sign_enabled,
            is_smime_encrypt_enabled: message.is_smime_encrypt_enabled,
            advanced_settings: list(message.advanced_settings, "advanced_settings")?,
            locales: message
                .locales
                .into_iter()
                .map(|(tag, texts)| (tag, texts.into()))
                .collect(),
        })
    }
}

impl From<LocaleTexts> for pb::LocaleTexts {
    fn from(texts: LocaleTexts) -> Self {
        Self {
            display_name: texts.display_name,
            tooltip: texts.tooltip,
            auto_tooltip: texts.auto_tooltip,
        }
    }
}

impl From<pb::LocaleTexts> for LocaleTexts {
    fn from(message: pb::LocaleTexts) -> Self {
        Self {
            display_name: message.display_name,
            tooltip: message.tooltip,
            auto_tooltip: message.auto_tooltip,
        }
    }
}
