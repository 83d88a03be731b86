//! Changes of single labels: the tenant document after one of them, or why there is none.

use std::collections::{HashMap, HashSet};

use super::{Finding, TenantDocument, validate};
use crate::ids::LabelId;
use crate::label::Label;
use crate::policy::{LabelPolicy, OutlookDefaultLabel};

/// A change of one label, or of the order of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelChange {
    /// A label that is not there yet.
    Create(Box<Label>),
    /// The label of the same id, as a whole.
    Update(Box<Label>),
    /// Takes a label away. Refused while anything refers to it.
    Delete(LabelId),
    /// Every label of the tenant once, least sensitive first, sublabels after their parent. The sensitivities in use
    /// are given out again in this order.
    Reorder(Vec<LabelId>),
}

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelChangeRefused {
    /// The label to be changed or deleted is not there.
    Unknown(LabelId),
    /// The tenant would not be valid afterwards: every fault. Paths begin with `label` or `label_ids` where the fault
    /// is in what was sent, else they are those of the tenant document.
    Invalid(Vec<Finding>),
}

impl LabelChange {
    /// What the change is, for the history of the tenant.
    pub fn describe(&self, before: &TenantDocument) -> String {
        let name = |id: &LabelId| {
            let known = before.labels.iter().find(|label| label.id == *id);
            known.map_or_else(|| id.to_string(), |label| label.name.clone())
        };
        match self {
            Self::Create(label) => format!("create label `{}`", label.name),
            Self::Update(label) => format!("update label `{}`", name(&label.id)),
            Self::Delete(id) => format!("delete label `{}`", name(id)),
            Self::Reorder(_) => "reorder labels".to_owned(),
        }
    }

    /// The document after the change, with its warnings. Costs time in proportion to the document.
    ///
    /// # Errors
    /// [`LabelChangeRefused`]; the document given is as it was.
    pub fn apply(self, before: &TenantDocument) -> Result<(TenantDocument, Vec<Finding>), LabelChangeRefused> {
        let mut document = before.clone();
        let place = match self {
            Self::Create(label) => {
                document.labels.push(*label);
                Sent::Label(document.labels.len() - 1)
            }
            Self::Update(label) => {
                let known = document.labels.iter().position(|known| known.id == label.id);
                let position = known.ok_or(LabelChangeRefused::Unknown(label.id))?;
                if let Some(known) = document.labels.get_mut(position) {
                    *known = *label;
                }
                Sent::Label(position)
            }
            Self::Delete(id) => {
                if !document.labels.iter().any(|label| label.id == id) {
                    return Err(LabelChangeRefused::Unknown(id));
                }
                nothing_refers_to(id, before)?;
                document.labels.retain(|label| label.id != id);
                Sent::Nothing
            }
            Self::Reorder(order) => Sent::Order(reorder(&mut document, &order)?),
        };
        let (faults, warnings) = validate(&document);
        if faults.is_empty() {
            return Ok((document, warnings));
        }
        let faults = faults.into_iter().map(|fault| place.seen_by_sender(fault));
        Err(LabelChangeRefused::Invalid(faults.collect()))
    }
}

/// What the sender of a change knows of the document: only what he sent himself has a path of its own.
enum Sent {
    Nothing,
    /// The label at this position of the document.
    Label(usize),
    /// For each position of the document the place in the order sent.
    Order(Vec<usize>),
}

impl Sent {
    fn seen_by_sender(&self, mut fault: Finding) -> Finding {
        let inside = fault
            .path
            .strip_prefix("labels[")
            .and_then(|rest| rest.split_once(']'))
            .and_then(|(position, rest)| Some((position.parse::<usize>().ok()?, rest.to_owned())));
        let Some((position, rest)) = inside else { return fault };
        match self {
            Self::Label(sent) if *sent == position => fault.path = format!("label{rest}"),
            Self::Order(places) => {
                if let Some(place) = places.get(position) {
                    fault.path = format!("label_ids[{place}]");
                }
            }
            Self::Label(_) | Self::Nothing => {}
        }
        fault
    }
}

