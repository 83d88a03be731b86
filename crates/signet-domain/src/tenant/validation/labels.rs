//! Labels: unique, a tree of two levels in the order of sensitivity, and well formed each by itself.

use std::collections::HashSet;

use super::{Known, Report, TenantDocument, is_address, is_domain, not_a_tag, short};
use crate::ids::LabelId;
use crate::label::{AutoLabeling, Label, Marking, Protection, RightsGrant, SensitiveTypeCondition, Watermark};
use crate::locale::is_language_tag;

/// Longest header or footer text that is sensible. Source: labelling semantics A4.
const MARKING_LIMIT: usize = 1_024;
/// Longest watermark text that is sensible. Source: labelling semantics A4.
const WATERMARK_LIMIT: usize = 255;

pub(super) fn check(document: &TenantDocument, known: &Known<'_>, report: &mut Report) {
    let labels = document.labels.iter().enumerate();
    report.duplicates(
        "label id",
        labels.clone().map(|(at, label)| (format!("labels[{at}].id"), label.id)),
    );
    report.duplicates(
        "name",
        labels
            .clone()
            .map(|(at, label)| (format!("labels[{at}].name"), &label.name)),
    );
    report.duplicates(
        "sensitivity",
        labels
            .clone()
            .map(|(at, label)| (format!("labels[{at}].sensitivity"), label.sensitivity)),
    );
    tree(document, known, report);
    for (at, label) in labels {
        one(&format!("labels[{at}]"), label, known, report);
    }
}

/// Every sublabel lies above its parent and below the next more sensitive top-level label.
fn tree(document: &TenantDocument, known: &Known<'_>, report: &mut Report) {
    let readable = |at: usize, member: &str, report: &Report| report.readable(&format!("labels[{at}].{member}"));
    let mut tops: Vec<(i32, &str)> = Vec::new();
    let mut misread = HashSet::new();
    for (at, label) in document.labels.iter().enumerate() {
        if !readable(at, "sensitivity", report) || !readable(at, "parentId", report) {
            misread.insert(label.id);
        } else if label.parent_id.is_none() {
            tops.push((label.sensitivity, &label.name));
        }
    }
    tops.sort_unstable();
    for (at, label) in document.labels.iter().enumerate() {
        let Some(parent_id) = label.parent_id else { continue };
        let path = format!("labels[{at}].parentId");
        let Some(parent) = known.labels.get(&parent_id).copied() else {
            if known.all_labels {
                let message = format!("label `{parent_id}` does not exist, so add it or name another parent");
                report.fault(path, message);
            }
            continue;
        };
        if parent.id == label.id || parent.parent_id.is_some() {
            let message = format!(
                "label `{}` is a sublabel itself, and there is one level of nesting only",
                short(&parent.name)
            );
            report.fault(path, message);
            continue;
        }
        if misread.contains(&label.id) || misread.contains(&parent.id) {
            continue;
        }
        let path = format!("labels[{at}].sensitivity");
        let next = tops.get(tops.partition_point(|(sensitivity, _)| *sensitivity <= parent.sensitivity));
        if label.sensitivity <= parent.sensitivity {
            let message = format!(
                "must be above {}, the sensitivity of its parent `{}`",
                parent.sensitivity,
                short(&parent.name)
            );
            report.fault(path, message);
        } else if let Some((limit, name)) = next.filter(|(limit, _)| label.sensitivity >= *limit) {
            let message = format!(
                "must be below {limit}, the sensitivity of `{}`, which is more sensitive than its parent `{}`",
                short(name),
                short(&parent.name)
            );
            report.fault(path, message);
        }
    }
}

fn one(path: &str, label: &Label, known: &Known<'_>, report: &mut Report) {
    if label.name.trim().is_empty() {
        report.fault(format!("{path}.name"), "must not be empty");
    }
    if let Some(color) = &label.color {
        color_is_well_formed(format!("{path}.color"), color, report);
    }
    let mut spellings = HashSet::new();
    for tag in label.locales.keys() {
        if !is_language_tag(tag) {
            report.fault(format!("{path}.locales.{tag}"), not_a_tag(tag));
        } else if !spellings.insert(tag.to_ascii_lowercase()) {
            report.fault(
                format!("{path}.locales.{tag}"),
                "this language is there twice, in different spellings",
            );
        }
    }
    let is_parent = known.parents.contains(&label.id);
    let is_sublabel = |id: &LabelId| {
        known
            .labels
            .get(id)
            .is_some_and(|other| other.parent_id == Some(label.id))
    };
    if let Some(default) = label.default_sub_label_id.filter(|default| !is_sublabel(default)) {
        let message = format!("label `{default}` is no sublabel of this label, so it never stands in for it");
        report.warn(format!("{path}.defaultSubLabelId"), message);
    }
    if label.applicable_to.is_empty() && !is_parent {
        report.warn(
            format!("{path}.applicableTo"),
            "the label applies to no kind of item, so it can never be applied",
        );
    }
    markings(path, label, report);
    if let Some(Protection::Template { rights, .. }) = &label.protection {
        for (at, grant) in rights.iter().enumerate() {
            identity(
                &format!("{path}.protection.rights[{at}].identity"),
                grant,
                known,
                report,
            );
        }
    }
    words(path, label, report);
    if let Some(rule) = &label.auto_labeling {
        auto_labeling(&format!("{path}.autoLabeling"), rule, is_parent, known, report);
    }
}

