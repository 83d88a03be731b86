//! Labels as policies and rules name them: by id, name, `parent\name`, or display name.

use std::collections::{HashMap, HashSet};

use signet_domain::ids::LabelId;
use signet_domain::label::Label;

use crate::members::guid;

/// Ids by what labels are called; absent where several are called so.
#[derive(Debug, Default)]
pub(crate) struct References {
    known: HashSet<LabelId>,
    names: HashMap<String, Option<LabelId>>,
    display_names: HashMap<String, Option<LabelId>>,
}

/// Why a name leads to no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing is called so.
    Unknown,
    /// Several are.
    Ambiguous,
}

impl Missing {
    /// The reason, for a note.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::Unknown => "is not among the labels",
            Self::Ambiguous => "is what several labels are called, and only an id or a name tells them apart",
        }
    }
}

impl References {
    pub(crate) fn new(labels: &[Label]) -> Self {
        let mut references = Self::default();
        let shown: HashMap<LabelId, &str> = labels.iter().map(|label| (label.id, label.shown_name())).collect();
        for label in labels {
            references.known.insert(label.id);
            enter(&mut references.names, &label.name, label.id);
            enter(&mut references.display_names, label.shown_name(), label.id);
            if let Some(parent) = label.parent_id.and_then(|parent| shown.get(&parent)) {
                let full = format!("{parent}\\{}", label.shown_name());
                enter(&mut references.display_names, &full, label.id);
            }
        }
        references
    }

    /// The label something names.
    pub(crate) fn find(&self, text: &str) -> Result<LabelId, Missing> {
        if let Some(id) = guid::<LabelId>(text).filter(|id| self.known.contains(id)) {
            return Ok(id);
        }
        let key = text.trim().to_lowercase();
        match self.names.get(&key).or_else(|| self.display_names.get(&key)) {
            Some(Some(id)) => Ok(*id),
            Some(None) => Err(Missing::Ambiguous),
            None => Err(Missing::Unknown),
        }
    }
}

fn enter(names: &mut HashMap<String, Option<LabelId>>, name: &str, id: LabelId) {
    names
        .entry(name.trim().to_lowercase())
        .and_modify(|known| *known = known.filter(|known| *known == id))
        .or_insert(Some(id));
}
