//! One object of `Get-LabelPolicy`.

use std::collections::HashSet;

use serde_json::Value;
use signet_domain::ids::{LabelId, PolicyId};
use signet_domain::policy::{AttachmentAction, LabelPolicy, OutlookDefaultLabel, PolicyScope, PolicySettings};
use signet_domain::tenant::Finding;

use crate::members::{Members, elements, flag, guid, is_cut_off, text};
use crate::notes::{Notes, quoted};
use crate::references::References;
use crate::settings::Settings;

/// Members that say when, by whom and in which store a policy was made.
const DESCRIBING: &[&str] = &[
    "CreatedBy",
    "DistinguishedName",
    "DistributionResults",
    "DistributionStatus",
    "DistributionSyncStatus",
    "ExchangeBinding",
    "ExchangeObjectId",
    "ExchangeVersion",
    "ExternalDirectoryObjectId",
    "ExternalIdentity",
    "HasRules",
    "Id",
    "Identity",
    "ImmutableId",
    "IsSimulationPolicy",
    "IsValid",
    "LastModifiedBy",
    "LastStatusUpdateTime",
    "MigrationId",
    "ModificationTimeUtc",
    "CreationTimeUtc",
    "ObjectCategory",
    "ObjectClass",
    "ObjectState",
    "ObjectVersion",
    "OrganizationId",
    "OrganizationalUnitRoot",
    "PolicyRBACScopes",
    "PSComputerName",
    "PSShowComputerName",
    "ReadOnly",
    "RunspaceId",
    "Type",
    "WhenChanged",
    "WhenChangedUTC",
    "WhenCreated",
    "WhenCreatedUTC",
    "Workload",
];

/// Reads a policy; absent when it is about to be deleted. Source: labelling semantics J.
///
/// # Errors
/// A policy without an id.
pub(crate) fn policy(
    path: &str,
    value: &Value,
    labels: &References,
    notes: &mut Notes,
) -> Result<Option<LabelPolicy>, Finding> {
    let empty = serde_json::Map::new();
    let mut members = Members::new(path, value.as_object().unwrap_or(&empty));
    let name = members.text("Name");
    if let Some(mode) = members.text("Mode") {
        if mode.trim().eq_ignore_ascii_case("PendingDeletion") {
            notes.add(
                members.at("Mode"),
                "the policy is about to be deleted, so it is left out",
            );
            return Ok(None);
        }
        if !mode.trim().eq_ignore_ascii_case("Enforce") && mode.trim() != "0" {
            let message = format!(
                "mode {} has no counterpart; whether the policy is enabled counts",
                quoted(&mode)
            );
            notes.add(members.at("Mode"), message);
        }
    }
    let own = members.text("Guid");
    let id: Option<PolicyId> = own.as_deref().and_then(guid);
    let id = id.or_else(|| members.text("ImmutableId").as_deref().and_then(guid));
    let id = id.ok_or_else(|| Finding {
        path: members.at("Guid"),
        message: "has no id, so export the policy with all its members".to_owned(),
    })?;
    let settings = Settings::read(&members.at("Settings"), members.take("Settings"), notes);
    let policy = LabelPolicy {
        id,
        name: name.unwrap_or_else(|| id.to_string()),
        priority: priority(&mut members, notes),
        is_enabled: members.text("Enabled").and_then(|text| flag(&text)).unwrap_or(true),
        scope: scope(&mut members, notes),
        labels: published(&mut members, labels, notes),
        settings: policy_settings(settings, labels, notes),
    };
    members.note_rest(DESCRIBING, notes);
    Ok(Some(policy))
}

/// Of several policies with one id the first stays.
pub(crate) fn without_duplicates(policies: Vec<LabelPolicy>, notes: &mut Notes) -> Vec<LabelPolicy> {
    let mut ids = HashSet::new();
    let mut kept = Vec::with_capacity(policies.len());
    for policy in policies {
        if ids.insert(policy.id) {
            kept.push(policy);
        } else {
            let message = format!(
                "policy {} has the id of an earlier one, so it is left out",
                quoted(&policy.name)
            );
            notes.add("policies", message);
        }
    }
    kept
}

fn priority(members: &mut Members<'_>, notes: &mut Notes) -> i32 {
    let Some(written) = members.text("Priority") else {
        return 0;
    };
    written.trim().parse().unwrap_or_else(|_| {
        notes.add(
            members.at("Priority"),
            format!("{} is no number, so it becomes 0", quoted(&written)),
        );
        0
    })
}

