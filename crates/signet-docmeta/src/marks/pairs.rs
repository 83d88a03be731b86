//! Pairs named `MSIP_Label_<guid>_<attribute>`, as properties, PDF keys, XMP elements and mail headers carry them.

use std::collections::HashMap;

use crate::guid::Guid;
use crate::marks::label_list::is_true;
use crate::marks::parse_date;
use crate::report::{FoundLabel, Method, Origin};

const PREFIX: &str = "MSIP_Label_";
/// Bytes of a value that are kept: those of labels are no longer, and nothing else is looked at. A document may give one
/// long value to every name.
pub(crate) const VALUE: usize = 4096;

/// All pairs of one label whose tenant is legible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PairGroup {
    pub(crate) label: Guid,
    pub(crate) tenant: Guid,
    pub(crate) enabled: bool,
    pub(crate) method: Method,
    pub(crate) content_bits: Option<u32>,
    pub(crate) set_date: Option<i64>,
    /// The label this one is a child of, as old writers noted it.
    pub(crate) parent: Option<Guid>,
    pub(crate) origin: Origin,
}

impl PairGroup {
    /// The group as an answer.
    pub(crate) fn to_found(&self) -> FoundLabel {
        FoundLabel {
            label_id: self.label,
            tenant_id: self.tenant,
            method: self.method,
            content_bits: self.content_bits,
            origin: self.origin,
            set_date: self.set_date,
        }
    }
}

/// Gathers pairs into groups, in the order their labels first appear.
#[derive(Debug, Default)]
pub(crate) struct PairCollector {
    groups: Vec<RawGroup>,
    positions: HashMap<Guid, usize>,
}

/// Values as written; the first one of a name counts.
#[derive(Debug)]
struct RawGroup {
    label: Guid,
    values: HashMap<Attribute, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Attribute {
    Enabled,
    SiteId,
    Method,
    ExtendedMethod,
    SetDate,
    ContentBits,
    Parent,
}

impl Attribute {
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "enabled" => Some(Self::Enabled),
            "siteid" => Some(Self::SiteId),
            "method" => Some(Self::Method),
            "extended_msft_method" => Some(Self::ExtendedMethod),
            "setdate" => Some(Self::SetDate),
            "contentbits" => Some(Self::ContentBits),
            "parent" => Some(Self::Parent),
            _ => None,
        }
    }
}

/// The label and the attribute a name speaks of, when it has the form `MSIP_Label_<guid>_<attribute>`.
fn split_name(name: &str) -> Option<(Guid, &str)> {
    let prefix = name.get(..PREFIX.len())?;
    if !prefix.eq_ignore_ascii_case(PREFIX) {
        return None;
    }
    let rest = name.get(PREFIX.len()..)?;
    let label = Guid::parse_bare(rest.get(..36)?)?;
    let attribute = rest.get(36..)?.strip_prefix('_')?;
    (!attribute.is_empty()).then_some((label, attribute))
}

/// Whether a name has the form `MSIP_Label_<guid>_<attribute>`.
pub(crate) fn is_label_name(name: &str) -> bool {
    split_name(name).is_some()
}

/// The label that a name of the form `MSIP_Label_<guid>_<attribute>` speaks of.
pub(crate) fn label_of_name(name: &str) -> Option<Guid> {
    split_name(name).map(|(label, _)| label)
}

impl PairCollector {
    /// Takes one pair; a name of another form is passed over.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let Some((label, attribute)) = split_name(name) else {
            return;
        };
        let position = *self.positions.entry(label).or_insert_with(|| {
            self.groups.push(RawGroup {
                label,
                values: HashMap::new(),
            });
            self.groups.len() - 1
        });
        let Some(attribute) = Attribute::named(attribute) else {
            return;
        };
        if let Some(group) = self.groups.get_mut(position) {
            let value = value.trim();
            let kept = value.get(..value.floor_char_boundary(VALUE)).unwrap_or_default();
            group.values.entry(attribute).or_insert_with(|| kept.to_owned());
        }
    }

    /// The groups whose tenant is legible.
    pub(crate) fn finish(self, origin: Origin) -> Vec<PairGroup> {
        self.groups.iter().filter_map(|group| group.read(origin)).collect()
    }
}

impl RawGroup {
    fn read(&self, origin: Origin) -> Option<PairGroup> {
        let value = |attribute: Attribute| self.values.get(&attribute).map(String::as_str);
        let method = value(Attribute::Method)
            .filter(|word| !word.is_empty())
            .or_else(|| value(Attribute::ExtendedMethod));
        Some(PairGroup {
            label: self.label,
            tenant: Guid::parse(value(Attribute::SiteId)?).ok()?,
            enabled: value(Attribute::Enabled).is_some_and(is_true),
            method: Method::from_word(method.unwrap_or_default()),
            content_bits: value(Attribute::ContentBits).and_then(|bits| bits.parse().ok()),
            set_date: value(Attribute::SetDate).and_then(parse_date),
            parent: value(Attribute::Parent).and_then(|parent| Guid::parse(parent).ok()),
            origin,
        })
    }
}
