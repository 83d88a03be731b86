//! A package being changed: its parts, and the lists that name them.

use quick_xml::escape::escape;

use crate::error::{ReadError, malformed};
use crate::limits::Limits;
use crate::ooxml::relationships::{Relationships, Role};
use crate::ooxml::update::NOT_A_DOCUMENT;
use crate::source::Source;
use crate::write::{Edits, Outline, encode_like};
use crate::xml::decode;
use crate::zip::{Changes, Directory, is_named};

const RELATIONSHIPS: &str = "_rels/.rels";
const CONTENT_TYPES: &str = "[Content_Types].xml";
const TYPES_NAMESPACE: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const BAD_TYPES: ReadError = malformed("the package's list of content types is damaged");

/// A package and the changes collected so far.
pub(super) struct Package<'p, 'r> {
    source: &'p mut Source<'r>,
    limits: &'p Limits,
    directory: Directory,
    pub(super) relationships: Relationships,
    changes: Changes,
}

/// A part that exists.
pub(super) struct Part {
    /// Its position in the directory.
    pub(super) entry: usize,
    pub(super) content: Vec<u8>,
}

impl<'p, 'r> Package<'p, 'r> {
    pub(super) fn open(source: &'p mut Source<'r>, limits: &'p Limits) -> Result<Self, ReadError> {
        let directory = Directory::read(source, limits)?;
        let entry = directory.find(RELATIONSHIPS.as_bytes())?.ok_or(NOT_A_DOCUMENT)?;
        let relationships = Relationships::parse(&directory.content(source, entry, limits.part_bytes)?, limits)?;
        Ok(Self {
            source,
            limits,
            directory,
            relationships,
            changes: Changes::default(),
        })
    }

    pub(super) fn finish(self) -> (Directory, Changes) {
        (self.directory, self.changes)
    }

    /// The part with a role, at most `most` bytes long.
    pub(super) fn part(&mut self, role: Role, most: usize) -> Result<Option<Part>, ReadError> {
        match self.relationships.target(role)? {
            Some(name) => self.item(&name, most),
            None => Ok(None),
        }
    }

    pub(super) fn replace(&mut self, entry: usize, content: Vec<u8>) {
        self.changes.replaced.insert(entry, content);
    }

    /// Adds a part with a role, with its relationship and content type. A relationship that leads nowhere is used.
    pub(super) fn add(&mut self, role: Role, content: Vec<u8>) -> Result<(), ReadError> {
        let name = match self.relationships.target(role)? {
            Some(name) => name,
            None => {
                let name = self.free_name(role)?;
                self.add_relationship(role, &name)?;
                name
            }
        };
        self.add_content_type(role, &name)?;
        self.changes.added.push((name, content));
        Ok(())
    }

    fn item(&mut self, name: &str, most: usize) -> Result<Option<Part>, ReadError> {
        let Some(entry) = self.directory.position_of(name.as_bytes())? else {
            return Ok(None);
        };
        let found = self.directory.entries.get(entry).ok_or(NOT_A_DOCUMENT)?;
        let content = self.directory.content(self.source, found, most)?;
        Ok(Some(Part { entry, content }))
    }

    /// A list that names parts, with the changes made to it so far.
    fn list(&mut self, name: &str) -> Result<Part, ReadError> {
        let mut part = self.item(name, self.limits.part_bytes)?.ok_or(NOT_A_DOCUMENT)?;
        if let Some(changed) = self.changes.replaced.get(&part.entry) {
            part.content.clone_from(changed);
        }
        Ok(part)
    }

    /// The customary name, or one made of it that no item has.
    fn free_name(&self, role: Role) -> Result<String, ReadError> {
        let (folder, stem) = role.customary_name();
        let mut name = format!("{folder}/{stem}.xml");
        let mut number = 1_usize;
        while self.directory.position_of(name.as_bytes())?.is_some() {
            number += 1;
            name = format!("{folder}/{stem}{number}.xml");
        }
        Ok(name)
    }

    fn add_relationship(&mut self, role: Role, name: &str) -> Result<(), ReadError> {
        let part = self.list(RELATIONSHIPS)?;
        let text = decode(&part.content)?;
        let outline = Outline::of(&text, self.limits)?;
        let taken = |id: &str| {
            outline
                .children
                .iter()
                .any(|child| child.element.attribute("Id") == Some(id))
        };
        let id = (1_usize..)
            .map(|number| format!("rId{number}"))
            .find(|id| !taken(id))
            .unwrap_or_default();
        let kind = self.relationships.kind_of(role);
        let prefix = &outline.root.prefix;
        let element = format!(
            "<{prefix}Relationship Id=\"{id}\" Type=\"{kind}\" Target=\"{}\"/>",
            escape(name)
        );
        let mut edits = Edits::default();
        outline.append(&text, &mut edits, &element)?;
        let content = encode_like(&part.content, &edits.apply(&text)?);
        self.replace(part.entry, content);
        Ok(())
    }

    fn add_content_type(&mut self, role: Role, name: &str) -> Result<(), ReadError> {
        let part = self.list(CONTENT_TYPES)?;
        let text = decode(&part.content)?;
        let outline = Outline::of(&text, self.limits)?;
        if !outline.root.is(TYPES_NAMESPACE, "Types") {
            return Err(BAD_TYPES);
        }
        let part_name = format!("/{name}");
        let known = outline.children.iter().any(|child| {
            child.element.is(TYPES_NAMESPACE, "Override")
                && child
                    .element
                    .attribute("PartName")
                    .is_some_and(|known| is_named(known.as_bytes(), part_name.as_bytes()))
        });
        if known {
            return Ok(());
        }
        let prefix = &outline.root.prefix;
        let element = format!(
            "<{prefix}Override PartName=\"{}\" ContentType=\"{}\"/>",
            escape(part_name.as_str()),
            role.content_type()
        );
        let mut edits = Edits::default();
        outline.append(&text, &mut edits, &element)?;
        let content = encode_like(&part.content, &edits.apply(&text)?);
        self.replace(part.entry, content);
        Ok(())
    }
}
