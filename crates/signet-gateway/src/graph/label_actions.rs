//! labelActionBase and derived types: what a label does, as configured. Source: rest-api 4.3, labelling semantics A4.

use serde::{Serialize, Serializer};
use signet_domain::ids::TemplateId;
use signet_domain::label::{Alignment, Label, Marking, Meeting, Protection, SiteAndGroup, Watermark, WatermarkLayout};

/// The actions of a label.
pub(super) struct LabelActions<'a>(pub(super) &'a Label);

impl Serialize for LabelActions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(actions(self.0))
    }
}

fn actions(label: &Label) -> impl Iterator<Item = LabelAction<'_>> {
    let header = label
        .header
        .as_ref()
        .map(|marking| LabelAction::AddHeader(placed("AddHeader", marking)));
    let footer = label
        .footer
        .as_ref()
        .map(|marking| LabelAction::AddFooter(placed("AddFooter", marking)));
    let site_and_group = label.site_and_group.as_ref();
    let custom = label
        .custom_actions
        .iter()
        .map(|action| LabelAction::Custom { name: &action.name });
    [
        header,
        footer,
        label.watermark.as_ref().map(watermark),
        label.protection.as_ref().and_then(protection),
        site_and_group.and_then(group),
        site_and_group.and_then(site),
        label.meeting.as_ref().map(meeting),
    ]
    .into_iter()
    .flatten()
    .chain(custom)
}

#[derive(Serialize)]
#[serde(tag = "@odata.type", rename_all_fields = "camelCase")]
enum LabelAction<'a> {
    #[serde(rename = "#microsoft.graph.addHeader")]
    AddHeader(Placed<'a>),
    #[serde(rename = "#microsoft.graph.addFooter")]
    AddFooter(Placed<'a>),
    #[serde(rename = "#microsoft.graph.addWatermark")]
    AddWatermark {
        name: &'static str,
        text: &'a str,
        font_color: &'a str,
        font_size: i32,
        orientation: WatermarkLayout,
    },
    #[serde(rename = "#microsoft.graph.encryptWithTemplate")]
    EncryptWithTemplate {
        name: &'static str,
        encrypt_with: &'static str,
        template_id: TemplateId,
        available_for_encryption: bool,
    },
    #[serde(rename = "#microsoft.graph.encryptWithUserDefinedRights")]
    EncryptWithUserDefinedRights {
        name: &'static str,
        encrypt_with: &'static str,
        allow_ad_hoc_permissions: bool,
        allow_mail_forwarding: bool,
        decryption_rights_management_template_id: Option<TemplateId>,
    },
    #[serde(rename = "#microsoft.graph.protectGroup")]
    ProtectGroup {
        name: &'static str,
        privacy: &'a str,
        allow_email_from_guest_users: bool,
        allow_guest_users: bool,
    },
    #[serde(rename = "#microsoft.graph.protectSite")]
    ProtectSite {
        name: &'static str,
        access_type: &'a str,
        conditional_access_protection_level_id: Option<&'a str>,
    },
    #[serde(rename = "#microsoft.graph.protectOnlineMeetingAction")]
    ProtectOnlineMeeting {
        name: &'static str,
        allowed_forwarders: Option<&'a str>,
        allowed_presenters: Option<&'a str>,
        is_copy_to_clipboard_enabled: bool,
        is_lobby_enabled: bool,
        lobby_bypass_settings: LobbyBypass<'a>,
    },
    #[serde(rename = "#microsoft.graph.labelActionBase")]
    Custom { name: &'a str },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Placed<'a> {
    name: &'static str,
    text: &'a str,
    font_color: &'a str,
    font_size: i32,
    alignment: Alignment,
    margin: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LobbyBypass<'a> {
    scope: Option<&'a str>,
    is_dial_in_bypass_enabled: bool,
}

fn placed<'a>(name: &'static str, marking: &'a Marking) -> Placed<'a> {
    Placed {
        name,
        text: &marking.text,
        font_color: &marking.font_color,
        font_size: marking.font_size,
        alignment: marking.alignment,
        margin: marking.margin,
    }
}

fn watermark(watermark: &Watermark) -> LabelAction<'_> {
    LabelAction::AddWatermark {
        name: "AddWatermark",
        text: &watermark.text,
        font_color: &watermark.font_color,
        font_size: watermark.font_size,
        orientation: watermark.layout,
    }
}

fn protection(protection: &Protection) -> Option<LabelAction<'_>> {
    match protection {
        Protection::Template { template_id, .. } => Some(LabelAction::EncryptWithTemplate {
            name: "Encrypt",
            encrypt_with: "template",
            template_id: *template_id,
            available_for_encryption: true,
        }),
        Protection::UserDefined {
            do_not_forward,
            prompt_user,
            ..
        } => Some(LabelAction::EncryptWithUserDefinedRights {
            name: "Encrypt",
            encrypt_with: "userDefinedRights",
            allow_ad_hoc_permissions: *prompt_user,
            allow_mail_forwarding: !do_not_forward,
            decryption_rights_management_template_id: None,
        }),
        Protection::RemoveProtection {} => None,
    }
}

/// Group settings exist when privacy is set.
fn group(settings: &SiteAndGroup) -> Option<LabelAction<'_>> {
    Some(LabelAction::ProtectGroup {
        name: "ProtectGroup",
        privacy: settings.privacy.as_deref()?,
        allow_email_from_guest_users: settings.allow_email_from_guest_users,
        allow_guest_users: settings.allow_guest_users,
    })
}

/// Site settings exist when the access type is set.
fn site(settings: &SiteAndGroup) -> Option<LabelAction<'_>> {
    Some(LabelAction::ProtectSite {
        name: "ProtectSite",
        access_type: settings.access_type.as_deref()?,
        conditional_access_protection_level_id: settings.conditional_access_protection_level_id.as_deref(),
    })
}

fn meeting(meeting: &Meeting) -> LabelAction<'_> {
    LabelAction::ProtectOnlineMeeting {
        name: "ProtectOnlineMeeting",
        allowed_forwarders: meeting.allowed_forwarders.as_deref(),
        allowed_presenters: meeting.allowed_presenters.as_deref(),
        is_copy_to_clipboard_enabled: meeting.is_copy_to_clipboard_enabled,
        is_lobby_enabled: meeting.is_lobby_enabled,
        lobby_bypass_settings: LobbyBypass {
            scope: meeting.lobby_bypass_scope.as_deref(),
            is_dial_in_bypass_enabled: meeting.is_dial_in_bypass_enabled,
        },
    }
}
