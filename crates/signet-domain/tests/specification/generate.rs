//! Random tenants, items and questions, small and full of collisions.

use serde_json::{Value, json};
use signet_domain::content::{
    AssignmentMethod, ClassificationResult, ContentFormat, ContentInfo, ContentState, DowngradeJustification,
    KeyValuePair,
};
use signet_domain::evaluation::{LabelingOptions, Question};
use signet_domain::ids::{LabelId, SensitiveTypeId};
use signet_domain::tenant::TenantDocument;

use crate::dice::Dice;

pub(crate) const TENANT: &str = "cb46c030-1825-4e81-a295-151c039dbf02";
const OTHER_TENANT: &str = "29375103-6ce7-4dba-81ec-8e33884c6f0f";
/// Ids that are never a label's.
const STRANGE_LABELS: [&str; 2] = [
    "fffffff0-0000-4000-8000-00000000000a",
    "fffffff1-0000-4000-8000-00000000000b",
];
pub(crate) const ADDRESSES: [&str; 8] = [
    "bob@contoso.com",
    "BOB@other.org",
    "alice@contoso.com",
    "carol@contoso.com",
    "guest@fabrikam.com",
    "one@contoso.com",
    "two@contoso.com",
    "stranger@fabrikam.com",
];
const TEXTS: [&str; 9] = [
    "PLAIN",
    "",
    "${Item.Label}/${Item.Name}",
    "${User.Name} ${User.PrincipalName} ${Event.DateTime}",
    "${Item.Location}${Nothing}${",
    "${If.App.WX}office ${Item.Name}${If.End}tail",
    "${If.App.Outlook}mail${If.End}${If.App.PowerPoint}slides${If.End}",
    "${If.App.Z}${If.App.W}a${If.App.O}b${If.End}c${If.End}",
    "${If.App.P}open ${User.Name}",
];
const IDENTIFIERS: [&str; 7] = [
    "c:\\dir\\r.docx",
    "https://host/a/b.XLSX",
    "s.pptx",
    "Subject: a/b",
    "m.eml",
    "plain",
    "${User.Name}.dotm",
];

pub(crate) fn label_id(number: usize) -> String {
    format!("ab{number:06x}-0000-4000-8000-0000000000aa")
}

pub(crate) fn type_id(number: usize) -> String {
    format!("7{number:07x}-0000-4000-8000-000000000000")
}

/// A tenant free of faults.
pub(crate) fn tenant(dice: &mut Dice) -> TenantDocument {
    let mut labels = labels(dice);
    let count = labels.len();
    let parents: Vec<String> = labels
        .iter()
        .filter_map(|label| label["parentId"].as_str().map(str::to_owned))
        .collect();
    dice.shuffle(&mut labels);
    let mut policies: Vec<Value> = (0..1 + dice.below(4))
        .map(|number| policy(dice, number, count, &parents))
        .collect();
    dice.shuffle(&mut policies);
    let address = |dice: &mut Dice| json!(dice.one(&ADDRESSES));
    let document = json!({
        "id": TENANT,
        "displayName": "Random",
        "domains": ["contoso.com"],
        "defaultLocale": dice.one(&["en-US", "de-DE"]),
        "users": [
            {"id": "00000000-0000-4000-8000-0000000000b1", "userPrincipalName": "bob@contoso.com",
             "mail": "bob@other.org", "displayName": "Bob"},
            {"id": "00000000-0000-4000-8000-0000000000b2", "userPrincipalName": "alice@contoso.com",
             "proxyAddresses": ["al@contoso.com"], "displayName": "Alice"},
            {"id": "00000000-0000-4000-8000-0000000000b3", "userPrincipalName": "carol@contoso.com"},
            {"id": "00000000-0000-4000-8000-0000000000b4", "userPrincipalName": "guest@fabrikam.com",
             "userType": "Guest", "displayName": "Guest"},
        ],
        "groups": [
            {"id": "00000000-0000-4000-8000-0000000000c1", "mail": "one@contoso.com", "members": dice.some(0, 3, address)},
            {"id": "00000000-0000-4000-8000-0000000000c2", "mail": "two@contoso.com", "members": dice.some(0, 3, address)},
            {"id": "00000000-0000-4000-8000-0000000000c3", "members": dice.some(0, 2, address)},
        ],
        "sensitiveTypes": (0..4).map(|number| json!({"id": type_id(number)})).collect::<Vec<_>>(),
        "labels": labels,
        "policies": policies,
    });
    serde_json::from_value(document).unwrap()
}

