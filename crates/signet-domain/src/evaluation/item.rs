//! What an item's metadata tells about the item.

use crate::action::ContentLabel;
use crate::content::{ContentFormat, ContentInfo};
use crate::evaluation::effects::Effects;
use crate::ids::LabelId;
use crate::label::Protection;
use crate::metadata::{ContentBits, ItemMetadata, LabelMarks, Owner, parse_set_date};
use crate::snapshot::{LabelEntry, LabelPosition, PolicySnapshot};

/// An item as its metadata tells; nothing else is known of it. Source: labelling semantics C.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) metadata: ItemMetadata<'a>,
    pub(crate) format: ContentFormat,
    /// Bits of all active labels of ours together.
    pub(crate) bits: ContentBits,
    /// An active label of ours protected the item otherwise than by permissions a person chose (`old8`).
    pub(crate) has_removable_protection: bool,
}

/// The label an item carries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CurrentLabel<'a> {
    pub(crate) position: LabelPosition,
    pub(crate) entry: &'a LabelEntry,
    pub(crate) marks: &'a LabelMarks<'a>,
}

impl<'a> Item<'a> {
    pub(crate) fn read(content: &'a ContentInfo, snapshot: &PolicySnapshot) -> Self {
        let labels = snapshot.label_index();
        let metadata = ItemMetadata::read(&content.metadata, labels, snapshot.tenant_id());
        let mut bits = ContentBits::default();
        let mut has_removable_protection = false;
        for marks in metadata.active() {
            let entry = match marks.owner {
                Owner::Known(position) => labels.entry(position),
                Owner::Orphan | Owner::Foreign => None,
            };
            let own = bits_of(marks, entry, content.format);
            let chosen_by_person = entry.is_some_and(has_user_defined_protection);
            has_removable_protection |= own.contains(ContentBits::PROTECTION) && !chosen_by_person;
            bits = bits.with(own);
        }
        Self {
            metadata,
            format: content.format,
            bits,
            has_removable_protection,
        }
    }

    /// The active known label with the highest sensitivity. Source: labelling semantics B4.
    pub(crate) fn current<'s>(&'s self, snapshot: &'s PolicySnapshot) -> Option<CurrentLabel<'s>> {
        let labels = snapshot.label_index();
        let (position, marks) = self.metadata.current(labels)?;
        let entry = labels.entry(position)?;
        Some(CurrentLabel { position, entry, marks })
    }

    pub(crate) fn is_protected(&self) -> bool {
        self.bits.contains(ContentBits::PROTECTION)
    }
}

impl CurrentLabel<'_> {
    /// Bits the label left on the item; as configured when the item does not say.
    pub(crate) fn bits(&self, format: ContentFormat) -> ContentBits {
        bits_of(self.marks, Some(self.entry), format)
    }

    pub(crate) fn to_content_label(self) -> ContentLabel {
        ContentLabel {
            label_id: LabelId::from_uuid(self.marks.label),
            assignment_method: self.marks.method,
            created_at: self.marks.set_date.and_then(parse_set_date),
        }
    }
}

/// Missing or unreadable bits are those the label's configuration gives now; none for an unknown label.
fn bits_of(marks: &LabelMarks<'_>, entry: Option<&LabelEntry>, format: ContentFormat) -> ContentBits {
    let configured = || entry.map(|entry| Effects::of(&entry.label, format).bits());
    marks.bits.or_else(configured).unwrap_or_default()
}

fn has_user_defined_protection(entry: &LabelEntry) -> bool {
    matches!(entry.label.protection, Some(Protection::UserDefined { .. }))
}