/// `Labels` and `ScopedLabels`, each label once.
fn published(members: &mut Members<'_>, labels: &References, notes: &mut Notes) -> Vec<LabelId> {
    let mut published = Vec::new();
    let mut seen = HashSet::new();
    for member in ["Labels", "ScopedLabels"] {
        let place = members.at(member);
        for (at, element) in members
            .take(member)
            .map(elements)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            let Some(named) = name_of(element) else { continue };
            match labels.find(&named) {
                Ok(label) => {
                    if seen.insert(label) {
                        published.push(label);
                    }
                }
                Err(missing) => {
                    let message = format!("{} {}, so it is not published", quoted(&named), missing.why());
                    notes.add(format!("{place}[{at}]"), message);
                }
            }
        }
    }
    published
}

/// A text, or the name of an object.
fn name_of(element: &Value) -> Option<String> {
    match element {
        Value::Object(object) => {
            let mut members = Members::new("", object);
            ["PrimarySmtpAddress", "Name", "DisplayName"]
                .into_iter()
                .find_map(|name| members.text(name))
        }
        single => text(single),
    }
}

/// Addresses of people and groups; `All` among the mailboxes is everybody.
fn scope(members: &mut Members<'_>, notes: &mut Notes) -> PolicyScope {
    let mut include = locations(members, "ExchangeLocation", notes);
    let include_all = include.iter().any(|name| name.eq_ignore_ascii_case("All"));
    include.extend(locations(members, "ModernGroupLocation", notes));
    let mut exclude = locations(members, "ExchangeLocationException", notes);
    exclude.extend(locations(members, "ModernGroupLocationException", notes));
    if include_all {
        include.clear();
    }
    PolicyScope {
        include_all,
        include,
        exclude,
    }
}

fn locations(members: &mut Members<'_>, member: &str, notes: &mut Notes) -> Vec<String> {
    let place = members.at(member);
    let mut names = Vec::new();
    for (at, element) in members
        .take(member)
        .map(elements)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        match name_of(element) {
            Some(name) if is_cut_off(&name) => notes.add(
                format!("{place}[{at}]"),
                "was cut off when it was exported, so write the file with `| ConvertTo-Json -Depth 10`",
            ),
            Some(name) => {
                if !name.contains('@') && !name.eq_ignore_ascii_case("All") {
                    let message = format!(
                        "{} is no address; scopes name people and groups by address, so put it right in the tenant file",
                        quoted(&name)
                    );
                    notes.add(format!("{place}[{at}]"), message);
                }
                names.push(name.trim().to_owned());
            }
            None => notes.add(format!("{place}[{at}]"), "has no name, so it is left out"),
        }
    }
    names
}

fn policy_settings(mut settings: Settings, labels: &References, notes: &mut Notes) -> PolicySettings {
    let actions = [
        ("automatic", AttachmentAction::Automatic),
        ("recommended", AttachmentAction::Recommended),
    ];
    PolicySettings {
        default_label_id: default_label(&mut settings, "defaultlabelid", labels, notes).flatten(),
        outlook_default_label: default_label(&mut settings, "outlookdefaultlabel", labels, notes)
            .map(|label| label.map_or(OutlookDefaultLabel::None, OutlookDefaultLabel::Label)),
        mandatory: settings.flag("mandatory", notes),
        disable_mandatory_in_outlook: settings.flag("disablemandatoryinoutlook", notes),
        require_downgrade_justification: settings.flag("requiredowngradejustification", notes),
        more_info_url: settings.take("customurl"),
        attachment_action: settings.word("attachmentaction", &actions, notes),
        teamwork_mandatory: settings.flag("teamworkmandatory", notes),
        teamwork_default_label_id: default_label(&mut settings, "teamworkdefaultlabelid", labels, notes).flatten(),
        site_and_group_mandatory: settings.flag("siteandgroupmandatory", notes),
        power_bi_mandatory: settings.flag("powerbimandatory", notes),
        power_bi_default_label_id: default_label(&mut settings, "powerbidefaultlabelid", labels, notes).flatten(),
        advanced_settings: settings.rest(),
    }
}

/// A default label; the inner absence is `None`, said by the policy.
fn default_label(
    settings: &mut Settings,
    key: &str,
    labels: &References,
    notes: &mut Notes,
) -> Option<Option<LabelId>> {
    let named = settings.take(key)?;
    if named.trim().eq_ignore_ascii_case("none") {
        return Some(None);
    }
    match labels.find(&named) {
        Ok(label) => Some(Some(label)),
        Err(missing) => {
            notes.add(
                settings.at(key),
                format!("{} {}, so it is left out", quoted(&named), missing.why()),
            );
            None
        }
    }
}