/// Up to four labels with up to three sublabels each, in valid order of sensitivity.
fn labels(dice: &mut Dice) -> Vec<Value> {
    let mut labels: Vec<Value> = Vec::new();
    let mut sensitivity = dice.below(3) as i64 - 1;
    for _ in 0..1 + dice.below(4) {
        let parent = label(dice, labels.len(), sensitivity, None);
        let parent_id = parent["id"].as_str().unwrap().to_owned();
        let place = labels.len();
        labels.push(parent);
        for _ in 0..[0, 0, 1, 2, 3][dice.below(5)] {
            sensitivity += 1 + dice.below(3) as i64;
            labels.push(label(dice, labels.len(), sensitivity, Some(&parent_id)));
        }
        if dice.percent(50) {
            let default = place + dice.below(labels.len() - place + 1);
            labels[place]["defaultSubLabelId"] = json!(label_id(default));
        }
        sensitivity += 1 + dice.below(4) as i64;
    }
    labels
}

fn label(dice: &mut Dice, number: usize, sensitivity: i64, parent: Option<&str>) -> Value {
    let formats: Vec<&str> = ["email", "site", "unifiedGroup", "teamwork", "file", "schematizedData"]
        .into_iter()
        .filter(|format| dice.percent(if ["file", "email"].contains(format) { 85 } else { 40 }))
        .collect();
    let marking = |dice: &mut Dice| json!({"text": dice.one(&TEXTS), "fontSize": dice.below(30)});
    let mut label = json!({
        "id": label_id(number),
        "name": format!("Label {number}"),
        "displayName": dice.one(&["", "Shown"]),
        "tooltip": dice.one(&["", "tip"]),
        "color": dice.maybe(50, |dice| format!("#00000{}", dice.below(10))),
        "sensitivity": sensitivity,
        "isEnabled": dice.percent(85),
        "parentId": parent,
        "applicableTo": formats,
        "header": dice.maybe(35, marking),
        "footer": dice.maybe(35, marking),
        "watermark": dice.maybe(35, marking),
        "protection": protection(dice),
        "customActions": dice.some(0, 1, |dice| json!({"name": format!("custom{}", dice.below(2))})),
        "autoLabeling": dice.maybe(60, auto_labeling),
        "locales": {},
    });
    for tag in ["de-de", "de-at", "fr-fr"] {
        if dice.percent(30) {
            label["locales"][tag] = json!({"displayName": dice.maybe(70, |_| tag), "tooltip": dice.maybe(50, |_| tag)});
        }
    }
    label
}

fn protection(dice: &mut Dice) -> Value {
    match dice.below(6) {
        0 | 1 => {
            let grant = |dice: &mut Dice| {
                let domains = ["contoso.com", "fabrikam.com", "other.org", "AuthenticatedUsers"];
                let identity = if dice.percent(50) {
                    *dice.one(&ADDRESSES)
                } else {
                    *dice.one(&domains)
                };
                json!({"identity": identity, "rights": dice.some(0, 3, |dice| *dice.one(&["VIEW", "EDIT", "OWNER", "Viewer", "PRINT"]))})
            };
            json!({
                "type": "template",
                "templateId": "2dcacb2f-6b6b-49d1-9625-c0ae349ac5c9",
                "rights": dice.some(0, 3, grant),
                "doubleKeyEncryptionUrl": dice.maybe(15, |_| "https://dke"),
                "disableAutomaticOwnerRights": dice.percent(30),
            })
        }
        2 => json!({
            "type": "userDefined",
            "doNotForward": dice.percent(40),
            "encryptOnly": dice.percent(40),
            "promptUser": dice.percent(60),
        }),
        3 => json!({"type": "removeProtection"}),
        _ => Value::Null,
    }
}