/// Sublabels and policies that name a label, each with what to do about it.
fn nothing_refers_to(id: LabelId, document: &TenantDocument) -> Result<(), LabelChangeRefused> {
    let mut faults = Vec::new();
    for (at, label) in document.labels.iter().enumerate() {
        if label.parent_id == Some(id) {
            faults.push(Finding {
                path: format!("labels[{at}].parentId"),
                message: format!(
                    "`{}` is a sublabel of the label, so delete it or give it another parent first",
                    label.name
                ),
            });
        }
    }
    for (at, policy) in document.policies.iter().enumerate() {
        for place in places_in_policy(id, policy) {
            faults.push(Finding {
                path: format!("policies[{at}].{place}"),
                message: format!("policy `{}` names the label, so take it out there first", policy.name),
            });
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(LabelChangeRefused::Invalid(faults))
}

fn places_in_policy(id: LabelId, policy: &LabelPolicy) -> Vec<String> {
    let settings = &policy.settings;
    let outlook = match settings.outlook_default_label {
        Some(OutlookDefaultLabel::Label(label)) => Some(label),
        Some(OutlookDefaultLabel::None) | None => None,
    };
    let defaults = [
        ("defaultLabelId", settings.default_label_id),
        ("outlookDefaultLabel", outlook),
        ("teamworkDefaultLabelId", settings.teamwork_default_label_id),
        ("powerBiDefaultLabelId", settings.power_bi_default_label_id),
    ];
    let published = policy.labels.iter().enumerate().filter(|(_, label)| **label == id);
    let published = published.map(|(place, _)| format!("labels[{place}]"));
    let defaults = defaults.into_iter().filter(|(_, label)| *label == Some(id));
    published
        .chain(defaults.map(|(member, _)| format!("settings.{member}")))
        .collect()
}

/// Gives the sensitivities out again. The place in the order of each label, by its position in the document.
fn reorder(document: &mut TenantDocument, order: &[LabelId]) -> Result<Vec<usize>, LabelChangeRefused> {
    let places = places(document, order).map_err(LabelChangeRefused::Invalid)?;
    let mut sensitivities: Vec<i32> = document.labels.iter().map(|label| label.sensitivity).collect();
    sensitivities.sort_unstable();
    for (label, place) in document.labels.iter_mut().zip(&places) {
        if let Some(sensitivity) = sensitivities.get(*place) {
            label.sensitivity = *sensitivity;
        }
    }
    Ok(places)
}

fn places(document: &TenantDocument, order: &[LabelId]) -> Result<Vec<usize>, Vec<Finding>> {
    let known: HashSet<LabelId> = document.labels.iter().map(|label| label.id).collect();
    let mut place_of: HashMap<LabelId, usize> = HashMap::with_capacity(order.len());
    let mut faults = Vec::new();
    for (place, id) in order.iter().enumerate() {
        if !known.contains(id) {
            faults.push(Finding {
                path: format!("label_ids[{place}]"),
                message: format!("label `{id}` does not exist, so leave it out"),
            });
        } else if let Some(earlier) = place_of.insert(*id, place) {
            faults.push(Finding {
                path: format!("label_ids[{place}]"),
                message: format!("label `{id}` is already at `label_ids[{earlier}]`, so name it once"),
            });
        }
    }
    let mut places = Vec::with_capacity(document.labels.len());
    for label in &document.labels {
        match place_of.get(&label.id) {
            Some(place) => places.push(*place),
            None => faults.push(Finding {
                path: "label_ids".to_owned(),
                message: format!(
                    "label `{}` ({}) is missing, so give every label its place",
                    label.id, label.name
                ),
            }),
        }
    }
    if faults.is_empty() { Ok(places) } else { Err(faults) }
}

#[cfg(test)]
mod tests;
