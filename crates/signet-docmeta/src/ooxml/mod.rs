//! Open Packaging files: the label list and the custom properties of the package.
//!
//! Both parts are reached through `_rels/.rels`; an item that merely has the customary name is not the part.

mod custom_properties;
mod relationships;
mod update;

pub(crate) use update::{entries, keeps_entries, set_label};

use crate::error::{ReadError, malformed};
use crate::limits::Limits;
use crate::marks::{parse_label_list, resolve};
use crate::options::Options;
use crate::read::Found;
use crate::report::{Kind, Origin, Protection};
use crate::source::Source;
use crate::zip::Directory;

use relationships::{Relationships, Role};

/// Reads the labels of a package.
pub(crate) fn read(source: &mut Source<'_>, options: &Options, limits: &Limits) -> Result<Found, ReadError> {
    let directory = Directory::read(source, limits)?;
    let Some(entry) = directory.find(b"_rels/.rels")? else {
        // A package may have no relationships, but it always says what its parts are.
        if directory.find(b"[Content_Types].xml")?.is_none() {
            return Err(malformed("the archive is not a document package"));
        }
        return Ok(Found {
            labels: Vec::new(),
            kind: Kind::OpenXml,
            protection: Protection::None,
        });
    };
    let relationships = Relationships::parse(&directory.content(source, entry, limits.part_bytes)?, limits)?;
    let mut part = |target: Option<String>, most: usize| match target {
        Some(name) => match directory.find(name.as_bytes())? {
            Some(entry) => directory.content(source, entry, most).map(Some),
            None => Ok(None),
        },
        None => Ok(None),
    };
    let elements = match part(relationships.target(Role::LabelInfo)?, limits.label_info_bytes)? {
        Some(data) => parse_label_list(&data, limits)?,
        None => Vec::new(),
    };
    let groups = match part(relationships.target(Role::CustomProperties)?, limits.part_bytes)? {
        Some(data) => custom_properties::parse(&data, limits)?,
        None => Vec::new(),
    };
    let labels = resolve(&elements, Origin::LabelInfo, &groups, options);
    Ok(Found {
        labels,
        kind: Kind::OpenXml,
        protection: Protection::None,
    })
}

#[cfg(test)]
mod tests;
