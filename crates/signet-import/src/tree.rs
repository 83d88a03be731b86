//! Labels put in their place: parents found, contradictions put right, and an order the tenant accepts.

use std::collections::{HashMap, HashSet};

use signet_domain::ids::LabelId;
use signet_domain::label::Label;
use signet_domain::policy::OutlookDefaultLabel;
use signet_domain::tenant::TenantDocument;

use crate::draft::Draft;
use crate::notes::{Notes, quoted};
use crate::references::{Missing, References};

/// Labels of a tenant: every id and name once, sublabels below labels without a parent of their own, in order.
pub(crate) fn grow(drafts: Vec<Draft>, notes: &mut Notes) -> Vec<Label> {
    let mut drafts = unique(drafts, notes);
    let bare: Vec<Label> = drafts.iter().map(|draft| draft.label.clone()).collect();
    let references = References::new(&bare);
    let wanted: HashMap<LabelId, LabelId> = drafts
        .iter()
        .filter_map(|draft| Some((draft.label.id, references.find(draft.parent.as_deref()?).ok()?)))
        .collect();
    for draft in &mut drafts {
        adopt(draft, &references, &wanted, notes);
    }
    let labels: Vec<Label> = drafts.iter().map(|draft| draft.label.clone()).collect();
    let with_parents = References::new(&labels);
    for draft in &mut drafts {
        if let Some(named) = &draft.default_sub_label {
            let child = with_parents
                .find(named)
                .ok()
                .filter(|child| wanted.get(child) == Some(&draft.label.id));
            if child.is_none() {
                let place = format!("{}.Settings.defaultsublabelid", draft.path);
                notes.add(
                    place,
                    format!("{} is no sublabel of the label, so it is left out", quoted(named)),
                );
            }
            draft.label.default_sub_label_id = child;
        }
    }
    put_in_order(&mut drafts, notes);
    drafts.into_iter().map(|draft| draft.label).collect()
}

/// Of several labels with one id the first stays; a name that is taken gets the label's id behind it.
fn unique(drafts: Vec<Draft>, notes: &mut Notes) -> Vec<Draft> {
    let mut ids = HashSet::new();
    let mut names = HashSet::new();
    let mut kept = Vec::with_capacity(drafts.len());
    for mut draft in drafts {
        if !ids.insert(draft.label.id) {
            notes.add(draft.path, "has the id of an earlier label, so it is left out");
            continue;
        }
        if !names.insert(draft.label.name.clone()) {
            let name = format!("{} {}", draft.label.name, draft.label.id);
            let message = format!(
                "{} is the name of an earlier label, so this one is called {}",
                quoted(&draft.label.name),
                quoted(&name)
            );
            notes.add(format!("{}.Name", draft.path), message);
            names.insert(name.clone());
            draft.label.name = name;
        }
        kept.push(draft);
    }
    kept
}

fn adopt(draft: &mut Draft, references: &References, wanted: &HashMap<LabelId, LabelId>, notes: &mut Notes) {
    let Some(named) = draft.parent.as_deref().filter(|named| !is_nil(named)) else {
        return;
    };
    let place = format!("{}.ParentId", draft.path);
    let refused = match references.find(named) {
        Err(Missing::Unknown) => "is not in the export",
        Err(Missing::Ambiguous) => Missing::Ambiguous.why(),
        Ok(parent) if parent == draft.label.id => "is the label itself",
        Ok(parent) if wanted.contains_key(&parent) => "is a sublabel itself, and there is one level of nesting only",
        Ok(parent) => {
            draft.label.parent_id = Some(parent);
            return;
        }
    };
    notes.add(
        place,
        format!("{} {refused}, so the label has no parent", quoted(named)),
    );
}

fn is_nil(text: &str) -> bool {
    text.chars().all(|letter| matches!(letter, '0' | '-' | '{' | '}' | ' '))
}

/// Keeps the order numbers where they are an order; else numbers the labels anew, in the order they come nearest to.
fn put_in_order(drafts: &mut [Draft], notes: &mut Notes) {
    let own: HashMap<LabelId, (i32, usize)> = drafts
        .iter()
        .enumerate()
        .map(|(at, draft)| (draft.label.id, (draft.label.sensitivity, at)))
        .collect();
    let key = |draft: &Draft| {
        let label = &draft.label;
        let own_place = own.get(&label.id).copied().unwrap_or_default();
        let top = label
            .parent_id
            .and_then(|parent| own.get(&parent))
            .copied()
            .unwrap_or(own_place);
        (top, label.parent_id.is_some(), own_place)
    };
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by_key(|at| drafts.get(*at).map(key));
    let numbers: Vec<i32> = order
        .iter()
        .filter_map(|at| Some(drafts.get(*at)?.label.sensitivity))
        .collect();
    let all_said = drafts.iter().all(|draft| draft.has_priority);
    if all_said && numbers.windows(2).all(|pair| pair.first() < pair.last()) {
        return;
    }
    for (number, at) in (0_i32..).zip(order) {
        let Some(draft) = drafts.get_mut(at) else { continue };
        let before = draft.label.sensitivity;
        if draft.has_priority && before != number {
            let message = format!(
                "the numbers of all labels are no order in which sublabels follow their parent, so {before} became {number}"
            );
            notes.add(format!("{}.Priority", draft.path), message);
        }
        draft.label.sensitivity = number;
    }
}

/// Takes references to labels out that the tenant does not have (any more), and defaults that are parents now.
pub(crate) fn forget_what_is_gone(document: &mut TenantDocument, notes: &mut Notes) {
    let known: HashSet<LabelId> = document.labels.iter().map(|label| label.id).collect();
    let parents: HashSet<LabelId> = document.labels.iter().filter_map(|label| label.parent_id).collect();
    for (at, policy) in document.policies.iter_mut().enumerate() {
        let mut gone = |member: &str, label: &LabelId, why: &str| {
            let message = format!("label `{label}` {why}, so it is left out");
            notes.add(format!("policies[{at}].{member}"), message);
        };
        policy.labels.retain(|label| {
            let stays = known.contains(label);
            if !stays {
                gone("Labels", label, "is not among the labels");
            }
            stays
        });
        let settings = &mut policy.settings;
        for (member, default) in [
            ("defaultlabelid", &mut settings.default_label_id),
            ("teamworkdefaultlabelid", &mut settings.teamwork_default_label_id),
            ("powerbidefaultlabelid", &mut settings.power_bi_default_label_id),
        ] {
            let why = default.and_then(|label| match (known.contains(&label), parents.contains(&label)) {
                (false, _) => Some("is not among the labels"),
                (true, true) => Some("has sublabels and cannot be a default"),
                (true, false) => None,
            });
            if let (Some(label), Some(why)) = (*default, why) {
                gone(&format!("Settings.{member}"), &label, why);
                *default = None;
            }
        }
        if let Some(OutlookDefaultLabel::Label(label)) = settings.outlook_default_label
            && !known.contains(&label)
        {
            gone("Settings.outlookdefaultlabel", &label, "is not among the labels");
            settings.outlook_default_label = None;
        }
    }
}