fn auto_labeling(dice: &mut Dice) -> Value {
    let operator = |dice: &mut Dice| *dice.one(&["and", "or"]);
    let condition = |dice: &mut Dice| {
        let min_count = dice.below(4);
        let max_count = if dice.percent(50) {
            -1
        } else {
            (min_count + dice.below(4)) as i64
        };
        let min_confidence = 60 + 10 * dice.below(4);
        json!({
            "id": type_id(dice.below(5)),
            "minCount": min_count, "maxCount": max_count,
            "minConfidence": min_confidence, "maxConfidence": min_confidence + dice.below(101 - min_confidence),
        })
    };
    let group =
        |dice: &mut Dice| json!({"operator": dice.one(&["and", "or"]), "sensitiveTypes": dice.some(0, 3, condition)});
    json!({
        "mode": dice.one(&["automatic", "recommended"]),
        "conditions": {"operator": operator(dice), "groups": dice.some(0, 3, group)},
    })
}

fn policy(dice: &mut Dice, number: usize, labels: usize, parents: &[String]) -> Value {
    let address = |dice: &mut Dice| *dice.one(&ADDRESSES);
    let flag = |dice: &mut Dice| dice.maybe(40, |dice| dice.percent(50));
    let published: Vec<String> = (0..labels).filter(|_| dice.percent(70)).map(label_id).collect();
    let default = label_id(dice.below(labels));
    json!({
        "id": format!("dd{number:06x}-0000-4000-8000-000000000000"),
        "name": format!("Policy {number}"),
        "priority": dice.below(3),
        "isEnabled": dice.percent(90),
        "scope": {
            "includeAll": dice.percent(60),
            "include": dice.some(0, 2, address),
            "exclude": if dice.percent(30) { dice.some(0, 2, address) } else { Vec::new() },
        },
        "labels": published,
        "settings": {
            "defaultLabelId": dice.maybe(40, |_| default.clone()).filter(|id| !parents.contains(id)),
            "mandatory": flag(dice),
            "disableMandatoryInOutlook": flag(dice),
            "requireDowngradeJustification": flag(dice),
        },
    })
}

pub(crate) fn format(dice: &mut Dice) -> ContentFormat {
    if dice.percent(70) {
        *dice.one(&[ContentFormat::File, ContentFormat::Email])
    } else {
        *dice.one(&ContentFormat::ALL)
    }
}

pub(crate) fn content(dice: &mut Dice, labels: usize) -> ContentInfo {
    ContentInfo {
        format: format(dice),
        identifier: dice.maybe(80, |dice| (*dice.one(&IDENTIFIERS)).to_owned()),
        state: ContentState::Rest,
        metadata: metadata(dice, labels),
    }
}

fn metadata(dice: &mut Dice, labels: usize) -> Vec<KeyValuePair> {
    let mut pairs = vec![];
    for _ in 0..[0, 1, 1, 2, 3][dice.below(5)] {
        let id = if dice.percent(80) {
            label_id(dice.below(labels))
        } else {
            (*dice.one(&STRANGE_LABELS)).to_owned()
        };
        pairs.extend(label_pairs(dice, &id));
    }
    if dice.percent(15) {
        dice.shuffle(&mut pairs);
    }
    if dice.percent(10) {
        let parts: Vec<String> = pairs
            .iter()
            .map(|pair| format!("{}={}", pair.name, pair.value))
            .collect();
        return vec![KeyValuePair::new(
            "MSIP_labels",
            format!("{};; =x; nothing ;", parts.join(" ; ")),
        )];
    }
    if dice.percent(20) {
        pairs.push(KeyValuePair::new("Title", "x"));
    }
    pairs
}

