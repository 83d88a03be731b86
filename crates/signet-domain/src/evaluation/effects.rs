//! What a label does to items of a format. Source: labelling semantics C5.

use crate::content::ContentFormat;
use crate::ids::TemplateId;
use crate::label::{CustomAction, Label, Marking, Protection, Watermark};
use crate::metadata::ContentBits;

/// How a label protects items of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProtectionEffect {
    /// Not at all.
    None,
    /// With a template.
    Template(TemplateId),
    /// With permissions a person chooses.
    AdHoc,
    /// Mail is encrypted, nothing else is forbidden.
    EncryptOnly,
    /// Mail must not be forwarded.
    DoNotForward,
}

/// What a label does to items of one format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effects<'a> {
    pub(crate) header: Option<&'a Marking>,
    pub(crate) footer: Option<&'a Marking>,
    pub(crate) watermark: Option<&'a Watermark>,
    pub(crate) protection: ProtectionEffect,
    /// The label takes protection away.
    pub(crate) removes_protection: bool,
    pub(crate) custom_actions: &'a [CustomAction],
}

impl<'a> Effects<'a> {
    pub(crate) fn of(label: &'a Label, format: ContentFormat) -> Self {
        let is_mail = match format {
            ContentFormat::File => false,
            ContentFormat::Email | ContentFormat::Teamwork => true,
            ContentFormat::Site | ContentFormat::UnifiedGroup | ContentFormat::SchematizedData => {
                return Self::NOTHING;
            }
        };
        Self {
            header: label.header.as_ref(),
            footer: label.footer.as_ref(),
            watermark: label.watermark.as_ref().filter(|_| !is_mail),
            protection: protection_effect(label.protection.as_ref(), is_mail),
            removes_protection: matches!(label.protection, Some(Protection::RemoveProtection {})),
            custom_actions: &label.custom_actions,
        }
    }

    /// Containers and data carry metadata only.
    const NOTHING: Self = Self {
        header: None,
        footer: None,
        watermark: None,
        protection: ProtectionEffect::None,
        removes_protection: false,
        custom_actions: &[],
    };

    /// The bits the effects stand for.
    pub(crate) fn bits(&self) -> ContentBits {
        ContentBits::HEADER
            .when(self.header.is_some())
            .with(ContentBits::FOOTER.when(self.footer.is_some()))
            .with(ContentBits::WATERMARK.when(self.watermark.is_some()))
            .with(ContentBits::PROTECTION.when(self.protection != ProtectionEffect::None))
    }
}

fn protection_effect(protection: Option<&Protection>, is_mail: bool) -> ProtectionEffect {
    match protection {
        Some(Protection::Template { template_id, .. }) => ProtectionEffect::Template(*template_id),
        Some(Protection::UserDefined {
            do_not_forward,
            encrypt_only,
            prompt_user,
            ..
        }) => match (is_mail, do_not_forward, encrypt_only, prompt_user) {
            (true, true, _, _) => ProtectionEffect::DoNotForward,
            (true, false, true, _) => ProtectionEffect::EncryptOnly,
            (false, _, _, true) => ProtectionEffect::AdHoc,
            (true, false, false, _) | (false, _, _, false) => ProtectionEffect::None,
        },
        Some(Protection::RemoveProtection {}) | None => ProtectionEffect::None,
    }
}
