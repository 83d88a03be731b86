//! One object of `Get-Label`.

use serde_json::Value;
use signet_domain::content::ContentFormat;
use signet_domain::ids::LabelId;
use signet_domain::label::{Label, LocaleTexts};
use signet_domain::tenant::Finding;

use crate::actions::{self, Actions, Kind};
use crate::conditions::{TypeNames, auto_labeling};
use crate::container::container;
use crate::draft::Draft;
use crate::flattened;
use crate::locales::locales;
use crate::marking::{color_of, marking, watermark};
use crate::members::{Members, elements, flag, guid, text};
use crate::notes::{Notes, quoted};
use crate::protection::protection;
use crate::settings::{Settings, unknown_word};

/// Members that say when, by whom and in which store a label was made. They are no settings of it.
const DESCRIBING: &[&str] = &[
    "Capabilities",
    "ChangedProperties",
    "CreatedBy",
    "DistinguishedName",
    "ExchangeVersion",
    "ExchangeObjectId",
    "ExternalDirectoryObjectId",
    "ExternalIdentity",
    "HasRules",
    "Id",
    "Identity",
    "ImmutableId",
    "IsLabelGroup",
    "IsParent",
    "IsValid",
    "LastModifiedBy",
    "MigrationId",
    "ObjectCategory",
    "ObjectClass",
    "ObjectState",
    "ObjectVersion",
    "OrganizationId",
    "OrganizationalUnitRoot",
    "ParentLabelDisplayName",
    "Policy",
    "PSComputerName",
    "PSShowComputerName",
    "ReadOnly",
    "RunspaceId",
    "WhenChanged",
    "WhenChangedUTC",
    "WhenCreated",
    "WhenCreatedUTC",
    "Workload",
];

/// Reads a label. Source: labelling semantics J.
///
/// # Errors
/// A label without an id, which nothing could refer to.
pub(crate) fn draft(path: &str, value: &Value, types: &mut TypeNames, notes: &mut Notes) -> Result<Draft, Finding> {
    let empty = serde_json::Map::new();
    let mut members = Members::new(path, value.as_object().unwrap_or(&empty));
    let id: LabelId = id(&mut members)?;
    let mut settings = Settings::read(&members.at("Settings"), members.take("Settings"), notes);
    let mut actions = actions::read(&members.at("LabelActions"), members.take("LabelActions"), notes);
    flattened::add(&mut members, &mut actions, notes);

    let display_name = members.text("DisplayName").or_else(|| settings.take("displayname"));
    let tooltip = members.text("Tooltip").or_else(|| settings.take("tooltip"));
    let name = members.text("Name").or_else(|| display_name.clone());
    let base = LocaleTexts {
        display_name: display_name.clone(),
        tooltip: tooltip.clone(),
        auto_tooltip: None,
    };
    let priority = priority(&mut members, notes);
    let (site_and_group, meeting) = container(&mut actions, notes);
    let default_sub_label = settings.take("defaultsublabelid");
    let label = Label {
        id,
        name: name.unwrap_or_else(|| id.to_string()),
        display_name: display_name.unwrap_or_default(),
        description: members.text("Comment").unwrap_or_default(),
        tooltip: tooltip.unwrap_or_default(),
        color: color(&mut settings, notes),
        sensitivity: priority.unwrap_or(i32::MAX),
        is_enabled: is_enabled(&mut members, notes),
        parent_id: None,
        applicable_to: applicable_to(&mut members, &mut settings, notes),
        default_sub_label_id: None,
        header: of_kind(&mut actions, Kind::Header, notes, marking),
        footer: of_kind(&mut actions, Kind::Footer, notes, marking),
        watermark: of_kind(&mut actions, Kind::Watermark, notes, watermark),
        protection: of_kind(&mut actions, Kind::Encrypt, notes, protection),
        site_and_group,
        meeting,
        custom_actions: Vec::new(),
        auto_labeling: auto_labeling(&members.at("Conditions"), members.take("Conditions"), types, notes),
        is_endpoint_protection_enabled: false,
        is_smime_sign_enabled: false,
        is_smime_encrypt_enabled: false,
        advanced_settings: Vec::new(),
        locales: locales(
            &members.at("LocaleSettings"),
            members.take("LocaleSettings"),
            &base,
            notes,
        ),
    };
    let parent = members.text("ParentId");
    members.note_rest(DESCRIBING, notes);
    for repeated in ["displayname", "tooltip", "contenttype", "isparent"] {
        settings.take(repeated);
    }
    Ok(Draft {
        path: path.to_owned(),
        label: Label {
            advanced_settings: settings.rest(),
            ..label
        },
        parent,
        default_sub_label,
        has_priority: priority.is_some(),
    })
}

