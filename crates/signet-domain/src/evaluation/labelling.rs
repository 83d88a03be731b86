//! The actions that put a label on an item. Source: labelling semantics C4, C6.

use std::collections::{HashMap, HashSet};

use super::context::Context;
use super::effects::{Effects, ProtectionEffect};
use super::item::{CurrentLabel, Item};
use crate::action::{Action, ContentMarking, WatermarkMarking};
use crate::content::{AssignmentMethod, ContentInfo, KeyValuePair};
use crate::label::{Marking, Watermark};
use crate::locale::localise;
use crate::markings::{MarkingContext, resolve};
use crate::metadata::{Attribute, ContentBits, guid_text, key};
use crate::snapshot::LabelEntry;

/// Element names are constant, so adding one replaces it. Source: labelling semantics C6.
pub(super) const HEADER_ELEMENT: &str = "MSIPCM_v1_header";
/// As the header.
pub(super) const FOOTER_ELEMENT: &str = "MSIPCM_v1_footer";
/// As the header.
pub(super) const WATERMARK_ELEMENT: &str = "MSIPWM_v1_main";

/// The custom action that tells encrypt-only from other permissions. Source: labelling semantics C5.
const ENCRYPT_ONLY: &str = "encryptOnly";

/// A label to be put on an item.
pub(super) struct Labelling<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) content: &'a ContentInfo,
    pub(super) item: &'a Item<'a>,
    pub(super) label: &'a LabelEntry,
    /// The method to write.
    pub(super) method: AssignmentMethod,
    /// Checked extended properties.
    pub(super) extended: &'a [KeyValuePair],
    pub(super) effects: Effects<'a>,
}

/// Which parts of a label have to be put on an item.
struct Parts {
    markings: ContentBits,
    protection: bool,
    custom_actions: bool,
    remove_protection: bool,
}

