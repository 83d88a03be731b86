//! The label metadata of one item, grouped by label.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Attribute, ContentBits, split_key};
use crate::content::{AssignmentMethod, KeyValuePair};
use crate::ids::TenantId;
use crate::snapshot::{LabelIndex, LabelPosition};

/// Name of the entry that holds the header form. Source: labelling semantics B5.
const HEADER_ENTRY: &str = "msip_labels";

/// Whose label it is. Source: labelling semantics B4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// In the tenant's catalogue, whatever its site says.
    Known(LabelPosition),
    /// A deleted label of the tenant: unknown, but with its site.
    Orphan,
    /// Somebody else's: never removed, compared or reported.
    Foreign,
}

/// What an item's metadata says about one label.
#[derive(Debug)]
pub(crate) struct LabelMarks<'a> {
    pub(crate) label: Uuid,
    pub(crate) owner: Owner,
    enabled: bool,
    removed: bool,
    /// A `Removed` key is there, whatever its value.
    pub(crate) has_removed_key: bool,
    pub(crate) method: AssignmentMethod,
    pub(crate) name: Option<&'a str>,
    pub(crate) site: Option<Uuid>,
    /// Absent when missing or unreadable.
    pub(crate) bits: Option<ContentBits>,
    pub(crate) set_date: Option<&'a str>,
}

impl<'a> LabelMarks<'a> {
    fn new(label: Uuid) -> Self {
        Self {
            label,
            owner: Owner::Foreign,
            enabled: false,
            removed: false,
            has_removed_key: false,
            method: AssignmentMethod::Standard,
            name: None,
            site: None,
            bits: None,
            set_date: None,
        }
    }

    /// The item carries the label now. Source: labelling semantics B4.
    pub(crate) fn is_active(&self) -> bool {
        self.enabled && !self.removed
    }

    pub(crate) fn is_ours(&self) -> bool {
        self.owner != Owner::Foreign
    }

    /// The last value of a key counts. Source: labelling semantics B2, B3.
    fn set(&mut self, attribute: Attribute, value: &'a str) {
        match attribute {
            Attribute::Enabled => self.enabled = value.eq_ignore_ascii_case("true"),
            Attribute::Removed => {
                self.removed = value.eq_ignore_ascii_case("true");
                self.has_removed_key = true;
            }
            Attribute::Method => self.method = parse_method(value),
            Attribute::Name => self.name = Some(value),
            Attribute::SiteId => self.site = crate::ids::parse_guid(value).ok(),
            Attribute::ContentBits => self.bits = ContentBits::parse(value),
            Attribute::SetDate => self.set_date = Some(value),
            Attribute::ActionId => {}
        }
    }
}

fn parse_method(value: &str) -> AssignmentMethod {
    if value.eq_ignore_ascii_case("privileged") {
        AssignmentMethod::Privileged
    } else if value.eq_ignore_ascii_case("auto") {
        AssignmentMethod::Auto
    } else {
        AssignmentMethod::Standard
    }
}

/// One key as it was received.
#[derive(Debug)]
struct Entry<'a> {
    /// Place of its label among the marks.
    marks: usize,
    key: &'a str,
    name: &'a str,
    value: &'a str,
    attribute: Option<Attribute>,
}

/// The label metadata of one item.
#[derive(Debug)]
pub(crate) struct ItemMetadata<'a> {
    marks: Vec<LabelMarks<'a>>,
    entries: Vec<Entry<'a>>,
}

impl<'a> ItemMetadata<'a> {
    /// Reads an item's pairs; names of another form are ignored.
    pub(crate) fn read(pairs: &'a [KeyValuePair], labels: &LabelIndex, tenant: TenantId) -> Self {
        let mut item = Self {
            marks: Vec::new(),
            entries: Vec::with_capacity(pairs.len()),
        };
        let mut places = HashMap::new();
        for pair in pairs {
            if pair.name.eq_ignore_ascii_case(HEADER_ENTRY) {
                for (key, value) in header_pairs(&pair.value) {
                    item.add(key, value, &mut places);
                }
            } else {
                item.add(&pair.name, pair.value.trim(), &mut places);
            }
        }
        for marks in &mut item.marks {
            marks.owner = match labels.position(crate::ids::LabelId::from_uuid(marks.label)) {
                Some(position) => Owner::Known(position),
                None if marks.site == Some(tenant.as_uuid()) => Owner::Orphan,
                None => Owner::Foreign,
            };
        }
        item
    }

