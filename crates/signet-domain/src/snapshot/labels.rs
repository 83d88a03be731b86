//! Labels by id and in tree order, with what follows from their place among the others.

use std::collections::HashMap;
use std::sync::Arc;

use crate::id_hash::IdHash;
use crate::ids::LabelId;
use crate::label::Label;
use crate::tenant::TenantDocument;

/// Place of a label in tree order. Source: labelling semantics A3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LabelPosition(u32);

impl LabelPosition {
    fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A label and what follows from its place among the others.
#[derive(Debug)]
pub(crate) struct LabelEntry {
    /// The label, its `locales` keys in lower case.
    pub(crate) label: Arc<Label>,
    pub(crate) parent: Option<LabelPosition>,
    /// In tree order.
    pub(crate) sublabels: Vec<LabelPosition>,
    /// Group order: the parent's sensitivity, or its own. Source: labelling semantics A2.
    pub(crate) top: i32,
    /// Number of labels that are more sensitive. Source: labelling semantics A2.
    pub(crate) priority: u32,
}

impl LabelEntry {
    /// The label has a sublabel, enabled or not, so it is not applied itself.
    pub(crate) fn is_parent(&self) -> bool {
        !self.sublabels.is_empty()
    }
}

/// The labels of a tenant.
#[derive(Debug)]
pub(crate) struct LabelIndex {
    entries: Vec<LabelEntry>,
    by_id: HashMap<LabelId, LabelPosition, IdHash>,
    by_sensitivity: Vec<LabelPosition>,
}

impl LabelIndex {
    pub(crate) fn new(document: &TenantDocument) -> Self {
        let mut ascending: Vec<&Label> = document.labels.iter().collect();
        ascending.sort_by_key(|label| (label.sensitivity, label.id));
        let mut known: HashMap<LabelId, &Label> = HashMap::with_capacity(ascending.len());
        ascending.retain(|label| known.insert(label.id, label).is_none());

        let mut sublabels: HashMap<LabelId, Vec<&Label>> = HashMap::new();
        for label in &ascending {
            if let Some(parent) = parent_of(label, &known) {
                sublabels.entry(parent.id).or_default().push(label);
            }
        }
        let mut index = Self {
            entries: Vec::with_capacity(ascending.len()),
            by_id: HashMap::with_capacity_and_hasher(ascending.len(), IdHash::default()),
            by_sensitivity: Vec::with_capacity(ascending.len()),
        };
        for top in ascending.iter().filter(|label| parent_of(label, &known).is_none()) {
            let parent = index.push(top, None, &ascending);
            for sublabel in sublabels.remove(&top.id).unwrap_or_default() {
                let position = index.push(sublabel, Some((parent, top.sensitivity)), &ascending);
                if let Some(entry) = index.entries.get_mut(parent.index()) {
                    entry.sublabels.push(position);
                }
            }
        }
        index.by_sensitivity = ascending.iter().filter_map(|label| index.position(label.id)).collect();
        index
    }

    fn push(&mut self, label: &Label, parent: Option<(LabelPosition, i32)>, ascending: &[&Label]) -> LabelPosition {
        let position = LabelPosition::from_index(self.entries.len());
        let not_above = ascending.partition_point(|other| other.sensitivity <= label.sensitivity);
        self.by_id.insert(label.id, position);
        self.entries.push(LabelEntry {
            label: Arc::new(with_lower_case_locales(label)),
            parent: parent.map(|(position, _)| position),
            sublabels: Vec::new(),
            top: parent.map_or(label.sensitivity, |(_, sensitivity)| sensitivity),
            priority: u32::try_from(ascending.len().saturating_sub(not_above)).unwrap_or(u32::MAX),
        });
        position
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn position(&self, id: LabelId) -> Option<LabelPosition> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn entry(&self, position: LabelPosition) -> Option<&LabelEntry> {
        self.entries.get(position.index())
    }

    /// In tree order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &LabelEntry> {
        self.entries.iter()
    }

    /// In tree order.
    pub(crate) fn positions(&self) -> impl Iterator<Item = LabelPosition> + use<> {
        (0..self.entries.len()).map(LabelPosition::from_index)
    }

    /// By sensitivity ascending.
    pub(crate) fn by_sensitivity(&self) -> &[LabelPosition] {
        &self.by_sensitivity
    }

    /// The label's colour, or its parent's: the only inherited setting. Source: labelling semantics A1.
    pub(crate) fn color<'a>(&'a self, entry: &'a LabelEntry) -> Option<&'a str> {
        let own = entry.label.color.as_deref();
        own.or_else(|| self.entry(entry.parent?)?.label.color.as_deref())
    }
}

/// The parent, when it exists and has none itself. Anything deeper is not a tree this product knows.
fn parent_of<'a>(label: &Label, known: &HashMap<LabelId, &'a Label>) -> Option<&'a Label> {
    let parent = known.get(&label.parent_id?).copied()?;
    (parent.id != label.id && parent.parent_id.is_none_or(|above| !known.contains_key(&above))).then_some(parent)
}

fn with_lower_case_locales(label: &Label) -> Label {
    let mut copy = label.clone();
    if copy
        .locales
        .keys()
        .any(|tag| tag.bytes().any(|byte| byte.is_ascii_uppercase()))
    {
        let entries = std::mem::take(&mut copy.locales).into_iter();
        copy.locales = entries.map(|(tag, texts)| (tag.to_ascii_lowercase(), texts)).collect();
    }
    copy
}

/// A set of labels of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LabelSet {
    words: Vec<u64>,
}

impl LabelSet {
    pub(crate) fn empty(labels: usize) -> Self {
        Self {
            words: vec![0; labels.div_ceil(64)],
        }
    }

    pub(crate) fn insert(&mut self, position: LabelPosition) {
        if let Some(word) = self.words.get_mut(position.index() / 64) {
            *word |= 1 << (position.0 % 64);
        }
    }

    pub(crate) fn contains(&self, position: LabelPosition) -> bool {
        self.words
            .get(position.index() / 64)
            .is_some_and(|word| word & (1 << (position.0 % 64)) != 0)
    }

    pub(crate) fn add_all(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }
}