impl Labelling<'_> {
    /// Everything the label does. Source: labelling semantics C6.
    pub(super) fn all_actions(&self) -> Vec<Action> {
        let want = self.effects.bits();
        let protects = want.contains(ContentBits::PROTECTION);
        let takes_away = self.item.has_removable_protection || self.effects.removes_protection;
        self.actions(&Parts {
            markings: want,
            protection: protects,
            custom_actions: true,
            remove_protection: !protects && takes_away,
        })
    }

    /// What is missing on an item that carries the label already; nothing when all is as it should be.
    /// Source: labelling semantics C4.
    pub(super) fn missing_actions(&self, current: &CurrentLabel<'_>, requested: AssignmentMethod) -> Vec<Action> {
        if self.is_complete(current, requested) {
            return Vec::new();
        }
        let want = self.effects.bits();
        let has = current.bits(self.content.format);
        let lacks = |bit: ContentBits| bit.when(want.contains(bit) && !has.contains(bit));
        let markings = lacks(ContentBits::HEADER)
            .with(lacks(ContentBits::FOOTER))
            .with(lacks(ContentBits::WATERMARK));
        self.actions(&Parts {
            markings,
            protection: lacks(ContentBits::PROTECTION) != ContentBits::default(),
            custom_actions: false,
            remove_protection: !want.contains(ContentBits::PROTECTION) && self.item.has_removable_protection,
        })
    }

    fn is_complete(&self, current: &CurrentLabel<'_>, requested: AssignmentMethod) -> bool {
        let marks = current.marks;
        marks.bits == Some(self.effects.bits())
            && marks.name == Some(self.label.label.name.trim())
            && marks.site == Some(self.context.snapshot.tenant_id().as_uuid())
            && requested <= marks.method
            && !marks.has_removed_key
            && self.item.metadata.ours().all(|other| other.label == marks.label)
            && self.extended_are_there()
    }

    /// Values are trimmed when read, so they are compared trimmed.
    fn extended_are_there(&self) -> bool {
        if self.extended.is_empty() {
            return true;
        }
        let label = self.label.label.id.as_uuid();
        let there: HashMap<String, &str> = self
            .item
            .metadata
            .extended(label)
            .map(|(name, value)| (name.to_lowercase(), value))
            .collect();
        self.extended
            .iter()
            .all(|wanted| there.get(&wanted.name.to_lowercase()).copied() == Some(wanted.value.trim()))
    }

    fn actions(&self, parts: &Parts) -> Vec<Action> {
        let mut actions = Vec::with_capacity(8);
        remove_markings(self.item.bits, self.effects.bits(), &mut actions);
        if parts.remove_protection {
            actions.push(Action::RemoveProtection);
        }
        self.add_markings(parts.markings, &mut actions);
        if parts.protection {
            self.protect(&mut actions);
        }
        if parts.custom_actions {
            actions.extend(self.effects.custom_actions.iter().map(|action| Action::Custom {
                name: action.name.clone(),
                properties: action.properties.clone(),
            }));
        }
        actions.push(self.metadata());
        actions
    }

    fn add_markings(&self, wanted: ContentBits, actions: &mut Vec<Action>) {
        if wanted == ContentBits::default() {
            return;
        }
        let snapshot = self.context.snapshot;
        let localised = localise(&self.label.label, self.context.locale, snapshot.default_locale());
        let user = self.context.user();
        let texts = MarkingContext {
            label: localised.display_name(),
            content: self.content,
            user_name: user.map_or("", |user| &user.display_name),
            user_principal_name: user.map_or("", |user| &user.user_principal_name),
            date_time: self.context.now,
        };
        if let Some(header) = self.effects.header.filter(|_| wanted.contains(ContentBits::HEADER)) {
            actions.push(Action::AddContentHeader(content_marking(
                HEADER_ELEMENT,
                header,
                &texts,
            )));
        }
        if let Some(watermark) = self
            .effects
            .watermark
            .filter(|_| wanted.contains(ContentBits::WATERMARK))
        {
            actions.push(Action::AddWatermark(watermark_marking(watermark, &texts)));
        }
        if let Some(footer) = self.effects.footer.filter(|_| wanted.contains(ContentBits::FOOTER)) {
            actions.push(Action::AddContentFooter(content_marking(
                FOOTER_ELEMENT,
                footer,
                &texts,
            )));
        }
    }

    fn protect(&self, actions: &mut Vec<Action>) {
        match self.effects.protection {
            ProtectionEffect::None => {}
            ProtectionEffect::Template(template_id) => actions.push(Action::ProtectByTemplate { template_id }),
            ProtectionEffect::AdHoc => actions.push(Action::ProtectAdhoc),
            ProtectionEffect::DoNotForward => actions.push(Action::ProtectDoNotForward),
            ProtectionEffect::EncryptOnly => actions.extend([
                Action::ProtectAdhoc,
                Action::Custom {
                    name: ENCRYPT_ONLY.to_owned(),
                    properties: Vec::new(),
                },
            ]),
        }
    }

    fn metadata(&self) -> Action {
        let metadata_to_add = self.metadata_to_add();
        let metadata_to_remove = self.metadata_to_remove(&metadata_to_add);
        Action::Metadata {
            metadata_to_add,
            metadata_to_remove,
        }
    }

    /// In the published order. Source: labelling semantics C6.
    fn metadata_to_add(&self) -> Vec<KeyValuePair> {
        let label = &self.label.label;
        let method = match self.method {
            AssignmentMethod::Standard => "Standard",
            AssignmentMethod::Auto => "Auto",
            AssignmentMethod::Privileged => "Privileged",
        };
        let standard = [
            (Attribute::Enabled, "true".to_owned()),
            (Attribute::SetDate, self.context.now.to_string()),
            (Attribute::Method, method.to_owned()),
            (Attribute::Name, label.name.clone()),
            (
                Attribute::SiteId,
                guid_text(self.context.snapshot.tenant_id().as_uuid()),
            ),
            (Attribute::ActionId, guid_text(self.context.ids.next_id())),
            (Attribute::ContentBits, self.effects.bits().number().to_string()),
        ];
        let id = label.id.as_uuid();
        let mut pairs = Vec::with_capacity(standard.len() + self.extended.len());
        pairs.extend(standard.into_iter().map(|(attribute, value)| KeyValuePair {
            name: key(id, attribute.name()),
            value,
        }));
        pairs.extend(self.extended.iter().map(|property| KeyValuePair {
            name: key(id, &property.name),
            value: property.value.clone(),
        }));
        pairs
    }

    /// Every key of ours as received, except those written anew in the same spelling and the label's own extended
    /// properties that stay. Source: labelling semantics C6.
    fn metadata_to_remove(&self, added: &[KeyValuePair]) -> Vec<String> {
        let mut ours = self.item.metadata.our_keys().peekable();
        if ours.peek().is_none() {
            return Vec::new();
        }
        let applied = self.label.label.id.as_uuid();
        let mut known = Names::of(added.iter().map(|pair| pair.name.as_str()));
        let overwritten: HashSet<String> = self.extended.iter().map(|pair| pair.name.to_lowercase()).collect();
        let stays = |label, is_extended, name: &str| {
            label == applied && is_extended && !overwritten.contains(&name.to_lowercase())
        };
        // Each once, and none that is written anyway.
        ours.filter(|own| !stays(own.label, own.is_extended, own.name))
            .filter(|own| known.insert(own.key))
            .map(|own| own.key.to_owned())
            .collect()
    }
}