fn color_is_well_formed(path: String, color: &str, report: &mut Report) {
    let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
    if !digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
        report.fault(path, format!("`{color}` is not a colour, use the form `#RRGGBB`"));
    }
}

fn markings(path: &str, label: &Label, report: &mut Report) {
    for (member, marking) in [("header", &label.header), ("footer", &label.footer)] {
        if let Some(Marking { text, font_color, .. }) = marking {
            text_is_short(format!("{path}.{member}.text"), text, MARKING_LIMIT, report);
            color_is_well_formed(format!("{path}.{member}.fontColor"), font_color, report);
        }
    }
    if let Some(Watermark { text, font_color, .. }) = &label.watermark {
        text_is_short(format!("{path}.watermark.text"), text, WATERMARK_LIMIT, report);
        color_is_well_formed(format!("{path}.watermark.fontColor"), font_color, report);
    }
}

fn text_is_short(path: String, text: &str, limit: usize, report: &mut Report) {
    let length = text.chars().count();
    if length > limit {
        report.warn(
            path,
            format!("the text has {length} characters; applications show at most {limit}"),
        );
    }
}

fn identity(path: &str, grant: &RightsGrant, known: &Known<'_>, report: &mut Report) {
    let identity = grant.identity.as_str();
    if identity.eq_ignore_ascii_case("AuthenticatedUsers") || is_domain(identity) {
        return;
    }
    if !is_address(identity) {
        let message = format!("`{identity}` is neither an address, a domain nor `AuthenticatedUsers`");
        report.fault(path, message);
    } else if !known.has_address(identity) {
        report.warn(path, format!("nobody in the tenant has the address `{identity}`"));
    }
}

/// Members with a closed set of words that are kept as texts.
fn words(path: &str, label: &Label, report: &mut Report) {
    const PRESENTERS: &[&str] = &["everyone", "organization", "roleIsPresenter", "organizer"];
    let group = label.site_and_group.as_ref();
    let meeting = label.meeting.as_ref();
    let members: [(&str, Option<&String>, &[&str]); 4] = [
        (
            "siteAndGroup.privacy",
            group.and_then(|group| group.privacy.as_ref()),
            &["public", "private", "unspecified"],
        ),
        (
            "siteAndGroup.accessType",
            group.and_then(|group| group.access_type.as_ref()),
            &["block", "full", "limited"],
        ),
        (
            "meeting.allowedForwarders",
            meeting.and_then(|meeting| meeting.allowed_forwarders.as_ref()),
            &["everyone", "organizer"],
        ),
        (
            "meeting.allowedPresenters",
            meeting.and_then(|meeting| meeting.allowed_presenters.as_ref()),
            PRESENTERS,
        ),
    ];
    for (member, word, allowed) in members {
        if let Some(word) = word.filter(|word| !allowed.contains(&word.as_str())) {
            let message = format!("`{word}` is not known here, use one of `{}`", allowed.join("`, `"));
            report.fault(format!("{path}.{member}"), message);
        }
    }
}

fn auto_labeling(path: &str, rule: &AutoLabeling, is_parent: bool, known: &Known<'_>, report: &mut Report) {
    if is_parent {
        report.warn(
            path,
            "the label has sublabels and is not applied itself, so the rule never matches",
        );
    }
    let groups = rule.conditions.groups.iter().enumerate();
    if groups.clone().all(|(_, group)| group.sensitive_types.is_empty()) {
        report.warn(
            format!("{path}.conditions"),
            "there is no condition, so the rule never matches",
        );
    }
    for (at, group) in groups {
        for (place, condition) in group.sensitive_types.iter().enumerate() {
            let path = format!("{path}.conditions.groups[{at}].sensitiveTypes[{place}]");
            limits(&path, condition, known, report);
        }
    }
}

fn limits(path: &str, condition: &SensitiveTypeCondition, known: &Known<'_>, report: &mut Report) {
    if !known.sensitive_types.contains(&condition.id) {
        let message = format!(
            "sensitive type `{}` is not in the tenant, so the condition never holds",
            condition.id
        );
        report.warn(format!("{path}.id"), message);
    }
    if condition.max_count < -1 {
        report.fault(format!("{path}.maxCount"), "must be -1 for unlimited, or 0 and more");
    } else if condition.max_count != -1 && condition.max_count < i64::from(condition.min_count) {
        report.fault(
            format!("{path}.maxCount"),
            format!("must not be below minCount {}", condition.min_count),
        );
    }
    for (member, percent) in [
        ("minConfidence", condition.min_confidence),
        ("maxConfidence", condition.max_confidence),
    ] {
        if percent > 100 {
            report.fault(format!("{path}.{member}"), "must be a percentage from 0 to 100");
        }
    }
    if condition.max_confidence < condition.min_confidence {
        let message = format!("must not be below minConfidence {}", condition.min_confidence);
        report.fault(format!("{path}.maxConfidence"), message);
    }
}