/// `Guid`, else `ImmutableId`.
fn id(members: &mut Members<'_>) -> Result<LabelId, Finding> {
    let own = members.text("Guid");
    let id = own.as_deref().and_then(guid);
    let id = id.or_else(|| members.text("ImmutableId").as_deref().and_then(guid));
    id.ok_or_else(|| Finding {
        path: members.at("Guid"),
        message: "has no id, so export the label with all its members".to_owned(),
    })
}

fn of_kind<T>(
    actions: &mut Actions,
    kind: Kind,
    notes: &mut Notes,
    read: impl FnOnce(actions::Action, &mut Notes) -> Option<T>,
) -> Option<T> {
    read(actions.remove(&kind)?, notes)
}

fn color(settings: &mut Settings, notes: &mut Notes) -> Option<String> {
    let value = settings.take("color")?;
    let color = color_of(&value);
    if color.is_none() {
        let message = format!(
            "{} is not a colour of the form `#RRGGBB`, so it is left out",
            quoted(&value)
        );
        notes.add(settings.at("color"), message);
    }
    color
}

fn priority(members: &mut Members<'_>, notes: &mut Notes) -> Option<i32> {
    let written = members.text("Priority");
    let priority = written.as_deref().and_then(|text| text.trim().parse().ok());
    if priority.is_none() {
        notes.add(
            members.at("Priority"),
            "is missing or no number, so the label stands last, as the most sensitive",
        );
    }
    priority
}

/// Not `Disabled`, and `Mode` not other than `Enforce`.
fn is_enabled(members: &mut Members<'_>, notes: &mut Notes) -> bool {
    let disabled = members.text("Disabled").and_then(|text| flag(&text)).unwrap_or(false);
    let Some(mode) = members.text("Mode") else {
        return !disabled;
    };
    // The first of the enumeration, where it was printed without names.
    let enforced = mode.trim().eq_ignore_ascii_case("Enforce") || mode.trim() == "0";
    if !enforced && !disabled {
        let message = format!("{} is not `Enforce`, so the label is disabled", quoted(&mode));
        notes.add(members.at("Mode"), message);
    }
    enforced && !disabled
}

/// `ContentType`, else the setting of that name.
fn applicable_to(members: &mut Members<'_>, settings: &mut Settings, notes: &mut Notes) -> Vec<ContentFormat> {
    let place = members.at("ContentType");
    let written = members.take("ContentType").map(|value| {
        let texts: Vec<String> = elements(value).iter().filter_map(text).collect();
        texts.join(",")
    });
    let is_number = |text: &String| text.trim().parse::<i64>().is_ok();
    let repeated = settings.take("contenttype");
    let words = match written.filter(|text| !text.trim().is_empty()) {
        Some(number) if is_number(&number) => {
            if repeated.is_none() {
                notes.add(place.clone(), unknown_word(&number, std::iter::empty()));
            }
            repeated.unwrap_or_default()
        }
        Some(words) => words,
        None => repeated.unwrap_or_default(),
    };
    let mut formats = Vec::new();
    for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match ContentFormat::parse(word) {
            Some(format) if !formats.contains(&format) => formats.push(format),
            Some(_) => {}
            None if word.eq_ignore_ascii_case("None") => {}
            None => {
                let message = format!("content type {} has no counterpart, so it is left out", quoted(word));
                notes.add(place.clone(), message);
            }
        }
    }
    formats
}