    fn add(&mut self, key: &'a str, value: &'a str, places: &mut HashMap<Uuid, usize>) {
        let Some((place, name)) = self.next_to_last(key).or_else(|| self.place(key, places)) else {
            return;
        };
        let attribute = Attribute::parse(name);
        if let (Some(attribute), Some(marks)) = (attribute, self.marks.get_mut(place)) {
            marks.set(attribute, value);
        }
        self.entries.push(Entry {
            marks: place,
            key,
            name,
            value,
            attribute,
        });
    }

    /// The label and attribute of a key that begins as the one before, as the keys of one label usually do.
    fn next_to_last(&self, key: &'a str) -> Option<(usize, &'a str)> {
        let last = self.entries.last()?;
        let shared = last.key.len().checked_sub(last.name.len())?;
        let name = key.strip_prefix(last.key.get(..shared)?)?;
        (!name.is_empty()).then_some((last.marks, name))
    }

    fn place(&mut self, key: &'a str, places: &mut HashMap<Uuid, usize>) -> Option<(usize, &'a str)> {
        let (label, name) = split_key(key)?;
        let marks = &mut self.marks;
        let place = *places.entry(label).or_insert_with(|| {
            marks.push(LabelMarks::new(label));
            marks.len() - 1
        });
        Some((place, name))
    }

    /// Labels of the tenant, known or orphaned, active or not.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &LabelMarks<'a>> {
        self.marks.iter().filter(|marks| marks.is_ours())
    }

    /// Labels of the tenant the item carries now.
    pub(crate) fn active(&self) -> impl Iterator<Item = &LabelMarks<'a>> {
        self.ours().filter(|marks| marks.is_active())
    }

    /// The item's label: of several active known ones the most sensitive. Source: labelling semantics B4.
    pub(crate) fn current(&self, labels: &LabelIndex) -> Option<(LabelPosition, &LabelMarks<'a>)> {
        let known = self.active().filter_map(|marks| match marks.owner {
            Owner::Known(position) => Some((position, marks)),
            Owner::Orphan | Owner::Foreign => None,
        });
        known.max_by_key(|(position, _)| labels.entry(*position).map(|entry| entry.label.sensitivity))
    }

    /// Extended properties of a label, in request order, with the value that counts last.
    pub(crate) fn extended(&self, label: Uuid) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.entries
            .iter()
            .filter(move |entry| entry.attribute.is_none() && self.label_of(entry) == Some(label))
            .map(|entry| (entry.name, entry.value))
    }

    /// Keys of ours in request order, as received, with what they are keys of.
    pub(crate) fn our_keys(&self) -> impl Iterator<Item = OurKey<'a>> {
        self.entries.iter().filter_map(|entry| {
            let marks = self.marks.get(entry.marks).filter(|marks| marks.is_ours())?;
            Some(OurKey {
                key: entry.key,
                label: marks.label,
                name: entry.name,
                is_extended: entry.attribute.is_none(),
            })
        })
    }

    fn label_of(&self, entry: &Entry<'a>) -> Option<Uuid> {
        self.marks.get(entry.marks).map(|marks| marks.label)
    }
}

/// A key of a label of ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OurKey<'a> {
    pub(crate) key: &'a str,
    pub(crate) label: Uuid,
    /// The attribute or extended property.
    pub(crate) name: &'a str,
    pub(crate) is_extended: bool,
}

/// The pairs of the header form: `key=value` separated by `;`, trimmed; parts without `=` are skipped.
fn header_pairs(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header
        .split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
}