/// A set of names. Items mostly have the keys of one label, and to compare those costs less than to hash them.
enum Names<'n> {
    Few(Vec<&'n str>),
    Many(HashSet<&'n str>),
}

/// Most names that are compared one by one.
const FEW_NAMES: usize = 24;

impl<'n> Names<'n> {
    fn of(names: impl Iterator<Item = &'n str>) -> Self {
        let names: Vec<&str> = names.collect();
        if names.len() <= FEW_NAMES {
            Self::Few(names)
        } else {
            Self::Many(names.into_iter().collect())
        }
    }

    /// Adds a name; false when it is there already.
    fn insert(&mut self, name: &'n str) -> bool {
        let names = match self {
            Self::Many(names) => return names.insert(name),
            Self::Few(names) => names,
        };
        if names.contains(&name) {
            return false;
        }
        names.push(name);
        if names.len() > FEW_NAMES {
            *self = Self::Many(names.drain(..).collect());
        }
        true
    }
}

/// Removes kinds of markings that are there and not wanted. Source: labelling semantics C6, step 1.
pub(super) fn remove_markings(there: ContentBits, wanted: ContentBits, actions: &mut Vec<Action>) {
    let gone = |bit: ContentBits| there.contains(bit) && !wanted.contains(bit);
    let names = |element: &str| vec![element.to_owned()];
    if gone(ContentBits::HEADER) {
        actions.push(Action::RemoveContentHeader {
            ui_element_names: names(HEADER_ELEMENT),
        });
    }
    if gone(ContentBits::WATERMARK) {
        actions.push(Action::RemoveWatermark {
            ui_element_names: names(WATERMARK_ELEMENT),
        });
    }
    if gone(ContentBits::FOOTER) {
        actions.push(Action::RemoveContentFooter {
            ui_element_names: names(FOOTER_ELEMENT),
        });
    }
}

fn content_marking(element: &str, marking: &Marking, texts: &MarkingContext<'_>) -> ContentMarking {
    ContentMarking {
        ui_element_name: element.to_owned(),
        text: resolve(&marking.text, texts),
        font_name: marking.font_name.clone(),
        font_size: marking.font_size,
        font_color: marking.font_color.clone(),
        alignment: marking.alignment,
        margin: marking.margin,
    }
}

fn watermark_marking(watermark: &Watermark, texts: &MarkingContext<'_>) -> WatermarkMarking {
    WatermarkMarking {
        ui_element_name: WATERMARK_ELEMENT.to_owned(),
        text: resolve(&watermark.text, texts),
        layout: watermark.layout,
        font_name: watermark.font_name.clone(),
        font_size: watermark.font_size,
        font_color: watermark.font_color.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW_NAMES, Names};

    #[test]
    fn names_are_added_once_however_many_there_are() {
        let texts: Vec<String> = (0..3 * FEW_NAMES).map(|number| number.to_string()).collect();
        for given in [0, 1, FEW_NAMES, FEW_NAMES + 1] {
            let (there, new) = texts.split_at(given);
            let mut names = Names::of(there.iter().map(String::as_str));
            assert!(there.iter().all(|name| !names.insert(name)), "{given}");
            assert!(new.iter().all(|name| names.insert(name)), "{given}");
            assert!(texts.iter().all(|name| !names.insert(name)), "{given}");
        }
    }
}