/// The pairs of one label as tools of various quality write them.
fn label_pairs(dice: &mut Dice, id: &str) -> Vec<KeyValuePair> {
    let number = usize::from_str_radix(&id[2..8], 16).unwrap_or(0);
    let stale = dice.percent(20);
    let attributes: [(&str, String, usize); 10] = [
        (
            "Enabled",
            (*dice.one(&["true", "true", "True", " TRUE ", "true", "false", ""])).to_owned(),
            95,
        ),
        ("SetDate", "2025-02-03T04:05:06Z".to_owned(), 80),
        (
            "Method",
            (*dice.one(&["Standard", "Privileged", "AUTO", "privileged", "?"])).to_owned(),
            85,
        ),
        (
            "Name",
            if stale {
                "Old".to_owned()
            } else {
                format!("Label {number}")
            },
            95,
        ),
        (
            "SiteId",
            (*dice.one(&[TENANT, TENANT, TENANT, OTHER_TENANT, "x"])).to_owned(),
            95,
        ),
        ("ActionId", "00000000-0000-0000-0000-000000000000".to_owned(), 60),
        (
            "ContentBits",
            (*dice.one(&["0", "1", "2", "3", "8", "11", "0xF", "0x8", "24", "-1", "x", "4"])).to_owned(),
            85,
        ),
        ("Removed", (*dice.one(&["true", "false"])).to_owned(), 8),
        ("Note", (*dice.one(&["a", " b "])).to_owned(), 20),
        ("NOTE", "c".to_owned(), 5),
    ];
    let mut pairs = Vec::new();
    for (attribute, value, chance) in attributes {
        if !dice.percent(chance) {
            continue;
        }
        let key = format!("MSIP_Label_{id}_{attribute}");
        if dice.percent(6) {
            pairs.push(KeyValuePair::new(key.to_uppercase(), value.clone()));
        }
        if dice.percent(4) {
            pairs.push(KeyValuePair::new(key.clone(), "earlier"));
        }
        pairs.push(KeyValuePair::new(key, value));
    }
    pairs
}

pub(crate) fn justification(dice: &mut Dice) -> DowngradeJustification {
    DowngradeJustification {
        is_downgrade_justified: dice.percent(60),
        justification_message: dice.maybe(70, |dice| (*dice.one(&["because", " ", ""])).to_owned()),
    }
}

pub(crate) fn results(dice: &mut Dice) -> Vec<ClassificationResult> {
    dice.some(0, 5, result)
}

pub(crate) fn result(dice: &mut Dice) -> ClassificationResult {
    ClassificationResult {
        sensitive_type_id: SensitiveTypeId::parse(&type_id(dice.below(5))).unwrap(),
        count: dice.below(8) as u32,
        confidence_level: (55 + dice.below(46)) as u8,
    }
}

pub(crate) fn options(dice: &mut Dice, labels: usize) -> LabelingOptions {
    let id = if dice.percent(97) {
        label_id(dice.below(labels))
    } else {
        STRANGE_LABELS[0].to_owned()
    };
    let methods = [
        AssignmentMethod::Standard,
        AssignmentMethod::Auto,
        AssignmentMethod::Privileged,
    ];
    let property = |dice: &mut Dice| {
        let full = format!("msip_label_{}_Full", id.to_uppercase());
        let names = ["Note", "note", "Other", &full, "Owner", "x-y"];
        let name = if dice.percent(96) {
            *dice.one(&names)
        } else {
            *dice.one(&["", "a b", "Method", "removed", "a;b"])
        };
        KeyValuePair::new(name, *dice.one(&["a", "b", " c ", ""]))
    };
    LabelingOptions {
        label_id: LabelId::parse(&id).unwrap(),
        assignment_method: *dice.one(&methods),
        downgrade_justification: justification(dice),
        extended_properties: if dice.percent(25) {
            dice.some(1, 3, property)
        } else {
            Vec::new()
        },
    }
}

pub(crate) fn question(dice: &mut Dice, labels: usize) -> Question {
    let content = content(dice, labels);
    match dice.below(8) {
        0..=3 => Question::Application {
            content,
            labeling: options(dice, labels),
        },
        4 | 5 => Question::Classification {
            content,
            results: results(dice),
        },
        6 => Question::Removal {
            content,
            downgrade_justification: justification(dice),
        },
        _ => Question::Extraction { content },
    }
}
