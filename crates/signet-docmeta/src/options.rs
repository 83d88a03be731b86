//! What a caller may choose.

use std::collections::BTreeMap;

use crate::guid::Guid;

/// Which of its two homes a tenant's label is read from in Office documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelInfoMode {
    /// The tenant writes the LabelInfo part (co-authoring is on): its element counts, its properties only if it has none.
    On,
    /// The tenant does not write the LabelInfo part: only its properties count.
    Off,
    /// Not known: as `On` when the document holds an element of the tenant, else as `Off`.
    #[default]
    Infer,
}

/// What a caller may choose about reading.
#[derive(Debug, Clone)]
pub struct Options {
    /// Also read Visio, XPS, Project, Publisher, Power BI, images and mail. Default true.
    pub extended_kinds: bool,
    /// Texts that mark a double-key licence when they stand, without regard to case, in the value of an attribute
    /// `id`, `name` or `type` of the publishing licence.
    pub dke_markers: Vec<String>,
    /// Answer with the labels that a double-key protected document shows in clear, instead of
    /// [`crate::ReadError::DoubleKeyEncrypted`]. Default false.
    pub dke_return_clear_labels: bool,
    /// Tenants whose practice is known; every other tenant is [`LabelInfoMode::Infer`].
    pub label_info: BTreeMap<Guid, LabelInfoMode>,
}

impl Default for Options {
    fn default() -> Self {
        let separators = ["", "-", "_", ".", " "];
        Self {
            extended_kinds: true,
            dke_markers: separators
                .iter()
                .map(|separator| format!("double{separator}key"))
                .collect(),
            dke_return_clear_labels: false,
            label_info: BTreeMap::new(),
        }
    }
}

impl Options {
    /// The practice of one tenant.
    #[must_use]
    pub fn label_info_mode(&self, tenant: &Guid) -> LabelInfoMode {
        self.label_info.get(tenant).copied().unwrap_or_default()
    }
}
